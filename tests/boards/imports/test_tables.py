"""Tables that others published: long, wide or lying on their side, in CSV, Markdown and LaTeX."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.boards.imports.values import as_share, cell_of, unit_of
from benchsuite.boards.reported import read_reported
from benchsuite.boards.table import table
from benchsuite.cli import main
from benchsuite.condition import SuiteNames
from benchsuite.errors import BadData
from benchsuite.estimation import Code, MacroMean, Mean
from benchsuite.files.tables import tables_of
from benchsuite.task import Elsewhere
from tests.boards.imports.test_harnesses import cells, imported
from tests.toys import MEAN, NOISE, install

TOY = replace(
    MEAN,
    metrics=(*MEAN.metrics, Mean("cost", "score", higher_is_better=False),
             MacroMean("balanced", "hit", stratum="split", bounds=(0, 1))),
    aliases={"acc": "accuracy"},
    elsewhere={
        ("Numbers v1",): Elsewhere("numbers"),
        ("halves", "Lower"): Elsewhere("halves", "split", "low"),
        ("halves", "Upper"): Elsewhere("halves", "split", "high"),
    },
    condition_aliases={"Noisy": "corruption"},
    suite_names={"corruption": SuiteNames("mPC", "rPC")},
)  # fmt: skip


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    install(monkeypatch, TOY)


def given_file(folder: Path, text: str, name: str = "table.md") -> Path:
    path = folder / name
    path.write_text(text)
    return path


WIDE = """
Some words | with a bar.

| Method | Speedy acc | **accuracy** (%) ↑ | Params |
|:-------|---:|---:|---:|
| [A net](http://a.b) | 1 | **81.5** | 40M |
| `B_net`<sup>1</sup> | 2 | 79.0 (+1.2) | 44M |
| C | 3 | – | 10M |
"""


def test_a_wide_table_is_read_by_its_headers_and_the_rest_is_left_out(tmp_path, capsys):
    rows = imported(
        tmp_path, given_file(tmp_path, WIDE), "--dataset", "numbers", "--source", "A 20"
    )
    assert cells(rows, "model", "dataset", "metric", "source") == {
        ("A net", "numbers", "accuracy", "A 20"): 0.815,
        ("B_net", "numbers", "accuracy", "A 20"): 0.79,
    }
    told = capsys.readouterr().out
    assert "accuracy: 79 to 81.5, read as percent" in told
    assert "column 'Params': names no metric" in told
    assert "column 'Speedy acc'" in told
    assert "what stands in brackets beside 1 numbers: left out" in told
    assert "'accuracy (%) ↑': no number, but a blank or a dash" in told


PAPER = r"""
\begin{table*}[t] \caption{95\% of all} \centering
\setlength{\tabcolsep}{2pt}
\begin{tabular}{@{}l|ccc|c@{}}
\toprule
\multirow{2}{*}{Model} & \multicolumn{3}{c|}{Numbers v1} & \multicolumn{1}{c}{Other} \\
\cmidrule(lr){2-4}
 & clean & Noisy & rPC [\%] & accuracy \\
\midrule
\multicolumn{5}{l}{\textit{Small ones}} \\
\rowcolor{gray!10} A~\cite{a,b}   & \textbf{80.5} & 40.25$_{\pm 0.5}$ & 50.0 & 10 \\ % 99 & 99
\underline{B}$^{\dagger}$ & 70 & \textcolor{red}{35} & 50.0 & --- \\[2pt]
\bottomrule
\end{tabular}
\end{table*}
"""


def test_a_table_of_a_paper_has_its_spans_and_loses_its_markup(tmp_path, capsys):
    path = given_file(tmp_path, PAPER, "paper.tex")
    rows = imported(tmp_path, path, "--metric", "accuracy", "--dataset", "other")
    assert cells(rows, "model", "dataset", "condition") == {
        ("A", "numbers", "clean"): 0.805,
        ("A", "numbers", "corruption"): 0.4025,
        ("B†", "numbers", "clean"): 0.7,
        ("B†", "numbers", "corruption"): 0.35,
        ("A", "other", "clean"): 0.1,
    }
    told = capsys.readouterr().out
    assert "column 'Numbers v1 rPC [%]': it is computed here" in told
    assert "row 'Small ones': it holds no number" in told
    assert "± of 1 numbers: left out; --errors" in told


def test_a_published_mean_stands_until_its_conditions_are_there_and_is_marked(tmp_path):
    path = given_file(tmp_path, PAPER, "paper.tex")
    imported(tmp_path, path, "--metric", "accuracy", "--dataset", "other")
    made = table(read_reported(tmp_path / "reported.csv"))
    mine = made[(made["model"] == "A") & (made["dataset"] == "numbers")]
    mine = mine.set_index(["condition", "form"])
    assert mine.loc[("corruption", "value"), "value"] == 0.4025
    assert mine.loc[("corruption", "relative"), "value"] == pytest.approx(0.5)
    codes = [one.code for one in mine.loc[("corruption", "value"), "note"]]
    assert Code.AS_PUBLISHED in codes
    assert Code.AS_PUBLISHED not in [one.code for one in mine.loc[("clean", "value"), "note"]]


def test_a_mean_that_the_cells_give_is_computed_and_not_the_published_one(tmp_path):
    heads = ["model", "dataset", "metric", "condition", "value", "source"]
    values = {"clean": 0.8, **{c.full_name: 0.1 * (2 + i) for i, c in enumerate(NOISE)}}
    values["corruption"] = 0.9
    lines = [f"m,numbers,accuracy,{name},{value},A" for name, value in values.items()]
    path = given_file(tmp_path, "\n".join([",".join(heads), *lines]) + "\n", "long.csv")
    rows = table(read_reported(path, TOY)).set_index(["condition", "form"])
    assert rows.loc[("corruption", "value"), "value"] == pytest.approx(0.3)


def test_a_long_table_of_lm_eval_has_errors_and_fills_blank_cells(tmp_path):
    text = """
|  Tasks  |Version|Filter|n-shot| Metric |   |Value |   |Stderr|
|---------|------:|------|-----:|--------|---|-----:|---|-----:|
|arc_easy |      1|none  |     0|acc     |↑  |0.6600|±  |0.0150|
|         |       |none  |     0|cost    |↑  |3.5000|±  |0.0154|
"""
    rows = imported(tmp_path, given_file(tmp_path, text), "--model", "mine")
    found = rows[["dataset", "metric", "value", "stderr", "protocol"]].values.tolist()
    assert found == [
        ["arc_easy", "accuracy", "0.66", "0.015", "reported (Version 1, Filter none, n-shot 0)"],
        ["arc_easy", "cost", "3.5", "0.0154", "reported (Filter none, n-shot 0)"],
    ]


def test_parts_that_the_columns_name_tell_the_dataset_and_give_its_mean(tmp_path, capsys):
    text = "Retriever,Lower,Upper\nA,40,60\nB,41,\n"
    rows = imported(tmp_path, given_file(tmp_path, text, "t.csv"), "--metric", "balanced")
    assert cells(rows, "model", "dataset", "group") == {
        ("A", "halves", "low"): 0.4, ("A", "halves", "high"): 0.6,
        ("B", "halves", "low"): 0.41, ("A", "halves", ""): 0.5,
    }  # fmt: skip
    told = capsys.readouterr().out
    assert "dataset halves, whose parts the columns name" in told
    assert "overall of halves: the mean of its parts, computed here" in told


def test_a_published_average_of_parts_is_the_overall_number(tmp_path):
    text = "Retriever,Lower,Upper,Avg.\nA,40,60,50.04\n"
    rows = imported(tmp_path, given_file(tmp_path, text, "t.csv"), "--metric", "balanced")
    assert cells(rows, "group")[("",)] == 0.5004


def test_a_table_on_its_side_has_the_models_as_columns(tmp_path):
    text = "| | A | B |\n|-|-|-|\n| accuracy | .5 | .6 |\n| cost | 3 | 4 |\n"
    rows = imported(tmp_path, given_file(tmp_path, text), "--dataset", "numbers")
    assert cells(rows, "model", "metric") == {
        ("A", "accuracy"): 0.5, ("B", "accuracy"): 0.6, ("A", "cost"): 3.0, ("B", "cost"): 4.0
    }  # fmt: skip


def test_severities_and_corruptions_of_rows_are_conditions(tmp_path):
    text = "model,corruption,severity,acc\nA,noise,0,.8\nA,noise,1,.5\nA,noise,2,.4\n"
    rows = imported(tmp_path, given_file(tmp_path, text, "t.csv"), "--dataset", "numbers")
    assert cells(rows, "condition") == {
        ("clean",): 0.8, ("corruption/noise/1",): 0.5, ("corruption/noise/2",): 0.4
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        ("Net,accuracy\n1,2\n", [], "expected a column of models, found none"),
        ("model,accuracy\nA,.2\n", [], "expected a dataset, found none in header and row"),
        ("model,dataset,value\nA,d,.2\n", [], "--metric NAME"),
        ("model,dataset,condition,acc\nA,d,rain,.2\n", [], "condition rain: task toy-mean has no"),
        ("model,dataset,value\nA,d,.2\n", ["--metric", "acy", "--task", "toy-mean"], "acy"),
        ("model,dataset,acc\nA,d,.2\nA,d,.3\n", [], "found 0.3 after 0.2"),
        ("model,dataset,acc\nA,d,\n", [], "no task knows a metric of it"),
        ("model,dataset,acc\nA,d,.2\n", ["--map", "metric=x"], "expected WHAT:THEIRS=OURS"),
        ("model,dataset,acc\nA,d,.2\n", ["--from", "lm-eval"], "expected lm-eval"),
    ],
)  # fmt: skip
def test_what_a_table_does_not_say_is_asked_for(tmp_path, capsys, text, words, message):
    path = given_file(tmp_path, text, "t.csv")
    assert main(["import", str(path), "--out", str(tmp_path / "o.csv"), *words]) in (64, 65)
    assert message in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()


def test_a_column_and_a_name_can_be_mapped(tmp_path):
    path = given_file(tmp_path, "Net,Set,Top-1\nA,X,50\n", "t.csv")
    words = ["column:Net=model", "column:Set=dataset", "metric:Top-1=accuracy", "model:A=lab/A"]
    rows = imported(tmp_path, path, *(word for one in words for word in ("--map", one)))
    assert cells(rows, "model", "dataset", "metric") == {("lab/A", "X", "accuracy"): 0.5}


def test_rows_of_an_unknown_metric_or_condition_are_left_out_by_name(tmp_path, capsys):
    text = """model,dataset,metric,condition,value
A,d,acc,clean,.2\nA,d,speed,clean,40\nA,d,acc,rain,.1\n"""
    rows = imported(tmp_path, given_file(tmp_path, text, "t.csv"))
    assert cells(rows, "model", "metric", "condition") == {("A", "accuracy", "clean"): 0.2}
    told = capsys.readouterr().out
    assert "metric speed: task toy-mean has no such metric" in told
    assert "condition rain: task toy-mean has no such condition" in told


def test_a_header_of_two_known_names_is_both(tmp_path):
    text = "model,Numbers v1 acc,cost (clean),fast acc\nA,.5,3,1\n"
    rows = imported(tmp_path, given_file(tmp_path, text, "t.csv"), "--dataset", "other")
    assert cells(rows, "dataset", "metric") == {
        ("numbers", "accuracy"): 0.5, ("other", "cost"): 3.0
    }  # fmt: skip


def test_a_header_in_percent_stands_beside_shares(tmp_path):
    text = "model,acc (%),Numbers v1 acc\nA,.9,.9\n"
    rows = imported(tmp_path, given_file(tmp_path, text, "t.csv"), "--dataset", "d")
    assert cells(rows, "dataset") == {("d",): 0.009, ("numbers",): 0.9}


def test_cells_of_several_lines_do_not_break_a_table_of_latex(tmp_path):
    text = r"""\begin{tabular}{lc}\hline
    Model & \begin{tabular}[c]{@{}c@{}}accuracy\\(\%)\end{tabular} \\ \hline
    \makecell{A\\net} & \shortstack{50 \\ } \\ \hline \end{tabular}"""
    (grid,) = tables_of(given_file(tmp_path, text, "t.tex"))
    assert grid.header == (("Model", "accuracy (%)"),)
    assert [row for _, row in grid.rows] == [("A net", "50")]


def test_the_unit_is_a_rule_and_can_be_said(tmp_path):
    path = given_file(tmp_path, "model,dataset,acc,cost\nA,d,0.9,90\nB,d,1.0,95\n", "t.csv")
    assert cells(imported(tmp_path, path), "model", "metric")["A", "accuracy"] == 0.9
    rows = imported(tmp_path, path, "--unit", "percent")
    assert cells(rows, "model", "metric") == {
        ("A", "accuracy"): 0.009, ("A", "cost"): 90.0, ("B", "accuracy"): 0.01, ("B", "cost"): 95.0
    }  # fmt: skip


def test_what_follows_plus_minus_is_an_error_only_if_the_user_says_so(tmp_path):
    path = given_file(tmp_path, "model,dataset,acc\nA,d,50.0 ± 2.5\n", "t.csv")
    assert set(imported(tmp_path, path)["stderr"]) == {""}
    assert set(imported(tmp_path, path, "--errors")["stderr"]) == {"0.025"}


def test_a_page_of_several_tables_leaves_out_those_of_other_things(tmp_path, capsys):
    path = given_file(tmp_path, WIDE + "\n| Layer | Size |\n|--|--|\n| one | 3 |\n")
    rows = imported(tmp_path, path, "--dataset", "numbers")
    assert len(rows) == 2
    assert "2 tables" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "value", "spread"),
    [
        ("34.2", "34.2", ""), (" 34.2% ", "34.2", ""), ("34.2 ± 0.3", "34.2", "0.3"),
        ("34.2±.3", "34.2", ".3"), (".5*", ".5", ""), ("34.2†", "34.2", ""),
        ("−3.5", "-3.5", ""), ("34.2 (33.1)", "34.2", ""), ("34.2 [33, 35]", "34.2", ""),
        ("1e-3", "1e-3", ""),
    ],
)  # fmt: skip
def test_a_cell_has_one_number(text, value, spread):
    found = cell_of(text)
    assert found is not None and (found.value, found.spread) == (value, spread)


@pytest.mark.parametrize("text", ["<0.1", "~5", "0,5", "1 2", "3/4", "5 ms", "A", "1.2.3", "40M2"])
def test_a_cell_of_anything_else_has_none(text):
    assert cell_of(text) is None


@given(st.decimals(0, 100, places=2))
def test_percent_becomes_the_share_that_its_digits_say(value):
    assert as_share(str(value), "percent") == float(f"{value}e-2")


def test_a_unit_is_told_apart_from_the_name(tmp_path):
    assert unit_of("AP (%) ↑") == ("AP", "percent")
    assert unit_of("nDCG@10 ×100") == ("nDCG@10", "percent")
    assert unit_of("cost ↓") == ("cost", "")


def test_a_file_that_is_no_table_says_what_is_expected(tmp_path):
    path = given_file(tmp_path, "only words\nand more\n", "notes.txt")
    assert main(["import", str(path)]) == 65


def test_rows_of_one_csv_are_the_same_after_another_import(tmp_path):
    path = given_file(tmp_path, PAPER, "paper.tex")
    first = imported(tmp_path, path, "--metric", "accuracy", "--dataset", "other")
    copied = given_file(tmp_path, (tmp_path / "reported.csv").read_text(), "again.csv")
    pd.testing.assert_frame_equal(first, imported(tmp_path, copied))


def test_every_table_of_a_paper_is_found_with_its_place(tmp_path):
    path = given_file(tmp_path, PAPER + PAPER, "two.tex")
    first, second = tables_of(path)
    assert first.where.endswith("two.tex:4") and second.where.endswith("two.tex:19")
    assert first.header == second.header


def test_words_that_tell_models_of_one_name_apart_are_part_of_their_names(tmp_path, capsys):
    text = (
        "model,Backbone,Weights,dataset,acc\nA,R50,link,d,.5\nA,R101,link,d,.6\nB,R50,link,d,.7\n"
    )
    rows = imported(tmp_path, given_file(tmp_path, text, "t.csv"))
    assert cells(rows, "model") == {("A (R50)",): 0.5, ("A (R101)",): 0.6, ("B (R50)",): 0.7}
    told = capsys.readouterr().out
    assert "column 'Backbone': part of the names of models" in told
    assert "column 'Weights': it holds no number" in told


def test_a_page_whose_table_is_padded_without_end_is_refused(tmp_path):
    wide = "|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n"
    (tmp_path / "a.md").write_text(wide + "|1|\n" * 400)
    assert len(tables_of(tmp_path / "a.md")[0].rows) == 400
    (tmp_path / "a.md").write_text(wide + "|1|\n" * 600)
    with pytest.raises(BadData, match=r"a\.md:1: expected a table of at most 1,000,000 cells, fou"):
        tables_of(tmp_path / "a.md")

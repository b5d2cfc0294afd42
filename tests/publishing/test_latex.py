"""LaTeX of tables: it compiles whatever the names, the best is bold, and ties are not hidden."""

import re
import shutil
import subprocess
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.boards.reported import read_reported
from benchsuite.boards.table import leaderboard, table
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.errors import Exit
from benchsuite.publishing.formats import encode, latex
from benchsuite.publishing.latex import STAND_IN, board_tables
from benchsuite.publishing.tex import in_latex
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.task.origin import Access, Origin
from tests.site.hostile import HOSTILE
from tests.toys import MEAN, NOISE, Linear, install, numbers

COMMANDS = (r"\input{x}", "}\\end{table}", r"a & b \\ c", "50 % #1", "$x^2$", "~", "^^5cinput{x}")
NAMES = (
    *COMMANDS,
    *HOSTILE.values(),
    "[1ex] x",
    "*x",
    "ﬁ naïve Łódź",
    "-- ''a'' ?` <<>> |",
    "μ-net α=0.5 ↯",
)

SET = re.compile(
    r"""(?:
      [ !'()*+,\-./0-9:;=?@A-Z\[\]a-z]        # what TeX sets as it is
    | `{1,2}                                  # opening quotes
    | \{\} | \\[{}$&%#_]                      # nothing, an escaped character
    | \\(?:text[a-z]+|dots|nobreakspace|[a-zA-Z]{1,2})\{\} # a symbol of ours
    | \\texttt\{\\char34\}
    | \\(?:[`'^~=.\"]|[uvcrH])\{(?:[A-Za-z]|\\[ij])\}
    | \\textsuperscript\{[23]\} | \\ensuremath\{\\[a-zA-Z]+\}
    )*""",
    re.VERBOSE,
)
"""What a text of others may become: no other command, group, comment, alignment or formula."""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("unet_erm", r"unet\_erm"), ("A & B", r"A \& B"), ("95 %", r"95 \%"), ("\\x", r"\textbackslash{}x"),
        ("é ï Å", r"\'{e} \"{\i} \r{A}"), ("0.8 [0.7, 0.9] †", r"0.8 [0.7, 0.9] \ensuremath{\dagger}"), ("1–2", "1--2"),
        ("a--b", "a-{}-b"), ("ViT-B/32", "ViT-B/32"), ("中", r"\textbackslash{}u4e2d"), ("a\nb", "a b"),
    ],
)  # fmt: skip
def test_a_name_is_text_in_latex(name, shown):
    assert in_latex(name) == shown


@given(st.text())
def test_no_text_becomes_a_command_of_tex(text):
    assert SET.fullmatch(in_latex(text))


def test_the_checker_of_latex_finds_commands():
    for raw in COMMANDS:
        assert not SET.fullmatch(raw)


def test_a_table_is_latex_with_numbers_to_the_right():
    made = latex(pd.DataFrame({"model_a": ["[x]", "y"], "n": [1.5, 2.0]}))
    assert made.splitlines() == [
        r"\begin{tabular}{lr}", r"\toprule", r"model\_a & n \\", r"\midrule", r"{}[x] & 1.500 \\",
        r"y & 2.000 \\", r"\bottomrule", r"\end{tabular}",
    ]  # fmt: skip
    assert encode(pd.DataFrame({"a": [1]}), "tex").decode().startswith(r"\begin{tabular}{r}")


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Three models: two that cannot be told apart, and one that is worse."""
    install(monkeypatch, MEAN)
    for model in (Linear("good"), Linear("same"), Linear("bad_%", slope=-1.0)):
        evaluate(Run(MEAN, numbers(), model, (CLEAN, *NOISE)), tmp_path / "results", replicates=200)
    return tmp_path / "results"


def rows_of(text: str) -> dict[str, str]:
    """The rows of a table of models, by the model."""
    lines = [line.split(" & ") for line in text.splitlines() if line.endswith(r"\\")]
    return {cells[1]: cells[2] for cells in lines}


def test_the_best_is_bold_and_so_is_what_ties_with_it(results, capfd):
    out = results.parent / "table.tex"
    assert main(["leaderboard", "--results", str(results), "--out", str(out)]) == Exit.DONE
    text = out.read_text()
    rows = rows_of(text)
    assert {name for name, cell in rows.items() if cell.startswith(r"\textbf{")} == {"good", "same"}
    assert r"bad\_\%" in rows
    assert r"\caption{toy-mean, numbers, overall. Brackets are 95 \% intervals. Bold" in text
    assert r"\label{tab:toy-mean-numbers-overall-1}" in text
    said = ["leaderboard", "--results", str(results), "--format", "tex"]
    assert main(said) == Exit.DONE
    assert capfd.readouterr().out == text


@pytest.mark.parametrize("by", ["condition", "group", "robustness"])
def test_every_view_is_a_table_of_a_paper(results, by):
    made = board_tables(leaderboard(results), by, "")
    assert made == board_tables(leaderboard(results), by, "")
    assert made.count(r"\begin{table}") == made.count(r"\caption") >= 1
    assert r"\textbf{" in made


def test_a_caption_says_that_a_dataset_is_a_stand_in(results, monkeypatch):
    origin = Origin("numbers", "Apache-2.0", Access.INCLUDED)
    install(monkeypatch, replace(MEAN, origins={"numbers": origin}))
    assert STAND_IN in board_tables(leaderboard(results), "overall", "")
    install(monkeypatch, replace(MEAN, origins={"numbers": replace(origin, access=Access.OPEN)}))
    assert STAND_IN not in board_tables(leaderboard(results), "overall", "")


def test_a_single_model_is_no_best(tmp_path):
    evaluate(Run(MEAN, numbers(), Linear(), (CLEAN,)), tmp_path, replicates=200)
    assert r"\textbf{" not in board_tables(leaderboard(tmp_path), "overall", "")


def test_published_numbers_name_their_sources_and_are_bold_by_rank_alone(tmp_path):
    path = tmp_path / "theirs.csv"
    path.write_text(
        "model,dataset,condition,metric,value,source,protocol\n"
        "a,numbers,clean,accuracy,0.5,A 2020,old\nb,numbers,clean,accuracy,0.7,B 2021,old\n"
        "c,numbers,clean,accuracy,0.6,C 2022,new\n"
    )
    text = board_tables(table(read_reported(path, MEAN)), "overall", "")
    assert text.count(r"\begin{table}") == 2  # one a protocol
    assert rows_of(text) | {"a": "0.500 \\\\", "b": r"\textbf{0.700} \\"} == rows_of(text)
    assert "% b: B 2021\n" in text and "Others published these numbers" in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_tex_sets_whatever_the_names_are(tmp_path):
    names = [name.strip() for name in NAMES if name.strip()]
    rows = [
        {"model": name, "dataset": names[i // 9], "condition": "clean", "metric": "accuracy",
         "value": 0.5, "source": name, "protocol": names[-1 - i // 9]}
        for i, name in enumerate(names)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "theirs.csv", index=False)
    text = board_tables(table(read_reported(tmp_path / "theirs.csv", MEAN)), "overall", "")
    page = (
        rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}{text}\end{{document}}"
    )
    (tmp_path / "page.tex").write_text(page)
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:].decode(errors="replace")
    assert text.count(r"\begin{table}") > 4

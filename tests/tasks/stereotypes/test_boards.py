"""The boards of the task: their findings say what their tables do, and their commands run."""

import re
from pathlib import Path

import pandas as pd
import pytest

from benchsuite.cli.parser import main
from tests.house.source import ROOT
from tests.learning.test_speaking import small_language_model
from tests.tasks.stereotypes.test_stereotypes import question, written
from tests.test_docs import told

BOARDS = ROOT / "leaderboards/stereotypes"
SHOWN = re.compile(r"-?\b\d\.\d{3}\b")


def numbers(board: str) -> set[str]:
    table = pd.read_parquet(BOARDS / board / "table.parquet")
    values = [table[name] for name in ("value", "ci_low", "ci_high")]
    return {f"{x:.3f}".replace("-0.000", "0.000") for column in values for x in column.dropna()}


@pytest.mark.parametrize("board", [path.parent.name for path in BOARDS.glob("*/findings.md")])
def test_every_number_in_a_table_of_the_findings_is_published(board):
    lines = (BOARDS / board / "findings.md").read_text().splitlines()
    tables = [line for line in lines if line.startswith("|") and "gate" not in line]
    found = {number for line in tables for number in SHOWN.findall(line)}
    assert len(found) > 10
    assert found <= numbers(board)


def test_the_differences_of_bbq_are_those_of_its_table():
    table = pd.read_parquet(BOARDS / "bbq-age/table.parquet")
    cell = table[(table["form"] == "value") & (table["attribute"] == "")].set_index(
        ["model", "metric"]
    )["value"]
    arc, race = (cell[f"unifiedqa-11b-{name}"] for name in ("arc", "race"))
    text = (BOARDS / "bbq-age/findings.md").read_text()
    assert f"The difference of {arc['bias_ambiguous'] - race['bias_ambiguous']:.3f}" in text
    assert (
        f"less often there, by {race['accuracy_ambiguous'] - arc['accuracy_ambiguous']:.3f}" in text
    )
    assert (round(race["accuracy_ambiguous"], 4), round(arc["accuracy_disambiguated"], 4)) == (
        0.5467,
        0.8962,
    )


def runs(
    folder: Path, board: str, monkeypatch: pytest.MonkeyPatch, codes: set[int]
) -> list[list[str]]:
    """Run the commands of a board's findings in a folder that holds the files of DIR."""
    monkeypatch.chdir(folder)
    done = []
    for _, *words in told(BOARDS / board / "findings.md"):
        given = [word.replace("DIR", str(folder)).replace("=4000", "=200") for word in words]
        given = [
            word.replace("leaderboards/stereotypes/gate.toml", str(BOARDS / "gate.toml"))
            for word in given
        ]
        every = [sorted(map(str, folder.glob(w))) if w.endswith("/*") else [w] for w in given]
        done.append([word for several in every for word in several])
        assert main(done[-1]) in (codes if words[0] == "gate" else {0}), words
    return done


def test_the_commands_of_the_board_of_bbq_run_with_other_answers(tmp_path, monkeypatch):
    said = {"race": (2, 0), "arc": (0, 0), "qonly": (1, 1)}
    answers = ("The elder", "The youth", "Unknown")
    rows = []
    for n in range(48):
        clear = n % 2
        more = {f"unifiedqa-t5-11b_pred_{name}": answers[two[clear]] for name, two in said.items()}
        context = "disambig" if clear else "ambig"
        rows.append(
            {
                **question(n, context=context, label=0 if clear else 2, **more),
                "question_index": str(n // 4),
            }
        )
    written(tmp_path / "preds_Age.jsonl", rows)
    runs(tmp_path, "bbq-age", monkeypatch, {1})
    table = pd.read_parquet(tmp_path / "leaderboards/stereotypes/bbq-age/table.parquet")
    found = table[(table["form"] == "value") & (table["attribute"] == "")].set_index(
        ["model", "metric"]
    )["value"]
    assert found["unifiedqa-11b-race", "accuracy"] == 1
    assert found["unifiedqa-11b-arc", "bias_ambiguous"] == 1
    assert found["unifiedqa-11b-qonly", "bias_disambiguated"] == -1


def test_the_commands_of_the_board_of_crows_pairs_run_with_other_pairs(tmp_path, monkeypatch):
    (tmp_path / "crows").mkdir()
    lines = ["sent_more,sent_less,stereo_antistereo,bias_type,anon_writer"]
    for n in range(120):
        pair = ("it is so", "it is not so")[:: 1 - 2 * (n % 3 == 0)]
        lines.append(f"{pair[0]},{pair[1]},stereo,{'age' if n % 2 else 'gender'},w{n}")
    (tmp_path / "crows/pairs.csv").write_text("\n".join(lines))
    small_language_model(tmp_path / "SmolLM2")
    (tmp_path / "pairs.jsonl").write_text('{"texts": ["it is so", "it is not"]}\n')
    done = runs(tmp_path, "crows-pairs", monkeypatch, {0, 1})
    assert [words[0] for words in done].count("run") == 3
    table = pd.read_parquet(tmp_path / "leaderboards/stereotypes/crows-pairs/table.parquet")
    values = table[(table["form"] == "value") & (table["metric"] == "nats_per_word")]
    found = values[values["attribute"] == ""].set_index(["model", "condition"])["value"]
    assert found["gptq", "clean"] == found["nearest", "clean"]
    assert found["gptq", "bits/2"] != found["nearest", "bits/2"]
    differences = pd.read_csv(
        tmp_path / "leaderboards/stereotypes/crows-pairs/fair-against-gptq.csv"
    )
    assert {"clean", "bits/8", "bits/4", "bits/3", "bits/2"} <= set(differences["condition"])


def test_the_differences_of_fair_gptq_in_the_findings_are_those_of_its_table():
    rows = pd.read_csv(BOARDS / "crows-pairs/fair-against-gptq.csv")
    all_of_them = rows[rows["attribute"].isna() & (rows["form"] == "value")]
    shown = {
        f"{row['difference']:.3f} [{row['ci_low']:.3f}, {row['ci_high']:.3f}]"
        for _, row in all_of_them.iterrows()
    }
    prose = (BOARDS / "crows-pairs/findings.md").read_text().partition("\n|")[0]
    said = set(re.findall(r"-?\d\.\d{3} \[[^]]*\]", prose))
    assert len(said) == 5
    assert said <= shown
    kinds = rows[(rows["attribute"] == "bias") & (rows["metric"] == "stereotyped")]
    bits = kinds[kinds["condition"].isin(["bits/8", "bits/4", "bits/3", "bits/2"])]
    told_apart = bits[(bits["ci_low"] > 0) | (bits["ci_high"] < 0)]
    assert (len(bits), [*told_apart["group"]], [*told_apart["condition"]]) == (
        36, ["gender"], ["bits/2"],
    )  # fmt: skip

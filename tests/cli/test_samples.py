"""What is behind numbers, on the command line: tables, looks, pages, sheets, explanations."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.dataset import Inputs, Sample, in_memory
from benchsuite.errors import Exit
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics, write_baseline
from benchsuite.task import Look, Task
from tests import toys
from tests.toys import MEAN, NOISE, Faulty, Linear, numbers

HOSTILE = '=cmd|"<script>alert(1)</script>\x1b[31m'


def in_words(sample: Sample, seen: Inputs, row: Mapping[str, Any], shared: Any) -> Look:
    return Look(f"x {seen.fields['x']:.3f}\nhit {row['hit']:.0f}, columns {', '.join(row)}")


def drawn(sample: Sample, seen: Inputs, row: Mapping[str, Any], shared: Any) -> Look:
    return Look(picture=np.full((40, 80, 3), 255 if row["hit"] else 90, np.uint8))


WORDS, DRAWN = replace(MEAN, look=in_words), replace(MEAN, look=drawn)


def run_of(root: Path, task: Task = WORDS, model: Linear | None = None, **changes: Any) -> str:
    run = Run(task, numbers(), model or Linear(bias=0.4), (CLEAN, *NOISE))
    return str(evaluate(replace(run, **changes), root, replicates=200).path)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    root = tmp_path_factory.mktemp("results")
    return [run_of(root), run_of(root, model=Linear("biased", bias=1.5))]


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    toys.install(monkeypatch, WORDS)


DATASET = "dataset=numbers"


def test_the_worst_samples_are_printed_with_their_looks(paths, capsys):
    assert main(["samples", paths[0], DATASET, "--worst", "3"]) == Exit.DONE
    shown, _ = capsys.readouterr()
    lines = shown.splitlines()
    assert [line.split("|")[1].strip() for line in lines if line.startswith("| s0")] == [
        line.split(". ")[1].split(",")[0] for line in lines if line[:2] in ("1.", "2.", "3.")
    ]
    assert "accuracy 0.000" in shown
    assert shown.count("    hit 0, columns hit, score") == 3
    assert max(map(len, lines)) <= 100


def test_a_look_is_that_under_the_condition(paths, capsys):
    words = ["--worst", "1", "--condition", "corruption/noise/3"]
    assert main(["samples", paths[0], DATASET, *words]) == Exit.DONE
    shown, _ = capsys.readouterr()
    sample = next(line for line in shown.splitlines() if line.startswith("1.")).split()[1][:-1]
    one = next(s for s in numbers().samples() if s.id == sample)
    seen = NOISE[2].view(0, "numbers", one).fields["x"]
    assert f"    x {seen:.3f}\n" in shown and seen != one.inputs["x"]


def test_a_set_of_conditions_is_looked_at_where_the_sample_is_worst(paths, capsys):
    words = ["--worst", "2", "--condition", "corruption", "--group", "colour=red"]
    assert main(["samples", paths[0], DATASET, *words]) == Exit.DONE
    shown, _ = capsys.readouterr()
    assert "1. s" in shown and "corruption/noise/" in shown


@pytest.mark.parametrize("ending", ["csv", "json", "md", "parquet"])
def test_a_table_file_holds_every_sample_or_the_worst(paths, tmp_path, ending, capsys):
    every, few = tmp_path / f"every.{ending}", tmp_path / f"few.{ending}"
    assert main(["samples", paths[0], "--out", str(every)]) == Exit.DONE
    assert main(["samples", paths[0], "--out", str(few), "--worst", "4"]) == Exit.DONE
    read = {"csv": pd.read_csv, "json": pd.read_json, "parquet": pd.read_parquet}
    if ending == "md":
        assert [p.read_text().count("| s0") for p in (every, few)] == [90, 4]
    else:
        tables = [read[ending](p) for p in (every, few)]
        assert [len(table) for table in tables] == [90, 4]
        assert {"sample_id", "accuracy", "influence", "colour"} <= {*tables[0]}


def test_a_page_holds_the_table_and_the_looks(paths, tmp_path):
    page = tmp_path / "page.html"
    assert main(["samples", paths[0], DATASET, "--out", str(page), "--worst", "2"]) == Exit.DONE
    text = page.read_text()
    assert text.count("<pre>x ") == 2 and "<table>" in text and "<script" not in text


def test_pictures_are_on_a_page_and_on_a_sheet(paths, tmp_path, monkeypatch, capsys):
    toys.install(monkeypatch, DRAWN)
    page, sheet = tmp_path / "page.html", tmp_path / "sheet.png"
    for out in (page, sheet):
        assert main(["samples", paths[0], DATASET, "--out", str(out), "--worst", "5"]) == Exit.DONE
    assert page.read_text().count("data:image/png;base64,") == 5
    picture = np.asarray(Image.open(sheet))
    assert picture.shape[2] == 3 and picture.shape[1] > 1000
    assert main(["samples", paths[0], DATASET, "--worst", "5"]) == Exit.DONE
    assert "note: --out FILE.png or FILE.html shows pictures" in capsys.readouterr().err


def test_a_sheet_of_a_task_that_draws_nothing_is_a_wrong_call(paths, tmp_path, capsys):
    sheet = tmp_path / "sheet.png"
    assert main(["samples", paths[0], DATASET, "--out", str(sheet)]) == Exit.WRONG_CALL
    assert "no picture to draw" in capsys.readouterr().err and not sheet.exists()


def test_without_its_dataset_a_run_shows_the_table_and_says_what_to_type(paths, capsys):
    assert main(["samples", paths[0]]) == Exit.DONE
    shown, noted = capsys.readouterr()
    assert shown.count("| s0") == 20 and "note: no looks" in noted and "dataset=NAME" in noted
    assert main(["samples", paths[0], "--table"]) == Exit.DONE
    assert capsys.readouterr().err == ""


def test_another_dataset_is_bad_data(paths, capsys):
    assert main(["samples", paths[0], DATASET, "dataset.n=60"]) == Exit.BAD_DATA
    assert "expected the fingerprint" in capsys.readouterr().err


def test_a_baseline_file_has_samples_too(paths, tmp_path, capsys):
    run = run_statistics_at(paths[0])
    write_baseline(run, tmp_path / "base.parquet", ["hit"])
    assert main(["samples", str(tmp_path / "base.parquet"), "--worst", "2"]) == Exit.DONE
    assert capsys.readouterr().out.count("| s0") == 2


def run_statistics_at(path: str) -> Any:
    from benchsuite.runs.store import RunDirectory

    return run_statistics(RunDirectory(Path(path)))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--condition", "corruption/noise/9"], "did you mean corruption/noise/3"),
        (["--metric", "acc"], "did you mean accuracy"),
        (["--group", "colour=redd"], "did you mean colour=red"),
        (["--worst", "0"], "expected at least 1, found 0"),
        (["--out", "samples.xlsx"], "no format is called 'xlsx'"),
    ],
)
def test_what_does_not_exist_is_a_wrong_call(paths, words, message, capsys):
    assert main(["samples", paths[0], *words]) == Exit.WRONG_CALL
    assert message in capsys.readouterr().err


def test_a_failed_sample_shows_why(tmp_path, capsys):
    path = run_of(tmp_path, model=Faulty(fault="nan"), on_error="skip")
    assert main(["samples", path, DATASET, "--worst", "90"]) == Exit.DONE
    shown, _ = capsys.readouterr()
    assert "s0007, clean: accuracy none\n    failed: predict: prediction: expected" in shown


def test_a_look_that_fails_is_told_beside_the_others(paths, monkeypatch, capsys):
    def fails(sample: Sample, *rest: Any) -> Look:
        raise ValueError(f"no look at {sample.id}")

    toys.install(monkeypatch, replace(WORDS, look=fails))
    assert main(["samples", paths[0], DATASET, "--worst", "2"]) == Exit.DONE
    assert capsys.readouterr().out.count("cannot be shown: clean, sample 's0") == 2


@pytest.mark.parametrize("wrong", [np.zeros((3, 3), np.uint8), np.zeros((3, 3, 3)), np.zeros(0)])
def test_a_picture_that_is_none_is_told(paths, monkeypatch, capsys, wrong):
    toys.install(monkeypatch, replace(WORDS, look=lambda *rest: Look(picture=wrong)))
    assert main(["samples", paths[0], DATASET, "--worst", "1"]) == Exit.DONE
    assert "expected a picture uint8 (H, W, 3), found" in capsys.readouterr().out


def test_compare_shows_the_samples_that_changed_most_as_both_runs_saw_them(paths, capsys):
    toys_words = ["--samples", "3", "--condition", "clean"]
    assert main(["compare", *paths, *toys_words]) == Exit.DONE
    shown, noted = capsys.readouterr()
    assert "biased - linear (B - A)" in shown and shown.count("| s0") == 3
    assert "note: no looks" in noted
    assert main(["compare", *paths, "--condition", "clean"]) == Exit.WRONG_CALL
    assert main(["compare", *paths, "--samples", "0"]) == Exit.WRONG_CALL


def test_the_samples_of_compare_can_be_written(paths, tmp_path):
    out = tmp_path / "changed.parquet"
    assert main(["compare", *paths, "--samples", "7", "--out", str(out)]) == Exit.DONE
    table = pd.read_parquet(out)
    assert len(table) == 7 and (table["difference"].abs() == 1).all()


def test_explain_says_what_is_behind_a_number(paths, capsys):
    assert main(["explain", paths[0], "corruption/noise/2", "colour=red"]) == Exit.DONE
    shown, _ = capsys.readouterr()
    run = run_statistics_at(paths[0]).identity
    for told in (
        "accuracy, corruption/noise/2, colour=red, value", "95 % interval", "method",
        "30 in 30 clusters", "degrees of freedom", run.dataset_fingerprint, run.run_id,
        run.model_fingerprint, "the samples that move it most",
    ):  # fmt: skip
        assert told in shown, told
    assert shown.count("| s0") == 10


def test_explain_of_a_gap_names_the_cells_that_it_comes_from(paths, capsys):
    assert main(["explain", paths[0], "gap", "colour"]) == Exit.DONE
    shown, _ = capsys.readouterr()
    assert "computed from" in shown and "colour=red" in shown and "| s0" not in shown


def test_explain_of_a_name_that_is_none_is_a_wrong_call(paths, capsys):
    assert main(["explain", paths[0], "colour=rde"]) == Exit.WRONG_CALL
    assert "did you mean colour=red" in capsys.readouterr().err


def test_ids_and_values_of_others_act_nowhere(tmp_path, capsys):
    samples = [
        replace(s, id=s.id + HOSTILE, attributes={"colour": HOSTILE}, cluster=s.cluster + HOSTILE)
        for s in numbers().samples()
    ]
    path = run_of(tmp_path, dataset=in_memory("numbers", samples))
    outs = {ending: tmp_path / f"o.{ending}" for ending in ("csv", "md", "html")}
    assert main(["samples", path]) == Exit.DONE
    assert main(["explain", path]) == Exit.DONE
    assert "\x1b" not in capsys.readouterr().out
    for out in outs.values():
        assert main(["samples", path, "--out", str(out)]) == Exit.DONE
    assert "<script" not in outs["html"].read_text() + outs["md"].read_text()
    assert all("\x1b" not in out.read_text() for out in outs.values())
    table = pd.read_csv(io.StringIO(outs["csv"].read_text()))
    assert table["colour"].str.startswith("'=").all()

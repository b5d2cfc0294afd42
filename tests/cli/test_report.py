"""Reports: found by name, given runs, options and the dataset that they ask for; pure themselves."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from benchsuite.api.jobs import reporting
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, Exit, WrongCall
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import Statistics, run_statistics, write_baseline
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Plug, Progress, Report, silent
from tests import toys
from tests.toys import MEAN, NOISE, Linear, numbers

HERE = __name__


def by_model(
    runs: Sequence[Statistics], progress: Progress, least: float = 0.0, digits: int = 3
) -> Report:
    """The hits of each run, those of at least `least`."""
    rows = []
    for number, run in enumerate(runs):
        progress("runs", number, len(runs))
        hits = round(float(run.tables["clean"]["hit"].mean()), digits)
        rows.append({"model": run.identity.model, "hits": hits})
    table = pd.DataFrame([row for row in rows if row["hits"] >= least], columns=["model", "hits"])
    return Report({"hits by model": table}, {"hits.svg": b"<svg/>"})


def of_dataset(runs: Sequence[Statistics], progress: Progress, dataset: Dataset) -> Report:
    """How many samples there are, and how many runs."""
    row = {"dataset": dataset.name, "samples": len(dataset.samples()), "runs": len(runs)}
    return Report({"counts": pd.DataFrame([row])})


def needing(runs: Sequence[Statistics], progress: Progress, answers: str) -> Report:
    """Says what it was given."""
    return Report({"given": pd.DataFrame([{"answers": answers}])})


REPORTS = {
    "by_model": Plug("hits by model", f"{HERE}:by_model"),
    "of_dataset": Plug("samples", f"{HERE}:of_dataset"),
    "needing": Plug("answers", f"{HERE}:needing"),
}
TASK = replace(MEAN, reports=REPORTS)
OTHER = replace(
    MEAN, name="toy-other", reports={"by_model": REPORTS["by_model"], "own": REPORTS["needing"]}
)


@pytest.fixture(autouse=True)
def tasks(monkeypatch):
    toys.install(monkeypatch, TASK, OTHER)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    run = Run(MEAN, numbers(), Linear("good"), (CLEAN, NOISE[0]))
    biased = replace(run, model=Linear("biased", bias=1.5))
    return [str(evaluate(one, root, replicates=20).path) for one in (run, biased)]


def test_a_report_on_runs_is_printed(runs, capsys):
    assert main(["report", "by_model", *runs]) == Exit.DONE
    out, err = capsys.readouterr()
    assert "hits by model" in out
    assert "| good   | 1.000 |" in out
    assert "note: hits.svg: --out DIR writes it" in err


def test_a_report_has_its_runs_in_their_order_and_says_how_far_it_is(runs):
    seen = []
    job = reporting("by_model", runs[::-1])
    (found,) = job.make(lambda *step: seen.append(step)).tables.values()
    assert list(found["model"]) == ["biased", "good"]
    assert seen == [("runs", 0, 2), ("runs", 1, 2)]


def test_a_run_may_be_a_baseline_or_the_folder_of_a_model(runs, tmp_path):
    path = tmp_path / "b.parquet"
    write_baseline(run_statistics(RunDirectory(Path(runs[0]))), path, ["hit"])
    folder = runs[1].rpartition("/")[0]
    (found,) = reporting("by_model", [str(path), folder]).make(silent).tables.values()
    assert list(found["model"]) == ["good", "biased"]


@pytest.mark.parametrize("ending", ["csv", "json", "md", "parquet"])
def test_out_writes_every_table_and_every_file(runs, tmp_path, capsys, ending):
    words = ["report", "by_model", *runs, "--out", str(tmp_path / "o"), "--format", ending]
    assert main(words) == Exit.DONE
    table = tmp_path / "o" / f"hits by model.{ending}"
    assert sorted((tmp_path / "o").iterdir()) == [table, tmp_path / "o" / "hits.svg"]
    assert (tmp_path / "o" / "hits.svg").read_bytes() == b"<svg/>"
    assert str(table) in capsys.readouterr().out
    if ending == "csv":
        assert list(pd.read_csv(table)["hits"]) == pytest.approx([1.0, 0.533], abs=0.2)


def test_options_are_read_as_those_of_a_run(runs):
    (found,) = (
        reporting("by_model", [*runs, "least=9.5e-1", "digits=1"]).make(silent).tables.values()
    )
    assert found.to_dict("records") == [{"model": "good", "hits": 1.0}]
    (given,) = reporting("needing", ["answers=kept/answers.jsonl"]).make(silent).tables.values()
    assert given["answers"][0] == "kept/answers.jsonl"


def test_a_report_without_runs_runs(capsys):
    assert main(["report", "needing", "answers=a"]) == Exit.DONE
    assert "given" in capsys.readouterr().out
    (counts,) = reporting("of_dataset", ["dataset.n=12"]).make(silent).tables.values()
    assert counts.to_dict("records") == [{"dataset": "numbers", "samples": 12, "runs": 0}]


def test_a_dataset_is_checked_against_the_runs(runs):
    (counts,) = reporting("of_dataset", runs).make(silent).tables.values()
    assert counts.to_dict("records") == [{"dataset": "numbers", "samples": 90, "runs": 2}]
    message = f"dataset numbers: expected the fingerprint .* of {runs[0]}, found {numbers(12).fingerprint}"
    with pytest.raises(BadData, match=message):
        reporting("of_dataset", [*runs, "dataset=numbers", "dataset.n=12"]).make(silent)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["by_modle"], 64, "no task has a report 'by_modle' (did you mean by_model?)"),
        (["by_modle", "task=toy-mean"], 64, "no report of task toy-mean is called 'by_modle' (did you mean by_model?)"),
        (["by_model"], 64, "toy-mean, toy-other have a report 'by_model'; give task=NAME"),
        (["by_model", "RUN", "task=toy-other"], 64, "expected runs of one task, found toy-mean, toy-other"),
        (["own", "RUN"], 64, "no report of task toy-mean is called 'own'"),
        (["by_model", "RUN", "lest=1"], 64, "report by_model has no option 'lest' (did you mean least?)"),
        (["by_model", "RUN", "progress=1"], 64, "report by_model has no option 'progress'"),
        (["by_model", "RUN", "digits=many"], 64, "report by_model: digits: expected a value like 3, found 'many'"),
        (["by_model", "RUN", "digits=1.5"], 64, "report by_model: digits: expected a value like 3, found '1.5'"),
        (["by_model", "RUN", "least=["], 64, "report by_model: least: expected a value, found '['"),
        (["by_model", "RUN", "dataset=numbers"], 64, "report by_model: 'dataset=numbers': it takes no dataset"),
        (["of_dataset", "dataset=number"], 64, "task toy-mean has no dataset 'number' (did you mean numbers?)"),
        (["needing"], 64, "report needing needs answers=..."),
        (["by_model", "RUN", "--format", "xls"], 64, "no format is called 'xls'"),
        (["by_model", "nowhere"], 65, "nowhere: expected a run or a baseline file, found nothing"),
        (["by_model", "RUN", "task=toy"], 64, "expected runs of one task, found toy, toy-mean"),
        (["needing", "answers=a", "task=toy-men"], 64, "no task is called 'toy-men' (did you mean toy-mean"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_one_line_with_the_near_matches(
    runs, tmp_path, capsys, words, code, message
):
    named = [runs[0] if word == "RUN" else word for word in words]
    assert main(["report", *named, "--out", str(tmp_path / "o")]) == code
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert message in line
    assert not (tmp_path / "o").exists()


def test_a_report_of_two_tasks_needs_to_be_told_which():
    with pytest.raises(WrongCall, match="give task=NAME"):
        reporting("by_model", [])
    assert reporting("by_model", ["task=toy-other"]).task.name == "toy-other"
    assert reporting("own", ["answers=a"]).task.name == "toy-other", "the one that has it"


def test_a_report_is_listed(capsys):
    assert main(["list", "toy-mean"]) == Exit.DONE
    assert "  report by_model: hits by model" in capsys.readouterr().out

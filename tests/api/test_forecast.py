"""The plan of a run: what is left, and what it takes at the pace of an earlier one."""

import os

import pytest

from benchsuite.api.config import settings
from benchsuite.api.forecast import forecast
from benchsuite.cli import main
from benchsuite.cli.plan import in_time
from benchsuite.condition import CLEAN
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.find import find_runs
from benchsuite.runs.pace import pace_of
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, numbers

WORDS = ["task=bright", "model=bm25", "shard_size=20", "replicates=200"]


@pytest.fixture
def made(tmp_path):
    """A finished run of ten units, written ten seconds apart; the cells of four conditions in 8 s."""
    run = Run(MEAN, numbers(), Linear(), (CLEAN, *NOISE), shard_size=30)
    directory = evaluate(run, tmp_path, replicates=200)
    units = sorted((directory.path / "units").glob("*/*.parquet"))
    for place, path in enumerate(units):
        os.utime(path, (1000, 1000 + 10 * place))
    for path in directory.path.glob("*.parquet"):
        os.utime(path, (1000, 1000 + 10 * (len(units) - 1) + 8))
    return directory, units


def test_the_pace_of_a_run_is_told_by_when_its_files_were_written(made):
    directory, units = made
    pace = pace_of(directory)
    samples = 4 * 90
    assert pace.seconds == pytest.approx(10 / (samples / len(units)))
    assert pace.cells == pytest.approx(8 / 4)
    assert pace.size == pytest.approx(sum(path.stat().st_size for path in units) / samples)
    assert pace.memory is None or pace.memory > 10_000_000


def test_a_pause_moves_the_pace_little_and_a_copy_without_times_has_none(made):
    directory, units = made
    before = pace_of(directory).seconds
    for path in units[6:]:
        os.utime(path, (1000, path.stat().st_mtime + 5000))
    assert pace_of(directory).seconds == pytest.approx(before)
    for path in units:
        os.utime(path, (1000, 1000))
    assert pace_of(directory) is None


def test_a_run_of_too_few_units_tells_no_pace(tmp_path):
    directory = evaluate(Run(MEAN, numbers(), Linear(), (CLEAN,)), tmp_path, replicates=200)
    assert pace_of(directory) is None


def planned(tmp_path, conditions, *more):
    words = [*WORDS, f"conditions={conditions}", f"results={tmp_path}", *more]
    (config,) = settings(words)
    return forecast(config)


def test_the_plan_counts_what_is_left_and_runs_nothing(tmp_path):
    before = planned(tmp_path, "clean,typo/1")
    assert (before.conditions, before.units, before.left, before.samples) == (2, 20, 20, 400)
    assert before.seconds is before.size is before.memory is None
    assert not list(tmp_path.iterdir())


def test_a_finished_part_is_done_and_tells_the_pace_of_the_rest(tmp_path, capsys):
    words = [*WORDS, f"results={tmp_path}"]
    assert main(["run", *words, "conditions=clean"]) == 0
    after = planned(tmp_path, "clean,typo/1")
    assert (after.units, after.left, after.samples) == (20, 10, 200)
    (run,) = find_runs(tmp_path)
    assert after.pace == pace_of(run)
    assert after.seconds == pytest.approx(200 * after.pace.seconds + 2 * after.pace.cells)
    capsys.readouterr()
    assert main(["run", "--dry-run", *words, "conditions=clean,typo/1"]) == 0
    told = capsys.readouterr().out
    assert "10 of 20" in told and str(run.path) in told.replace("\n", "")
    assert [one.path for one in find_runs(tmp_path)] == [run.path]
    other = planned(tmp_path, "clean", "seed=3")
    assert other.left == other.units


def test_a_dataset_that_is_not_here_has_its_published_samples(capsys):
    words = ["task=instance_segmentation", "dataset=coco", "dataset.path=DIR", "model=mini-gn"]
    assert main(["run", "--dry-run", *words, "conditions=clean,imagecorruptions"]) == 0
    told = capsys.readouterr().out
    assert "380,000" in told and "as many samples as are published" in told
    sampled = settings([*words, "conditions=imagecorruptions@sampled"])
    assert forecast(sampled[0]).samples == pytest.approx(75_000, rel=0.01)


def test_what_nobody_has_published_and_what_is_no_setting_is_an_error(capsys):
    words = ["--dry-run", "task=bright", "dataset=trec", "dataset.path=DIR", "model=bm25"]
    assert main(["run", *words]) in (64, 65)
    assert main(["bench", "--dry-run", "task=bright", "conditions=nonsense"]) == 64
    assert "nonsense" in capsys.readouterr().err


def test_bench_plans_its_default_models(capsys):
    assert main(["bench", "--dry-run", "task=bright"]) == 0
    assert "bm25" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.4, "0 s"), (59, "59 s"), (61, "1 min 01 s"), (7500, "2 h 05 min"), (190000, "2 d 04 h")],
)
def test_times_are_for_people(seconds, told):
    assert in_time(seconds) == told

"""A run that stops once it tells what it is for: a part of the whole run, and never taken for it."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from benchsuite.boards.board import load_board
from benchsuite.boards.compare import compare
from benchsuite.boards.table import table
from benchsuite.condition import CLEAN
from benchsuite.dataset import in_memory
from benchsuite.errors import BadData
from benchsuite.estimation import Code
from benchsuite.estimation.repeated import widening
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.inventory import State, listed
from benchsuite.runs.plan import Run, plan
from benchsuite.runs.statistics import run_statistics, write_baseline
from benchsuite.runs.submit import write_submission
from tests.runs.test_evaluate import contents
from tests.toys import MEAN, NOISE, Linear, install, numbers

RUN = Run(MEAN, numbers(), Linear(bias=0.2), (CLEAN, *NOISE[:1]), batch_size=18, order="random")


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    install(monkeypatch, MEAN)


def after(look):
    """Enough after that look."""
    return lambda directory: directory.manifest.stopped.look >= look


def finished(root, **changes):
    return evaluate(replace(RUN, **changes), root, replicates=50)


def test_each_look_has_random_clusters_and_its_share_of_each_group():
    run = replace(RUN, dataset=numbers(600), batch_size=30)
    units = plan(run)
    clean = [unit for unit in units if unit.condition == CLEAN]
    measured = [sample.id for unit in clean for sample in unit.samples]
    assert sorted(measured) == [sample.id for sample in numbers(600).samples()]
    assert [unit.look for unit in units] == sorted(unit.look for unit in units)
    for condition in run.conditions:  # the same clusters under every condition
        ids = [[s.id for s in u.samples] for u in units if u.condition == condition]
        assert ids == [[s.id for s in u.samples] for u in clean]
    looks = Counter((u.look, s.attributes["colour"]) for u in clean for s in u.samples)
    assert {look for look, _ in looks} == {*range(1, 21)}
    assert all(6 <= count <= 14 for count in looks.values())
    first = [sample.id for unit in clean if unit.look <= 10 for sample in unit.samples]
    assert first != sorted(first)
    assert run.identity.run_id != replace(run, order="sorted").identity.run_id


def test_the_order_of_measurement_moves_no_number(tmp_path):
    one, other = finished(tmp_path), finished(tmp_path, order="sorted")
    assert one.path != other.path
    for name, rows in run_statistics(one).tables.items():
        assert rows.equals(run_statistics(other).tables[name])
    values = [load_board(d).estimates for d in (one, other)]
    for key, estimate in values[0].items():
        assert estimate.value == pytest.approx(values[1][key].value, abs=1e-12, nan_ok=True)


def test_a_stopped_run_says_so_and_goes_on_to_the_bytes_of_the_whole(tmp_path):
    whole = finished(tmp_path / "whole")
    part = finished(tmp_path / "part", enough=after(3))
    stopped = part.manifest.stopped
    assert (stopped.look, stopped.looks) == (3, RUN.looks)
    shown = listed(part)
    assert (shown.state, shown.why) == (State.COMPLETE, str(stopped))
    held = run_statistics(part).tables
    assert {name: len(rows) for name, rows in held.items()} == stopped.samples
    assert stopped.whole == dict.fromkeys(stopped.whole, 90)
    before = {p: p.stat().st_mtime_ns for p in part.path.rglob("units/**/*.parquet")}
    assert finished(tmp_path / "part").manifest.stopped is None
    assert contents(part.path) == contents(whole.path)
    assert all(p.stat().st_mtime_ns == when for p, when in before.items())


def test_a_kill_changes_neither_where_a_run_stops_nor_a_byte(tmp_path):
    def killed(directory):
        if directory.manifest.stopped.look == 2:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        finished(tmp_path / "killed", enough=killed)
    part = finished(tmp_path / "part", enough=after(4))
    again = finished(tmp_path / "killed", enough=after(4))
    assert again.manifest.stopped == part.manifest.stopped
    assert contents(again.path) == contents(part.path)
    assert contents(finished(tmp_path / "part", enough=after(4)).path) == contents(again.path)


def test_a_shuffled_dataset_stops_with_the_same_bytes(tmp_path):
    samples = list(numbers().samples())
    np.random.default_rng(0).shuffle(samples)
    shuffled = in_memory("numbers", samples)
    one, other = (
        finished(tmp_path / name, dataset=dataset, enough=after(2))
        for name, dataset in (("one", numbers()), ("other", shuffled))
    )
    assert contents(one.path) == contents(other.path)


def test_rows_of_a_stopped_run_are_marked_wider_and_not_ranked(tmp_path):
    part, whole = finished(tmp_path, enough=after(3)), finished(tmp_path / "whole")
    rows = table([load_board(part)]).query("kind == 'clean' and form == 'value'")
    assert all(any(n.code == Code.STOPPED for n in notes) for notes in rows["note"])
    assert rows["rank"].isna().all()
    ids = {*run_statistics(part).tables["clean"]["sample_id"]}
    same = in_memory("numbers", [s for s in numbers().samples() if s.id in ids])
    once = load_board(finished(tmp_path / "once", dataset=same)).estimates
    for key, estimate in load_board(part).estimates.items():
        if key.condition == CLEAN.full_name and key in once:
            assert estimate.value == pytest.approx(once[key].value)
            assert estimate.sd == pytest.approx(widening(RUN.looks) * once[key].sd, nan_ok=True)
    with pytest.raises(
        BadData, match=r"samples: expected stopped early at look 3 of 5, .* as in A"
    ):
        compare(load_board(part), load_board(whole))


def test_a_part_is_no_baseline_and_no_submission(tmp_path):
    part = finished(tmp_path, enough=after(3))
    with pytest.raises(BadData, match="expected a whole run, found one stopped early"):
        write_baseline(run_statistics(part), tmp_path / "b.parquet", ["hit"])
    with pytest.raises(BadData, match="expected a whole run, found one stopped early"):
        write_submission(part, tmp_path / "s", print)


def test_a_unit_that_is_lost_is_missed(tmp_path):
    part = finished(tmp_path, enough=after(3))
    sorted(part.path.rglob("units/clean/*.parquet"))[-1].unlink()
    with pytest.raises(BadData, match="units, found"):
        run_statistics(part)

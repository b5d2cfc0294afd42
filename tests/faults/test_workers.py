"""A worker that dies, hangs or has no memory left costs its unit another try, and no number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing import active_children
from typing import Final

import pytest

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, OutOfMemory
from benchsuite.model import State
from benchsuite.runs import crew, pulse
from benchsuite.runs.crew import Crew, _Job, _started
from benchsuite.runs.engine_local import Local
from benchsuite.runs.evaluate import directory_of, evaluate
from tests.faults.jobs import Job, marks, work
from tests.faults.models import RUN, failing, numbers_of
from tests.toys import Linear


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return numbers_of(evaluate(RUN, tmp_path_factory.mktemp("undisturbed"), replicates=200).path)


ENDS = {
    "killed": "was killed by SIGKILL, perhaps by the system for want of memory",
    "exit": "ended with code 3",
    "hang": "gave no predictions within engine.timeout={limit} seconds",
    "memory": "had not enough memory",
}
"""How a worker is lost, and what is said of it."""


LIMIT: Final = 0.2


@dataclass
class Clock:
    """A clock that moves when it is looked at, but only while a batch hangs: a slow one has time."""

    hangs: Callable[[], bool]
    now: float = 0.0

    def monotonic(self) -> float:
        """Seconds."""
        self.now += self.hangs()
        return self.now


def test_a_lost_worker_costs_its_job_another_try_and_is_named(tmp_path, monkeypatch):
    jobs = [Job("plain", tmp_path), *(Job(how, tmp_path, how) for how in ENDS)]

    def hangs() -> bool:
        done = [job.name for job in jobs if marks(job, "done")]
        return len(done) == len(jobs) - 1 and "hang" not in done

    monkeypatch.setattr(crew, "time", Clock(hangs))
    assert sorted(Crew(work, 2, LIMIT).map(jobs)) == sorted(
        [
            "",
            *(f"{how}, batch 0: the worker process {end.format(limit=LIMIT)}; the unit was tried again"
              for how, end in ENDS.items()),
        ]
    )  # fmt: skip
    assert [len(marks(job, "begun")) for job in jobs] == [1, 2, 2, 2, 2]
    assert [len(marks(job, "done")) for job in jobs] == [1, 1, 1, 1, 1]


def test_a_worker_that_leaks_is_replaced_when_its_memory_is_full(tmp_path):
    jobs = [Job(str(n), tmp_path, "leaks", times=0) for n in range(5)]
    told = list(Crew(work, 1).map(jobs))
    assert len(told) == 5
    assert [line for line in told if line] == [
        "2, batch 0: the worker process had not enough memory; the unit was tried again"
    ]


def test_the_last_try_of_a_job_is_behind_all_others_and_has_the_machine_for_itself(tmp_path):
    fragile, *others = [
        Job("fragile", tmp_path, "exit", 2),
        *(Job(f"other {n}", tmp_path, "alone", times=0) for n in range(4)),
    ]
    *_, told = Crew(work, 2).map([fragile, *others])
    assert told.count("; the unit was tried again") == 2

    def when(path):
        return int(path.name.split(".")[2])

    *_, last = map(when, marks(fragile, "begun"))
    assert max(when(one) for other in others for one in marks(other, "done")) < last


@pytest.mark.parametrize(
    ("how", "tries", "error"),
    [
        (
            "exit",
            3,
            pytest.raises(BadData, match=r"^bad, batch 0: .* ended with code 3, as in 3 tries"),
        ),
        ("memory", 3, pytest.raises(OutOfMemory, match=r"^batch 0: not enough memory$")),
        ("data", 1, pytest.raises(BadData, match=r"^batch 0: no$")),
        ("bug", 1, pytest.raises(RuntimeError, match=r"^KeyError: .*\(jobs\.py:\d+\)")),
    ],
)
def test_a_job_that_never_succeeds_ends_the_map_with_its_name_after_all_others(
    tmp_path, how, tries, error
):
    good, bad = Job("good", tmp_path), Job("bad", tmp_path, how, times=9)
    with error:
        list(Crew(work, 2).map([good, bad] if tries == 1 else [bad, good]))
    assert len(marks(bad, "begun")) == tries
    assert tries == 1 or marks(good, "done")


def test_workers_end_when_nobody_wants_their_jobs_any_more(tmp_path):
    jobs = Crew(work, 2).map([Job("one", tmp_path), Job("two", tmp_path, "hang")])
    assert next(jobs) == ""
    jobs.close()
    assert not active_children()


def test_a_worker_to_whom_nobody_listens_any_more_ends_without_a_word(tmp_path, capfd):
    job = Job("one", tmp_path, "alone", times=0)
    worker = _started(work, _Job(job))
    worker.take(_Job(job))
    while not marks(job, "done"):
        assert worker.process.is_alive()
    worker.line.close()
    worker.process.join()
    assert (worker.process.exitcode, capfd.readouterr().err) == (0, "")


@pytest.mark.parametrize(
    "how",
    ["killed", *(pytest.param(how, marks=pytest.mark.slow) for how in ENDS if how != "killed")],
)
def test_a_lost_worker_changes_no_number_and_the_run_says_so(
    tmp_path, undisturbed, how, monkeypatch
):
    heard: list[int] = []

    def hear(stage: str, done: int, total: int) -> None:
        heard.append(done)

    def hangs() -> bool:
        return heard[-1] == 2 and len(list((tmp_path / "marks").iterdir())) == 1

    monkeypatch.setattr(crew, "time", Clock(hangs))
    engine, asked = Local(2, LIMIT if how == "hang" else 0), failing(tmp_path, how, 1)
    run = evaluate(asked, tmp_path / "r", engine, replicates=200, progress=hear)
    assert numbers_of(run.path) == undisturbed
    line = (
        f"clean, shard 1, samples from 's0020': the worker process {ENDS[how].format(limit=LIMIT)}"
    )
    assert run.status["lost"] == [f"{line}; the unit was tried again"]
    assert line in (run.path / "log.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["exit", "memory"])
def test_a_unit_that_costs_every_worker_ends_the_run_and_the_others_are_kept(
    tmp_path, undisturbed, how
):
    run = failing(tmp_path, how)
    told = (
        "clean, shard 1, samples from 's0020': the worker process ended with code 3, as in 3 tries"
    )
    kind, told = (BadData, told) if how == "exit" else (OutOfMemory, "clean, samples from 's0020'")
    with pytest.raises(kind, match=told):
        evaluate(replace(run, on_error="skip"), tmp_path, Local(2), replicates=200)
    assert len(list((tmp_path / "marks").iterdir())) == 3
    kept = directory_of(run, tmp_path).path
    assert len(list(kept.glob("units/clean/*.parquet"))) == 2
    assert numbers_of(evaluate(RUN, tmp_path, replicates=200).path) == undisturbed


def test_a_lack_of_memory_ends_the_run_and_skips_no_sample(tmp_path, undisturbed):
    run = replace(failing(tmp_path, "memory"), on_error="skip")
    with pytest.raises(OutOfMemory, match=r"samples from 's0020': .*batch_size=5 needs less"):
        evaluate(run, tmp_path, replicates=200)
    assert numbers_of(evaluate(RUN, tmp_path, replicates=200).path) == undisturbed


def test_a_fault_that_passes_changes_no_number(tmp_path, undisturbed):
    run = replace(failing(tmp_path, "once", 1), on_error="skip")
    assert numbers_of(evaluate(run, tmp_path / "r", replicates=200).path) == undisturbed


def test_the_status_tells_how_far_a_run_is_before_its_first_unit_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(pulse, "HEARTBEAT_SECONDS", 0.01)
    told = []

    class Slow(Linear):
        """Waits until the heart has beaten twice."""

        def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
            directory = directory_of(run, tmp_path)
            while not told and len({one["heartbeat"] for one in seen}) < 3:
                seen.append(directory.status)
            told.append(seen[-1])
            return super().predict(state, inputs)

    seen: list[dict] = []
    run = replace(RUN, model=Slow("slow"))
    done = evaluate(run, tmp_path, replicates=200)
    first = told[0]
    assert (first["state"], first["stage"], first["done"], first["total"]) == (
        "running",
        "units",
        0,
        3,
    )
    assert first["idle"] >= 0
    assert done.complete

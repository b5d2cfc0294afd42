"""Ray: the same bytes as this machine's own processes, and a dead worker costs its unit alone."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, NotAvailable
from benchsuite.runs.engine_ray import Ray
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.faults.models import failing
from tests.plugin import call, command, environment
from tests.toys import AP, MEAN, NOISE, Centred, Faulty, Linear, Mortal, numbers

ray = pytest.importorskip("ray")

RUN = (
    "run", "task=toy-mean", "dataset=numbers", "model=linear", "conditions=clean,noise",
    "shard_size=16", "batch_size=16", "replicates=200", "model.pause=0.3",
)  # fmt: skip
ON_RAY = ("engine=ray", "engine.address=local", "engine.workers=2")


@pytest.fixture(scope="module")
def engine() -> Iterator[Ray]:
    """Two workers on a cluster of this test's own."""
    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": logging.ERROR}
    ray.init(address="local", num_cpus=2, **quiet)
    yield Ray(workers=2)
    ray.shutdown()


def a_run(**changes: object) -> Run:
    run = Run(MEAN, numbers(), Linear(bias=0.2), (CLEAN, *NOISE), shard_size=16, batch_size=8)
    return replace(run, **changes)


def contents(path: Path) -> dict[str, bytes]:
    """Everything of a run that must be the same to the byte."""
    kept = [p for p in path.rglob("*") if p.suffix in (".parquet", ".safetensors")]
    return {str(p.relative_to(path)): p.read_bytes() for p in kept}


def test_a_killed_worker_costs_its_unit_alone_and_the_bytes_are_the_local_engines(tmp_path, engine):
    graves = tmp_path / "graves"
    graves.mkdir()
    run = a_run(model=Mortal(graves=str(graves)))
    there = evaluate(run, tmp_path / "ray", engine, replicates=50)
    assert len([*graves.iterdir()]) == 1
    log = (there.path / "log.txt").read_text()
    assert "complete: 24 of 24 units" in log
    (told,) = there.status["lost"]
    assert told == "clean, shard 0: its worker process died; the unit was tried again"
    assert told in log
    assert there.status["memory"] > 10**8
    here = evaluate(run, tmp_path / "local", replicates=50)
    assert contents(there.path) == contents(here.path)
    assert len(contents(here.path)) > 10


@pytest.mark.slow
@pytest.mark.parametrize("task", [MEAN, AP], ids=lambda t: t.name)
@pytest.mark.parametrize("model", [Linear(bias=0.2), Centred()], ids=lambda m: m.name)
def test_every_kind_of_model_gives_the_local_engines_bytes(tmp_path, engine, task, model):
    run = a_run(task=task, model=model)
    here = evaluate(run, tmp_path / "local", replicates=50)
    there = evaluate(run, tmp_path / "ray", engine, replicates=50)
    assert contents(there.path) == contents(here.path)


@pytest.mark.slow
def test_a_unit_that_kills_every_worker_is_named_and_the_others_are_kept(tmp_path, engine):
    graves = tmp_path / "graves"
    graves.mkdir()
    run = a_run(model=Mortal(graves=str(graves), deaths=3), conditions=(CLEAN,))
    with pytest.raises(BadData, match=r"clean, shard 0: its worker process died"):
        evaluate(run, tmp_path, engine, replicates=50)
    assert len([*graves.iterdir()]) == 3
    evaluate(run, tmp_path, replicates=50)


@pytest.mark.slow
def test_a_batch_that_hangs_costs_its_unit_another_try_and_no_number(tmp_path, engine):
    run = failing(tmp_path, "hang", 1)
    there = evaluate(run, tmp_path / "ray", replace(engine, timeout=10.0), replicates=50)
    here = evaluate(run, tmp_path / "local", replicates=50)
    assert contents(there.path) == contents(here.path)


@pytest.mark.slow
def test_an_error_is_that_of_the_local_engine(tmp_path, engine):
    run = a_run(model=Faulty())
    with pytest.raises(BadData) as here:
        evaluate(run, tmp_path / "local")
    with pytest.raises(BadData) as there:
        evaluate(run, tmp_path / "ray", engine)
    assert str(there.value).partition(":")[2] == str(here.value).partition(":")[2]


@pytest.mark.slow
def test_a_worker_that_finds_no_room_is_said(tmp_path, engine, monkeypatch):
    monkeypatch.setattr("benchsuite.runs.engine_ray.PATIENCE", 0.5)
    with pytest.raises(NotAvailable, match=r"engine.gpus=3, found 2 and 0 free"):
        evaluate(a_run(), tmp_path, replace(engine, gpus=3))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_a_cluster_that_does_not_answer_is_said_at_once(tmp_path, monkeypatch, address):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(NotAvailable, match=f"no cluster answers at {address}"):
        evaluate(a_run(), tmp_path, Ray(address=address))
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(NotAvailable, match=f"no cluster answers at {address}"):
        evaluate(a_run(), tmp_path, Ray())


@pytest.mark.parametrize("error", [Exception("timed out\nduring startup"), ValueError("no")])
def test_a_cluster_that_does_not_start_is_one_line(monkeypatch, error):
    def init(**_):
        raise error

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", init)
    told = f"^engine ray: no cluster: {' '.join(str(error).split())}$"
    with pytest.raises(NotAvailable, match=told):
        list(Ray().map(print, ["a unit"]))


def working(session: int) -> list[str]:
    """What the living processes of a session run, but Ray's agents, which end a minute later."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            line = (stat.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z" and "Agent" not in line:
            found.append(line)
    return found


NICE = """
import os
from pathlib import Path
from benchsuite.runs.engine_ray import Ray

def work(job):
    Path(PATH).write_text(str(os.nice(0)))

list(Ray(workers=1, address="local").map(work, ["a unit"]))
"""


@pytest.mark.slow
def test_workers_of_a_cluster_that_is_started_for_a_run_have_its_priority(installed, tmp_path):
    path = tmp_path / "nice"
    words = [sys.executable, "-c", NICE.replace("PATH", repr(str(path)))]
    subprocess.run(words, env=environment(installed), cwd=tmp_path, check=True)
    assert int(path.read_text()) == os.nice(0)


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_a_run_that_is_ended_and_the_same_command_continues(
    installed, tmp_path, end
):
    process = subprocess.Popen(
        command(*RUN, *ON_RAY), cwd=tmp_path, env=environment(installed), text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )  # fmt: skip
    while not [*tmp_path.rglob("units/*/*.parquet")]:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(end)
    process.wait()
    deadline = time.monotonic() + 300
    while (left := working(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left
    if end == signal.SIGINT:
        assert process.returncode == 130
        assert process.stderr.read().strip().splitlines() == [
            "benchsuite: interrupted; the same command continues the run"
        ]
    result = call(installed, *RUN, *ON_RAY, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert call(installed, *RUN, "results=local", cwd=tmp_path).returncode == 0
    (here,), (there,) = (tmp_path.glob(f"{name}/*/*/*/*") for name in ("local", "results"))
    assert contents(here) == contents(there)

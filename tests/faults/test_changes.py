"""What changes while a run goes on: a file of its dataset, its own folder, its number of processes."""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset, Inputs, Lazy, of_files
from benchsuite.errors import CannotWrite, DataChanged
from benchsuite.files import arrays, images, packed
from benchsuite.files.hashes import content_hash
from benchsuite.model import State
from benchsuite.runs.engine_local import Local
from benchsuite.runs.evaluate import directory_of, evaluate
from benchsuite.runs.plan import Run
from tests.faults.models import AT, RUN, numbers_of
from tests.plugin import call
from tests.toys import Linear, numbers


@dataclass(frozen=True)
class Acting(Linear):
    """Does something at one batch, if a mark says so."""

    does: Callable[[], None] = bool
    mark: str = ""

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
        if AT in {one.id for one in inputs} and Path(self.mark).exists():
            Path(self.mark).unlink()
            self.does()
        return super().predict(state, inputs)


def acting(tmp_path: Path, run: Run, does: Callable[[], None]) -> Run:
    (tmp_path / "mark").touch()
    return replace(run, model=Acting(does=does, mark=str(tmp_path / "mark")))


def number(path: Path) -> float:
    return float(packed.bytes_of(path))


def in_files(folder: Path) -> Dataset:
    """The numbers, each in a file that is read when it is asked for."""
    folder.mkdir()
    samples, contents = [], {}
    for one in numbers(60).samples():
        path = folder / one.id
        path.write_text(str(one.inputs["x"]))
        samples.append(replace(one, inputs=Lazy({"x": partial(number, path)})))
        contents[one.id] = content_hash(path)
    return of_files("numbers", samples, contents)


def alter(path: Path, text: str) -> None:
    """Write a file anew, with a time of change of its own."""
    path.write_text(text)
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 5_000_000_000))


@pytest.mark.parametrize("engine", [Local(), Local(2), Local(prefetch=1)], ids=str)
def test_a_file_that_changes_during_a_run_ends_it_before_a_number_is_made_of_it(tmp_path, engine):
    run = replace(RUN, dataset=in_files(tmp_path / "data"), model=Linear(), on_error="skip")
    path = tmp_path / "data" / "s0039"  # of a later batch in the unit of AT
    whole = path.read_text()
    changing = acting(tmp_path, run, partial(alter, path, "7"))
    with pytest.raises(DataChanged, match=r"s0039: expected the content .* changed while it was"):
        evaluate(changing, tmp_path / "r", engine, replicates=50)
    alter(path, whole)  # the same content at another time is the same file
    done = evaluate(changing, tmp_path / "r", engine, replicates=50)
    assert numbers_of(done.path) == numbers_of(
        evaluate(changing, tmp_path / "s", replicates=50).path
    )


@pytest.mark.parametrize(
    ("name", "write", "read"),
    [
        ("a.npy", lambda p, a: np.save(p, a), arrays.read_npy),
        ("a.npz", lambda p, a: np.savez(p, a=a), arrays.read_npz),
        ("a.png", lambda p, a: images._pillow().fromarray(a).save(p), images.read_rgb),
        ("a.csv", lambda p, a: p.write_bytes(a.tobytes()), packed.bytes_of),
    ],
)
def test_a_reader_refuses_a_file_that_changed_since_it_was_hashed(tmp_path, name, write, read):
    path = tmp_path / name
    write(path, np.zeros((4, 5), np.uint8))
    content_hash(path)
    read(path)
    write(path, np.ones((4, 5), np.uint8))
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 5_000_000_000))
    with pytest.raises(DataChanged, match=name):
        read(path)
    content_hash(path)  # a dataset that is made anew is made of the file as it is
    read(path)


@pytest.mark.parametrize("engine", [Local(), Local(2)], ids=str)
def test_a_run_whose_folder_is_moved_stops_and_continues_where_it_is_moved_back(tmp_path, engine):
    root, away = tmp_path / "results", tmp_path / "away"
    run = replace(RUN, conditions=(CLEAN,))
    moving = acting(tmp_path, run, partial(shutil.move, root, away))
    with pytest.raises(CannotWrite, match="the folder was moved or removed meanwhile"):
        evaluate(moving, root, engine, replicates=50)
    assert not root.exists()
    away.rename(root)
    done = evaluate(moving, root, engine, replicates=50)
    assert done.path == directory_of(moving, root).path
    assert numbers_of(done.path) == numbers_of(evaluate(moving, tmp_path / "s", replicates=50).path)


FORKING = """
import os
from pathlib import Path

def model(x):
    if Path("forks").exists():
        Path("forks").unlink()
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        elif {fails}:
            raise ValueError("in a process of its own")
    return float(x > 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="other systems do not fork")
@pytest.mark.parametrize("fails", [True, False])
def test_a_process_that_a_model_forks_and_forgets_does_not_go_on_with_the_run(
    installed, tmp_path, fails
):
    (tmp_path / "forking.py").write_text(FORKING.format(fails=fails))
    (tmp_path / "forks").touch()
    words = ("run", "task=toy-mean", "dataset=numbers", "conditions=clean", "model=python",
             "model.object=forking.py:model", "model.fingerprint=forking", "on_error=skip")  # fmt: skip
    done = call(installed, *words, "results=forked", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    assert call(installed, *words, "results=plain", cwd=tmp_path).returncode == 0
    forked, plain = (next((tmp_path / name).glob("*/*/*/*")) for name in ("forked", "plain"))
    assert (forked / "log.txt").read_text().count("complete") == 1
    assert numbers_of(forked) == numbers_of(plain)

"""A model that fails at one batch, and the run of it whose numbers no fault may change."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchsuite.condition import CLEAN
from benchsuite.dataset import Inputs
from benchsuite.model import State
from benchsuite.runs.plan import Run
from tests.toys import MEAN, Linear, numbers

AT = "s0021"
"""The sample at whose batch a model fails: it is in the second of three units."""


@dataclass(frozen=True)
class Fragile(Linear):
    """Fails at a batch in the way that `how` names; the first `times` times that anyone does."""

    how: str = ""
    times: int = 99
    marks: str = ""

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
        if self.how and AT in {one.id for one in inputs} and self._again():
            if self.how == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.how == "exit":
                os._exit(3)
            if self.how == "hang":
                time.sleep(600)
            if self.how == "memory":
                raise MemoryError
            raise OSError("no")
        # A score that depends on its batch, as that of many networks does in its last digits.
        score = super().predict(state, inputs)
        return [one + 1e-9 * len(inputs) for one in score]

    def _again(self) -> bool:
        """Whether the fault strikes; each time that it does, a mark says so to other processes."""
        before = len(list(Path(self.marks).iterdir()))
        (Path(self.marks) / f"{before}-{os.getpid()}").touch()
        return before < self.times


RUN = Run(MEAN, numbers(60), Fragile(), (CLEAN,), batch_size=10, shard_size=20)


def numbers_of(path: Path) -> dict[str, bytes]:
    """The files from which every number follows."""
    found = [*path.rglob("*.parquet"), *path.rglob("*.safetensors")]
    return {str(one.relative_to(path)): one.read_bytes() for one in found}


def failing(tmp_path: Path, how: str, times: int = 99) -> Run:
    marks = tmp_path / "marks"
    marks.mkdir(exist_ok=True)
    return replace(RUN, model=Fragile(how=how, times=times, marks=str(marks)))

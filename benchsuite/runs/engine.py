"""What an engine is: it decides where jobs run, and nothing else."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

from benchsuite.errors import BadData

ENGINES: Final = ("local", "ray")
"""What `engine=` names; `conf/engine` has the settings of each."""


class Engine(Protocol):
    """Decides where jobs run. A job says by `str` what it is."""

    def map(self, work: Callable[[Any], None], jobs: Sequence[Any]) -> Iterator[None]:
        """Run `work` on each job, in any order, and yield once for each that is finished.

        An error that `work` raises ends the map, and is raised here.
        """
        ...

    def peak_memory(self) -> int | None:
        """Bytes that this process and the workers had at most; None where nobody counts them."""
        ...


def died(job: Any) -> BadData:
    """The error for a job whose worker process died."""
    return BadData(
        f"a worker process died: it was killed, ran out of memory, or its code called os._exit; "
        f"unfinished from {job} on; the same command continues"
    )

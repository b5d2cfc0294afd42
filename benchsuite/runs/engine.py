"""What an engine is: it decides where jobs run, and nothing else."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

from benchsuite.errors import BadData

ENGINES: Final = ("local", "ray")
"""What `engine=` names; `conf/engine` has the settings of each."""


class Engine(Protocol):
    """Decides where jobs run. A job says by `str` what it is."""

    @property
    def prefetch(self) -> int:
        """Processes that decode, alter and measure beside a model in this process; 0 for none."""
        ...

    def map(self, work: Callable[[Any], None], jobs: Sequence[Any]) -> Iterator[str]:
        """Run `work` on each job, in any order. Yields for each that is finished what it cost.

        That says how it lost workers; it is empty where it lost none, or nobody knows.
        An error that `work` raises ends the map, and is raised here.
        """
        ...

    def peak_memory(self) -> int | None:
        """Bytes that this process and the workers had at most; None where nobody counts them."""
        ...


def died(job: Any) -> BadData:
    """The error for a job whose worker process died."""
    return BadData(
        f"{job}: its worker process died in each try: it was killed, ran out of memory, took more "
        "than engine.timeout, or its code called os._exit; the same command continues"
    )

"""Units in this process, or in worker processes on this machine."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from benchsuite.runs.crew import Crew


class Engine(Protocol):
    """Decides where jobs run. `map` yields per finished job, in any order, and raises errors.

    It yields how workers were lost by that job, or an empty text.
    """

    def map(self, work: Callable[[Any], None], jobs: Sequence[Any]) -> Iterator[str]: ...


@dataclass(frozen=True)
class Local:
    """`workers` processes; with one and no limit of time, this process itself.

    timeout: seconds for a batch to be predicted and measured; 0 for no limit.
    """

    workers: int = 1
    timeout: float = 0.0

    def map(self, work: Callable[[Any], None], jobs: Sequence[Any]) -> Iterator[str]:
        """Run `work` on each job."""
        workers = min(self.workers, len(jobs))
        if workers > 1 or (self.timeout > 0 and jobs):
            yield from Crew(work, workers, self.timeout).map(jobs)
        else:
            for job in jobs:
                work(job)
                yield ""

"""The local engine: jobs in this process, or in worker processes on this machine."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchsuite.runs.crew import Crew
from benchsuite.runs.pace import peak_memory


@dataclass(frozen=True)
class Local:
    """`workers` processes; with one and no limit of time, this process itself.

    timeout: seconds for a batch to be predicted and measured; 0 for no limit.
    prefetch: processes beside a single worker's model, which decode, alter and measure for it.
    """

    workers: int = 1
    timeout: float = 0.0
    prefetch: int = 0

    def map(self, work: Callable[[Any], None], jobs: Sequence[Any]) -> Iterator[str]:
        """Run `work` on each job."""
        workers = min(self.workers, len(jobs))
        if workers > 1 or (self.timeout > 0 and jobs):
            yield from Crew(work, workers, self.timeout).map(jobs)
        else:
            for job in jobs:
                work(job)
                yield ""

    def peak_memory(self) -> int | None:
        """Bytes that this process and the workers had at most; None where nobody counts them."""
        return peak_memory(self.workers)

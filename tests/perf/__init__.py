"""Performance as a ratio against a named peer, both measured in one process (`make perf`).

A module `tests/perf/perf_<name>.py` has one function, `measure() -> Iterable[Ratio]`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """What was timed: CPU seconds of ours and of the peer, and the factor that was promised.

    `factor` is peer / ours; `promised` is the least that it may be. A thousand times the seconds
    are shown with the `unit`: what is no time is given as a thousandth of it.
    """

    name: str
    peer: str
    ours_s: float
    peer_s: float
    promised: float
    unit: str = "ms"

    @property
    def factor(self) -> float:
        return self.peer_s / self.ours_s


def cpu_seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """The least CPU time of `repeats` calls: what the machine's other tenants add is left out."""

    def once() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return min(once() for _ in range(repeats))

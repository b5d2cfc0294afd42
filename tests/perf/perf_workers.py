"""Two workers against one, on units that only compute: of the local engine, and of Ray's."""

import time
from collections.abc import Iterator

import ray

from benchsuite.runs.engine import Engine
from benchsuite.runs.engine_local import Local
from benchsuite.runs.engine_ray import Ray
from tests.perf import Ratio

UNITS, STEPS = 80, 25_000_000


def burn(unit: int) -> None:
    """Compute for about half a second."""
    for _ in range(STEPS):
        pass


def measure() -> Iterator[Ratio]:
    assert [*Ray(workers=2, address="local").map(abs, range(2))] == ["", ""]  # starts the cluster
    pairs: tuple[tuple[str, Engine, Engine], ...] = (
        ("local", Local(2), Local(1)),
        ("Ray's", Ray(workers=2, address="local"), Ray(workers=1, address="local")),
    )
    for name, two, one in pairs:
        yield Ratio(f"{UNITS} units, two workers: {name}", "one worker", wall(two), wall(one), 1.7)
    ray.shutdown()


def wall(engine: Engine) -> float:
    """Seconds until all units are done, with the start of the workers."""
    begin = time.perf_counter()
    assert len([*engine.map(burn, range(UNITS))]) == UNITS
    return time.perf_counter() - begin

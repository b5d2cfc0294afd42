"""The leaderboard of adapting CLIP's features to Winoground: what is run, and what is told of it.

    python -m benchsuite_tasks.compositional.leaderboard FOLDER OUT [RESULTS]

FOLDER is what `dataset=winoground-features` reads. The runs go below RESULTS, and are continued
where they are there already; the tables and the figure go below OUT.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchsuite.cli.config import make_run, settings
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.store import RunDirectory

from . import command

REPLICATES = 4000
TASK_WORDS = ("task=compositional", "dataset=winoground-features")
METHODS = ("simplematch", "ttm")
SETTINGS = {
    "shift": ("model.adapter=shift",),
    "scale": ("model.adapter=scale",),
    "low-rank-16": ("model.adapter=low-rank", "model.rank=16"),
    "linear": ("model.adapter=linear",),
    "linear-decayed": ("model.adapter=linear", "model.weight_decay=10"),
    "linear-brief": ("model.adapter=linear", "model.epochs=2"),
}
"""Capacities, from 1,024 parameters to half a million, and two regularisations of the largest."""
PROTOCOLS = {
    "transductive": ("model.protocol=transductive", "model.repeats=5", "model.control=true"),
    "held-out": ("model.protocol=held-out", "model.repeats=5", "model.control=false"),
}
MANY_HALVES = ("model.repeats=10",)
"""Under the held-out protocol, `linear` is adapted to 20 random halves: their SD is shown."""


@dataclass(frozen=True)
class Planned:
    """One run: its row's name, and the words that ask for it."""

    name: str
    method: str
    setting: str
    protocol: str
    words: tuple[str, ...]


def plan() -> Iterator[Planned]:
    """The raw model, then every method, setting and protocol."""
    yield Planned("features", "raw", "", "", ("model=features",))
    for protocol, how in PROTOCOLS.items():
        for setting, what in SETTINGS.items():
            many = MANY_HALVES if (protocol, setting) == ("held-out", "linear") else ()
            for method in METHODS:
                name = f"{method}-{setting}-{protocol}"
                words = (f"model=features-{method}", f"model.name={name}", *what, *how, *many)
                yield Planned(name, method, setting, protocol, words)


def run(folder: Path, results: Path) -> dict[str, RunDirectory]:
    """Make or continue every run; by name."""
    found = {}
    for planned in plan():
        print(planned.name, file=sys.stderr)  # noqa: T201
        words = [*TASK_WORDS, f"dataset.path={folder}", *planned.words]
        found[planned.name] = evaluate(make_run(settings(words)[0]), results, None, REPLICATES)
    return found


def main(arguments: list[str]) -> int:
    """Run, and write the tables and the figure."""
    folder, out, *rest = (Path(word) for word in arguments)
    default = settings([*TASK_WORDS, f"dataset.path={folder}"])[0].results
    directories = run(folder, rest[0] if rest else Path(default))
    from .tables import write

    write(list(plan()), directories, out)
    return 0


if __name__ == "__main__":
    sys.exit(command.run(main, sys.argv[1:], "FOLDER OUT [RESULTS]"))

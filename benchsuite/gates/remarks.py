"""What a gate says of many cells alike, said once: a line names all conditions and metrics."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol


class Place(Protocol):
    """Where something is seen: an attribute's groups, under a condition, by a metric."""

    @property
    def run(self) -> str: ...
    @property
    def condition(self) -> str: ...
    @property
    def attribute(self) -> str: ...
    @property
    def metric(self) -> str: ...


def once(said: Iterable[tuple[Place, str]], conditions: Mapping[str, Sequence[str]]) -> list[str]:
    """One line for what is said alike of several conditions and metrics of a run.

    said        what is said, and of which place
    conditions  all conditions of each run, by its name
    """
    under: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for at, text in said:
        under.setdefault((at.run, at.attribute, text, at.metric), {})[at.condition] = None
    by: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for (run, attribute, text, metric), found in under.items():
        by.setdefault((run, attribute, text, tuple(found)), []).append(metric)
    return [
        f"{run} {_named(found, conditions[run])} {attribute} {', '.join(metrics)}: {text}"
        for (run, attribute, text, found), metrics in by.items()
    ]


def _named(some: Sequence[str], every: Sequence[str]) -> str:
    whole = len(every) > 1 and len(some) == len(every)
    return f"all {len(every)} conditions" if whole else ", ".join(some)

"""What a gate calls the runs that it looks at."""

from collections.abc import Sequence

from benchsuite.runs.statistics import Statistics


def names_of(runs: Sequence[Statistics]) -> list[str]:
    """`task/model` of each run; `task/dataset/model` where a task has runs of several datasets."""
    datasets: dict[str, set[str]] = {}
    for run in runs:
        datasets.setdefault(run.identity.task, set()).add(run.identity.dataset)
    return [
        f"{one.task}/{one.dataset}/{one.model}"
        if len(datasets[one.task]) > 1
        else f"{one.task}/{one.model}"
        for one in (run.identity for run in runs)
    ]

"""Stops a run once it tells what it is for: its units are measured look by look."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from benchsuite.runs.manifest import Stopped
from benchsuite.runs.plan import Run, Unit
from benchsuite.runs.store import RunDirectory


def measured(
    run: Run,
    units: Sequence[Unit],
    directory: RunDirectory,
    measure: Callable[[Sequence[Unit]], list[str]],
) -> tuple[list[Unit], list[str]]:
    """Measure the units, as many as are needed, and say in the manifest how many.

    Returns those, and how workers were lost, a line each, as `measure` tells it of some units.
    A run that goes on completes the look that it had begun. So it stops where it would have stopped
    without the interruption.
    """
    run_id, lost = directory.manifest.run_id, list[str]()
    begun = (unit.look for unit in units if directory.has_unit(unit.of(run_id)))
    looks = range(max(begun, default=1), run.looks) if run.enough else ()
    for look in looks:
        some = [unit for unit in units if unit.look <= look]
        lost += measure(some)
        _say(directory, _stopped(run, units, look))
        if run.enough and run.enough(directory):
            return some, lost
    lost += measure(units)
    _say(directory, None)
    return list(units), lost


def _say(directory: RunDirectory, stopped: Stopped | None) -> None:
    if (manifest := directory.manifest).stopped != stopped:
        directory.write_manifest(replace(manifest, stopped=stopped))


def _stopped(run: Run, units: Sequence[Unit], look: int) -> Stopped:
    of = {
        condition.full_name: [unit for unit in units if unit.condition == condition]
        for condition in run.conditions
    }
    done = {name: [unit for unit in every if unit.look <= look] for name, every in of.items()}
    return Stopped(
        look,
        run.looks,
        {name: len(some) for name, some in done.items()},
        {name: _samples(some) for name, some in done.items()},
        {name: _samples(every) for name, every in of.items()},
    )


def _samples(units: Sequence[Unit]) -> int:
    return sum(len(unit.samples) for unit in units)

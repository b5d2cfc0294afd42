"""A run that exists goes on: with the conditions that it has, which must be what they were."""

from collections.abc import Mapping
from dataclasses import replace

from benchsuite.condition import Condition, with_sampled
from benchsuite.errors import WrongCall
from benchsuite.runs.manifest import ConditionRecord
from benchsuite.runs.plan import Run
from benchsuite.runs.store import RunDirectory


def extended(run: Run, directory: RunDirectory) -> Run:
    """The run with the conditions of its earlier calls, too: those stay part of it, in one order.

    Raises WrongCall for one that is not known now, or is of another version of a plugin.
    """
    if not directory.begun:
        return run
    known, before = with_sampled(run.known_conditions), directory.manifest
    wanted = {*before.conditions, *(c.full_name for c in run.conditions)}
    measured = {c.condition: c for c in before.known_conditions if c.condition in before.conditions}
    for name in sorted(measured):
        _check_known(f"{directory.path}: has the condition '{name}'", measured[name], known)
    return replace(run, conditions=tuple(c for name, c in known.items() if name in wanted))


def _check_known(has: str, record: ConditionRecord, known: Mapping[str, Condition]) -> None:
    """Raise unless a condition that was measured is known now, and is still the same one."""
    now = known.get(record.condition)
    if record.added_by and (now is None or (now.added_by, now.version) != record.origin):
        raise WrongCall(
            f"{has} of version {record.version} of package {record.added_by}, which is not there "
            "now: install it, or give another folder, results=DIR"
        )
    if now is None:
        raise WrongCall(
            f"{has}, which is not known now: give the backend=, textures= or dataset options of "
            "its first call again"
        )

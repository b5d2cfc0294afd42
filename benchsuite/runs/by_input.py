"""Predictions of a file whose rows tell an input: the conditions that give it these values."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchsuite.condition import CLEAN, Condition
from benchsuite.errors import BadData
from benchsuite.runs.plan import Run
from benchsuite.task import ByInput


def by_condition(
    run: Run, place: Condition, given: ByInput, known: Sequence[Condition]
) -> dict[Condition, Mapping[str, Any]]:
    """The predictions by condition. `place` is the one that the file stands for.

    Predictions without a value are those of `place`. So are those of a single value, if `place`
    leaves the input open: one file of answers is clean, whatever their temperature. In a file that
    stands for clean, other values are those of the conditions that give them. Raises BadData for a
    value that no condition gives, and for two that one condition has.
    """
    sample = run.samples(place)[0]
    altering = [c for c in known if c.field == given.field and not c.drawn_from]
    values = {
        c: c.view(run.seed, run.dataset.name, sample).fields.get(given.field)
        for c in ([CLEAN, *altering] if place == CLEAN else [place])
    }
    open_ = values[place] is None and len(given.predictions) == 1
    found: dict[Condition, Mapping[str, Any]] = {}
    for value, predictions in given.predictions.items():
        fits = [
            c for c in values if values[c] == value or (c == place and (open_ or value is None))
        ]
        if not fits or fits[0] in found:
            there = ", ".join(f"{one}" for one in values.values() if one is not None)
            raise BadData(
                f"{given.field}: expected each of {there or 'no value'} at most once, "
                f"found {value} (dataset.{given.field}=VALUE says what is {place})"
            )
        found[fits[0]] = predictions
    return found

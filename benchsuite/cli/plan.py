"""`--dry-run`: what runs would take, and nothing is run.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchsuite.cli.output import out_folded, show_table
from benchsuite.errors import BadData, Exit

if TYPE_CHECKING:
    from benchsuite.api.config import Settings
    from benchsuite.api.forecast import Forecast

DRY_RUN = "print what the runs would take (units, time, memory, disk), and run nothing"
UNKNOWN = "unknown"


def show_plan(every: "Sequence[Settings]") -> Exit:
    """Print the plan of each run, and where its figures come from.

    Of several, one says so whose dataset is not here, and of which nothing is published. Raises
    BadData where it is the only one.
    """
    import pandas as pd

    from benchsuite.api.forecast import forecast

    plans = [forecast(config) for config in every]
    if len(plans) == 1 and plans[0].samples is None:
        raise BadData(plans[0].absent)
    title = f"plan of {len(plans)} run{'s' * (len(plans) != 1)}"
    show_table(pd.DataFrame(map(_row, plans)), title, everything=True)
    for line in dict.fromkeys(line for one in plans for line in _remarks(one)):
        out_folded(line)
    return Exit.DONE


def _row(one: "Forecast") -> dict[str, str]:
    from benchsuite.cli.doctor import in_bytes

    size, memory = one.size, one.memory
    return {
        "model": one.model,
        "dataset": one.dataset,
        "conditions": UNKNOWN if one.conditions is None else f"{one.conditions:,}",
        "units left": UNKNOWN if one.left is None else f"{one.left:,} of {one.units:,}",
        "samples": UNKNOWN if one.samples is None else f"{one.samples:,}",
        "time": UNKNOWN if one.seconds is None else in_time(one.seconds),
        "memory": UNKNOWN if memory is None else in_bytes(memory),
        "disk": UNKNOWN if size is None else in_bytes(int(size)),
    }


def _remarks(one: "Forecast") -> list[str]:
    told = []
    if one.absent and one.samples is None:
        told.append(f"{one.dataset}: {one.absent}")
    elif one.absent:
        told.append(
            f"{one.dataset}: as many samples as are published of it, whatever its options; "
            f"here: {one.absent}"
        )
    if one.pace is None:
        told.append(
            f"{one.model}: no run of it in the results folder tells its pace: run it with "
            "conditions=clean first"
        )
    else:
        told.append(f"{one.model}: at the pace of {one.pace.source}, with its workers")
    return told


def in_time(seconds: float) -> str:
    """A time for people: `42 s`, `1 h 05 min`, `3 d 04 h`."""
    whole = round(seconds)
    for unit, part, length, step in (("d", "h", 86400, 3600), ("h", "min", 3600, 60)):
        if whole >= length:
            return f"{whole // length} {unit} {whole % length // step:02d} {part}"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"

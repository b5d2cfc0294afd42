"""Prequential metrics, of the whole stream and of each quarter of it.

The gap of `selection rate` between groups is the demographic parity difference, that of `true
positive rate` the equal opportunity difference (Hardt et al. 2016).
"""

from benchsuite.estimation import Mean
from benchsuite.publishing.curves import Curves

from .measure import QUARTERS

METRICS = tuple(
    Mean(name + told, column, where + when, bounds=(0, 1), equity=not when, detail=bool(when))
    for told, when in (("", ""), *((f", quarter {n}", f" {n}") for n in QUARTERS))
    for name, column, where in (("accuracy", "right", "in"), ("selection rate", "selected", "in"),
                                ("true positive rate", "selected", "positive in"))
)  # fmt: skip
OVER_TIME = Curves("over-time.png", {f"selection rate, quarter {n}": n for n in QUARTERS},
                   "quarter of the stream", "gap of selection rates", "gap", "clean",
                   ("dataset", "attribute"))  # fmt: skip

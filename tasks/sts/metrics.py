"""Spearman's correlation with people's scores: the means of that of sets, and of their sources."""

from benchsuite.estimation import spearman

METRICS = (
    spearman("spearman", "gold", "prediction", ("set",), equity=True),
    spearman("spearman of sources", "gold", "prediction", ("set", "source")),
)

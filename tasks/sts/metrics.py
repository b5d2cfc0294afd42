"""Spearman's rank correlation of people's scores with the model's."""

from benchsuite.estimation import spearman

METRICS = (
    spearman("spearman", "gold", "score", ("set",), equity=True),
    spearman("spearman of sources", "gold", "score", ("set", "source")),
)
"""All pairs of a set pooled, as papers report it, and each of its sources; means over these."""

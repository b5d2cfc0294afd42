"""Weights, estimates, intervals, tests, groups and ranks: the contract is STATISTICS.md.

This package imports nothing else of benchsuite.
"""

from .assurance import Bound, Tolerated, absolute_margin, assure, lower_bound, relative_margin
from .change import Change, Tail, difference
from .correlation import spearman
from .curves import greatest_of_mean
from .derived import Claim, Derived, Moves, together
from .equity import between_sd, es_cost, es_std, gap_growth, gap_mde, ratio
from .estimate import Estimate, Kind, absolute, maximum, mean, minimum
from .foreseen import End, Part
from .groups import Extremal, Fair, es_sum, gap, worst_group
from .intervals import Interval, interval, of_standard_error
from .line import LEAST_MODELS, effective_robustness, on_line
from .metrics import ClusterMean, Mean, Metric, Ratio, State
from .notes import DISTRUST, Code, Note, Notes, join_notes, note
from .planned import sampled_mean
from .pooled import Parts, Pooled
from .ranks import Rank, differences_at_once, every_rank_set, rank_sets
from .records import MetricRecord, metric_of_record, record_of_metric
from .repeated import repeated
from .seeds import SeedSpread, recipe_interval, seed_spread
from .shrinkage import shrunken_scores
from .strata import MacroMean
from .tails import ClusterTailMean, TailMean
from .testing import (
    Cell,
    Family,
    Verdict,
    family_test,
    first_critical,
    mde,
    step_down,
)
from .weights import Weights

__all__ = [
    "DISTRUST",
    "LEAST_MODELS",
    "Bound",
    "Cell",
    "Change",
    "Claim",
    "ClusterMean",
    "ClusterTailMean",
    "Code",
    "Derived",
    "End",
    "Estimate",
    "Extremal",
    "Fair",
    "Family",
    "Interval",
    "Kind",
    "MacroMean",
    "Mean",
    "Metric",
    "MetricRecord",
    "Moves",
    "Note",
    "Notes",
    "Part",
    "Parts",
    "Pooled",
    "Rank",
    "Ratio",
    "SeedSpread",
    "State",
    "Tail",
    "TailMean",
    "Tolerated",
    "Verdict",
    "Weights",
    "absolute",
    "absolute_margin",
    "assure",
    "between_sd",
    "difference",
    "differences_at_once",
    "effective_robustness",
    "es_cost",
    "es_std",
    "es_sum",
    "every_rank_set",
    "family_test",
    "first_critical",
    "gap",
    "gap_growth",
    "gap_mde",
    "greatest_of_mean",
    "interval",
    "join_notes",
    "lower_bound",
    "maximum",
    "mde",
    "mean",
    "metric_of_record",
    "minimum",
    "note",
    "of_standard_error",
    "on_line",
    "rank_sets",
    "ratio",
    "recipe_interval",
    "record_of_metric",
    "relative_margin",
    "repeated",
    "sampled_mean",
    "seed_spread",
    "shrunken_scores",
    "spearman",
    "step_down",
    "together",
    "worst_group",
]

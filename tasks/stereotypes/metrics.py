"""The metrics of pairs (CrowS-Pairs) and questions (BBQ); the task's page has their formulas."""

from typing import Any

from benchsuite.estimation import Mean, Ratio

SHARE: dict[str, Any] = {"bounds": (0.0, 1.0), "equity": True}
BIAS: dict[str, Any] = {"bounds": (-1.0, 1.0), "higher_is_better": False}
NATS: dict[str, Any] = {"unit": "nats", "higher_is_better": False}
PAIRS = (
    Mean("stereotyped", "stereotyped", **SHARE | {"higher_is_better": False}),
    Mean("log_odds_gap", "gap", **NATS),
    Ratio("nats_per_word", "nats", "words", **NATS),
)
QUESTIONS = (
    Mean("accuracy", "right", **SHARE),
    Mean("accuracy_ambiguous", "right", "ambiguous", **SHARE),
    Mean("accuracy_disambiguated", "right", "disambiguated", **SHARE),
    Mean("bias_ambiguous", "lean", "ambiguous_bias", **BIAS),
    Ratio("bias_disambiguated", "lean", "answered", "disambiguated_bias", **BIAS),
)

"""The differences between two runs, as people read them."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from benchsuite.condition import SuiteNames
from benchsuite.estimation.wording import in_words
from benchsuite.publishing.words import cell, label

KEYS: Final = ("condition", "attribute", "group")


def differences(table: pd.DataFrame, names: Mapping[str, SuiteNames]) -> pd.DataFrame:
    """One row per cell of `boards.compare`: condition, group, B - A with its interval, A and B."""
    changes = table.assign(value=table["difference"])
    said = in_words(table)
    several = ["metric"] if table["metric"].nunique() > 1 else []
    shown = pd.DataFrame(
        {
            **{name: table[name] for name in several},
            "condition": label(table, names),
            "attribute": table["attribute"],
            "group": table["group"],
            "B - A": [cell(row) for row in changes.itertuples()],
            "A": table["a"],
            "B": table["b"],
            "n": table["n"],
            "clusters": table["clusters"],
            "interval": table["interval"],
            "note": said["note"],
        }
    )
    grouped = bool((table["attribute"] != "").any())
    return shown if grouped else shown.drop(columns=["attribute", "group"])

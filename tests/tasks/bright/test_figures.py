"""The figures are drawn from a tidy table, withheld intervals and single models included."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchsuite_tasks.bright.figures import draw


def table(models: tuple[str, ...]) -> pd.DataFrame:
    rows = [
        {
            "dataset": "d", "model": model, "metric": "ndcg@10", "condition": condition,
            "attribute": attribute, "group": group, "n": 10, "source": "measured" if model == "m" else "A 2024",
            "value": np.nan if condition == "text" else 0.5,
            "ci_low": np.nan if group == "b" else 0.4, "ci_high": np.nan if group == "b" else 0.6,
        }
        for model in models
        for condition in ("clean", "text/typo/1", "text")
        for attribute, group in (("", ""), ("split", "a"), ("split", "b"))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_two_figures_a_dataset(tmp_path: Path) -> None:
    for models in (("m",), ("m", "other")):
        paths = draw(table(models), tmp_path / models[-1])
        assert [path.name for path in paths] == ["d-conditions.png", "d-splits.png"]
        assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_a_table_without_splits_has_one(tmp_path: Path) -> None:
    only = table(("m",))
    assert len(draw(only[only["attribute"] == ""], tmp_path)) == 1

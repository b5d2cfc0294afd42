"""The figures are drawn from a tidy table, withheld intervals and single models included."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from benchsuite_tasks.bright.reports import figures
from benchsuite_tasks.bright.reports.figures import draw


def table(models: tuple[str, ...]) -> pd.DataFrame:
    rows = [
        {
            "dataset": "d", "model": model, "metric": "ndcg@10", "form": "value", "condition": condition,
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


def test_what_is_drawn_is_the_datasets_own_headline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[str, int]] = []

    def note(rows: pd.DataFrame, metric: str, column: str, path: Path) -> Path:
        drawn.append((metric, len(rows)))
        return path

    monkeypatch.setattr(figures, "_figure", note)
    left_out = table(("m",)).assign(dataset="e", metric="ndcg@10-answered")
    other = left_out.assign(metric="map-answered")
    draw(pd.concat([table(("m",)), left_out, other]), tmp_path)
    assert drawn == [
        ("ndcg@10", 2),
        ("ndcg@10", 2),
        ("ndcg@10-answered", 2),
        ("ndcg@10-answered", 2),
    ]


def test_what_was_published_under_a_measured_models_name_is_a_series_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = pd.concat([table(("m",)), table(("m",)).assign(source="A 2024", value=0.3)])
    series: list[tuple[str, str | None, list[float]]] = []
    plotted = Axes.errorbar

    def note(self: Axes, x: Any, *rest: Any, **more: Any) -> Any:
        series.append((more["label"], more["mfc"], sorted(set(pd.Series(x).dropna()))))
        return plotted(self, x, *rest, **more)

    monkeypatch.setattr(Axes, "errorbar", note)
    draw(both[both["attribute"] == ""].dropna(subset="value"), tmp_path)
    assert series == [("m", None, [0.5]), ("m", "none", [0.3])]

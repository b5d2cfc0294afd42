"""Curves keep the order of their table, and many panels a size that can be looked at."""

import numpy as np
import pandas as pd
from PIL import Image

from benchsuite_tasks.compositional import figures
from benchsuite_tasks.compositional.figures import Curve, draw, draw_curves


def test_curves_stand_in_the_order_of_the_table(tmp_path, monkeypatch):
    names = [f"m{n:02d}" for n in np.random.default_rng(0).permutation(40)]
    rows = [
        {"dataset": "d", "condition": "clean", "model": name, "attribute": "", "value": 0.5,
         "metric": f"group_score after {step}", "ci_low": 0.4, "ci_high": 0.6}
        for name in names
        for step in (1, 0)
    ]  # fmt: skip
    drawn: list[Curve] = []
    monkeypatch.setattr(figures, "draw_curves", lambda curves, path: drawn.extend(curves) or path)
    draw(pd.DataFrame(rows), tmp_path)
    assert [curve.label for curve in drawn] == names


def test_panels_wrap_four_a_row(tmp_path):
    line = np.array([0.1, 0.2])
    curves = [Curve("m", f"panel {n}", line, line, line) for n in range(9)]
    with Image.open(draw_curves(curves, tmp_path / "c.png")) as image:
        wide, high = image.size
    assert (wide, high) == (1980, 1080)

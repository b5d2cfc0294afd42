"""Samples as people see them: what fits, what a page holds, and that nothing on it acts."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from benchsuite.errors import WrongCall
from benchsuite.files.images import fitted
from benchsuite.publishing.formats import markdown
from benchsuite.publishing.pictures import sheet
from benchsuite.publishing.samples import caption, lines, narrowed, page, readable
from benchsuite.task import Look

ROWS = pd.DataFrame(
    {
        "sample_id": ["a", "b"],
        "cluster": ["a", "b"],
        "race": ["Black", "White"],
        "dice": [0.25, np.nan],
        "influence": [-0.00123, np.nan],
        "error": ["", ""],
    }
)
RED = np.zeros((50, 200, 3), np.uint8) + np.array([255, 0, 0], np.uint8)


def test_columns_that_say_nothing_are_left_out_and_small_influences_keep_their_digits():
    shown = readable(ROWS)
    assert list(shown) == ["sample_id", "race", "dice", "influence"]
    assert list(shown["influence"]) == ["-0.0012", ""]
    told = readable(ROWS.assign(cluster="c", error=["", "failed"]))
    assert {"cluster", "error"} <= {*told}


def test_a_narrowed_table_keeps_its_first_columns_and_fits():
    wide = readable(ROWS).assign(**{f"metric {i}": 0.5 for i in range(20)})
    shown = narrowed(wide, ["sample_id", "dice", "influence"])
    assert list(shown)[:4] == ["sample_id", "dice", "influence", "race"]
    widths = [len(line) for line in markdown(shown, aligned=True).splitlines()]
    assert 80 < max(widths) <= 100
    long = wide.assign(sample_id="x" * 120)
    assert list(narrowed(long, ["sample_id", "dice"])) == ["sample_id", "dice"]


def test_nothing_on_a_page_acts():
    hostile = '"><script>alert(1)</script>\x1b[31m\u202e'
    rows = readable(ROWS.assign(sample_id=hostile, **{hostile: 1.0}))
    text = page(hostile, rows, [(hostile, Look(hostile, RED))]).decode()
    assert "<script" not in text and "\x1b" not in text and "\u202e" not in text
    assert text.count("<img") == 1 and 'alt="&quot;&gt;' in text


def test_a_page_can_hold_half_a_surrogate():
    assert b"udc80" in page("x", ROWS, [("\udc80", Look("\udc80"))])


def test_lines_stay_lines_of_their_own():
    look = Look("one\ntwo\x1b[2J\x85three")
    assert list(lines(caption(1, "s\n1", "clean", "dice", np.nan), look)) == [
        "1. s 1, clean: dice none", "    one", "    two\\x1b[2J", "    three",
    ]  # fmt: skip


def test_a_sheet_holds_every_picture_within_its_place():
    tall = np.zeros((4000, 2, 3), np.uint8)
    looks = [
        ("red", Look(picture=RED)),
        ("words", Look("no picture")),
        ("tall", Look(picture=tall)),
    ]
    made = np.asarray(Image.open(io.BytesIO(sheet(looks * 3))))
    assert made.shape[0] < 1200 and made.shape[1] < 1400
    reds = (made == [255, 0, 0]).all(axis=2)
    assert reds.sum() == pytest.approx(3 * 320 * 80, rel=0.05)


def test_a_sheet_without_a_picture_is_a_wrong_call():
    with pytest.raises(WrongCall, match="no picture to draw"):
        sheet([("words", Look("no picture"))])


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (3, 3)])
def test_a_fitted_picture_fills_one_side(shape):
    made = fitted(np.zeros((*shape, 3), np.uint8), 32, 64)
    assert made.shape[0] <= 64 and made.shape[1] <= 32
    assert made.shape[0] == 64 or made.shape[1] == 32

"""What leaves the suite can be read by any other program."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Sample, in_memory
from benchsuite.runs.exchange import export_inputs
from benchsuite.runs.plan import Run
from tests.toys import MEAN, Linear

Image = pytest.importorskip("PIL.Image", reason="pictures need Pillow")


def inverted(image: np.ndarray, severity: int, generator: np.random.Generator) -> np.ndarray:
    return 255 - image


def test_pictures_are_files_and_come_back_to_the_bit(tmp_path):
    rng = np.random.default_rng(0)
    pictures = {f"a/{i}": rng.integers(0, 256, (5, 7, 3), dtype=np.uint8) for i in range(3)}
    samples = [Sample(id=k, inputs={"image": v, "size": 7}, truth=0) for k, v in pictures.items()]
    invert = Condition("corruption", "invert", 1, "digital", "image", inverted)
    run = replace(
        Run(MEAN, in_memory("pictures", samples), Linear(), (CLEAN, invert)), shard_size=2
    )
    for path in export_inputs(run, tmp_path):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        assert [row["id"] for row in rows] == sorted(pictures)
        for row in rows:
            found = np.asarray(Image.open(path.parent / row["image"]))
            expected = pictures[row["id"]]
            expected = 255 - expected if "invert" in str(path) else expected
            np.testing.assert_array_equal(found, expected)
            assert row["size"] == 7


def test_pictures_of_a_list_are_numbered(tmp_path):
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (4, 3 + i, 3), dtype=np.uint8) for i in range(2)]
    inputs = {"images": pictures, "captions": ["a", "b"], "sizes": (np.int64(3), np.int64(4))}
    samples = [Sample(id="g", inputs=inputs, truth=0)]
    (path,) = export_inputs(Run(MEAN, in_memory("lists", samples), Linear(), (CLEAN,)), tmp_path)
    row = json.loads(path.read_text())
    assert row["images"] == ["images/g-0.png", "images/g-1.png"]
    assert (row["captions"], row["sizes"]) == (["a", "b"], [3, 4])
    for name, expected in zip(row["images"], pictures, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path.parent / name)), expected)

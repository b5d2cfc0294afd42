"""Predictions of a model of one's own are label maps in a folder, found by id."""

from pathlib import Path

import numpy as np
import pytest

from benchsuite.dataset import Sample, in_memory
from benchsuite.errors import BadData
from benchsuite_tasks.fairseg.datasets.masks import masks
from benchsuite_tasks.fairseg.formats import read_masks
from benchsuite_tasks.fairseg.measure import OPTIC


def test_predictions_are_read_by_id_when_they_are_asked_for(directory):
    made = masks(str(directory))
    found = read_masks(directory / "masks", made)
    assert len(found) == 12
    (directory / "masks" / "s04.png").write_bytes(b"hello")
    assert found["s05"].dtype == np.uint8
    with pytest.raises(BadData, match=r"s04\.png"):
        found["s04"]


def predicted(folder: Path, key: str) -> np.ndarray:
    """The label map that a folder of one, `p0.npy`, holds of a sample."""
    np.save(folder / "p0.npy", np.ones((2, 2), np.uint8))
    made = in_memory("d", [Sample(key, {}, {})], {"structures": OPTIC.shared()})
    return read_masks(folder, made)[key]


@pytest.mark.parametrize("key", ["p0", "p0.png", "p0.TIF", "p0.jpeg"])
def test_an_id_may_be_the_name_of_a_file(tmp_path, key):
    assert predicted(tmp_path, key).all()


@pytest.mark.parametrize("key", ["p0.0", "p0.1", "p0.", "p0.left"])
def test_what_follows_another_dot_is_part_of_the_id(tmp_path, key):
    with pytest.raises(BadData, match=f"expected a file for '{key}', found none"):
        predicted(tmp_path, key)


def test_a_missing_prediction_is_named(directory, tmp_path):
    made = masks(str(directory))
    (directory / "masks" / "s07.png").unlink()
    with pytest.raises(BadData, match="expected a file for 's07', found none"):
        read_masks(directory / "masks", made)

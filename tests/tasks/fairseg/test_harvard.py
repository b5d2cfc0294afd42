"""Harvard-FairSeg's upstream layout loads without an edit, and a bad archive is one line."""

import numpy as np
import pytest

from benchsuite.errors import BadData
from benchsuite_tasks.fairseg.datasets.harvard import harvard_fairseg

from .conftest import npz


def test_the_upstream_layout_loads(harvard):
    made = harvard_fairseg(str(harvard))
    assert [s.id for s in made.samples()] == [f"data_{i:05d}" for i in range(4)]
    sample = made.samples()[1]
    assert sample.attributes == {
        "race": "Black", "gender": "Male", "language": "English", "age": "60 and over",
        "maritalstatus": "Other",
    }  # fmt: skip
    assert set(np.unique(sample.truth["labels"])) == {0, 1, 2}
    assert sample.inputs["image"].dtype == np.uint8
    assert len(harvard_fairseg(str(harvard), split="train").samples()) == 2


def test_the_loaders_own_names_of_keys_are_read_too(harvard):
    npz(harvard / "data_00000.npz", slo_fundus=None, fundus_slo=np.zeros((40, 40)), ethnicity=None,
        hispanic=np.array(1), disc_cup_mask=None, disc_cup=np.zeros((40, 40)))  # fmt: skip
    sample = harvard_fairseg(str(harvard)).samples()[0]
    assert sample.attributes["ethnicity"] == "Hispanic"
    assert sample.truth["labels"].sum() == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"slo_fundus": None}, "expected the key 'slo_fundus', found disc_cup_mask, age"),
        ({"race": None}, "expected the key 'race'"),
        ({"race": np.array(7)}, "race: expected a code of -1, 0, 1, 2, found 7"),
        ({"gender": np.array(-2)}, "gender: expected a code of -1, 0, 1, found -2"),
        ({"disc_cup_mask": np.full((40, 40), 4)}, "expected a mask .* of 0, -1 and -2, found"),
        ({"disc_cup_mask": np.zeros((40, 41))}, r"one size, found \(40, 40\) and \(40, 41\)"),
        ({"age": np.array([1, 2])}, "age: expected one number"),
        ({"age": np.array(np.nan)}, "age: expected years or days, or -1, found nan"),
        ({"age": np.array(np.inf)}, "age: expected years or days, or -1, found inf"),
        ({"age": np.array(-5)}, "age: expected years or days, or -1, found -5"),
        ({"race": np.array([{}], dtype=object)}, "race: a readable array without pickle"),
        ({"slo_fundus": np.zeros((4, 4, 4))}, "expected a grey image"),
        ({"slo_fundus": np.zeros((0, 40))}, "expected a grey image"),
        ({"slo_fundus": np.full((40, 40), np.nan)}, "expected grey values 0 to 255, found nan to"),
        ({"slo_fundus": np.full((40, 40), 256)}, "expected grey values 0 to 255, found 256 to 256"),
        ({"slo_fundus": np.full((40, 40), -3.0)}, "expected grey values 0 to 255, found -3 to -3"),
        ({"slo_fundus": np.eye(40) / 2}, "expected grey values 0 to 255, found 0 to 0.5"),
        ({"slo_fundus": np.eye(40)}, "expected grey values 0 to 255, found 0 to 1"),
    ],
)
def test_a_bad_npz_is_one_line_with_file_and_key(harvard, changes, message):
    npz(harvard / "data_00002.npz", **changes)
    with pytest.raises(BadData, match=message) as error:
        harvard_fairseg(str(harvard))
    assert "data_00002.npz" in str(error.value)


def test_a_listed_file_that_is_missing_or_broken_is_named(harvard):
    (harvard / "data_00001.npz").write_bytes(b"PK")
    with pytest.raises(BadData, match=r"data_00001\.npz: expected an npz file"):
        harvard_fairseg(str(harvard))
    (harvard / "data_00001.npz").unlink()
    with pytest.raises(BadData, match=r"test.txt:2: expected a file .* no 'data_00001.npz'"):
        harvard_fairseg(str(harvard))
    with pytest.raises(BadData, match=r"val\.txt: expected a readable file, found"):
        harvard_fairseg(str(harvard), split="val")

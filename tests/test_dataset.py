"""Datasets of files: nothing is read before it is asked for, and the contents name the dataset."""

import pytest

from benchsuite.dataset import Lazy, Sample, of_files
from benchsuite.errors import BadData


def made(contents, **attributes):
    samples = [Sample(key, Lazy({}), None, attributes) for key in sorted(contents)]
    return of_files("d", samples, contents, {"k": 1}, "two samples")


def test_a_field_is_made_when_it_is_asked_for_and_not_kept():
    asked = []
    fields = Lazy({"image": lambda: asked.append(1) or len(asked), "place": 3})
    assert not asked
    assert (fields["image"], fields["image"], fields["place"]) == (1, 2, 3)
    assert sorted(fields) == ["image", "place"]
    assert len(fields) == 2
    with pytest.raises(KeyError):
        fields["mask"]


def test_the_fingerprint_covers_contents_and_attributes_and_reads_no_field():
    first = made({"a": "1", "b": "2"}, kind="x")
    assert first.note == "two samples"
    assert first.shared == {"k": 1}
    assert first.fingerprint == made({"b": "2", "a": "1"}, kind="x").fingerprint
    for other in (made({"a": "1", "b": "3"}, kind="x"), made({"a": "1", "b": "2"}, kind="y")):
        assert other.fingerprint != first.fingerprint
    with pytest.raises(BadData, match="no samples"):
        made({})

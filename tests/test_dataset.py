"""What datasets of several tasks need: fields and files read late, groups by length, linked clusters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.dataset import Lazy, Sample, lengths, linked, of_files
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


def test_lengths_are_thirds_and_equal_lengths_are_in_one_group():
    texts = {str(n): "word " * n for n in range(1, 10)}
    one = dict.fromkeys(texts, "all")
    assert [*lengths(texts, one).values()] == ["short"] * 3 + ["medium"] * 3 + ["long"] * 3
    assert set(lengths(dict.fromkeys(texts, "one two"), one).values()) == {"short"}
    assert lengths({"1": "one"}, one) == {"1": "short"}
    assert lengths({}, {}) == {}


def test_thirds_are_those_of_a_text_s_own_stratum():
    texts = {str(n): "word " * n for n in range(1, 7)}
    strata = {key: "terse" if int(key) <= 3 else "wordy" for key in texts}
    assert [*lengths(texts, strata).values()] == ["short", "medium", "long"] * 2


@given(st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=15))
def test_samples_are_of_one_cluster_if_a_chain_of_parts_links_them(drawn):
    parts = {f"s{n}": [str(part) for part in several] for n, several in enumerate(drawn)}
    found = linked(parts)
    reached = {key: {key} for key in parts}
    for _ in parts:  # as far as a chain can go
        for key, members in reached.items():
            near = {part for one in members for part in parts[one]}
            reached[key] = members | {other for other in parts if near & {*parts[other]}}
    assert {key: {k for k in found if found[k] == found[key]} for key in found} == reached
    assert all(found[key] in reached[key] for key in found)

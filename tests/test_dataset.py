"""What datasets of several tasks need: groups by length, and clusters of what shares a part."""

from hypothesis import given
from hypothesis import strategies as st

from benchsuite.dataset import lengths, linked


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

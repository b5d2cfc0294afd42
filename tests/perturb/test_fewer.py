"""A group is dealt to parties of as equal sizes as can be, none larger than was asked for."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from benchsuite.condition import generator
from benchsuite.perturb.fewer import MOST, Seat, conditions


@given(st.integers(1, 40), st.integers(1, 12))
def test_parties_are_as_equal_as_can_be_and_no_larger_than_asked(size, most):
    (condition,) = conditions([most])
    seats = [condition.alter(Seat("a", n, size), 1, generator("x")) for n in range(size)]
    sizes = Counter(seat.party for seat in seats).values()
    assert max(sizes) <= most
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == -(-size // most)


def test_a_group_is_one_party_unless_it_is_dealt():
    assert len({Seat("a", n, 9).party for n in range(9)}) == 1
    assert Seat("a", 0, 1).party != Seat("b", 0, 1).party


def test_severities_say_how_many_are_seen_together():
    known = conditions()
    assert [c.full_name for c in known] == ["group/fewer/1", "group/fewer/2", "group/fewer/3"]
    assert [str(most) in c.summary for most, c in zip(MOST, known, strict=True)] == [True] * 3

"""A text of others is read in a time that is linear in its length, whatever it repeats."""

import itertools
import time
from contextlib import suppress

import pytest

from benchsuite.errors import BenchsuiteError
from tests.hostile.test_readers import named
from tests.hostile.texts import SPOKEN

FRAMES = (("1", "!"), ("", "!"), ("a", ""))
"""What stands before and behind what is repeated."""


def check(spoken, unit: str, frame: tuple[str, str], length: int, seconds: float) -> None:
    """A pattern that looks at each pair of places takes longer than that for such a text."""
    start = time.process_time()
    with suppress(BenchsuiteError):
        spoken.read(f"{frame[0]}{unit * (length // len(unit))}{frame[1]}")
    assert time.process_time() - start < seconds, (unit, frame)


@pytest.mark.parametrize("spoken", SPOKEN, ids=named)
def test_a_sign_that_a_text_repeats_takes_no_longer_than_its_length(spoken):
    for unit in spoken.signs:
        check(spoken, unit, FRAMES[0], 10_000, 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("spoken", SPOKEN, ids=named)
def test_signs_that_a_text_repeats_take_no_longer_than_its_length(spoken):
    pairs = map("".join, itertools.product(spoken.signs, repeat=2))
    for unit, frame in itertools.product([*spoken.signs, *pairs], FRAMES):
        check(spoken, unit, frame, 20_000, 2.0)

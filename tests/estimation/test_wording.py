"""Every note has words, and is the same after it was stored."""

from inspect import Parameter, signature

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import Code, Note, join_notes
from benchsuite.estimation.notes import decoded, encoded
from benchsuite.estimation.wording import WORDS, in_words, phrase, worded

NUMBERS = (13, 17, 19, 23, 29)
arguments = st.one_of(st.text(), st.integers(), st.floats(allow_nan=False))
NOTES = st.lists(
    st.builds(Note, st.sampled_from(Code), st.lists(arguments).map(tuple)), unique=True
).map(tuple)


def test_every_code_has_words_and_no_word_is_without_a_code():
    assert set(WORDS) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_the_words_of_a_code_tell_its_arguments(code):
    parameters = list(signature(WORDS[code]).parameters.values())
    several = any(one.kind is Parameter.VAR_POSITIONAL for one in parameters)
    given = NUMBERS if several else NUMBERS[: len(parameters)]
    text = phrase(Note(code, tuple(map(str, given)) if several else given))
    assert text.strip() == text != ""
    assert [number for number in given if str(number) not in text] == []


@given(NOTES)
def test_notes_are_the_same_after_they_were_stored(notes):
    again = decoded(encoded(notes))
    assert again == notes
    assert [type(a) for one in again for a in one.arguments] == [
        type(a) for one in notes for a in one.arguments
    ]


def test_nothing_to_say_is_an_empty_text():
    assert encoded(()) == worded(()) == ""
    assert decoded("") == ()


def test_a_note_that_both_parts_have_is_said_once():
    few, one = Note(Code.FEW_CLUSTERS, (1,)), Note(Code.SINGLE_GROUP)
    assert join_notes([(few, one), (one,), (few,)]) == (few, one)
    assert worded((few, one)) == "not to be trusted: 1 cluster; single group"


def test_a_table_in_words_keeps_what_is_text_and_every_other_column():
    notes = (Note(Code.MISSING, (1, 90)), Note(Code.SAID, ("of a plugin",)))
    table = pd.DataFrame({"note": [notes, (), "as it is"], "value": [1, 2, 3]})
    said = in_words(table)
    assert list(said["note"]) == ["1 of 90 samples missing; of a plugin", "", "as it is"]
    assert list(said["value"]) == [1, 2, 3]
    assert table["note"][0] == notes, "the given table stays"
    assert in_words(said).equals(said)
    assert in_words(table[["value"]]).equals(table[["value"]])

"""The text perturbations keep their promises."""

import pickle
import unicodedata
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.condition import generator
from benchsuite.dataset import Sample
from benchsuite.perturb import text as perturb

ALL = (perturb.typo, perturb.dropout, perturb.plain, perturb.distractor)
QUERY = (
    "Why do some insects fly towards the Light? I have seen it in June, near lamps; "
    "they circle for hours. Is it the Moon's position, or a well-known reflex?"
)
severities = st.integers(1, 5)
keys = st.integers(0, 2**32)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def rng(*key: object) -> np.random.Generator:
    return generator("test", *key)


def distance(a: str, b: str) -> int:
    """Levenshtein's."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


@pytest.mark.parametrize("alter", ALL)
@given(text=texts, severity=severities, key=keys)
def test_the_same_key_gives_the_same_text(
    alter: perturb.Perturbation, text: str, severity: int, key: int
) -> None:
    assert alter(text, severity, rng(key)) == alter(text, severity, rng(key))


@pytest.mark.parametrize("alter", ALL)
@given(text=texts, severity=severities, key=keys)
def test_a_text_never_becomes_empty_and_stays_valid_unicode(
    alter: perturb.Perturbation, text: str, severity: int, key: int
) -> None:
    altered = alter(text, severity, rng(key))
    assert altered
    assert bool(altered.strip()) or not text.strip()
    altered.encode("utf-8")


@pytest.mark.parametrize("alter", ALL)
def test_an_empty_text_is_no_error(alter: perturb.Perturbation) -> None:
    alter("", 5, rng(0))


@pytest.mark.parametrize("alter", ALL)
def test_severities_are_ordered_in_mean_edit_distance(alter: perturb.Perturbation) -> None:
    means = [
        np.mean([distance(QUERY, alter(QUERY, s, rng(s, key))) for key in range(30)])
        for s in perturb.SEVERITIES
    ]
    assert means == sorted(means)
    assert len(set(means)) == len(means), f"severities that do nothing more: {means}"


@pytest.mark.parametrize("severity", perturb.SEVERITIES)
def test_typos_come_at_the_stated_rate(severity: int) -> None:
    words = "retrieval " * 20_000
    altered = perturb.typo(words, severity, rng(severity)).split()
    rate = np.mean([word != "retrieval" for word in altered])
    assert rate == pytest.approx(perturb.TYPO_RATE[severity - 1], abs=0.015)
    assert max(distance("retrieval", word) for word in set(altered)) <= 2, "more than one typo"


@pytest.mark.parametrize("severity", perturb.SEVERITIES)
def test_words_drop_at_the_stated_rate(severity: int) -> None:
    kept = len(perturb.dropout("word " * 20_000, severity, rng(severity)).split())
    assert 1 - kept / 20_000 == pytest.approx(perturb.DROPOUT_RATE[severity - 1], abs=0.015)


@given(words=st.lists(st.text("abc", min_size=1), min_size=1), severity=severities, key=keys)
def test_dropout_keeps_words_whole_and_in_order(words: list[str], severity: int, key: int) -> None:
    left = iter(words)
    kept = perturb.dropout(" ".join(words), severity, rng(key)).split()
    assert kept
    assert all(word in left for word in kept)


@given(text=texts, key=keys)
def test_plain_at_5_loses_all_case_and_punctuation(text: str, key: int) -> None:
    altered = perturb.plain(text, 5, rng(key))
    if altered != text:
        assert altered == altered.lower()
        assert not any(unicodedata.category(c).startswith("P") for c in altered)


def test_plain_keeps_words_apart_that_a_mark_separated() -> None:
    assert (
        perturb.plain("Boundary-layer flow, isn't it?", 5, rng(0)) == "boundary layer flow isnt it"
    )


@given(text=texts, severity=severities, key=keys)
def test_distractors_leave_the_text_itself_whole(text: str, severity: int, key: int) -> None:
    altered = perturb.distractor(text, severity, rng(key))
    found = [sentence for sentence in perturb.DISTRACTORS if sentence in altered]
    assert len(found) == severity
    for sentence in found:
        start = altered.index(sentence)
        front, back = altered[:start], altered[start + len(sentence) :]
        altered = front.removesuffix(" ") + back if front else back.removeprefix(" ")
    assert altered == text


def test_distractors_are_at_least_twenty_different_sentences() -> None:
    assert len(set(perturb.DISTRACTORS)) >= 20
    assert all(d.endswith(".") and d.count(".") == 1 for d in perturb.DISTRACTORS)


@pytest.mark.parametrize(
    ("edit", "allowed"),
    [(perturb._swap, 2), (perturb._delete, 1), (perturb._insert, 1), (perturb._substitute, 1)],
)
@given(word=st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=12), key=keys)
def test_each_typo_is_a_single_edit(
    edit: Callable[[str, np.random.Generator], str], allowed: int, word: str, key: int
) -> None:
    assert distance(word, edit(word, rng(key))) <= allowed


def test_keyboard_neighbours_are_mutual() -> None:
    for key, near in perturb._NEIGHBOURS.items():
        assert near
        assert all(key in perturb._NEIGHBOURS[other] for other in near)


def test_conditions_alter_their_field_alone_and_can_be_sent_to_workers() -> None:
    conditions = perturb.conditions("query")
    assert len({c.full_name for c in conditions}) == 4 * 5
    assert {c.name: c.family for c in conditions} == {
        "typo": "character", "dropout": "word", "plain": "form", "distractor": "context",
    }  # fmt: skip
    sample = Sample("q", {"query": QUERY, "excluded": ("a",)}, {})
    for condition in pickle.loads(pickle.dumps(conditions)):
        view = condition.view(0, "d", sample)
        assert view.fields["excluded"] == ("a",)
        assert condition.severity < 5 or view.fields["query"] != QUERY

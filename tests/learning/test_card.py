"""A card says what is known of weights, in one schema."""

import json
from dataclasses import replace

import pytest

from benchsuite.errors import BadData
from benchsuite.learning.card import Card, Data, read_card, write_card

MADE = Card(
    model="small",
    licence="Apache-2.0",
    parameters=12,
    data=Data("scenes", "f00d", note="generated", licence="CC0 1.0", samples=298),
    recipe={"seed": 0, "rate": 0.002, "only": ""},
    network={"classes": 3},
    figures={"loss": [1.5, 0.5], "test": {"AP": 0.25}},
    libraries={"torch": "2.9"},
    folds={"patient 1": "a", "patient 2": "b"},
)


def test_a_card_is_read_as_it_was_written(tmp_path):
    write_card(tmp_path / "deep", MADE)
    assert read_card(tmp_path / "deep") == MADE


def test_what_is_not_known_may_be_left_out(tmp_path):
    short = {"model": "m", "licence": "l", "parameters": 1, "recipe": {},
             "data": {"name": "d", "fingerprint": "f"}}  # fmt: skip
    (tmp_path / "card.json").write_text(json.dumps(short))
    found = read_card(tmp_path)
    assert found == Card("m", "l", 1, Data("d", "f"), {})
    assert found.data.samples is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": 3}, "model"),
        ({"stray": 3}, "stray"),
        ({"parameters": "many"}, "parameters"),
        ({"data": {"name": "d"}}, "fingerprint"),
        ({"folds": {"a": 1}}, "folds"),
        ({"recipe": []}, "recipe"),
    ],
)
def test_another_schema_is_refused_and_the_key_named(tmp_path, change, message):
    write_card(tmp_path, replace(MADE, libraries={}))
    path = tmp_path / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BadData, match=rf"card\.json.*{message}"):
        read_card(tmp_path)


def test_no_card_is_one_line(tmp_path):
    with pytest.raises(BadData, match=r"card\.json"):
        read_card(tmp_path)

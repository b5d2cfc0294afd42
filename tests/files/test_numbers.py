"""Predictions that are numbers come back as they were written, or are refused with their row."""

import pandas as pd
import pytest

from benchsuite.dataset import Dataset, Sample, in_memory
from benchsuite.errors import BadData
from benchsuite.files.numbers import read_numbers, write_numbers


def of(*ids: str) -> Dataset:
    return in_memory("few", [Sample(key, {}, None) for key in ids])


def test_what_is_written_is_read_again(tmp_path):
    table = pd.DataFrame({"sample_id": ["a", "b,c"], "prediction": [0.1, 1 / 3], "loss": [1, 2]})
    path = tmp_path / "said.csv"
    path.write_text(write_numbers(table, "m"))
    assert read_numbers(path, of("a", "b,c")) == {"a": 0.1, "b,c": 1 / 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,prediction\na,much\n", ":2: prediction: expected a finite number, found 'much'"),
        ("id,prediction\na,\n", ":2: prediction: expected a finite number, found ''"),
        ("id,said\na,1\n", "expected the column 'prediction', found none"),
        ("id,prediction\na,1\na,2\n", ":3: id: 'a' occurs twice"),
        (
            "id,prediction\nb,1\n",
            "said.csv: expected a prediction for each sample, found none of 'a'",
        ),
    ],
)
def test_what_is_no_number_is_one_line(tmp_path, text, message):
    path = tmp_path / "said.csv"
    path.write_text(text)
    with pytest.raises(BadData, match=message):
        read_numbers(path, of("a"))


def test_predictions_of_a_stream_are_written_in_the_order_of_arrival():
    table = pd.DataFrame({"sample_id": ["a", "b"], "prediction": [0.1, 0.2], "place": [1, 0]})
    assert write_numbers(table, "m") == "id,prediction\nb,0.2\na,0.1\n"

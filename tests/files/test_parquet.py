"""Parquet files of other people are read strictly."""

import pandas as pd
import pytest

from benchsuite.errors import BadData
from benchsuite.files.parquet import parquet_rows


def test_rows_have_their_place(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame([{"id": 1, "image": {"bytes": b"x"}}, {"id": 2, "image": None}]).to_parquet(path)
    assert parquet_rows(path, ("id",)) == [
        (f"{path}:1", {"id": 1, "image": {"bytes": b"x"}}),
        (f"{path}:2", {"id": 2, "image": None}),
    ]
    with pytest.raises(BadData, match=r"expected the column 'caption', found none \(there are id"):
        parquet_rows(path, ("caption",))


@pytest.mark.parametrize("content", [None, b"", b"no table"])
def test_what_is_no_parquet_is_one_line(tmp_path, content):
    path = tmp_path / "t.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadData, match="expected a Parquet file, found") as error:
        parquet_rows(path)
    assert "\n" not in str(error.value)

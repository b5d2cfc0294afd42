"""A Parquet file that becomes too large in memory is refused before it is unpacked."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchsuite.errors import BadData
from benchsuite.files import limits
from benchsuite.files.foreign import check_parquet
from benchsuite.files.pages import unpacked_pages
from benchsuite.files.parquet import parquet_file, parquet_rows, parquet_table, texts_of, values_of
from benchsuite.runs.statistics import read_statistics

ROWS = 50_000
BOMBS = {
    "packed pages": (pa.table({"a": np.zeros(ROWS)}), False),
    "one text for all": (pa.table({"a": ["x" * 100] * ROWS}), True),
    "texts in lists": (pa.table({"a": [["x" * 100] * 10] * (ROWS // 10)}), True),
    "texts in records": (pa.table({"a": [{"b": "x" * 100}] * ROWS}), True),
    "counts of nothing": (pa.table({"a": pa.nulls(ROWS, pa.int64())}), True),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_becomes_too_large_is_refused(tmp_path, monkeypatch, name):
    table, dictionary = BOMBS[name]
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, compression="zstd", use_dictionary=dictionary)
    assert parquet_table(path).shape == (table.num_rows, 1)
    monkeypatch.setattr(limits, "FREE", 2**16)
    for read in (parquet_table, parquet_rows, read_statistics):
        with pytest.raises(BadData, match=r"a\.parquet: expected at most .* bytes in memory"):
            read(path)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd"])
def test_pages_tell_what_they_become(tmp_path, version, compression):
    path = tmp_path / "a.parquet"
    texts = [f"{n % 9}" * 50 for n in range(5000)]
    table = pa.table({"a": texts, "b": np.arange(5000.0), "c": [[n] for n in range(5000)]})
    pq.write_table(
        table, path, compression=compression, data_page_version=version, row_group_size=2000,
        data_page_size=4096, write_page_checksum=True,
    )  # fmt: skip
    held, data = parquet_file(path), path.read_bytes()
    chunks = [held.metadata.row_group(g).column(c) for g in range(3) for c in range(3)]
    for chunk in chunks:
        start = min(chunk.dictionary_page_offset or 2**60, chunk.data_page_offset)
        found = list(unpacked_pages(data, start, chunk.total_compressed_size))
        headers = chunk.total_uncompressed_size - sum(found)
        assert 0 < headers < 100 * len(found)
    with pytest.raises((ValueError, IndexError)):
        list(unpacked_pages(data, 0, len(data)))
    assert list(values_of(held, "b")) == list(range(5000))
    assert sum(one.size for one in texts_of(path, ["a"])) == sum(map(len, texts))


def test_a_footer_that_contradicts_its_schema_is_refused_and_python_lives(tmp_path):
    """Each byte of the footer is altered so that an optional column becomes a required one."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": ["x", "y"], "b": [1, 2]}), path)
    whole, told = path.read_bytes(), set[str]()
    for place in range(len(whole) - 8 - int.from_bytes(whole[-8:-4], "little"), len(whole) - 8):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 2]) + whole[place + 1 :])
        for read in (parquet_file, check_parquet):
            try:
                read(path)
            except BadData as error:
                told.add(str(error))
    assert any("histogram size mismatch" in line for line in told)

"""Readers of tables, texts and archives."""

import gzip
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pyarrow as pa

from benchsuite.endpoint.kept import Whose
from benchsuite.files import packed, sight, tabular
from benchsuite.files.answers import answers_of, samples_of
from benchsuite.files.attributes import read_attributes
from benchsuite.files.choices import choices_of
from benchsuite.files.foreign import check_parquet
from benchsuite.files.numbers import read_numbers
from benchsuite.files.parquet import parquet_rows, parquet_table
from benchsuite.files.sources import Member, unpack
from benchsuite.files.tables import tables_of
from benchsuite.files.text import json_lines, numbered_lines, record_of
from benchsuite.runs.seal import parquet
from tests.toys import numbers

from .reader import Reader, as_json, consumed, table, zipped

TEXT: Final = b"one\n<two> & three\n"
PREDICTED: Final = "\n".join(
    ["id,prediction", *(f"{x.id},1" for x in numbers().samples())]
).encode()
MARKDOWN: Final = "# t\n\n| model | acc | mAP |\n| --- | :-: | --: |\n| **a** | 0.5 | [1](x) |\n| b | 0.6 ± 0.1 | - |\n".encode()
LATEX: Final = (
    rb"\begin{tabular}{lcc}\toprule Model & \multicolumn{2}{c}{mAP} \\ \cmidrule(lr){2-3} & a & b \\ \midrule"
    b"\n"
    rb"\multirow{2}{*}{X}~\cite{y} & \textbf{1.5} & $2_{\pm.1}$ \\ & 3 & 4 \\ \bottomrule\end{tabular}"
)
SAMPLED_ANSWERS: Final = {
    "id": "q", "question": "1 + 1?", "target": "2", "temperature": 0.5,
    "samples": ["2", {"answer": "3", "correct": False}], "correct": [1, 0],
}  # fmt: skip


def sampled_answers(path: Path) -> None:
    for row in answers_of(path):
        row.question, row.target  # noqa: B018 - what a dataset reads
    samples_of(path, {"q"})


def texts(path: Path) -> None:
    for _, row in json_lines(path):
        record_of(Whose, "row", row)


def member(path: Path) -> None:
    Member(path, "a.txt").read_bytes()
    unpack(path, path.parent / "out")
    outside = set(path.parent.parent.iterdir()) - {path.parent}
    assert not outside, outside


READERS: Final = (
    Reader(
        "CSV",
        "a.csv",
        b'id,a,"b c"\r\n1,x,"y\r\nz"\r\n2,,-\r\n',
        lambda p: read_attributes(p, "id"),
    ),
    Reader(
        "TSV", "a.csv", b"\xef\xbb\xbfsep=\t\nid\ta\n1\tx\n", lambda p: read_attributes(p, "id")
    ),
    Reader(
        "table",
        "a.csv",
        b"age,sex,pay\n20,f,1\n40,m,2\n",
        lambda p: tabular.table(str(p), "pay", numbers=["age"], groups=["sex"]),
    ),
    Reader("numbers", "a.csv", PREDICTED, lambda p: read_numbers(p, numbers())),
    Reader("Markdown", "a.md", MARKDOWN, tables_of),
    Reader("LaTeX", "a.tex", LATEX, tables_of),
    Reader(
        "gzip",
        "a.gz",
        gzip.compress(TEXT, mtime=0),
        lambda p: (packed.bytes_of(p), packed.head_of(p, 99)),
    ),
    Reader(
        "at first sight",
        "a.run",
        b"51 Q0 d1 1 2.5 tag\n",
        lambda p: (sight.is_trec_run(p), sight.is_coco_results(p), sight.begins_as_json(p)),
    ),
    Reader("lines", "a.txt", TEXT, consumed(numbered_lines)),
    Reader("record", "a.jsonl", as_json(asdict(Whose("s", "m", "f", ("a",)))), texts),
    Reader(
        "Parquet",
        "a.parquet",
        table(a=["x", "y"], b=[1.5, 2.5]),
        lambda p: (parquet_table(p, ["a"]), parquet_rows(p)),
    ),
    Reader(
        "Parquet of strangers",
        "a.parquet",
        parquet(pa.table({"a": ["x", "y"], "b": [[1], [2, 3]]})),
        check_parquet,
    ),
    Reader("sampled answers", "a.jsonl", as_json(SAMPLED_ANSWERS), sampled_answers),
    Reader(
        "choices",
        "a.jsonl",
        b'{"id": "7", "scores": [-1.5, -2]}\n{"id": "8", "answer": "no"}\n',
        lambda p: choices_of(p, dict.fromkeys("78", ("yes", "no")), lambda where, row: ""),
    ),
    Reader("ZIP", "in/a.zip", zipped(**{"a.txt": b"x" * 99, "b/c.txt": b"y"}), member),
)

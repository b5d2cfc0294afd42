"""What a reader of a file of others is, and the bytes that small files are made of."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image

from benchsuite.runs.seal import parquet

PICTURE: Final = np.arange(12 * 9 * 3, dtype=np.uint8).reshape(12, 9, 3)
LABELS: Final = (np.arange(12 * 9).reshape(12, 9) % 3).astype(np.uint8)
"""A picture and a label map, both of 12 × 9 pixels."""
Read = Callable[[Path], object]


@dataclass(frozen=True)
class Reader:
    """What reads a file; `whole` are the bytes of one that it reads, `beside` the files beside it."""

    name: str
    file: str
    whole: bytes
    read: Read
    beside: tuple[tuple[str, bytes], ...] = ()

    @property
    def is_json(self) -> bool:
        """Whether its values can be altered one by one."""
        return self.file.endswith((".json", ".jsonl")) and b"\n{" not in self.whole.strip()

    def placed(self, folder: Path, data: bytes) -> Path:
        """The file with these bytes, in a folder that has the others."""
        for name, content in (*self.beside, (self.file, data)):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder / self.file


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def picture(kind: str, pixels: np.ndarray = PICTURE, **options: Any) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, kind, **options)
    return sink.getvalue()


def npy(array: np.ndarray) -> bytes:
    sink = io.BytesIO()
    np.save(sink, array)
    return sink.getvalue()


def npz(compress: bool = True, **held: np.ndarray) -> bytes:
    sink = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(sink, **held)  # type: ignore[operator]
    return sink.getvalue()


def zipped(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return sink.getvalue()


def table(**columns: Any) -> bytes:
    return parquet(pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False))


def consumed(read: Callable[[Path], Iterable[object]]) -> Read:
    """A reader that yields, read to its end."""
    return lambda path: list(read(path))


def each(what: str, files: Sequence[tuple[str, bytes]], read: Read) -> Iterator[Reader]:
    """A folder's reader for each of its files, with the other files beside it."""
    for name, content in files:
        rest = tuple(one for one in files if one[0] != name)
        yield Reader(f"{what}, {name}", name, content, read, rest)

"""Arrays in `.npy` and `.npz` files: pickles are refused, and sizes are checked before reading."""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from benchsuite.errors import BadData
from benchsuite.files.hashes import check_unchanged
from benchsuite.files.limits import check_bytes

SHOWN: Final = 8
PLAIN: Final = "biufUS"
"""The kinds of arrays that are read: none of complex numbers, dates or records."""
OF_ARRAYS: Final = {
    *product(("numpy.core.multiarray", "numpy._core.multiarray"), ("_reconstruct", "scalar")),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("collections", "OrderedDict"),
}
"""What an array is made of in a pickle, by module and name."""
OF_BYTES: Final = ("_codecs", "encode")
"""How a pickle of Python 3 gives bytes to Python 2."""

Array = NDArray[Any]


def read_npy(path: Path) -> Array:
    """The array of an `.npy`, mapped into memory; its size is that of the file.

    Raises BadData for a missing or damaged file, an archive, and a pickle.
    """
    check_unchanged(path)
    with _damage(path, "an array without pickle"):
        held = np.load(path, allow_pickle=False, mmap_mode="r")
    if isinstance(held, np.ndarray):
        return _plain(str(path), held)
    held.close()
    raise BadData(f"{path}: expected an array, found an archive")


def read_npz(path: Path) -> dict[str, Array]:
    """The arrays of an archive by name. Raises BadData as `read_member`."""
    with _archive(path) as held:
        check_bytes(str(path), sum(_sizes(held).values()), path.stat().st_size)
        return {name: _member(path, held, name) for name in held.files}


def read_member(path: Path, names: Sequence[str]) -> Array:
    """The first array of an archive that has one of these names; only that one is read.

    Raises BadData for a missing or damaged file, an archive without such an array, a pickle, and
    an array that is too large for its file.
    """
    with _archive(path) as held:
        found = [name for name in names if name in held.files]
        if not found:
            known = ", ".join(held.files[:SHOWN]) or "nothing"
            raise BadData(f"{path}: expected the key '{names[0]}', found {known}")
        return _member(path, held, found[0])


def read_pickled(path: Path) -> Any:
    """What a pickle of arrays, texts and numbers holds. Nothing else is made, and no code runs.

    Raises BadData for a missing or damaged file, and for a pickle that asks for more.
    """
    with _damage(path, "a pickle of arrays alone"), path.open("rb") as file:
        return _Arrays(file, encoding="latin1").load()


def _as_bytes(text: str, encoding: str) -> bytes:
    if encoding != "latin1":  # others double a text, again and again
        raise pickle.UnpicklingError(f"a text in {encoding}")
    return text.encode("latin1")


class _Arrays(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == OF_BYTES:
            return _as_bytes
        if (module, name) not in OF_ARRAYS:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


@contextmanager
def _archive(path: Path) -> Iterator[NpzFile]:
    check_unchanged(path)
    with _damage(path, "an npz file"):
        held = np.load(path, allow_pickle=False, mmap_mode="r")
    if not isinstance(held, NpzFile):
        raise BadData(f"{path}: expected an npz file, found a single array")
    with held:
        yield held


def _member(path: Path, held: NpzFile, name: str) -> Array:
    check_bytes(f"{path}: {name}", _sizes(held)[name], path.stat().st_size)
    with _damage(path, f"{name}: a readable array without pickle"):
        found = held[name]
    if not isinstance(found, np.ndarray):  # numpy gives the bytes of what is no array
        raise BadData(f"{path}: {name}: expected an array, found another file")
    return _plain(f"{path}: {name}", found)


def _sizes(held: NpzFile) -> dict[str, int]:
    """The unpacked bytes of the arrays of an archive."""
    found = held.zip.infolist()  # type: ignore[union-attr]
    return {one.filename.removesuffix(".npy"): one.file_size for one in found}


def _plain(where: str, array: Array) -> Array:
    if array.dtype.kind not in PLAIN:
        raise BadData(f"{where}: expected numbers or texts, found {array.dtype}")
    return array


@contextmanager
def _damage(path: Path, expected: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BadData(f"{path}: expected {expected}, found no file") from error
    except Exception as error:  # numpy, zipfile and zlib raise nearly anything on damaged bytes
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise BadData(f"{path}: expected {expected}, found: {reason}") from error

"""How much the pages of a Parquet file become: told from their headers, before one is unpacked.

A page says how long it is, packed and unpacked. The file's own sum of that, in its footer, may say
less. A header is a struct of Thrift's compact protocol (parquet-format, `PageHeader`): its fields 2
and 3 are the two lengths.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import Final

BOOLEANS: Final = (1, 2)
NUMBERS: Final = (4, 5, 6)
BYTE, DOUBLE, TEXT, STRUCT = 3, 7, 8, 12
UNPACKED, PACKED = 2, 3
DEEPEST: Final = 8
"""Structs within structs: a header has three."""


@dataclass
class _Header:
    """Reads a header, byte by byte. Raises IndexError or ValueError where there is none."""

    data: mmap
    at: int

    def fields(self, depth: int = 0) -> dict[int, int]:
        """The whole numbers of a struct, by field; others are passed over."""
        if depth > DEEPEST:
            raise ValueError("structs that are too deep")
        found, field = dict[int, int](), 0
        while kind := self._byte():
            step, kind = kind >> 4, kind & 15
            field = field + step if step else self._number()
            if kind in NUMBERS:
                found[field] = self._number()
            else:
                self._pass(kind, depth)
        return found

    def _pass(self, kind: int, depth: int) -> None:
        """Pass over a value."""
        if kind == STRUCT:
            self.fields(depth + 1)
        elif kind == TEXT:
            length = self._varint()
            self.at += length
        elif kind in (BYTE, DOUBLE):
            self.at += 1 if kind == BYTE else 8
        elif kind not in BOOLEANS:  # a header has no list, set or map
            raise ValueError(f"a value of kind {kind}")

    def _number(self) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)

    def _varint(self) -> int:
        found = shift = 0
        while shift < 70:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7
        raise ValueError("a number that does not end")

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]


def unpacked_pages(data: mmap, start: int, length: int) -> Iterator[int]:
    """The bytes that each page becomes of those that stand in `length` bytes from `start` on.

    Raises IndexError or ValueError where something else stands there.
    """
    stop = start + length
    while start < stop:
        header = _Header(data, start)
        found = header.fields()
        if not (found.get(PACKED, -1) >= 0 and found.get(UNPACKED, -1) >= 0):
            raise ValueError(f"no page at byte {start}")
        yield found[UNPACKED]
        start = header.at + found[PACKED]

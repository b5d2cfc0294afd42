"""Images of every kind that the tests of the readers need; Pillow does not write them all."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchsuite.files import images

COLOUR = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
GREY = COLOUR[..., 0]
UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda seen: seen,
    2: lambda seen: seen[:, ::-1],
    3: lambda seen: seen[::-1, ::-1],
    4: lambda seen: seen[::-1],
    5: lambda seen: seen.swapaxes(0, 1),
    6: lambda seen: seen.swapaxes(0, 1)[::-1],
    7: lambda seen: seen[::-1, ::-1].swapaxes(0, 1),
    8: lambda seen: seen.swapaxes(0, 1)[:, ::-1],
}
"""What a file of each EXIF orientation stores of an image that is seen upright."""


DEEP = np.arange(6, dtype=np.uint16).reshape(2, 3) * 9000


def saved(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, **options)
    return path


def exif(orientation: object) -> Image.Exif:
    held = Image.Exif()
    held[images.ORIENTATION] = orientation
    return held


def chunk(kind: bytes, data: bytes) -> bytes:
    checked = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checked)


def png(path: Path, colour: int, depth: int, lines: list[bytes], width: int) -> Path:
    """A PNG of any bit depth and colour type, which Pillow does not write."""
    head = struct.pack(">IIBBBBB", width, len(lines), depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + line for line in lines))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )
    return path


def tiff(path: Path, pixels: np.ndarray, order: str = "<") -> Path:
    """An uncompressed TIFF of any depth, in either byte order."""
    stored = pixels.astype(pixels.dtype.newbyteorder(order))
    height, width, channels = (*pixels.shape, 1)[:3]
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    bits = 8 * pixels.dtype.itemsize
    tags = [
        (256, width), (257, height), (258, bits), (259, 1), (262, 2 if channels == 3 else 1),
        (273, 8), (277, channels), (278, height), (279, stored.nbytes), (339, kind),
    ]  # fmt: skip
    data = stored.tobytes()
    data += b"\0" * (len(data) % 2)
    entries, extra = b"", b""
    beyond = 8 + len(data) + 2 + 12 * len(tags) + 4
    for tag, value in tags:
        if tag in (258, 339) and channels == 3:
            entries += struct.pack(f"{order}HHII", tag, 3, 3, beyond + len(extra))
            extra += struct.pack(f"{order}3H", *[value] * 3)
        else:
            entries += struct.pack(f"{order}HHII", tag, 4, 1, value)
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    path.write_bytes(
        mark + struct.pack(f"{order}I", 8 + len(data)) + data
        + struct.pack(f"{order}H", len(tags)) + entries + b"\0" * 4 + extra
    )  # fmt: skip
    return path

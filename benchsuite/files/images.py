"""Images and label maps in files, read strictly.

`read_image` gives what a person would see: 8 bits per channel, upright. `read_map` gives what
the file holds: one whole number per pixel. Both check the size before they decode, and refuse what
they would have to change, such as 16 bits per channel or several pages.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData, needing

from .arrays import read_npy

Pixels = NDArray[np.uint8]
Map = NDArray[np.integer[Any]]

IMAGES: Final = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
"""Endings of image files, as `by_stem` takes them."""
MAPS: Final = (".png", ".npy", ".tif", ".tiff", ".bmp")
"""Endings of label maps."""
MOST_PIXELS: Final = 178_956_970
"""The pixels of the largest image that is decoded; Pillow refuses larger ones, too."""

FORMATS: Final = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "PPM")
PHONE: Final = "MPO"
"""Pillow's name for a JPEG with further pictures behind the first, such as a preview."""
GREY: Final = ("1", "L", "LA")
WHOLE: Final = ("1", "L", "P", "I", "I;16", "I;16B", "I;16L", "I;16N")
"""Pillow's modes with one whole number per pixel; `P` holds the indices of a palette."""
DEEP: Final = re.compile(r";(16|32)[BLN]S?$")
"""Pillow's names of raw pixels with more than 8 bits per channel, which it would cut to 8."""
SCALED: Final = re.compile(r"^L;[24]")
"""Pillow's names of raw grey values of 2 and 4 bits, which it would spread over 0 to 255."""
ORIENTATION: Final = 0x0112
"""The EXIF tag that says how to turn an image."""
LARGEST_WHOLE: Final = 2**53
"""Up to here a float64 holds every whole number."""

TURNS: Final[dict[int, Callable[[Pixels], Pixels]]] = {
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored, 2).swapaxes(0, 1),
    8: lambda stored: np.rot90(stored),
}
"""How the pixels of each EXIF orientation become upright; 1 is upright already."""
SIDEWAYS: Final = (5, 6, 7, 8)


class Source(Protocol):
    """What an image is read from: a Path, or bytes with a name (`str`) for messages."""

    def read_bytes(self) -> bytes: ...


def read_image(source: Source) -> Pixels:
    """The image, uint8, upright: (H, W) if it is grey, else RGB (H, W, 3). Alpha is dropped.

    Raises BadData for a file that is missing, damaged, too large, of several pages or of more than
    8 bits per channel; NotAvailable without Pillow.
    """
    with _opened(source) as image:
        raw = _raw(image)
        if image.mode.startswith(("I", "F")) or DEEP.search(raw):
            found = f"mode {image.mode}" if image.mode.startswith(("I", "F")) else raw
            raise BadData(f"{source}: expected 8 bits a channel, found {found}")
        image.load()
        image.info.pop("transparency", None)
        pixels = np.asarray(image.convert("L" if image.mode in GREY else "RGB"))
        turn = TURNS.get(_orientation(image))
        return np.ascontiguousarray(turn(pixels)) if turn else pixels


def read_rgb(source: Source) -> Pixels:
    """The image as uint8 RGB (H, W, 3), upright. Raises as `read_image`."""
    pixels = read_image(source)
    return pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)


def read_codes(source: Source) -> Pixels:
    """The four bytes of each pixel, uint8 (H, W, 4), of an RGBA file whose channels are codes.

    Raises BadData as `read_map`.
    """
    with _opened(source) as image:
        if image.mode != "RGBA" or DEEP.search(_raw(image)):
            raise BadData(f"{source}: expected RGBA of 8 bits a channel, found mode {image.mode}")
        return np.asarray(image)


def image_size(source: Source) -> tuple[int, int]:
    """Height and width of the upright image, as its header says; nothing is decoded.

    Raises BadData for a file that is missing, no image, too large, or of several pages.
    """
    with _opened(source) as image:
        width, height = image.size
        if image.format == "TIFF":  # Pillow may have turned this size already
            width, height = int(image.tag_v2[256]), int(image.tag_v2[257])
        return (width, height) if _orientation(image) in SIDEWAYS else (height, width)


def read_map(path: Path) -> Map:
    """The whole numbers (H, W) of an image file or an `.npy`, one per pixel, as stored.

    Raises BadData for colours, fractions, pickles, archives, EXIF that would turn the map, and as
    `read_image`.
    """
    if path.suffix.lower() == ".npy":
        array = read_npy(path)
        if array.size > MOST_PIXELS:
            raise BadData(f"{path}: expected at most {MOST_PIXELS} pixels, found {array.shape}")
        return np.array(whole_numbers(array, str(path)))
    with _opened(path) as image:
        if image.mode not in WHOLE:
            raise BadData(f"{path}: expected one label a pixel, found mode {image.mode}")
        if SCALED.match(_raw(image)):
            raise BadData(f"{path}: expected 1, 8 or 16 bits a label, found {_raw(image)}")
        if _orientation(image) in TURNS:
            raise BadData(f"{path}: expected a label map without EXIF orientation, found "
                          f"{_orientation(image)}")  # fmt: skip
        return whole_numbers(np.asarray(image), str(path))


def whole_numbers(array: NDArray[Any], where: str) -> Map:
    """The array (H, W) as whole numbers of the machine's byte order.

    Raises BadData, with `where`, unless it has two dimensions, pixels, and whole numbers only.
    """
    kind = array.dtype.kind
    if array.ndim != 2 or kind not in "biuf":
        raise BadData(f"{where}: expected a label map (H, W) of whole numbers, found "
                      f"{array.dtype} {array.shape}")  # fmt: skip
    if array.size == 0:
        raise BadData(f"{where}: expected a label map with pixels, found {array.shape}")
    if kind == "f":
        other = array[~((np.abs(array) <= LARGEST_WHOLE) & (array == np.round(array)))]
        if other.size:
            raise BadData(f"{where}: expected labels, whole numbers, found {other[0]:g}")
        return array.astype(np.int64)
    return array.astype(np.uint8 if kind == "b" else array.dtype.newbyteorder("="), copy=False)


def png_bytes(pixels: Pixels) -> bytes:
    """A PNG of the pixels, grey (H, W) or RGB (H, W, 3). Raises NotAvailable without Pillow."""
    sink = io.BytesIO()
    _pillow().fromarray(pixels).save(sink, "PNG")
    return sink.getvalue()


def by_stem(folder: Path, suffixes: Sequence[str]) -> dict[str, Path]:
    """The files of a folder by name without suffix; look ids up here, and never make them paths.

    Raises BadData where there is no folder, or two files have one name.
    """
    if not folder.is_dir():
        raise BadData(f"{folder}: expected a folder of files {', '.join(suffixes)}, found none")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes and not path.name.startswith("."):
            other = found.setdefault(path.stem, path)
            if other != path:
                raise BadData(f"{path}: expected one file per name, found {other.name}, too")
    return found


def _pillow() -> Any:
    with needing("an image", "benchsuite[image]"):
        from PIL import Image
    return Image


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    """The image of a file, not decoded yet. What fails inside the context becomes BadData."""
    pillow = _pillow()
    try:
        # Never by name: Pillow would map plain TIFFs, and shear those that EXIF turns.
        opened = source.open("rb") if isinstance(source, Path) else io.BytesIO(source.read_bytes())
        with opened as file, pillow.open(file, formats=FORMATS) as image:
            _check(source, image)
            yield image
    except (BadData, MemoryError):
        raise
    except FileNotFoundError as error:
        raise BadData(f"{source}: expected an image, found no file") from error
    except pillow.UnidentifiedImageError as error:
        raise BadData(f"{source}: expected an image ({', '.join(FORMATS)}), found another kind of "
                      "file") from error  # fmt: skip
    except Exception as error:  # decoders raise nearly anything on damaged bytes
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BadData(f"{source}: expected a whole image, found {reason}") from error


def _check(source: Source, image: Any) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise BadData(f"{source}: expected at most {MOST_PIXELS} pixels, found {image.height} × "
                      f"{image.width}")  # fmt: skip
    if getattr(image, "is_animated", False) and image.format != PHONE:
        raise BadData(f"{source}: expected a single image, found {image.n_frames} pages or frames")


def _raw(image: Any) -> str:
    """Pillow's name for the pixels as the file holds them; '' if it tells none."""
    told = image.tile[0][3] if image.tile else ""
    if image.format == "PPM" and not isinstance(told, str):
        return f"{image.mode};16B" if told[1] > 255 else "L;4"  # values are scaled to 255
    return str(told[0] if isinstance(told, tuple) else told)


def _orientation(image: Any) -> int:
    """The EXIF orientation; 1, upright, if there is none, or the EXIF cannot be read."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1

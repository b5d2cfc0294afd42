"""Images in files, read strictly: what a person would see, 8 bits per channel, upright.

The size is checked before anything is decoded. What would have to be changed is refused, such as
16 bits per channel or several pages. Label maps are read by `benchsuite.files.maps`.
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
from benchsuite.files.hashes import check_unchanged
from benchsuite.files.limits import check_bytes

Pixels = NDArray[np.uint8]

IMAGES: Final = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif")
"""Endings of image files, as `by_stem` takes them."""
MOST_PIXELS: Final = 178_956_970
"""The pixels of the largest image that is decoded; Pillow refuses larger ones, too."""

FORMATS: Final = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "PPM")
PHONE: Final = "MPO"
"""Pillow's name for a JPEG with further pictures behind the first, such as a preview."""
GREY: Final = ("1", "L", "LA")
NARROW: Final = ("1", "L", "I;16", "I;16B", "I;16L", "I;16N")
"""Pillow's modes whose pixels take at most 2 bytes in memory while they are read, not 4."""
DEEP: Final = re.compile(r";(16|32)[BLN]S?$")
"""Pillow's names of raw pixels with more than 8 bits per channel, which it would cut to 8."""
ORIENTATION: Final = 0x0112
"""The EXIF tag that says how to turn an image."""
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
BACK: Final = {5: 5, 6: 8, 7: 7, 8: 6}
"""The orientations that swap height and width, and those that undo them."""
Size = tuple[int, int]
"""Height and width in pixels."""


class Source(Protocol):
    """What an image is read from: a Path, or bytes with a name (`str`) for messages."""

    def read_bytes(self) -> bytes: ...


def read_image(source: Source, size: Size | None = None) -> Pixels:
    """The image, uint8, upright: (H, W) if it is grey, else RGB (H, W, 3). Alpha is dropped.

    size  that of its annotation. An image that has it only as stored, without the turn that its
          EXIF asks for, was annotated so, and is not turned.

    Raises BadData for a file that is missing, damaged, too large, of several pages or of more than
    8 bits per channel; NotAvailable without Pillow.
    """
    with opened(source) as image:
        raw, orientation = raw_mode(image), orientation_of(image)
        if image.mode.startswith(("I", "F")) or DEEP.search(raw):
            found = f"mode {image.mode}" if image.mode.startswith(("I", "F")) else raw
            raise BadData(f"{source}: expected 8 bits a channel, found {found}")
        image.load()
        image.info.pop("transparency", None)
        pixels = np.asarray(image.convert("L" if image.mode in GREY else "RGB"))
        pixels = _turned(pixels, orientation_of(image))  # that of a TIFF is gone: Pillow turned it
        if _as_stored(pixels.shape[:2], orientation, size):
            pixels = _turned(pixels, BACK[orientation])
        return np.ascontiguousarray(pixels)


def read_rgb(source: Source, size: Size | None = None) -> Pixels:
    """The image as uint8 RGB (H, W, 3); `size` and what it raises as `read_image`."""
    pixels = read_image(source, size)
    return pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)


def image_size(source: Source, size: Size | None = None) -> Size:
    """Height and width that `read_image` would give, as the header says; nothing is decoded.

    Raises BadData for a file that is missing, no image, too large, or of several pages.
    """
    with opened(source) as image:
        width, height = image.size
        if image.format == "TIFF":  # Pillow may have turned this size already
            width, height = int(image.tag_v2[256]), int(image.tag_v2[257])
        orientation = orientation_of(image)
        upright = (width, height) if orientation in BACK else (height, width)
        return upright[::-1] if _as_stored(upright, orientation, size) else upright


def png_bytes(pixels: Pixels) -> bytes:
    """A PNG of the pixels, grey (H, W) or RGB (H, W, 3). Raises NotAvailable without Pillow."""
    sink = io.BytesIO()
    _pillow().fromarray(pixels).save(sink, "PNG")
    return sink.getvalue()


def webp_bytes(pixels: Pixels, quality: int = 50) -> bytes:
    """A WebP of the pixels, as `png_bytes`, but smaller and not exact."""
    sink = io.BytesIO()
    _pillow().fromarray(pixels).save(sink, "WEBP", quality=quality)
    return sink.getvalue()


def fitted(pixels: Pixels, width: int, height: int) -> Pixels:
    """The pixels, uint8 (H, W, ...), shrunk or enlarged until they fill the width or the height."""
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    pillow = _pillow()
    return np.asarray(pillow.fromarray(pixels).resize(size, pillow.Resampling.LANCZOS))


def resized(pixels: Pixels, size: Size) -> Pixels:
    """The pixels at another size (H, W), linear between neighbours."""
    pillow = _pillow()
    made = pillow.fromarray(pixels).resize(size[::-1], pillow.Resampling.BILINEAR)
    return np.asarray(made)


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
def opened(source: Source) -> Iterator[Any]:
    """The image of a file, not decoded yet. What fails inside the context becomes BadData."""
    pillow = _pillow()
    if isinstance(source, Path):
        check_unchanged(source)
    try:
        # Never by name: Pillow would map plain TIFFs, and shear those that EXIF turns.
        opened = source.open("rb") if isinstance(source, Path) else io.BytesIO(source.read_bytes())
        with opened as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            with pillow.open(file, formats=FORMATS) as image:
                _check(source, image, size)
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


def _check(source: Source, image: Any, size: int) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise BadData(f"{source}: expected at most {MOST_PIXELS} pixels, found {image.height} × "
                      f"{image.width}")  # fmt: skip
    pixels = image.height * image.width * (2 if image.mode in NARROW else 4)
    check_bytes(f"{source}: {image.height} × {image.width} pixels", pixels, size)
    if getattr(image, "is_animated", False) and image.format != PHONE:
        raise BadData(f"{source}: expected a single image, found {image.n_frames} pages or frames")


def raw_mode(image: Any) -> str:
    """Pillow's name for the pixels as the file holds them; '' if it tells none."""
    told = image.tile[0][3] if image.tile else ""
    if image.format == "PPM" and not isinstance(told, str):
        return f"{image.mode};16B" if told[1] > 255 else "L;4"  # values are scaled to 255
    return str(told[0] if isinstance(told, tuple) else told)


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    turn = TURNS.get(orientation)
    return turn(pixels) if turn else pixels


def _as_stored(upright: tuple[int, ...], orientation: int, size: Size | None) -> bool:
    """Whether an image has this size only without the turn of its orientation."""
    return orientation in BACK and size is not None and upright != size and upright[::-1] == size


def orientation_of(image: Any) -> int:
    """The EXIF orientation; 1, upright, if there is none, or the EXIF cannot be read."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1

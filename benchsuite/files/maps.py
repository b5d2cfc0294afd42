"""Label maps and masks in files, read strictly: one number per pixel, as stored.

`read_map` gives whole numbers. `read_grey` gives the grey values of a mask that is cut at a
threshold. `read_codes` gives the bytes of pixels whose channels are codes.
"""

import re
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData

from .arrays import read_npy
from .images import (
    DEEP,
    MOST_PIXELS,
    PHONE,
    TURNS,
    Pixels,
    Source,
    by_stem,
    opened,
    orientation_of,
    raw_mode,
)

Map = NDArray[np.integer[Any]]

MAPS: Final = (".png", ".npy", ".tif", ".tiff", ".bmp")
"""Endings of label maps."""
VIEWS: Final = (".gif", ".jpg", ".jpeg")
"""Endings of files that may hold a label map, but are often a view of one."""
JPEGS: Final = ("JPEG", PHONE)
SINGLE: Final = ("1", "L", "P", "I", "I;16", "I;16B", "I;16L", "I;16N", "F")
"""Pillow's modes with one number per pixel; `P` holds the indices of a palette."""
SEVERAL: Final = ("LA", "RGB", "RGBA")
"""Pillow's modes with several; equal colours without transparency are one grey value."""
CHROMA: Final = 8
"""The most by which a JPEG changes one of three equal channels."""
SCALED: Final = re.compile(r"^L;[24]")
"""Pillow's names of raw grey values of 2 and 4 bits, which it would spread over 0 to 255."""
INVERTED: Final = re.compile(r";IR?$")
"""Pillow's names of raw values of a TIFF in which 0 is white. Pillow inverts them; tifffile and
ImageJ, which write masks so, take the stored value for the label."""
LARGEST_WHOLE: Final = 2**53
"""Up to here a float64 holds every whole number."""


def read_codes(source: Source) -> Pixels:
    """The four bytes of each pixel, uint8 (H, W, 4), of an RGBA file whose channels are codes.

    Raises BadData as `read_map`.
    """
    with opened(source) as image:
        if image.mode != "RGBA" or DEEP.search(raw_mode(image)):
            raise BadData(f"{source}: expected RGBA of 8 bits a channel, found mode {image.mode}")
        return np.asarray(image)


def read_map(path: Path) -> Map:
    """The whole numbers (H, W) of an image file or an `.npy`, one per pixel, as stored.

    A palette's indices are the labels; a GIF's palette is its encoder's, so that its grey values
    are. Three equal channels are one number. Raises BadData for other colours, transparency,
    fractions, JPEGs (which change numbers), pickles, archives, EXIF that would turn the map, and
    as `read_image`.
    """
    return whole_numbers(_numbers(path, lossy=False), str(path))


def read_grey(path: Path) -> NDArray[Any]:
    """The grey values or probabilities (H, W) of a file that `read_map` reads, or of a JPEG.

    Raises BadData as `read_map`, but not for fractions.
    """
    found = _numbers(path, lossy=True)
    if found.ndim != 2 or not found.size or found.dtype.kind not in "biuf":
        raise BadData(f"{path}: expected grey values (H, W), found {found.dtype} {found.shape}")
    if not np.isfinite(found).all():
        raise BadData(f"{path}: expected finite grey values, found {found[~np.isfinite(found)][0]}")
    return found


def _numbers(path: Path, lossy: bool) -> NDArray[Any]:
    if path.suffix.lower() == ".npy":
        array = read_npy(path)
        if array.size > MOST_PIXELS:
            raise BadData(f"{path}: expected at most {MOST_PIXELS} pixels, found {array.shape}")
        return np.array(array)
    with opened(path) as image:
        raw, orientation, is_jpeg = raw_mode(image), orientation_of(image), image.format in JPEGS
        if is_jpeg and not lossy:
            raise BadData(f"{path}: expected a lossless label map, found a JPEG, which changes "
                          "labels (a threshold reads it)")  # fmt: skip
        if image.mode not in (*SINGLE, *SEVERAL) or (image.mode in SEVERAL and DEEP.search(raw)):
            raise BadData(f"{path}: expected one label a pixel, found mode {image.mode} {raw}")
        if SCALED.match(raw):
            raise BadData(f"{path}: expected 1, 8 or 16 bits a label, found {raw}")
        if INVERTED.search(raw):
            raise BadData(f"{path}: expected a label map in which 0 is black, found a TIFF in which"
                          " 0 is white, which some readers invert (save it as PNG)")  # fmt: skip
        if orientation in TURNS:
            raise BadData(f"{path}: expected a label map without EXIF orientation, found "
                          f"{orientation}")  # fmt: skip
        if image.format == "GIF":
            image = image.convert("RGB")
        pixels = np.asarray(image)
        return _one_channel(path, image.mode, pixels, CHROMA if is_jpeg else 0)


def _one_channel(path: Path, mode: str, pixels: NDArray[Any], most: int) -> NDArray[Any]:
    """The pixels (H, W) of channels that differ by `most` at most, and are opaque."""
    if pixels.ndim == 2:
        return pixels
    if mode in ("LA", "RGBA"):
        if (pixels[..., -1] < 255).any():
            raise BadData(f"{path}: expected one label a pixel, found transparent pixels")
        pixels = pixels[..., :-1]
    if (np.ptp(pixels, axis=2) > most).any():
        raise BadData(f"{path}: expected one label a pixel, found colours (mode {mode})")
    return pixels[..., pixels.shape[2] // 2]


def read_mask(path: Path) -> NDArray[np.bool_]:
    """Where a file of `read_grey` has at least half of white, 255; or of 1, where that is most."""
    found = read_grey(path)
    return np.asarray(found >= (128 if found.max() > 1 else 0.5))


def grey(found: Any) -> Pixels:
    """A map of grey values (H, W) in 8 bits, from uint8 or numbers in 0..1, such as (1, 1, H, W).

    Raises BadData for any other array.
    """
    made = np.asarray(found)
    while made.ndim > 2 and 1 in made.shape:
        made = made.squeeze(made.shape.index(1))
    if made.ndim != 2 or not made.size or made.dtype.kind not in "biuf":
        raise BadData(f"expected a map (H, W), found {made.dtype} {made.shape}")
    if made.dtype != np.uint8:
        if not ((made >= 0) & (made <= 1)).all():
            raise BadData(f"expected a map of uint8, or in 0..1, found {made.dtype} from "
                          f"{made.min():g} to {made.max():g}")  # fmt: skip
        made = np.round(made * 255.0).astype(np.uint8)
    return made


def foreground(values: NDArray[Any], where: str, hint: str = "") -> NDArray[np.bool_]:
    """Where a mask is not 0.

    Raises BadData, with `where` and `hint`, unless it holds 0 and at most one other value: more are
    the grey edges that JPEG, resizing and antialiasing leave, or several labels.
    """
    inside: NDArray[np.bool_] = values != 0
    others = values[inside]
    if others.size and (others != others[0]).any():
        raise BadData(f"{where}: expected 0 and one other value, found values from "
                      f"{others.min():g} to {others.max():g}{hint}")  # fmt: skip
    return inside


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
        array = array.astype(np.float64)
        other = array[~((np.abs(array) <= LARGEST_WHOLE) & (array == np.round(array)))]
        if other.size:
            raise BadData(f"{where}: expected labels, whole numbers, found {other[0]:g}")
        return array.astype(np.int64)
    return array.astype(np.uint8 if kind == "b" else array.dtype.newbyteorder("="), copy=False)


def maps_by_stem(folder: Path) -> dict[str, Path]:
    """The label maps of a folder by name without suffix, as `by_stem`.

    A GIF or a JPEG beside another file of its name is a view of that one, and left out.
    """
    return by_stem(folder, VIEWS) | by_stem(folder, MAPS)

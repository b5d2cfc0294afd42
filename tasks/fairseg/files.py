"""Images and label maps in files, read when they are asked for."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchsuite.errors import BadData

from .structures import Labels, check_whole, checked_labels

IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
MAPS = (".png", ".npy", ".tif", ".tiff", ".bmp")
WHOLE = ("1", "L", "P", "I", "I;16")
"""PIL's modes whose pixels are one whole number each; `P` are the indices of a palette."""


@dataclass(frozen=True)
class Lazy(Mapping[str, Any]):
    """Fields of which each is loaded when it is asked for, and not kept."""

    loaders: Mapping[str, Callable[[], Any]]

    def __getitem__(self, key: str) -> Any:
        return self.loaders[key]()

    def __iter__(self) -> Iterator[str]:
        return iter(self.loaders)

    def __len__(self) -> int:
        return len(self.loaders)


def by_stem(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    """The files of a folder by name without suffix; ids are looked up here and never made paths.

    Raises BadData where there is no folder, or two files have one name.
    """
    if not folder.is_dir():
        raise BadData(f"{folder}: expected a folder of files {', '.join(suffixes)}, found none")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes:
            other = found.setdefault(path.stem, path)
            if other != path:
                raise BadData(f"{path}: expected one file a name, found {other.name}, too")
    return found


def read_image(path: Path) -> NDArray[np.uint8]:
    """An image of 8 bits: uint8 (H, W) where it is grey, else RGB (H, W, 3)."""
    with _opened(path) as image:
        if image.mode in ("I", "I;16", "F"):
            raise BadData(f"{path}: expected 8 bits a channel, found mode {image.mode}")
        return np.asarray(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"))


def image_size(path: Path) -> tuple[int, int]:
    """Height and width; the image is decoded, so that a broken one is found at once."""
    with _opened(path) as image:
        return image.height, image.width


def read_labels(path: Path, classes: int, binary: bool = False) -> Labels:
    """A label map, uint8 (H, W), of an image file or an `.npy`; `binary`: whatever is not 0 is 1.

    Raises BadData where it is no map of whole numbers, or a label is not in 0 … classes - 1.
    """
    raw = _array(path)
    if binary:
        check_whole(raw, str(path))
        raw = raw != 0
    hint = " (binary=true reads whatever is not 0 as 1)" if classes == 2 else ""
    return checked_labels(raw, classes, str(path), hint)


def _array(path: Path) -> NDArray[Any]:
    if path.suffix.lower() == ".npy":
        try:
            held: NDArray[Any] = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise BadData(f"{path}: expected an array without pickle, found: {error}") from error
        return held
    with _opened(path) as image:
        if image.mode not in WHOLE:
            raise BadData(f"{path}: expected one label a pixel, found mode {image.mode}")
        return np.asarray(image)


def _opened(path: Path) -> Image.Image:
    try:
        image = Image.open(path)
        image.load()
    except (OSError, Image.DecompressionBombError) as error:
        raise BadData(f"{path}: expected an image, found: {error}") from error
    return image


def file_digest(path: Path) -> str:
    """32 hex digits of a file's bytes. Raises BadData where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError as error:
        raise BadData(f"{path}: expected a readable file, found: {error.strerror}") from error

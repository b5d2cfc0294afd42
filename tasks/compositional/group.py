"""Groups: m images and k captions with a known matching, as samples that do not show it.

In the sources the right matching is the diagonal, or the first option. So candidates are put in an
order keyed by the group's id before anybody sees them, and the truth remembers that order:

    truth["images"][p], truth["captions"][q]   the source's positions of the p-th image shown, and
                                                of the q-th caption shown
    truth["matching"][i]                        the source's caption of the source's image i
"""

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, Sample, check, digest
from benchsuite.errors import BadData

Image = NDArray[np.uint8]
Permutation = list[int]
Show = Callable[[Sequence[Any], Sequence[Any], str], Mapping[str, Any]]
"""The inputs of a group's images and captions, in the order shown, and of its cluster."""


@dataclass(frozen=True)
class Group:
    """A group as its source has it.

    where     the file, and the line or key, for messages
    fields    what a model sees of images and of captions: two sequences of m and of k items
    matching  the caption of each image, m different ones; by default the first m, in order
    """

    where: str
    id: str
    images: Sequence[Any]
    captions: Sequence[Any]
    matching: Sequence[int] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    cluster: str = ""


class ImageFile(Protocol):
    """What an image is read from: a Path, or what behaves so."""

    def is_file(self) -> bool: ...
    def read_bytes(self) -> bytes: ...


@dataclass(frozen=True)
class Member:
    """A file of a ZIP archive, which is not unpacked."""

    archive: Path
    name: str

    def __str__(self) -> str:
        return f"{self.archive}:{self.name}"

    def is_file(self) -> bool:
        """Whether the archive has it."""
        return self.name in _members(self.archive)

    def read_bytes(self) -> bytes:
        """Its content."""
        with zipfile.ZipFile(self.archive) as file:
            return file.read(self.name)


@lru_cache(maxsize=4)
def _members(archive: Path) -> frozenset[str]:
    try:
        with zipfile.ZipFile(archive) as file:
            return frozenset(file.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        raise BadData(f"{archive}: expected a ZIP archive, found {error}") from error


@dataclass(frozen=True)
class Embedded:
    """An image file that is a value of a table; `name` is for messages."""

    name: str
    data: bytes

    def __str__(self) -> str:
        return self.name

    def is_file(self) -> bool:
        """Whether there are any bytes."""
        return bool(self.data)

    def read_bytes(self) -> bytes:
        """Its content."""
        return self.data


@dataclass(frozen=True)
class Files(Mapping[str, Any]):
    """Inputs whose images are read when they are asked for: `images`, uint8 RGB (H, W, 3) each."""

    paths: tuple[ImageFile, ...]
    captions: tuple[str, ...]
    cluster: str

    def __getitem__(self, key: str) -> Any:
        if key == "images":
            return [read_image(path) for path in self.paths]
        if key == "captions":
            return list(self.captions)
        if key == "cluster":
            return self.cluster
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(("images", "captions", "cluster"))

    def __len__(self) -> int:
        return 3


def read_image(path: ImageFile) -> Image:
    """The image as uint8 RGB (H, W, 3). Raises BadData where it cannot be read as one."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    try:
        with Pillow.open(BytesIO(path.read_bytes())) as image:
            return np.asarray(image.convert("RGB"), dtype=np.uint8)
    except (OSError, UnidentifiedImageError, Pillow.DecompressionBombError) as error:
        raise BadData(f"{path}: expected an image, found {type(error).__name__}") from error


def of_files(name: str, groups: Sequence[Group]) -> Dataset:
    """A dataset of groups whose images are files, read when they are asked for.

    Raises BadData where one is missing, and for what `sample` refuses.
    """
    for group in groups:
        for path in group.images:
            if not path.is_file():
                raise BadData(
                    f"{group.where}: group '{group.id}': expected the image {path}, found no file"
                )
    hashed = {path: _sha(path) for path in dict.fromkeys(p for g in groups for p in g.images)}
    return _dataset(name, groups, _files, lambda path: hashed[path])


def of_arrays(name: str, groups: Sequence[Group], note: str = "") -> Dataset:
    """A dataset of groups whose images are uint8 arrays (H, W, 3), in memory."""
    return _dataset(name, groups, _arrays, lambda image: image, note)


def of_captions(name: str, groups: Sequence[Group]) -> Dataset:
    """A dataset of groups whose images are names alone: for scores that were made elsewhere."""
    return _dataset(name, groups, _named, lambda image: image)


def of_features(name: str, groups: Sequence[Group]) -> Dataset:
    """A dataset of groups of embeddings: an image or a caption is a float32 vector (d,)."""
    return _dataset(name, groups, _features, lambda vector: vector)


def _files(images: Sequence[Any], captions: Sequence[Any], cluster: str) -> Mapping[str, Any]:
    return Files(tuple(images), tuple(captions), cluster)


def _arrays(images: Sequence[Any], captions: Sequence[Any], cluster: str) -> Mapping[str, Any]:
    return {"images": list(images), "captions": list(captions), "cluster": cluster}


def _named(images: Sequence[Any], captions: Sequence[Any], cluster: str) -> Mapping[str, Any]:
    return {"image_names": list(images), "captions": list(captions), "cluster": cluster}


def _features(images: Sequence[Any], captions: Sequence[Any], cluster: str) -> Mapping[str, Any]:
    features = {"image_features": np.stack(images), "text_features": np.stack(captions)}
    return {**features, "cluster": cluster}


def _dataset(
    name: str,
    groups: Sequence[Group],
    show: Show,
    content: Callable[[Any], Any],
    note: str = "",
) -> Dataset:
    samples = tuple(sample(group, show) for group in groups)
    check(name, samples)
    rows = sorted(
        digest(
            [
                s.id, s.cluster_id, s.attributes, s.truth,
                [content(image) for image in g.images], list(g.captions),
            ]
        )
        for s, g in zip(samples, groups, strict=True)
    )  # fmt: skip
    return Dataset(name=name, fingerprint=digest(rows), load=Loaded(samples), note=note)


@dataclass(frozen=True)
class Loaded:
    """Samples that are there already; of the dataset itself, since there are no domains."""

    samples: tuple[Sample, ...]

    def __call__(self, domain: str) -> Sequence[Sample]:
        return self.samples


def sample(group: Group, show: Show) -> Sample:
    """The group as a sample, its candidates in keyed order.

    Raises BadData where there are fewer captions than images, captions repeat, or the truth is no
    matching: a different caption for every image.
    """
    matching = _checked(group)
    key = generator("candidates", group.id)
    images = key.permutation(len(group.images)).tolist()
    captions = key.permutation(len(group.captions)).tolist()
    return Sample(
        id=group.id,
        inputs=show(
            [group.images[i] for i in images],
            [group.captions[c] for c in captions],
            group.cluster or group.id,
        ),
        truth={"images": images, "captions": captions, "matching": matching},
        attributes=dict(group.attributes),
        cluster=group.cluster,
    )


def _checked(group: Group) -> Permutation:
    at = f"{group.where}: group '{group.id}'"
    images, captions = len(group.images), len(group.captions)
    if not 1 <= images <= captions:
        raise BadData(
            f"{at}: expected one image or more, and as many captions at least, "
            f"found {images} images and {captions} captions"
        )
    texts = [caption for caption in group.captions if isinstance(caption, str)]
    for text in texts:
        if not text.strip():
            raise BadData(f"{at}: expected captions with characters, found '{text}'")
        if texts.count(text) > 1:
            raise BadData(f"{at}: expected different captions, found '{text}' twice")
    matching = list(range(images)) if group.matching is None else list(group.matching)
    fits = len(matching) == images and len(set(matching)) == images
    if not fits or any(type(c) is not int or not 0 <= c < captions for c in matching):
        raise BadData(
            f"{at}: matching: expected {images} different captions of 0 to {captions - 1}, "
            f"one an image, found {matching}"
        )
    return matching


def shape(truth: Mapping[str, Permutation]) -> tuple[int, int]:
    """(m, k): how many images and captions the group has."""
    return len(truth["images"]), len(truth["captions"])


def by_truth(scores: NDArray[Any], truth: Mapping[str, Permutation]) -> NDArray[Any]:
    """Scores (..., m, k) as shown -> with the caption of image i in column i, the others last."""
    return in_source_order(scores, truth)[..., captions_by_truth(truth)]


def captions_by_truth(truth: Mapping[str, Permutation]) -> Permutation:
    """The source's captions in the order of the source's images, those of no image last."""
    right = truth["matching"]
    return [*right, *(c for c in range(len(truth["captions"])) if c not in right)]


def in_source_order(scores: NDArray[Any], truth: Mapping[str, Permutation]) -> NDArray[Any]:
    """Scores (..., m, k) as shown -> rows and columns as in the source."""
    rows, columns = np.argsort(truth["images"]), np.argsort(truth["captions"])
    return scores[..., rows, :][..., columns]


def as_shown(scores: NDArray[Any], truth: Mapping[str, Permutation]) -> NDArray[Any]:
    """Scores (..., m, k) as in the source -> rows and columns as a model sees them."""
    return scores[..., truth["images"], :][..., truth["captions"]]


def _sha(path: ImageFile) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

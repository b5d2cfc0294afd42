"""Groups: m images and k captions with a known matching, as samples that do not show it.

In the sources the right matching is the diagonal, or the first option. So candidates are put in an
order keyed by the group's id before anybody sees them, and the truth remembers that order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.condition import generator
from benchsuite.dataset import Constant, Dataset, Sample, check, digest
from benchsuite.errors import BadData
from benchsuite.files.images import read_rgb
from benchsuite.files.sources import Source, source_hash

Image = NDArray[np.uint8]
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


@dataclass(frozen=True)
class Truth:
    """The order in which a group is shown, and which caption belongs to which image.

    images[p], captions[q]   the source's places of the p-th image shown, and of the q-th caption
    matching[i]              the source's caption of the source's image i
    """

    images: tuple[int, ...]
    captions: tuple[int, ...]
    matching: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """(m, k): how many images and captions the group has."""
        return len(self.images), len(self.captions)

    @property
    def columns(self) -> list[int]:
        """The source's captions in the order of the source's images, those of no image last."""
        others = [c for c in range(len(self.captions)) if c not in self.matching]
        return [*self.matching, *others]

    def in_source_order(self, scores: NDArray[Any]) -> NDArray[Any]:
        """Scores (..., m, k) as shown -> rows and columns as in the source."""
        rows, columns = np.argsort(self.images), np.argsort(self.captions)
        return scores[..., rows, :][..., columns]

    def as_shown(self, scores: NDArray[Any]) -> NDArray[Any]:
        """Scores (..., m, k) as in the source -> rows and columns as a model sees them."""
        return scores[..., list(self.images), :][..., list(self.captions)]

    def by_image(self, scores: NDArray[Any]) -> NDArray[Any]:
        """Scores (..., m, k) as shown -> the caption of image i in column i, the others last."""
        return self.in_source_order(scores)[..., self.columns]


@dataclass(frozen=True)
class Files(Mapping[str, Any]):
    """Inputs whose images are read when they are asked for: `images`, uint8 RGB (H, W, 3) each."""

    files: tuple[Source, ...]
    captions: tuple[str, ...]
    cluster: str

    def __getitem__(self, key: str) -> Any:
        if key == "images":
            return [read_rgb(file) for file in self.files]
        return {"captions": list(self.captions), "cluster": self.cluster}[key]

    def __iter__(self) -> Iterator[str]:
        return iter(("images", "captions", "cluster"))

    def __len__(self) -> int:
        return 3


def of_files(name: str, groups: Sequence[Group]) -> Dataset:
    """A dataset of groups whose images are files, read when they are asked for.

    Raises BadData where one is missing, and for what `sample` refuses.
    """
    for group in groups:
        for file in group.images:
            if not file.is_file():
                raise BadData(
                    f"{group.where}: group '{group.id}': expected the image {file}, found no file"
                )
    hashed = {
        file: source_hash(file) for file in dict.fromkeys(f for g in groups for f in g.images)
    }
    return _dataset(name, groups, _files, hashed.__getitem__)


def of_arrays(name: str, groups: Sequence[Group], note: str = "") -> Dataset:
    """A dataset of groups whose images are uint8 arrays (H, W, 3), in memory."""
    return _dataset(name, groups, _shown("images", "captions"), note=note)


def of_captions(name: str, groups: Sequence[Group]) -> Dataset:
    """A dataset of groups whose images are names alone: for scores that were made elsewhere."""
    return _dataset(name, groups, _shown("image_names", "captions"))


def of_features(name: str, groups: Sequence[Group]) -> Dataset:
    """A dataset of groups of embeddings: an image or a caption is a float32 vector (d,)."""
    return _dataset(name, groups, _shown("image_features", "text_features", np.stack))


def _files(images: Sequence[Any], captions: Sequence[Any], cluster: str) -> Mapping[str, Any]:
    return Files(tuple(images), tuple(captions), cluster)


def _shown(images: str, captions: str, gather: Callable[[Sequence[Any]], Any] = list) -> Show:
    """Inputs that are in memory, under these names."""
    return lambda i, c, cluster: {images: gather(i), captions: gather(c), "cluster": cluster}


def _dataset(
    name: str,
    groups: Sequence[Group],
    show: Show,
    hashed: Callable[[Any], Any] | None = None,
    note: str = "",
) -> Dataset:
    samples = tuple(sample(group, show) for group in groups)
    check(name, samples)
    rows = sorted(
        digest(
            [
                s.id, s.cluster_id, s.attributes, s.truth,
                [hashed(image) if hashed else image for image in g.images], list(g.captions),
            ]
        )
        for s, g in zip(samples, groups, strict=True)
    )  # fmt: skip
    return Dataset(name=name, fingerprint=digest(rows), load=Constant(samples), note=note)


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
        truth=Truth(tuple(images), tuple(captions), matching),
        attributes=dict(group.attributes),
        cluster=group.cluster,
    )


def _checked(group: Group) -> tuple[int, ...]:
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
    return tuple(matching)

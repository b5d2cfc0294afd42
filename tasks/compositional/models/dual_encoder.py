"""What a dual encoder is to the task: features of images and of captions, and its loss."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData
from benchsuite.learning.inference import on_cpu
from benchsuite.learning.vectors import of_unit_length
from benchsuite.model import State

Loss = Literal["softmax", "sigmoid"]
Features = NDArray[np.float32]
T = TypeVar("T")


@dataclass(frozen=True)
class Head:
    """What turns cosines into logits, and the loss that the encoder was trained with.

    logit = scale · cosine + bias.   softmax: CLIP's (arXiv 2103.00020, figure 3), which no bias
    changes.   sigmoid: SigLIP's (arXiv 2303.15343, algorithm 1).
    """

    scale: float = 100.0
    bias: float = 0.0
    loss: Loss = "softmax"

    def scored(self, images: Features, texts: Features) -> Features:
        """Logits (m, k) of unit features (m, d) and (k, d)."""
        return np.asarray(self.scale * (images @ texts.T) + self.bias, dtype=np.float32)


class DualEncoder(ABC):
    """A model whose score is the scaled cosine of an image's and a caption's features."""

    name: str

    @property
    @abstractmethod
    def fingerprint(self) -> str: ...
    @property
    @abstractmethod
    def factors(self) -> Mapping[str, str]: ...
    @property
    @abstractmethod
    def head(self) -> Head: ...

    @abstractmethod
    def encode(self, inputs: Sequence[Inputs]) -> list[tuple[Features, Features]]:
        """Features of each group's images (m, d) and captions (k, d), of unit length."""

    @abstractmethod
    def tower(self, part: str) -> Any:
        """The trainable part of that name, a `Tower`; WrongCall where it has none."""

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Features]:
        """The (m, k) scores of each group."""
        head = self.head
        return [head.scored(*pair) for pair in self.encode(inputs)]


def picture(image: Any) -> Any:
    """A uint8 image (H, W, 3) or (H, W) as Pillow's, in RGB."""
    from PIL import Image

    return Image.fromarray(image).convert("RGB")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in their order, `size` at a time."""
    yield from (items[start : start + size] for start in range(0, len(items), size))


def images_and_captions(inputs: Sequence[Inputs]) -> tuple[list[list[Any]], list[list[str]]]:
    """Each group's images and captions. Raises BadData where a dataset holds embeddings alone."""
    for one in inputs:
        if "images" not in one.fields:
            raise BadData(f"expected images and captions, found {', '.join(one.fields)}")
    return [list(i.fields["images"]) for i in inputs], [list(i.fields["captions"]) for i in inputs]


def batched(
    said: str,
    encode: Callable[[Sequence[Any]], Any],
    groups: Sequence[Sequence[Any]],
    batch: int,
) -> list[Features]:
    """Features of each group's items, of unit length; `batch` items at a time are encoded.

    said  what encodes, for the messages of `vectors`
    """
    flat = [one for group in groups for one in group]
    parts = [vectors(said, encode(some), len(some)) for some in chunks(flat, batch)]
    return np.split(of_unit_length(np.concatenate(parts)), np.cumsum([len(g) for g in groups])[:-1])


def vectors(said: str, found: Any, count: int) -> Features:
    """What an encoder gave for `count` items, as float32 (count, d).

    Raises BadData for what is no row of numbers for each item. A single item may come as (d,).
    """
    made = numbers(said, found)
    if made.ndim == 1 and count == 1:
        made = made[None]
    if made.ndim != 2 or len(made) != count or not made.size:
        raise BadData(f"{said}: expected an array ({count}, d), found {made.shape}")
    return np.asarray(made, dtype=np.float32)


def numbers(said: str, found: Any) -> NDArray[Any]:
    """An array on the CPU of what an array, a tensor anywhere, or an iterable of them holds.

    Raises BadData for anything else.
    """
    if isinstance(found, Iterator):
        found = list(found)
    if isinstance(found, list | tuple):
        found = [_on_cpu(one) for one in found]
    try:
        made = np.asarray(_on_cpu(found))
    except ValueError:  # rows of several lengths
        made = np.empty((), dtype=object)
    if made.dtype.kind not in "biuf":
        kind = f"one of {made.dtype}" if hasattr(found, "dtype") else type(found).__name__
        raise BadData(f"{said}: expected an array of numbers, found {kind}")
    return made


def _on_cpu(found: Any) -> Any:
    """A tensor as an array, those of half precision as float32; anything else as it is."""
    if not hasattr(found, "detach"):
        return found
    return on_cpu(found.detach()).numpy()

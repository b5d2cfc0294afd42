"""What a dual encoder is to the task: features of images and of captions, and its loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData

Loss = Literal["softmax", "sigmoid"]
Features = NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """What turns cosines into logits, and the loss that the encoder was trained with.

    logit = scale · cosine + bias.   softmax: CLIP's (arXiv 2103.00020, figure 3), which no bias
    changes.   sigmoid: SigLIP's (arXiv 2303.15343, algorithm 1).
    """

    scale: float = 100.0
    bias: float = 0.0
    loss: Loss = "softmax"


class DualEncoder(Protocol):
    """A model whose score is the scaled cosine of an image's and a caption's features."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def factors(self) -> Mapping[str, str]: ...
    @property
    def head(self) -> Head: ...

    def encode(self, inputs: Sequence[Inputs]) -> list[tuple[Features, Features]]:
        """Features of each group's images (m, d) and captions (k, d), of unit length."""
        ...

    def tower(self, part: str) -> Any:
        """The trainable tower of that name, a `Tower`; WrongCall where it has none."""
        ...


def unit(vectors: NDArray[Any]) -> Features:
    """Vectors (..., d) as float32 of unit length; a zero vector stays."""
    lengths = np.linalg.norm(vectors.astype(np.float32), axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def scored(head: Head, images: Features, texts: Features) -> Features:
    """Logits (m, k) of unit features (m, d) and (k, d)."""
    return np.asarray(head.scale * (images @ texts.T) + head.bias, dtype=np.float32)


def scores_of(model: DualEncoder, inputs: Sequence[Inputs]) -> list[Features]:
    """The (m, k) scores of each group."""
    head = model.head
    return [scored(head, *pair) for pair in model.encode(inputs)]


def images_and_captions(inputs: Sequence[Inputs]) -> tuple[list[list[Any]], list[list[str]]]:
    """Each group's images and captions. Raises BadData where a dataset holds embeddings alone."""
    for one in inputs:
        if "images" not in one.fields:
            raise BadData(
                f"group '{one.id}': expected images and captions, found {', '.join(one.fields)}"
            )
    return [list(i.fields["images"]) for i in inputs], [list(i.fields["captions"]) for i in inputs]

"""`features`: a dual encoder that is given as its cached embeddings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, WrongCall
from benchsuite.learning.vectors import of_unit_length

from .dual_encoder import DualEncoder, Head
from .dual_encoder import Features as Vectors


@dataclass(frozen=True)
class Features(DualEncoder):
    """Scores `image_features` against `text_features`, scale · cosine, in float32.

    The dataset holds the embeddings, so that its fingerprint covers them.
    """

    name: str = "features"
    scale: float = 100.0

    @property
    def fingerprint(self) -> str:
        """Covers the scale: there are no weights."""
        return digest(["features", self.scale])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"adaptation": "none"}

    @property
    def head(self) -> Head:
        """CLIP's."""
        return Head(scale=self.scale)

    def encode(self, inputs: Sequence[Inputs]) -> list[tuple[Vectors, Vectors]]:
        """The embeddings themselves, of unit length."""
        return [_pair(one) for one in inputs]

    def tower(self, part: str) -> None:
        """None: there are no weights. Raises WrongCall."""
        raise WrongCall(f"model.part: features have no weights to train, found '{part}'")


def _pair(one: Inputs) -> tuple[Vectors, Vectors]:
    if "image_features" not in one.fields:
        raise BadData(
            f"group '{one.id}': model features needs a dataset of embeddings "
            f"(winoground-features), found {', '.join(one.fields)}"
        )
    return of_unit_length(one.fields["image_features"]), of_unit_length(one.fields["text_features"])

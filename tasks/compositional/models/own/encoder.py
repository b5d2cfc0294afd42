"""A dual encoder of the user's own: an object that encodes images and captions."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, WrongCall, flat, placed
from benchsuite.learning.held import networks
from benchsuite.learning.inference import device_of, in_use

from ..dual_encoder import DualEncoder, Features, Head, batched, images_and_captions

if TYPE_CHECKING:
    from ..two_towers import TwoTowers


class Encoding(Protocol):
    """How an object encodes groups: two towers, or two functions. Worker processes get a copy."""

    @property
    def head(self) -> Head: ...
    @property
    def lower(self) -> bool: ...
    def encode(self, inputs: Sequence[Inputs], batch: int) -> list[tuple[Features, Features]]: ...
    def tower(self, part: str, blocks: int) -> Any: ...


@dataclass(frozen=True, eq=False)
class OwnEncoder(DualEncoder):
    """An object of the user's own as a dual encoder. The object stays as it is.

    identity  covers the object, and the options of its adapter
    stated    design factors that the person states
    chunk     images, or captions, a call
    blocks    layers of each tower that `part=blocks` trains
    """

    name: str
    identity: str
    model: Any
    encoding: Encoding
    stated: Mapping[str, str]
    chunk: int
    blocks: int

    @property
    def fingerprint(self) -> str:
        """Covers the object and the options."""
        return self.identity

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"backbone": type(self.model).__name__, "adaptation": "none", **self.stated}

    @property
    def device(self) -> str:
        """Where the object's networks are."""
        return device_of(self.model)

    @property
    def head(self) -> Head:
        """The scale, the bias and the loss."""
        return self.encoding.head

    def encode(self, inputs: Sequence[Inputs]) -> list[tuple[Features, Features]]:
        """Features of each group, of unit length. Raises BadData where the two sides do not fit."""
        with in_use(self.model):
            pairs = self.encoding.encode(inputs, self.chunk)
        for images, texts in pairs:
            if images.shape[1] != texts.shape[1]:
                raise BadData(
                    f"expected images and captions with as many features, "
                    f"found {images.shape[1]} and {texts.shape[1]}"
                )
        return pairs

    def tower(self, part: str) -> Any:
        """The trainable part of that name, of a copy: projections, blocks, all."""
        return self.encoding.tower(part, self.blocks)


@dataclass(frozen=True, eq=False)
class Towers:
    """A network, and how its two towers are made of it or of a copy."""

    net: Any
    make: "Callable[[Any], TwoTowers]"

    @property
    def head(self) -> Head:
        """The towers' own, as it is now, or the stated one."""
        return self.make(self.net).head

    @property
    def lower(self) -> bool:
        """Whether captions are lower-cased."""
        return self.make(self.net).lower

    def encode(self, inputs: Sequence[Inputs], batch: int) -> list[tuple[Features, Features]]:
        """Features of each group, of unit length; `batch` images, or captions, a call."""
        return self.make(self.net).encode(inputs, batch)

    def tower(self, part: str, blocks: int) -> Any:
        """The trainable part of that name, of a copy of the network."""
        from ..trained_part import trained_part

        if self.net not in networks(self.net):
            raise no_tower(part)
        try:
            copied = deepcopy(self.net).eval()
        except (RuntimeError, TypeError) as error:
            raise WrongCall(
                f"model.part: '{part}' trains a copy, and the network cannot be copied: "
                f"{flat(error)}"
            ) from error
        return trained_part(self.make(copied), part, blocks)


def no_tower(part: str) -> WrongCall:
    """The error of an object that has no towers to train."""
    return WrongCall(
        f"model.part: this object has adapter alone, found '{part}': other parts need a torch "
        "network that takes tensors of images and captions"
    )


@dataclass(frozen=True, eq=False)
class Functions:
    """Two functions that encode lists of images and of captions.

    said    how they are called, for messages
    show    uint8 RGB (H, W, 3) -> an image as the first function takes it
    lower   whether captions are lower-cased
    """

    said: tuple[str, str]
    images: Callable[[list[Any]], Any]
    texts: Callable[[list[str]], Any]
    show: Callable[[Any], Any]
    head: Head
    lower: bool = False

    def encode(self, inputs: Sequence[Inputs], batch: int) -> list[tuple[Features, Features]]:
        """Features of each group, of unit length; `batch` images, or captions, a call."""
        images, captions = images_and_captions(inputs)
        seen = batched(self.said[0], self._seen, images, batch)
        read = batched(self.said[1], self._read, captions, batch)
        return list(zip(seen, read, strict=True))

    def _seen(self, some: Sequence[Any]) -> Any:
        shown = [self.show(image) for image in some]
        try:
            return self.images(shown)
        except (AttributeError, TypeError) as error:  # what a function says that takes tensors
            raise BadData(
                f"{self.said[0]} of a list of {type(shown[0]).__name__}: {placed(error)}; where it "
                f"takes a tensor, hand over (model, preprocess, tokenizer)"
            ) from error

    def _read(self, some: Sequence[str]) -> Any:
        return self.texts([caption.lower() if self.lower else caption for caption in some])

    def tower(self, part: str, blocks: int) -> Any:
        """None: nothing is known of what is behind the functions. Raises WrongCall."""
        raise no_tower(part)

"""What a person hands over, and how it is asked: its parts, its convention, its options."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from torch import nn

from benchsuite.errors import WrongCall, one_of
from benchsuite.learning.held import networks

from ..preprocessing import PIXELS, Preprocessing, check_channels
from .networks import SEMANTIC, Function, Hub, Network, Pixels, Transformed, checked

FUNCTION, NETWORK, TRANSFORMERS = "function", "network", "transformers"
TAKES: Mapping[str, tuple[str, ...]] = {
    FUNCTION: ("channels",),
    NETWORK: ("pixels", "channels", "multiple", "transforms", "inferer"),
    TRANSFORMERS: ("processor",),
}
"""The conventions, and the options of how an object is asked that each has."""
WANTED = (
    "a callable or network that maps an image to a label map or logits, a pair of a network and "
    "its transforms, or of a network of transformers and its image processor"
)
TORCHVISION = "torchvision.models.segmentation"
"""Where the networks are whose images are known: RGB, scaled as ImageNet's."""


class Asked(Protocol):
    """An object with all that is needed to ask it for the labels of an image."""

    @property
    def network(self) -> Any: ...
    def answer(self, image: Pixels) -> Any: ...


@dataclass(frozen=True)
class Given:
    """An object, and what the person says of how it is asked: see `model.own`."""

    network: Any
    pixels: str = ""
    channels: int = 0
    multiple: int = 1
    transforms: Any = None
    inferer: Any = None
    processor: Any = None

    @property
    def said(self) -> list[str]:
        """The options that are not at their defaults."""
        return [one.name for one in fields(self)[1:] if getattr(self, one.name) != one.default]


def taken_apart(given: Given) -> Given:
    """The same with a pair as its parts: a network and its transforms, or its image processor.

    Raises WrongCall for other pairs and lists, and for a part that is an option, too.
    """
    pair = given.network
    if not isinstance(pair, tuple | list):
        return given
    if len(pair) != 2 or not isinstance(pair[0], nn.Module) or not callable(pair[1]):
        found = ", ".join(type(one).__name__ for one in pair)
        raise WrongCall(f"model: expected {WANTED}; found a {type(pair).__name__} of {found}")
    part = "processor" if hasattr(pair[1], SEMANTIC) else "transforms"
    if getattr(given, part) is not None:
        raise WrongCall(f"model.{part}: expected none beside those of the pair")
    return replace(given, network=pair[0], **{part: pair[1]})


def convention_of(given: Given, asked: str = "") -> str:
    """The convention that an object has, or that the person asks for.

    Raises WrongCall for an object of none, and for options of another one.
    """
    if asked:
        one_of("model.convention", asked, TAKES)
    found = asked or _shown(given)
    for option in given.said:
        if option not in TAKES[found]:
            raise WrongCall(f"model.{option}: expected with another convention than '{found}', "
                            f"which takes {', '.join(TAKES[found])}")  # fmt: skip
    return found


def _shown(given: Given) -> str:
    network = given.network
    if given.processor is not None:
        return TRANSFORMERS
    if isinstance(network, nn.Module) or {"pixels", "transforms"} & {*given.said}:
        return NETWORK
    if callable(network) or callable(getattr(network, "predict", None)):
        return FUNCTION
    raise WrongCall(f"model: expected {WANTED}; found {type(network).__name__}")


def asked_as(convention: str, given: Given) -> Asked:
    """The object as it is asked. Raises WrongCall where it lacks what the convention needs."""
    if convention == TRANSFORMERS:
        if not hasattr(given.processor, SEMANTIC):
            raise WrongCall(f"model.processor: expected one with {SEMANTIC}, found "
                            f"{type(given.processor).__name__}")  # fmt: skip
        return Hub(given.network, given.processor)
    if convention == FUNCTION:
        if given.channels:
            check_channels("model.channels", given.channels)
        return Function(given.network, given.channels)
    channels = given.channels or _channels(given.network)
    check_channels("model.channels", channels)
    if given.transforms is None:
        seen = Preprocessing(_pixels(given), channels, given.multiple)
        return Network(given.network, seen, given.inferer)
    for option in ("pixels", "multiple"):
        if option in given.said:
            raise WrongCall(f"model.{option}: expected none beside transforms")
    return Network(given.network, Transformed(checked(given.transforms), channels), given.inferer)


def _channels(network: Any) -> Any:
    """The channels that a network's first convolution takes."""
    parts = (part for one in networks(network) for part in one.modules())
    kinds = [part for part in parts if isinstance(part, nn.Conv2d)]
    if not kinds:
        raise WrongCall(
            "model.channels: expected 1 (grey) or 3 (RGB), since no convolution says it"
        )
    return kinds[0].in_channels


def _pixels(given: Given) -> str:
    if not given.pixels and not type(given.network).__module__.startswith(TORCHVISION):
        raise WrongCall(
            f"model.pixels: expected how a {type(given.network).__name__} sees an image, one of "
            f"{', '.join(PIXELS)}, or model.transforms, found nothing"
        )
    return given.pixels or "imagenet"

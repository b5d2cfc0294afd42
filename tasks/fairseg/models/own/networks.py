"""How a person's own model is asked: a function of arrays, a network, a network of transformers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from benchsuite.errors import BadData, WrongCall
from benchsuite.learning.inference import moved, weight_of

from ..outputs import asked, held_in
from ..preprocessing import Preprocessing, with_channels

Pixels = NDArray[np.uint8]
KEY = "image"
"""What MONAI's dict transforms call the image."""
LOADS = ("LoadImage", "EnsureChannelFirst", "AddChannel", "AsChannelFirst")
"""Transforms of MONAI's that have no work left here: an image comes loaded, channels first."""
SEMANTIC = "post_process_semantic_segmentation"


@dataclass(frozen=True)
class Function:
    """A function of an array: uint8 (H, W) or (H, W, 3), as the dataset has it.

    channels  1 makes every image grey (H, W), 3 makes it RGB (H, W, 3); 0 leaves it
    """

    network: Any
    channels: int = 0

    def answer(self, image: Pixels) -> Any:
        """What it returns for an image. The image is a copy: it may write into it."""
        if self.channels:
            image = with_channels(image, self.channels)
            image = image[:, :, 0] if self.channels == 1 else image
        called = self.network if callable(self.network) else self.network.predict
        return called(image.copy())


@dataclass(frozen=True)
class Network:
    """A network of batches: float32 (1, C, H, W) -> logits or labels.

    prepare  an image -> its batch
    inferer  (batch, network) -> logits, as MONAI's inferers; None calls the network
    """

    network: Any
    prepare: Callable[[Pixels], torch.Tensor]
    inferer: Any = None

    def answer(self, image: Pixels) -> Any:
        """What it returns for an image, without the pixels that `multiple` added."""
        batch, weight = self.prepare(image), weight_of(self.network)
        batch = batch if weight is None else moved(batch, weight)
        called = self.network
        if self.inferer is not None:
            called = partial(self.inferer, network=self.network)
        hint = "model.multiple extends images, model.channels says how many channels they have"
        found = held_in(asked(called, batch, "", hint))
        size = tuple(batch.shape[2:])
        if (
            isinstance(self.prepare, Preprocessing)
            and tuple(getattr(found, "shape", ())[-2:]) == size
        ):
            return found[..., : image.shape[0], : image.shape[1]]
        return found


@dataclass(frozen=True)
class Transformed:
    """An image as transforms of the person's own make it: MONAI's, torchvision's, or a function.

    They get the image channels first, uint8 (C, H, W); torchvision's get a picture of Pillow's.
    """

    transforms: Any
    channels: int

    def __call__(self, image: Pixels) -> torch.Tensor:
        """A batch of one: (1, C, H', W')."""
        found = self._made(with_channels(image, self.channels))
        try:
            made = torch.as_tensor(found).as_subclass(torch.Tensor)
        except (TypeError, ValueError, RuntimeError) as error:
            raise BadData(f"transforms: expected an array (C, H, W), found {type(found).__name__}"
                          ) from error  # fmt: skip
        if made.ndim != 3:
            raise BadData(f"transforms: expected an array (C, H, W), found {tuple(made.shape)}")
        return made.float()[None]

    def _made(self, image: Pixels) -> Any:
        if type(self.transforms).__module__.startswith("torchvision."):
            return self.transforms(Image.fromarray(image[:, :, 0] if self.channels == 1 else image))
        first = np.ascontiguousarray(image.transpose(2, 0, 1))
        keys = [key for one in steps(self.transforms) for key in getattr(one, "keys", ())]
        if not keys:
            return self.transforms(first)
        key = KEY if KEY in keys else keys[0]
        return self.transforms({key: first})[key]


def checked(transforms: Any) -> Any:
    """The transforms.

    Raises WrongCall for what cannot be called, for those that load files, and for random ones: an
    image must look the same twice.
    """
    if not callable(transforms):
        raise WrongCall("model.transforms: expected a callable, such as MONAI's Compose, found "
                        f"{type(transforms).__name__}")  # fmt: skip
    for one in steps(transforms):
        if type(one).__name__.rstrip("dD").startswith(LOADS):
            raise WrongCall(
                f"model.transforms: leave {type(one).__name__} out: images come loaded, with "
                "channels first"
            )
        if hasattr(one, "randomize"):
            raise WrongCall(f"model.transforms: leave {type(one).__name__} out: it is random, and "
                            "serves training alone")  # fmt: skip
    return transforms


def steps(transforms: Any) -> list[Any]:
    """The transforms of a composition, however nested."""
    inner = getattr(transforms, "transforms", None)
    if not isinstance(inner, list | tuple):
        return [transforms]
    return [step for one in inner for step in steps(one)]


@dataclass(frozen=True)
class Hub:
    """A network of transformers with its image processor, which makes the label map, too."""

    network: Any
    processor: Any

    def answer(self, image: Pixels) -> Any:
        """The label map (H, W) of an image."""
        ready = self.processor(images=[with_channels(image, 3)], return_tensors="pt")
        weight = weight_of(self.network)
        outputs = self.network(**ready.to(weight.device, weight.dtype))
        (found,) = getattr(self.processor, SEMANTIC)(outputs, target_sizes=[image.shape[:2]])
        return found

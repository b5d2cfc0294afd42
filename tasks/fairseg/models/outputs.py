"""What a network gives for an image: how it is asked, where its logits are, and their labels."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchsuite.errors import BadData

KEYS = ("out", "logits")
"""Where the logits are in a dict: torchvision's segmentation models, transformers'."""


def asked(network: Callable[[Any], Any], batch: torch.Tensor, where: str, hint: str) -> Any:
    """What a network gives for a batch.

    Raises BadData, with `where` and `hint`, where it does not take images of that size or kind.
    """
    try:
        return network(batch)
    except (RuntimeError, ValueError) as error:
        first = str(error).partition("\n")[0]
        raise BadData(f"{where}an image {(*batch.shape[2:],)}: {first} ({hint})") from error


def held_in(output: Any) -> Any:
    """The logits in an output: torchvision gives a dict, some of MONAI's networks a list of one."""
    if isinstance(output, Mapping):
        output = next((output[key] for key in KEYS if key in output), output)
    return output[0] if isinstance(output, list | tuple) and len(output) == 1 else output


def labels_of(logits: torch.Tensor, threshold: float = 0.0) -> NDArray[np.int64]:
    """The labels (H, W) of logits (C, H, W): the largest channel, 0 is the background.

    A single channel is label 1 above the threshold.
    """
    found = logits.argmax(dim=0) if len(logits) > 1 else logits[0] > threshold
    return np.asarray(found.cpu().numpy(), np.int64)

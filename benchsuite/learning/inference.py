"""Networks that are a person's own, while they predict: no gradients, no training mode."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchsuite.learning.leaves import is_of


@contextmanager
def inference(model: object) -> Iterator[None]:
    """A context in which an object's networks are in eval mode and keep no gradients.

    Its networks are itself, or those that its attributes hold. After the context, every module has
    the mode that it had.
    """
    parts = [part for network in networks(model) for part in network.modules()]
    modes = [(part, part.training) for part in parts]
    torch = sys.modules.get("torch")
    for network in networks(model):
        network.eval()
    try:
        if torch is None:
            yield
        else:
            with torch.inference_mode():
                yield
    finally:
        for part, mode in modes:
            part.training = mode


def device_of(model: object) -> str:
    """The device of an object's weights, else the one that it names, else `cpu`."""
    for network in networks(model):
        for weight in network.parameters():
            return str(weight.device)
    named = getattr(model, "device", None)
    return str(named) if isinstance(named, str) or is_of(named, "torch", "device") else "cpu"


def networks(model: object) -> list[Any]:
    """The object if it is a torch module, else its attributes that are; a method's object's."""
    owner = getattr(model, "__self__", model)
    if is_of(owner, "torch.nn", "Module"):
        return [owner]
    held = vars(owner).values() if hasattr(owner, "__dict__") else ()
    return [part for part in held if is_of(part, "torch.nn", "Module")]

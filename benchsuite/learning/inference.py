"""Networks that people hand over, in use: in eval mode, without gradients, where they are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from benchsuite.learning.held import networks


def weight_of(model: Any) -> Any:
    """A matrix of weights of the object's networks; None where there is none.

    It says on which device, and in which precision, they run. Norms and scales may have another.
    """
    weights = (weight for network in networks(model) for weight in network.parameters())
    return next((w for w in weights if w.ndim > 1 and w.is_floating_point()), None)


def device_of(model: Any) -> str:
    """torch's name of the device on which the object's networks run; `cpu` where it has none."""
    weight = weight_of(model)
    return "cpu" if weight is None else str(weight.device)


def moved(tensor: Any, like: Any) -> Any:
    """The tensor on the device of another and in its precision; to a GPU without waiting for it."""
    if like.is_cuda and not tensor.is_cuda:
        return tensor.pin_memory().to(like, non_blocking=True)
    return tensor.to(like)


def on_cpu(tensor: Any) -> Any:
    """The tensor in memory; numpy has no bfloat16, so half precision becomes float32."""
    here = tensor.cpu()
    return here.float() if here.is_floating_point() and here.element_size() < 4 else here


@contextmanager
def in_use(model: Any) -> Iterator[None]:
    """A context in which the object's networks are in eval mode, and nothing keeps gradients.

    After it, each of their parts is in the mode that it had.
    """
    modes = [(part, part.training) for one in networks(model) for part in one.modules()]
    if not modes:
        yield
        return
    from torch import inference_mode

    for part, _ in modes:
        part.training = False
    try:
        with inference_mode():
            yield
    finally:
        for part, training in modes:
            part.training = training


def in_eval(model: Any, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, called with the model's networks in use."""
    return partial(_called, model, method)


def _called(model: Any, method: Callable[..., Any], *given: Any) -> Any:
    with in_use(model):
        return method(*given)

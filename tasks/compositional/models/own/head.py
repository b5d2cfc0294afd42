"""The scale, bias and loss of a model of the user's own: what it has, or what the person states."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchsuite.errors import WrongCall, one_of
from benchsuite.learning.held import networks

from ..dual_encoder import Head, Loss, numbers

LOSSES: Mapping[str, Loss] = {"softmax": "softmax", "sigmoid": "sigmoid"}
LARGEST = 10.0
"""Of the logarithm of a scale. CLIP's is at most ln 100 = 4.6, and SigLIP's is near it."""


@dataclass(frozen=True)
class Stated:
    """What the person states of the logits; None, or an empty text, where nothing is stated."""

    scale: float | None
    bias: float | None
    loss: str

    def __post_init__(self) -> None:
        for key, value, least in (("scale", self.scale, 0), ("bias", self.bias, -math.inf)):
            number = isinstance(value, int | float) and least < value < math.inf
            if not (value is None or number):
                above = " above 0" if key == "scale" else ""
                raise WrongCall(f"model.{key}: expected a number{above}, found {value!r}")
        if self.loss:
            one_of("model.loss", self.loss, LOSSES)

    @property
    def nothing(self) -> bool:
        """Whether neither the scale nor the bias is stated."""
        return self.scale is None and self.bias is None


def head_of(model: Any, stated: Stated) -> tuple[Head, bool]:
    """The head of a model, and whether its scale is the model's own.

    The model's own scale is exp(logit_scale), as CLIP has it, of itself or of a part of it. A
    sigmoid is the loss of what has a bias. Raises WrongCall for a `logit_scale` that is no
    logarithm.
    """
    parts = [model, *(part for network in networks(model) for part in network.modules())]
    holder = next((p for p in parts if getattr(p, "logit_scale", None) is not None), None)
    scale, bias = stated.scale, stated.bias
    if scale is None and holder is not None:
        scale = _exp(holder.logit_scale)
    if bias is None and (found := getattr(holder, "logit_bias", None)) is not None:
        bias = _number("logit_bias", found)
    head = Head(
        Head.scale if scale is None else scale,
        bias or 0.0,
        LOSSES[stated.loss or ("softmax" if bias is None else "sigmoid")],
    )
    return head, stated.scale is None and holder is not None


def _exp(logarithm: Any) -> float:
    found = _number("logit_scale", logarithm)
    if not found <= LARGEST:
        raise WrongCall(
            f"model: logit_scale: expected the logarithm of the scale, at most {LARGEST:g}, "
            f"found {found:g}; state the scale with model_options={{'scale': {found:g}}}"
        )
    return math.exp(found)


def _number(name: str, value: Any) -> float:
    found = numbers(f"model: {name}", value)
    if found.size != 1:
        raise WrongCall(
            f"model: {name}: expected one number, found an array {found.shape}; "
            "state it with model_options={'scale': ..., 'bias': ...}"
        )
    return float(found.item())

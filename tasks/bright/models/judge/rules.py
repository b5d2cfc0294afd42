"""Settings of a language model that cannot go together, as one line that names the option."""

from collections.abc import Iterator
from typing import Any

from benchsuite.errors import WrongCall

from ..settings import at_least_one, one_of, within

CHOICES = {
    "paradigm": ("pointwise", "listwise", "setwise", "groupwise"),
    "score": ("grade", "probability"),
    "backend": ("endpoint", "transformers"),
    "protocol": ("benchsuite", "grouprank"),
}
COUNTS = (
    "depth", "group_size", "interval", "rounds", "window", "step", "top", "asked", "max_tokens",
)  # fmt: skip


def check(model: Any) -> None:
    """Raises WrongCall where a setting of the model cannot be, alone or beside another."""
    for key, known in CHOICES.items():
        one_of(model, key, known)
    at_least_one(model, *COUNTS)
    within(model, "weight", 0, 1)
    for message in _together(model):
        raise WrongCall(f"model.{message}")


def _together(model: Any) -> Iterator[str]:
    if model.step > model.window:
        yield "step: expected at most model.window: none is passed over"
    if model.paradigm == "setwise" and model.group_size < 2:
        yield "group_size: expected at least 2"
    if model.protocol == "grouprank":
        if model.paradigm != "groupwise":
            yield "protocol: grouprank needs model.paradigm=groupwise"
        if (model.weight, model.asked) != (type(model).weight, type(model).asked):
            yield "weight, model.asked: expected none with model.protocol=grouprank"
    if model.score == "probability" and model.paradigm != "pointwise":
        yield "score: probability needs model.paradigm=pointwise"
    if model.backend == "transformers":
        if model.max_requests or model.budget_tokens:
            yield (
                "max_requests, model.budget_tokens: expected none with model.backend=transformers"
            )
        if model.temperature > 0:
            yield "temperature: expected 0 with model.backend=transformers, which is greedy"

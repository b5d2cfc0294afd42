"""How a model is adapted to its test set, and under which protocol that is measured."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import WrongCall, near

SCHEDULES = ("cosine", "linear", "constant", "quantile")
RATES = ("cosine", "linear", "constant")
MATCHINGS = ("groups", "global")
STATES = ("fresh", "kept")
PROTOCOLS = ("transductive", "held-out")


@dataclass(frozen=True)
class Bound:
    """What a number has to be, and how that is said."""

    said: str
    holds: Callable[[float], bool]


BOUNDS = {
    "rate": Bound("a number above 0", lambda x: x > 0),
    "decay": Bound("a number above 0, at most 1", lambda x: 0 < x <= 1),
    "floor": Bound("a number in 0 to 1", lambda x: 0 <= x <= 1),
    "weight_decay": Bound("0 or more", lambda x: x >= 0),
}
SHARES = {
    key: Bound("a share of 0 to 1 (schedule=quantile, matching=global)", lambda x: 0 <= x <= 1)
    for key in ("start", "end")
}


@dataclass(frozen=True)
class Recipe:
    """The hyperparameters of Test-Time Matching; the defaults are those of its code's parser.

    The command of the paper's own run (`ttm.sh`) has others: `conf/model/pretrained-ttm.yaml`.

    iterations, epochs   matchings of the whole set, and passes over the selected after each
    rate, decay          AdamW's learning rate, times `decay` to the power of the iteration
    rate_schedule, floor within an iteration: from 1 to `floor` of that rate
    weight_decay, batch  of AdamW; groups (or, matched globally, pairs) a step
    optimizer_state      AdamW's moments: `fresh` in every iteration, or `kept` from the one before
    schedule, start, end thresholds by iteration: a group is selected if its margin reaches it.
                         quantile: the margin that the share start..end of groups stays below
    matching             groups one by one, or one assignment over the whole set: thresholds are
                         then the share of assigned pairs that is left out
    """

    iterations: int = 10
    epochs: int = 20
    rate: float = 4e-5
    decay: float = 0.95
    rate_schedule: str = "cosine"
    floor: float = 0.1
    weight_decay: float = 0.05
    batch: int = 50
    optimizer_state: str = "fresh"
    schedule: str = "cosine"
    start: float = 1.0
    end: float = 0.0
    matching: str = "groups"

    def __post_init__(self) -> None:
        _one_of("schedule", self.schedule, SCHEDULES)
        _one_of("rate_schedule", self.rate_schedule, RATES)
        _one_of("matching", self.matching, MATCHINGS)
        _one_of("optimizer_state", self.optimizer_state, STATES)
        for key, least in (("iterations", 0), ("epochs", 1), ("batch", 1)):
            whole(key, getattr(self, key), least)
        numbers = {key: getattr(self, key) for key in ("start", "end", *BOUNDS)}
        bounds = {**BOUNDS, **(SHARES if self._by_share() else {})}
        for key, value in numbers.items():
            if not (isinstance(value, int | float) and math.isfinite(value)):
                raise WrongCall(f"model.{key}: expected a finite number, found {value}")
            if key in bounds and not bounds[key].holds(value):
                raise WrongCall(f"model.{key}: expected {bounds[key].said}, found {value}")

    def _by_share(self) -> bool:
        """Whether `start` and `end` are shares, and not margins."""
        return self.schedule == "quantile" or self.matching == "global"

    @property
    def method(self) -> str:
        """`simplematch`: one iteration that selects every group; else `ttm`."""
        everything = self.schedule == "constant" and self.start <= 0
        return "simplematch" if self.iterations == 1 and everything else "ttm"

    @property
    def begins_afresh(self) -> bool:
        """Whether an iteration after the first has an optimizer of its own."""
        return self.optimizer_state == "fresh" and self.iterations > 1

    @property
    def identity(self) -> dict[str, Any]:
        """What a fingerprint covers: every field, and the optimizer's state where it is fresh.

        Every adaptation kept it before there was a choice: its fingerprint stays as it was.
        """
        fields = asdict(self)
        if not self.begins_afresh:
            del fields["optimizer_state"]
        return fields

    def levels(self) -> NDArray[np.float64]:
        """The threshold (or share) of each iteration, (T,)."""
        count = self.iterations
        if self.schedule == "constant":
            return np.full(count, self.start)
        if self.schedule == "cosine":
            angle = np.linspace(0, np.pi, count)
            return self.end + 0.5 * (self.start - self.end) * (1 + np.cos(angle))
        return np.linspace(self.start, self.end, count)

    def rate_at(self, iteration: int, step: int, steps: int) -> float:
        """The learning rate of a step of an iteration of so many steps."""
        factor = rate_factor(self.rate_schedule, step, steps, self.floor)
        return self.rate * self.decay**iteration * factor


def rate_factor(schedule: str, step: int, steps: int, floor: float) -> float:
    """The share of the iteration's learning rate at `step`; from `steps` on, the last one."""
    done = min(step / steps, 1.0)
    if schedule == "constant":
        return 1.0
    if schedule == "linear":
        return max(floor, 1 - done)
    return floor + (1 - floor) * 0.5 * (1 + float(np.cos(np.pi * done)))


@dataclass(frozen=True)
class Protocol:
    """On which groups a model is adapted and measured.

    kind     transductive: adapted to the whole test set, and measured on it (the paper's).
             held-out: adapted to one half of the groups and measured on the other, both ways.
    repeats  seeds of a transductive adaptation, or random splits in halves
    control  whether the same is done with images permuted across groups, too
    """

    kind: str = "transductive"
    repeats: int = 1
    control: bool = True

    def __post_init__(self) -> None:
        _one_of("protocol", self.kind, PROTOCOLS)
        whole("repeats", self.repeats, 1)


@dataclass(frozen=True)
class Study:
    """All adaptations of one model to one set of groups.

    seed of the first repeat; key names the model, for checkpoints under `folder`.
    """

    recipe: Recipe
    protocol: Protocol
    seed: int
    key: str
    folder: Path | None


def whole(key: str, value: object, least: int) -> None:
    """Raises WrongCall unless the model's option is a whole number of `least` or more."""
    if type(value) is not int or value < least:
        raise WrongCall(f"model.{key}: expected a whole number of {least} or more, found {value}")


def _one_of(key: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise WrongCall(
            f"model.{key}: expected {', '.join(known)}, found '{value}'{near(value, known)}"
        )

"""Toy tasks: a mean with groups, a pooled AP, and a model that adapts on inputs."""

import os
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchsuite.condition import Condition
from benchsuite.dataset import Dataset, Inputs, Sample, digest, in_memory
from benchsuite.errors import WrongCall
from benchsuite.estimation import Mean, Pooled, record_of_metric
from benchsuite.model import Arrays, PreparesOn, State
from benchsuite.runs.manifest import Identity, Manifest, described
from benchsuite.task import Plug, Task


def add_noise(value: float, severity: int, generator: np.random.Generator) -> float:
    return float(value + severity * generator.normal(0, 0.3))


NOISE = tuple(
    Condition("corruption", "noise", severity, "noise", "x", add_noise, "Gaussian noise")
    for severity in (1, 2, 3)
)


@lru_cache
def numbers(n: int = 90, name: str = "numbers") -> Dataset:
    """Samples x with the truth x > 0, in three groups, two samples a cluster."""
    rng = np.random.default_rng(7)
    samples = [
        Sample(
            id=f"s{i:04d}",
            cluster=f"c{i // 2:04d}",
            inputs={"x": float(rng.normal())},
            truth=bool(rng.random() < 0.5),
            attributes={"colour": ("red", "green", "blue")[i % 3], "size": "big" if i % 5 else ""},
        )
        for i in range(n)
    ]
    return in_memory(name, [replace(s, truth=s.inputs["x"] > 0) for s in samples])


def measure_hit(sample: Sample, prediction: float, shared: Mapping[str, Any]) -> dict[str, Any]:
    if not np.isfinite(prediction):
        raise ValueError(f"expected a finite score, found {prediction}")
    return {"hit": float((prediction > 0) == sample.truth), "score": float(prediction)}


def average_precision(table: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    """Weighted AP for a batch of weights (B, N): precision at each positive, averaged."""
    order = np.argsort(-table["score"].to_numpy(), kind="stable")
    positive = table["truth"].to_numpy(dtype=float)[order]
    w = weights[:, order]
    hits, seen = np.cumsum(w * positive, axis=1), np.cumsum(w, axis=1)
    precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    total = (w * positive).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return (precision * w * positive).sum(axis=1) / np.where(total > 0, total, np.nan)


def measure_record(sample: Sample, prediction: float, shared: Mapping[str, Any]) -> dict[str, Any]:
    return {"score": float(prediction), "truth": float(sample.truth)}


@dataclass(frozen=True)
class Linear:
    """Scores x times `slope`, after `bias`."""

    name: str = "linear"
    slope: float = 1.0
    bias: float = 0.0
    pause: float = 0.0
    seed: str = ""

    @property
    def fingerprint(self) -> str:
        return digest([type(self).__name__, self.slope, self.bias])

    @property
    def factors(self) -> Mapping[str, str]:
        return {"seed": self.seed} if self.seed else {}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
        time.sleep(self.pause)
        return [self.slope * i.fields["x"] + self.bias for i in inputs]


@dataclass(frozen=True)
class Centred(Linear):
    """Adapts to a condition: takes the mean of its inputs off before it scores."""

    name: str = "centred"
    prepares_on: PreparesOn = "condition"

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        time.sleep(self.pause)
        return {"mean": np.array([np.mean([i.fields["x"] for i in inputs])])}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
        time.sleep(self.pause)
        return [float(i.fields["x"] - state.arrays["mean"][0]) for i in inputs]


@dataclass(frozen=True)
class Faulty(Linear):
    """Misbehaves in the way that `fault` names, on one sample."""

    fault: str = "raise"

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
        scores = list(super().predict(state, inputs))
        if self.fault == "length":
            return scores[:-1]
        for i, one in enumerate(inputs):
            if one.id == "s0007" and self.fault == "raise":
                raise RuntimeError("no")
            if one.id == "s0007" and self.fault == "nan":
                scores[i] = float("nan")
        return scores


@dataclass(frozen=True)
class Mortal(Linear):
    """Kills its own process at one sample, `deaths` times. The folder `graves` keeps the count."""

    graves: str = ""
    deaths: int = 1

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
        dead = len([*Path(self.graves).iterdir()])
        if dead < self.deaths and any(one.id == "s0007" for one in inputs):
            (Path(self.graves) / str(os.getpid())).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().predict(state, inputs)


@dataclass(frozen=True)
class Called:
    """A callable of a user's own: x -> its score."""

    object: Any
    name: str
    fingerprint: str

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
        return [float(self.object(one.fields["x"])) for one in inputs]


def own(object: Any, name: str, fingerprint: str, slope: float = 1.0) -> Called:  # noqa: A002
    """The adapter of the toy tasks."""
    if not callable(object):
        raise WrongCall(f"model: expected a callable x -> score, found {type(object).__name__}")
    return Called(object, name, digest([fingerprint, slope]))


@dataclass(frozen=True)
class Installed:
    """The entry point of a task that a test made."""

    task: Task
    value: str = "a test"

    def load(self) -> Task:
        return self.task


def install(monkeypatch: pytest.MonkeyPatch, *tasks: Task) -> None:
    """Make these the installed tasks."""
    points = {task.name: Installed(task) for task in tasks}
    monkeypatch.setattr("benchsuite.task._entry_points", lambda: points)


HERE = __name__
MEAN = Task(
    name="toy-mean",
    version=1,
    summary="is a number positive",
    measure=measure_hit,
    metrics=(Mean("accuracy", "hit", bounds=(0, 1)),),
    datasets={"numbers": Plug("90 numbers", f"{HERE}:numbers")},
    models={"linear": Plug("x itself", f"{HERE}:Linear"), "centred": Plug("", f"{HERE}:Centred")},
    conditions=NOISE,
    crossed=(("colour", "size"),),
    own=Plug("a callable x -> score", f"{HERE}:own"),
)
AP = replace(
    MEAN,
    name="toy-ap",
    measure=measure_record,
    metrics=(Pooled("AP", ("score", "truth"), average_precision, bounds=(0, 1)),),
)


def manifest(
    task: Task = MEAN, conditions: Sequence[str] = ("clean",), **identity: Any
) -> Manifest:
    """The manifest of a run that was never made."""
    known = {
        "task": task.name, "task_version": task.version, "protocol": "",
        "metrics": {one.name: one.version for one in task.metrics}, "dataset": "numbers",
        "dataset_fingerprint": "0" * 32, "population": "numbers", "model": "m",
        "model_fingerprint": "1" * 32, "seed": 0, "batch_size": 32, "shard_size": 64, "threads": 1,
    }  # fmt: skip
    own = Identity(**(known | identity))
    return Manifest(
        run_id=own.run_id,
        identity=own,
        conditions=tuple(conditions),
        known_conditions=described(task.known_conditions()),
        metrics=tuple(record_of_metric(one) for one in task.metrics),
        populations=dict.fromkeys(conditions, own.population),
    )

"""A run: one model on one dataset under a set of conditions, and the plan of its units."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from benchsuite.condition import Condition, with_sampled
from benchsuite.dataset import Dataset, Sample, digest
from benchsuite.learning.own import Own
from benchsuite.model import Model, PreparesOn, fingerprint, prepare_fingerprint
from benchsuite.runs.call import Call
from benchsuite.runs.design import deal
from benchsuite.runs.manifest import Identity
from benchsuite.runs.seal import Of
from benchsuite.task import Task

OnError = Literal["fail", "skip"]


@dataclass(frozen=True)
class Run:
    """What is evaluated. Its identity is all but `conditions`, `on_error`, `call` and `own`.

    seed: keys every random draw.   batch_size: samples per call of predict.
    shard_size: samples per unit, at least; a cluster is never split.   threads: per unit.
    call: the words that asked for it.   own: the object of the user's own behind the model.
    """

    task: Task
    dataset: Dataset
    model: Model
    conditions: tuple[Condition, ...]
    seed: int = 0
    batch_size: int = 32
    shard_size: int = 64
    threads: int = 1
    on_error: OnError = "fail"
    call: Call | None = None
    own: Own | None = None

    @property
    def identity(self) -> Identity:
        """The parts that are hashed to the run's id."""
        return Identity(
            task=self.task.name,
            task_version=self.task.version,
            protocol="; ".join(filter(None, [self.task.protocol, self.dataset.protocol])),
            metrics={metric.name: metric.version for metric in self.task.metrics},
            dataset=self.dataset.name,
            dataset_fingerprint=self.dataset.fingerprint,
            population=self.dataset.population_of(),
            model=self.model.name,
            model_fingerprint=fingerprint(self.model),
            seed=self.seed,
            batch_size=self.batch_size,
            shard_size=self.shard_size,
            threads=self.threads,
        )

    @property
    def known_conditions(self) -> dict[str, Condition]:
        """Those of the task and the dataset, and the run's own, by full name."""
        own = {condition.full_name: condition for condition in self.conditions}
        return {**self.task.known_conditions(self.dataset), **own}

    def samples(self, condition: Condition) -> Sequence[Sample]:
        """The samples that are measured under a condition: of a sampled suite, some clusters'."""
        every = self.dataset.samples(condition.domain)
        if not condition.drawn_from:
            return every
        return [one for one in every if one.cluster_id in self._dealt[condition.full_name]]

    @cached_property
    def _dealt(self) -> Mapping[str, frozenset[str]]:
        """The clusters of each condition of the sampled suites."""
        known = with_sampled(self.known_conditions).values()
        suites = {c.suite: c for c in known if c.drawn_from}
        population = self.dataset.population_of()
        found: dict[str, frozenset[str]] = {}
        for suite, c in suites.items():
            key = (self.seed, population, suite)
            found |= deal(self.dataset.samples(), c.drawn_from, c.per_cluster, *key)
        return found

    def artefact_key(self, condition: Condition, prepares_on: PreparesOn) -> str:
        """Names what `prepare` depends on: all inputs, even where a few of them are measured."""
        where = condition.view_name if prepares_on == "condition" else ""
        parts = [prepare_fingerprint(self.model), self.dataset.fingerprint, where]
        return digest([*parts, self.seed, self.threads])


@dataclass(frozen=True)
class Unit:
    """The unit of work: the samples of one shard under one condition."""

    condition: Condition
    shard: int
    samples: tuple[Sample, ...]
    shards: int

    def __str__(self) -> str:
        return f"{self.condition.full_name}, shard {self.shard}"

    def of(self, run_id: str) -> Of:
        """What the unit's file says that it is of."""
        ids = digest([sample.id for sample in self.samples])
        return Of(run_id, self.condition.full_name, self.shard, self.shards, ids)


def plan(run: Run) -> list[Unit]:
    """The units of a run: samples sorted by cluster and id, so their order does not matter."""
    units: list[Unit] = []
    for condition in run.conditions:
        cut = list(shards(run.samples(condition), run.shard_size))
        units += [Unit(condition, number, shard, len(cut)) for number, shard in enumerate(cut)]
    return units


def shards(samples: Sequence[Sample], size: int) -> Iterator[tuple[Sample, ...]]:
    """Shards of at least `size` samples but the last, cut where a cluster ends.

    A metric may count clusters shard by shard, since no cluster spans two.
    """
    shard: list[Sample] = []
    for sample in sorted(samples, key=lambda s: (s.cluster_id, s.id)):
        if len(shard) >= size and sample.cluster_id != shard[-1].cluster_id:
            yield tuple(shard)
            shard = []
        shard.append(sample)
    if shard:
        yield tuple(shard)

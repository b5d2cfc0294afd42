"""A run: one model on one dataset under a set of conditions, and the plan of its units."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from benchsuite.condition import Condition, generator, with_sampled
from benchsuite.dataset import Dataset, Sample, digest
from benchsuite.files.hashes import Hashed
from benchsuite.learning.own import Own
from benchsuite.model import Model, PreparesOn, altered, fingerprint, prepare_fingerprint
from benchsuite.runs.call import Call
from benchsuite.runs.design import deal
from benchsuite.runs.manifest import Identity, Order
from benchsuite.runs.seal import Of
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Task

OnError = Literal["fail", "skip"]
MOST_LOOKS: Final = 20


@dataclass(frozen=True)
class Run:
    """What is evaluated. Its identity is all up to `order`, without `conditions` and `on_error`.

    seed: keys every random draw.   batch_size: samples per call of predict.
    shard_size: samples per unit, at least; a cluster is never split.   threads: per unit.
    order: how samples are put into units.   call: the words that asked for it.
    own: the object of the user's own behind the model.
    enough: whether the samples so far tell what the run is for; it is asked of a random order.
    files: what files were when they were hashed, for the processes that read them.
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
    order: Order = "sorted"
    call: Call | None = None
    own: Own | None = None
    enough: Callable[[RunDirectory], bool] | None = None
    files: Mapping[Path, Hashed] = field(default_factory=dict)

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
            order=self.order,
        )

    @property
    def known_conditions(self) -> dict[str, Condition]:
        """Those of the task and the dataset, and the run's own, by full name."""
        own = {condition.full_name: condition for condition in self.conditions}
        return {**self.task.known_conditions(self.dataset), **own}

    def model_under(self, condition: Condition) -> Model:
        """The model that is measured under a condition: itself, or with the field that it alters.

        Raises WrongCall where the model has no such field.
        """
        if condition.alter is None or condition.of == "inputs":
            return self.model
        random = generator(self.seed, self.dataset.name, condition.view_name)
        alter, severity = condition.alter, condition.severity
        return altered(self.model, condition.field, lambda value: alter(value, severity, random))

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

    @property
    def looks(self) -> int:
        """How many parts a random order has: up to 20, and of a batch at least."""
        return max(min(MOST_LOOKS, len(self.dataset.samples()) // self.batch_size), 1)

    def parts(self, condition: Condition) -> Sequence[Sequence[Sample]]:
        """The samples of a condition, by look; a single part in a sorted order."""
        samples = self.samples(condition)
        if self.order == "sorted":
            return [samples]
        look = self._look_of(condition.domain)
        return [[s for s in samples if look[s.cluster_id] == n] for n in range(self.looks)]

    def _look_of(self, domain: str) -> Mapping[str, int]:
        """The look that each cluster is dealt to: the same in all domains of a population."""
        population = self.dataset.population_of(domain)
        related = population == self.dataset.population_of()
        first = self.dataset.samples() if related else ()
        known = {sample.cluster_id for sample in first}
        others = [s for s in self.dataset.samples(domain) if s.cluster_id not in known]
        return self._dealt_to_looks(population, first) | self._dealt_to_looks(population, others)

    def _dealt_to_looks(self, population: str, samples: Sequence[Sample]) -> dict[str, int]:
        names = [str(look) for look in range(self.looks)]
        dealt = deal(samples, names, 1, self.seed, population, "looks")
        return {cluster: names.index(name) for name, those in dealt.items() for cluster in those}

    def artefact_key(self, condition: Condition, prepares_on: PreparesOn) -> str:
        """Names what `prepare` depends on: all inputs, even where a few of them are measured."""
        where = condition.view_name if prepares_on == "condition" else ""
        model = self.model_under(condition)
        parts = [prepare_fingerprint(model), self.dataset.fingerprint, where]
        return digest([*parts, self.seed, self.threads])


@dataclass(frozen=True)
class Unit:
    """The unit of work: the samples of one shard under one condition.

    look: of a random order, the first look at the results that this unit is needed for
    """

    condition: Condition
    shard: int
    samples: tuple[Sample, ...]
    shards: int
    look: int = 1

    def __str__(self) -> str:
        return f"{self.condition.full_name}, shard {self.shard}"

    def of(self, run_id: str) -> Of:
        """What the unit's file says that it is of."""
        ids = digest([sample.id for sample in self.samples])
        return Of(run_id, self.condition.full_name, self.shard, self.shards, ids)


def plan(run: Run) -> list[Unit]:
    """The units of a run: samples sorted by cluster and id, so their order does not matter.

    In a random order, those of a look stand together, all conditions of each.
    """
    units: list[Unit] = []
    for condition in run.conditions:
        cut = [
            (shard, look)
            for look, part in enumerate(run.parts(condition), start=1)
            for shard in shards(part, run.shard_size)
        ]
        units += [Unit(condition, n, shard, len(cut), look) for n, (shard, look) in enumerate(cut)]
    return sorted(units, key=lambda unit: unit.look)


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

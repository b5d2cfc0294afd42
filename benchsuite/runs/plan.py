"""A run: one model on one dataset under a set of conditions, and the plan of its units."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from benchsuite.condition import Condition
from benchsuite.dataset import RESERVED, Dataset, Sample, digest
from benchsuite.errors import BadData
from benchsuite.model import Model
from benchsuite.runs.store import ATTRIBUTES, SCHEMA
from benchsuite.task import Task

OnError = Literal["fail", "skip"]


@dataclass(frozen=True)
class Run:
    """What is evaluated. Everything but `conditions` and `on_error` is its identity.

    seed: keys every random draw.   batch_size: samples a call of predict.
    shard_size: samples a unit, at least; a cluster is never split.   threads: of a unit.
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

    @property
    def identity(self) -> dict[str, Any]:
        """The parts that are hashed to the run's id."""
        return {
            "schema": SCHEMA,
            "task": self.task.name,
            "task_version": self.task.version,
            "protocol": "; ".join(filter(None, [self.task.protocol, self.dataset.protocol])),
            "metrics": {metric.name: metric.version for metric in self.task.metrics},
            "dataset": self.dataset.name,
            "dataset_fingerprint": self.dataset.fingerprint,
            "population": self.dataset.population_of(),
            "model": self.model.name,
            "model_fingerprint": self.model.fingerprint,
            "seed": self.seed,
            "batch_size": self.batch_size,
            "shard_size": self.shard_size,
            "threads": self.threads,
        }

    @property
    def id(self) -> str:
        """16 hex digits that name this identity."""
        return digest(self.identity)[:16]

    def artefact_key(self, condition: Condition) -> str:
        """Names what `prepare` depends on."""
        where = condition.full_name if self.model.prepares_on == "condition" else ""
        model = getattr(self.model, "prepare_fingerprint", self.model.fingerprint)
        parts = [model, self.dataset.fingerprint, where]
        return digest([*parts, self.seed, self.threads])


@dataclass(frozen=True)
class Unit:
    """The unit of work: the samples of one shard under one condition."""

    condition: Condition
    shard: int
    samples: tuple[Sample, ...]


def plan(run: Run) -> list[Unit]:
    """The units of a run: samples by sorted cluster and id, whatever order they came in."""
    return [
        Unit(condition, number, shard)
        for condition in run.conditions
        for number, shard in enumerate(
            shards(run.dataset.samples(condition.domain), run.shard_size)
        )
    ]


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


def checked_row(task: Task, sample: Sample, row: Mapping[str, Any]) -> dict[str, Any]:
    """What `measure` gave for a sample.

    Raises BadData for a column that is the suite's own, and where one is not there that a metric
    reads: a statistic that is missing is NaN or None.
    """
    for taken, whose in ((RESERVED, "the suite's"), (sample.attributes, "that of an attribute")):
        if both := [name for name in row if name in taken]:
            raise BadData(f"column '{both[0]}': expected a name of its own, found {whose}")
    for metric in task.metrics:
        if absent := [c for c in metric.columns if c not in {*RESERVED, *sample.attributes, *row}]:
            found = ", ".join(row) or "nothing"
            raise BadData(f"expected '{absent[0]}' (metric {metric.name}), found {found}")
    return dict(row)


def statistics_table(samples: Sequence[Sample], rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Statistics as a table: sample_id, cluster, error, the attributes, the task's columns."""
    attributes = sorted({name for sample in samples for name in sample.attributes})
    records = [
        {
            "sample_id": sample.id,
            "cluster": sample.cluster_id,
            "error": "",
            **{name: sample.attributes.get(name, "") for name in attributes},
            **row,
        }
        for sample, row in zip(samples, rows, strict=True)
    ]
    # from_pylist takes the columns of the first row alone, and a failed row has none.
    columns = list(dict.fromkeys(name for record in records for name in record))
    table = pa.table({name: [record.get(name) for record in records] for name in columns})
    return table.replace_schema_metadata({ATTRIBUTES: "\n".join(attributes).encode()})


def attribute_names(table: pa.Table) -> list[str]:
    """The names of the attribute columns of a table of statistics."""
    packed = (table.schema.metadata or {}).get(ATTRIBUTES, b"").decode()
    return packed.split("\n") if packed else []

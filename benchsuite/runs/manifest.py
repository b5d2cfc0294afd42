"""The manifest of a run: what it is, and what a reader of its cells has to know."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from benchsuite.condition import Condition
from benchsuite.dataset import digest
from benchsuite.errors import BadData
from benchsuite.estimation import Metric, MetricRecord, metric_of_record
from benchsuite.files.text import record_of
from benchsuite.task import Task

SCHEMA: Final = 2
"""Of manifests, units and cells; one of another version is refused."""

Order = Literal["sorted", "random"]
"""How units are made up: of clusters side by side, or of random ones, so that some tell of all."""


@dataclass(frozen=True)
class Identity:
    """What a run is. Its hash names the run.

    order: which samples share a batch follows from it; one that is sorted is not hashed
    """

    task: str
    task_version: int
    dataset: str
    dataset_fingerprint: str
    population: str
    model: str
    model_fingerprint: str
    protocol: str
    seed: int
    batch_size: int
    shard_size: int
    threads: int
    metrics: Mapping[str, int]
    schema: int = SCHEMA
    order: Order = "sorted"

    @property
    def run_id(self) -> str:
        """16 hex digits that name this identity."""
        named = asdict(self)
        if self.order == "sorted":  # as every run was before there was another order
            del named["order"]
        return digest(named)[:16]


@dataclass(frozen=True)
class ConditionRecord:
    """A condition as data: `condition` is its full name.

    per_cluster  of a sampled suite: under how many of its conditions a cluster is measured; else 0
    added_by     the package that adds it to a task of others, and the version of its plugin
    """

    condition: str
    kind: str
    name: str
    severity: int
    family: str
    suite: str
    per_cluster: int = 0
    added_by: str = ""
    version: int = 0

    @property
    def origin(self) -> tuple[str, int]:
        """The package that adds it, and the version of its plugin."""
        return self.added_by, self.version

    @property
    def names(self) -> tuple[str, ...]:
        """What a person may call it or its set: the full name, suite, kind, name and family."""
        every = (self.condition, self.suite, self.kind, self.name, self.family)
        return tuple(filter(None, every))


@dataclass(frozen=True)
class Environment:
    """Where and with what a run was made: never part of a number.

    libraries  versions by package;   code  hashes of the files of `measure` and conditions
    plugins    releases of the packages that add something to the task
    release    of benchsuite; empty for a run of before it was noted
    """

    python: str = ""
    machine: str = ""
    system: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    plugins: Mapping[str, str] = field(default_factory=dict)
    release: str = ""

    @property
    def versions(self) -> dict[str, str]:
        """The known versions of all that numbers may depend on, by name."""
        own = {"benchsuite": self.release, **self.plugins, "python": self.python, **self.libraries}
        system = {"system": f"{self.system} {self.machine}".strip()}
        return {name: one for name, one in {**own, **system}.items() if one}


@dataclass(frozen=True)
class Stopped:
    """How much was measured of a run that was stopped early, as its verdict was certain.

    look, looks        which look at the results was the last one, and how many there would be
    units              the finished ones by condition
    samples, whole     the samples that were measured, and all of them, by condition
    """

    look: int
    looks: int
    units: Mapping[str, int]
    samples: Mapping[str, int]
    whole: Mapping[str, int]

    @property
    def share(self) -> float:
        """The share of all samples that was measured."""
        return sum(self.samples.values()) / sum(self.whole.values())

    def __str__(self) -> str:
        return f"stopped early at look {self.look} of {self.looks}, {self.share:.0%} of the samples"


@dataclass(frozen=True)
class Manifest:
    """A run on disk, as data.

    conditions        those that were measured;   known_conditions  those of the task and dataset,
                      and of plugins
    populations       the namespace of cluster ids, by condition
    metrics           the headline first; those that plugins add last, which are no part of the
                      identity
    crossed           attributes that are crossed to groups
    chance            what a model that knows nothing gets, by metric
    factors           the model's design factors
    source            who reported the statistics; empty where they were measured
    noted             what changed while the run was made
    stopped           how much was measured; None for all
    """

    run_id: str
    identity: Identity
    conditions: tuple[str, ...]
    known_conditions: tuple[ConditionRecord, ...]
    metrics: tuple[MetricRecord, ...]
    populations: Mapping[str, str] = field(default_factory=dict)
    crossed: tuple[tuple[str, ...], ...] = ()
    chance: Mapping[str, float] = field(default_factory=dict)
    dataset_note: str = ""
    factors: Mapping[str, str] = field(default_factory=dict)
    environment: Environment = field(default_factory=Environment)
    noted: tuple[str, ...] = ()
    source: str = ""
    stopped: Stopped | None = None

    def units_of(self, condition: str, planned: int) -> int:
        """How many units of a condition were measured, of those that were planned."""
        return self.stopped.units.get(condition, 0) if self.stopped else planned

    def as_json(self) -> dict[str, Any]:
        """The manifest as a JSON object."""
        return asdict(self)

    @property
    def own(self) -> tuple[MetricRecord, ...]:
        """The metrics of the task itself, the headline first."""
        return tuple(record for record in self.metrics if not record.added_by)

    @property
    def added(self) -> tuple[MetricRecord, ...]:
        """The metrics that plugins add to the task."""
        return tuple(record for record in self.metrics if record.added_by)

    @property
    def tails(self) -> tuple[MetricRecord, ...]:
        """The metrics that average the worst tenth of what the headline averages."""
        column = self.own[0].reads.get("column")
        return tuple(m for m in self.own if m.of_tail and m.reads["column"] == column)

    def metrics_of(self, task: Task) -> tuple[Metric, ...]:
        """The run's own metrics, the headline first: rebuilt from data, or the task's by name.

        Raises BadData if the task no longer has a metric of that name.
        """
        known = {metric.name: metric for metric in task.metrics}
        return tuple(self._metric(record, known.get(record.name)) for record in self.own)

    def added_of(self, task: Task, name: str) -> Metric:
        """The metric of that name that a plugin adds: rebuilt from data, or that of the plugin.

        Raises BadData where the package is not installed, or has another version of the metric.
        """
        record = next(one for one in self.added if one.name == name)
        mine = [one.plugin for one in task.plugins if one.package == record.added_by]
        known = {(m.name, m.version): m for plugin in mine for m in plugin.metrics}
        return self._metric(record, known.get((name, record.version)))

    def _metric(self, record: MetricRecord, own: Metric | None) -> Metric:
        try:
            metric = metric_of_record(record) or own
        except TypeError as error:
            raise BadData(f"run {self.run_id}: metric '{record.name}': {error}") from error
        if metric is None:
            added = f"package {record.added_by} has no version {record.version} of the"
            whose = added if record.added_by else f"task {self.identity.task} has no"
            raise BadData(f"run {self.run_id}: {whose} metric '{record.name}' now")
        return metric


def read_manifest(where: str, value: Any) -> Manifest:
    """The manifest that a JSON object holds. Raises BadData for another, or an older schema."""
    identity = value.get("identity") if isinstance(value, dict) else None
    schema = identity.get("schema") if isinstance(identity, dict) else None
    if schema != SCHEMA:
        raise BadData(
            f"{where}: expected schema {SCHEMA}, found {json.dumps(schema)}: another version of "
            "benchsuite made it; make it again, in another folder"
        )
    manifest = record_of(Manifest, where, value)
    if manifest.run_id != manifest.identity.run_id:
        raise BadData(
            f"{where}: expected the run_id {manifest.identity.run_id} of its identity, found "
            f"{manifest.run_id}: altered"
        )
    _whole(f"{where}: metrics", manifest.identity.metrics, [m.name for m in manifest.own])
    names = [*manifest.identity.metrics, *(m.name for m in manifest.added)]
    _whole(f"{where}: metrics", dict.fromkeys(names), names)
    _whole(f"{where}: populations", manifest.conditions, manifest.populations)
    return manifest


def _whole(where: str, expected: Iterable[str], found: Iterable[str]) -> None:
    """Raise BadData unless these names are there, at least one, and no others."""
    named, held = sorted(expected), sorted(found)
    if not named or named != held:
        told = ", ".join(named) or "at least one"
        raise BadData(f"{where}: expected {told}, found {', '.join(held) or 'none'}: altered")


def comparable(manifest: Manifest, replicates: int) -> dict[str, Any]:
    """What makes two runs comparable, by name: where all of it is the same, they are.

    Another seed alters inputs in another way. The replicates are those that are compared.
    """
    identity, stopped = manifest.identity, manifest.stopped
    metrics = [f"{name} {version}" for name, version in sorted(identity.metrics.items())]
    return {
        "task": identity.task,
        "task_version": identity.task_version,
        "metrics": ", ".join(metrics),
        "dataset": identity.dataset,
        "dataset_fingerprint": identity.dataset_fingerprint,
        "protocol": identity.protocol,
        "seed": identity.seed,
        "replicates": replicates,
        "samples": str(stopped) if stopped else "all",
    }


def described(conditions: Mapping[str, Condition]) -> tuple[ConditionRecord, ...]:
    """The records of conditions by full name."""
    return tuple(
        ConditionRecord(
            full,
            c.kind,
            c.name,
            c.severity,
            c.family,
            c.suite,
            c.per_cluster,
            c.added_by,
            c.version,
        )
        for full, c in conditions.items()
    )

"""What a gate tolerates, as a maintainer writes it down: `benchsuite.gate.toml`, or in pyproject.

Every key of the file is a field of `Policy`, and the table `equity` holds those of `gate --equity`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation.cells import Group
from benchsuite.files.text import record, record_of, text_of
from benchsuite.gates.equity import Policy as EquityPolicy
from benchsuite.gates.verdict import check_replicates, check_share
from benchsuite.runs.manifest import ConditionRecord

FILE: Final = "benchsuite.gate.toml"
PROJECT: Final = "pyproject.toml"
DERIVED_SHARE: Final = 0.2
"""Of the details' share of alpha, what the lines on worst groups and gaps get."""
MARGIN: Final = 0.02
"""The margin of a metric that a table of margins does not name."""

Mode = Literal["detect", "assure"]
ByMetric = float | Mapping[str, float]
"""One number for every metric, or numbers by the metric's name."""


@dataclass(frozen=True)
class Cells:
    """Which cells are meant, by what they are; an empty field means all.

    conditions  full names, or suites, kinds, names and families: `typo`, `text/typo/3`
    groups      attributes and single groups: `race`, `race=Black`; everybody is always meant
    """

    metrics: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def has_condition(self, condition: ConditionRecord) -> bool:
        """Whether a condition is meant."""
        return not self.conditions or not {*self.conditions}.isdisjoint(condition.names)

    def has_group(self, group: Group) -> bool:
        """Whether a group is meant, other than everybody."""
        return not self.groups or not {*self.groups}.isdisjoint(group.names)

    def has_metric(self, name: str) -> bool:
        """Whether a metric is meant."""
        return not self.metrics or name in self.metrics


@dataclass(frozen=True)
class ErrorSet(Cells):
    """A set of cells that shares an error rate of its own: `share` of the call's alpha."""

    name: str = field(default="", kw_only=True)
    share: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if not self.name:
            raise WrongCall("sets: expected a name for each set, found none")
        check_share(f"sets: {self.name}: share", self.share)
        if not (self.metrics or self.conditions or self.groups):
            raise WrongCall(
                f"sets: {self.name}: expected metrics, conditions or groups, found none"
            )


@dataclass(frozen=True)
class Policy(Cells):
    """What the gate judges and tolerates.

    tasks, datasets  those that it judges; runs of others are named and left out
    metrics   those that it judges, of each task that has them; runs of tasks that have none are
              named and left out. Default: the task's headline. They share the headline's error
    mode      detect: pass what is not shown to be worse; assure: what is shown not to be worse by
              more than `margin`, a share of the baseline's absolute value, or more than `tolerance`
              in the metric's unit where that is given
    alpha     the family-wise error of the whole call; `headline_share` of it is the headline's
    sets      cells with an error rate of their own; the first set that has a cell gets it. The
              other cells share what is left of alpha
    least_drop  what drops by less, as a share of the baseline, never fails
    max_mde   in detect, turn PASS into INCONCLUSIVE if a headline drop larger than this, as a share
              of the baseline, could have gone undetected
    least_clusters  smaller groups of the baseline are named and not judged
    missing   what a condition of the baseline that the run lacks means; it never passes
    """

    tasks: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    mode: Mode = "detect"
    alpha: float = 0.05
    headline_share: float = 0.5
    sets: tuple[ErrorSet, ...] = ()
    margin: ByMetric = MARGIN
    tolerance: ByMetric = 0.0
    max_mde: float | None = None
    least_drop: float = 0.0
    least_clusters: int = 0
    missing: Literal["invalid", "inconclusive"] = "invalid"
    replicates: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        check_share("--alpha", self.alpha)
        check_share("--headline-share", self.headline_share)
        for margin in _numbers(self.margin):
            check_share("--margin", margin)
        for tolerance in _numbers(self.tolerance):
            if not tolerance >= 0:
                raise WrongCall(f"--tolerance: expected 0 or more, found {tolerance:g}")
        check_replicates(self.replicates)
        if not 0 <= self.least_drop < 1:
            raise WrongCall(
                f"--least-drop: expected a share of the baseline, found {self.least_drop:g}"
            )
        if self.least_clusters < 0:
            raise WrongCall(f"least_clusters: expected 0 or more, found {self.least_clusters}")
        if not self.left > 0:
            raise WrongCall(f"sets: expected shares of less than 1 in all, found {1 - self.left:g}")
        names = [one.name for one in self.sets]
        if twice := [name for name in names if names.count(name) > 1]:
            raise WrongCall(f"sets: expected each name once, found '{twice[0]}' twice")

    @property
    def left(self) -> float:
        """The share of alpha that no set has."""
        return 1 - sum(one.share for one in self.sets)

    @property
    def headline(self) -> float:
        """The error of the headline family."""
        return self.alpha * self.left * self.headline_share

    @property
    def derived(self) -> float:
        """The error of all lines on worst groups and gaps: a fifth of what the headline leaves."""
        return DERIVED_SHARE * (self.alpha * self.left - self.headline)

    @property
    def detail(self) -> float:
        """The error of the detail family."""
        return self.alpha * self.left - self.headline - self.derived

    def margin_of(self, metric: str) -> float:
        """The tolerated loss of a metric, as a share of the baseline."""
        return _of_metric(self.margin, metric, MARGIN)

    def tolerance_of(self, metric: str) -> float:
        """The tolerated loss of a metric in its unit; 0 where its margin holds."""
        return _of_metric(self.tolerance, metric, 0.0)

    def set_of(self, metric: str, condition: ConditionRecord, group: Group) -> ErrorSet | None:
        """The set that has a cell; None for one of the other cells."""
        return next(
            (
                one
                for one in self.sets
                if one.has_metric(metric) and one.has_condition(condition) and one.has_group(group)
            ),
            None,
        )


def _numbers(value: ByMetric) -> Iterable[float]:
    return value.values() if isinstance(value, Mapping) else (value,)


def _of_metric(value: ByMetric, metric: str, default: float) -> float:
    return value.get(metric, default) if isinstance(value, Mapping) else value


@dataclass(frozen=True)
class Rules:
    """The policies of a repository, and the file that holds them."""

    gate: Policy = field(default_factory=Policy)
    equity: EquityPolicy = field(default_factory=EquityPolicy)
    source: str = ""


def rules_of(path: Path | None = None, folder: Path = Path()) -> Rules:
    """The policies of a file, or of the folder's benchsuite.gate.toml or pyproject.toml.

    The defaults where neither says anything. Raises BadData, with file and key, for a file that
    cannot be read, a foreign key and a value that no policy has.
    """
    if path is not None:
        return _rules(path, _table(path))
    if (own := folder / FILE).exists():
        return _rules(own, _table(own))
    if (project := folder / PROJECT).exists():
        found = _table(project)
        if found:
            return _rules(project, found)
    return Rules()


def _table(path: Path) -> dict[str, Any]:
    found, where = _toml(path), str(path)
    for key in ("tool", "benchsuite", "gate") if path.name == PROJECT else ():
        where = f"{where}: {key}"
        found = record(where, found.get(key, {}))
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text_of(path))
    except (ValueError, RecursionError) as error:  # tomllib's own, and a number of 5,000 digits
        raise BadData(f"{path}: expected TOML, found {error}") from error


def _rules(path: Path, table: Mapping[str, Any]) -> Rules:
    own = {key: value for key, value in table.items() if key != "equity"}
    try:
        return Rules(
            record_of(Policy, str(path), own),
            record_of(EquityPolicy, f"{path}: equity", table.get("equity", {})),
            str(path),
        )
    except WrongCall as error:
        raise BadData(f"{path}: {error}") from error

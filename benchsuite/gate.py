"""The gate: two sets of per-sample statistics -> a verdict that knows noise from damage.

One call is one family-wise error of alpha, whatever it covers: a share for the headline family (one
overall cell a task and model), the rest for the detail family (conditions and groups), each jointly
over all runs (STATISTICS.md, The gate).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.cells import EVERYBODY, Group, condition_cells, membership
from benchsuite.errors import Exit, WrongCall, near
from benchsuite.estimation import (
    Cell,
    Derived,
    Estimate,
    Metric,
    Weights,
    assure,
    difference,
    family_test,
    gap_grew,
    relative_margin,
    worst_fell,
)
from benchsuite.estimation.testing import MIN_DIFFERING
from benchsuite.statistics import Statistics
from benchsuite.task import load_task


class Verdict(StrEnum):
    """The four verdicts."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    INVALID = "INVALID"

    @property
    def exit(self) -> Exit:
        """The exit code of the verdict."""
        return {
            Verdict.PASS: Exit.DONE,
            Verdict.FAIL: Exit.FAIL,
            Verdict.INCONCLUSIVE: Exit.INCONCLUSIVE,
            Verdict.INVALID: Exit.INVALID,
        }[self]


@dataclass(frozen=True)
class Policy:
    """What the gate tolerates.

    mode      detect: pass what is not shown to be worse; assure: what is shown not to be worse by
              more than `margin`, a share of the baseline.
    alpha     the family-wise error of the whole call; `headline_share` of it is the headline's.
    max_mde   in detect, a PASS whose headline could have hidden a larger drop is INCONCLUSIVE.
    """

    mode: str = "detect"
    alpha: float = 0.05
    headline_share: float = 0.5
    margin: float = 0.02
    max_mde: float | None = None
    replicates: int = 1000
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Compared:
    """One cell of the baseline against the candidate's.

    `differing` counts the clusters whose statistics differ, `signs` those that are worse and
    better where they are few; `cell` is the family's verdict.
    """

    run: str
    condition: str
    group: Group
    metric: str
    higher_is_better: bool
    baseline: Estimate
    candidate: Estimate
    change: Estimate
    differing: int
    signs: tuple[int, int] | None
    cell: Cell | None = None

    @property
    def name(self) -> str:
        """`bright/minilm clean split=files ndcg@10`."""
        group = "=".join(self.group) if self.group != EVERYBODY else "overall"
        return f"{self.run} {self.condition} {group} {self.metric}"


@dataclass(frozen=True, eq=False)
class DerivedVerdict:
    """Whether the worst group fell or the gap grew, with an alpha of its own: never a FAIL."""

    name: str
    verdict: Derived


@dataclass(frozen=True, eq=False)
class Outcome:
    """The verdict, one line that says it, and what it rests on."""

    verdict: Verdict
    line: str
    headline: tuple[Compared, ...] = ()
    detail: tuple[Compared, ...] = ()
    derived: tuple[DerivedVerdict, ...] = ()


Pair = tuple[Statistics, Statistics]


def gate(pairs: Sequence[Pair], metrics: Mapping[str, Metric], policy: Policy) -> Outcome:
    """The verdict on (baseline, candidate) pairs; `metrics` holds the headline metric of each task.

    INVALID, never a pass: another dataset, other samples, a missing condition or group, NaN.
    """
    problems = [p for pair in pairs for p in problems_of(*pair)]
    if problems or not pairs:
        return Outcome(Verdict.INVALID, f"INVALID: {(problems or ['nothing to compare'])[0]}")
    compared = [cell for pair in pairs for cell in compare_pair(pair, metrics, policy)]
    return judge(compared, derived_verdicts(compared, policy.alpha), policy)


def headline_metrics(pairs: Iterable[Pair], name: str = "") -> dict[str, Metric]:
    """The metric that the gate looks at, by task: the named one, or the task's headline."""
    found: dict[str, Metric] = {}
    for baseline, _ in pairs:
        names = [metric["name"] for metric in baseline.manifest["metrics"]]
        task = load_task(baseline.identity["task"]).with_metrics(names)
        known = {metric.name: metric for metric in task.metrics}
        if name and name not in known:
            raise WrongCall(f"--metric: task {task.name} has no metric '{name}'{near(name, known)}")
        found[task.name] = known[name] if name else task.metrics[0]
    return found


def problems_of(baseline: Statistics, candidate: Statistics) -> Iterator[str]:
    """Why the two cannot be compared, a line each."""
    where = f"{candidate.path}: "
    for key in ("task", "task_version", "dataset", "dataset_fingerprint", "protocol", "metrics"):
        expected, found = baseline.identity[key], candidate.identity[key]
        if expected != found:
            notes = _notes(baseline, candidate)
            yield f"{where}{key}: expected {expected} as in the baseline, found {found}{notes}"
            return
    for condition, table in baseline.tables.items():
        if condition not in candidate.tables:
            yield f"{where}condition {condition} of the baseline is missing"
        elif differing := _different_rows(table, candidate.tables[condition], baseline.attributes):
            yield f"{where}condition {condition}: {differing}"


def _notes(baseline: Statistics, candidate: Statistics) -> str:
    notes = [str(side.manifest.get("dataset_note", "")) for side in (baseline, candidate)]
    if notes[0] == notes[1]:
        return ""
    return (
        f" ({notes[0]}; here {notes[1]}: `benchsuite baseline {candidate.path} --out FOLDER` "
        "makes a baseline for this one)"
    )


def _different_rows(
    baseline: pd.DataFrame, candidate: pd.DataFrame, attributes: Sequence[str]
) -> str:
    expected, found = list(baseline["sample_id"]), list(candidate["sample_id"])
    if expected != found:
        missing = sorted(set(expected) - set(found))
        return f"expected the baseline's {len(expected)} samples, found {len(found)}" + (
            f"; '{missing[0]}' is missing" if missing else ""
        )
    for name in ("cluster", *attributes):
        if name not in candidate or not (baseline[name] == candidate[name]).all():
            return f"{name}: other values than in the baseline"
    return ""


def compare_pair(pair: Pair, metrics: Mapping[str, Metric], policy: Policy) -> Iterator[Compared]:
    """Every cell of the baseline beside the candidate's: conditions × groups × headline metric."""
    baseline, candidate = pair
    metric = metrics[baseline.identity["task"]]
    run = f"{baseline.identity['task']}/{baseline.identity['model']}"
    for condition, before in baseline.tables.items():
        population = baseline.manifest["populations"][condition]
        weights = Weights(policy.seed, population, policy.replicates)
        groups = _groups(before, baseline.attributes)
        after = candidate.tables[condition]
        old = condition_cells([before], [metric], groups, weights)
        new = condition_cells([after], [metric], groups, weights)
        counts = Differing(before, after, metric, groups, population)
        for k, group in enumerate(groups):
            b, c = old[group, metric.name], new[group, metric.name]
            change = difference(c, b, metric.higher_is_better)
            yield Compared(
                run=run,
                condition=condition,
                group=group,
                metric=metric.name,
                higher_is_better=metric.higher_is_better,
                baseline=b,
                candidate=c,
                change=change,
                differing=counts.of(k),
                signs=counts.signs(k),
            )


def _groups(table: pd.DataFrame, attributes: Iterable[str]) -> list[Group]:
    found = {(name, value) for name in attributes for value in table[name] if value}
    return [EVERYBODY, *sorted(found)]


class Differing:
    """In which clusters two tables of statistics differ, and, where few do, for better or worse.

    The direction of a cluster is the effect of its statistics alone: the metric of the baseline
    with this one cluster taken from the candidate. So it exists for pooled metrics, too.
    """

    def __init__(
        self,
        before: pd.DataFrame,
        after: pd.DataFrame,
        metric: Metric,
        groups: Sequence[Group],
        population: str,
    ) -> None:
        self._before, self._after, self._metric, self._groups = before, after, metric, groups
        self._weights = Weights(0, population, 0)
        changed = np.array([_differs(before[c], after[c]) for c in metric.columns]).any(axis=0)
        member = membership(before, groups)
        clusters = before["cluster"].to_numpy()
        self._clusters = [set(clusters[changed & member[:, k]]) for k in range(len(groups))]
        small = [found for found in self._clusters if len(found) < MIN_DIFFERING]
        self._effects = {c: self._effect(c) for c in sorted(set().union(*small))}

    def of(self, k: int) -> int:
        """How many clusters differ in group `k`."""
        return len(self._clusters[k])

    def signs(self, k: int) -> tuple[int, int] | None:
        """(worse, better) clusters of group `k`; None where 20 or more differ."""
        if self.of(k) >= MIN_DIFFERING:
            return None
        effects = [self._effects[c][k] for c in self._clusters[k]]
        return sum(e < 0 for e in effects), sum(e > 0 for e in effects)

    def _effect(self, cluster: str) -> NDArray[np.float64]:
        here = (self._before["cluster"] == cluster).to_numpy()
        swapped = self._before.copy()
        for column in self._metric.columns:
            values = self._before[column].to_numpy(dtype=object)
            values[here] = self._after[column].to_numpy(dtype=object)[here]
            swapped[column] = pd.Series(values, index=swapped.index).infer_objects()
        change = self._values(swapped) - self._values(self._before)
        return change if self._metric.higher_is_better else -change

    def _values(self, table: pd.DataFrame) -> NDArray[np.float64]:
        cells = condition_cells([table], [self._metric], self._groups, self._weights)
        return np.array([cells[group, self._metric.name].value for group in self._groups])


def _differs(a: pd.Series, b: pd.Series) -> NDArray[np.bool_]:
    if a.dtype == object or b.dtype == object:
        pairs = zip(a, b, strict=True)
        return np.array([not np.array_equal(np.asarray(x), np.asarray(y)) for x, y in pairs])
    same = (a.to_numpy() == b.to_numpy()) | (a.isna().to_numpy() & b.isna().to_numpy())
    return np.asarray(~same, dtype=bool)


def derived_verdicts(compared: Sequence[Compared], alpha: float) -> tuple[DerivedVerdict, ...]:
    """Worst group and gap of each condition × attribute."""
    families: dict[tuple[str, str, str], list[Compared]] = {}
    for cell in compared:
        if cell.group != EVERYBODY:
            families.setdefault((cell.run, cell.condition, cell.group[0]), []).append(cell)
    found = []
    for (run, condition, attribute), cells in families.items():
        before, after = [c.baseline for c in cells], [c.candidate for c in cells]
        where = f"{run} {condition} {attribute}"
        found.append(DerivedVerdict(f"{where}: worst group", worst_fell(before, after, alpha)))
        found.append(DerivedVerdict(f"{where}: gap", gap_grew(before, after, alpha)))
    return tuple(found)


def judge(
    compared: Sequence[Compared], derived: tuple[DerivedVerdict, ...], policy: Policy
) -> Outcome:
    """The verdict on compared cells."""
    headline = [cell for cell in compared if is_headline(cell, compared)]
    detail = [cell for cell in compared if not is_headline(cell, compared)]
    head = _tested(headline, policy.alpha * policy.headline_share)
    rest = _tested(detail, policy.alpha * (1 - policy.headline_share))

    def outcome(verdict: Verdict, text: str) -> Outcome:
        return Outcome(verdict, f"{verdict}: {text}", tuple(head), tuple(rest), derived)

    cells = [*head, *rest]
    unmeasured = [c for c in cells if np.isnan(c.candidate.value) and c.baseline.n > 0]
    if unmeasured:
        return outcome(
            Verdict.INVALID, f"{unmeasured[0].name} has no value ({unmeasured[0].candidate.note})"
        )
    worse = [c for c in cells if c.cell is not None and c.cell.worse]
    if worse:
        named = ", ".join(f"{c.name} {c.change.value:+.3f}" for c in worse[:5])
        more = f" and {len(worse) - 5} more" if len(worse) > 5 else ""
        return outcome(Verdict.FAIL, f"worse: {named}{more}")
    return outcome(
        *(_assured(cells, policy) if policy.mode == "assure" else _undetected(head, policy))
    )


def is_headline(cell: Compared, compared: Sequence[Compared]) -> bool:
    """Whether the cell is its run's overall cell on clean inputs, or on its first condition."""
    first = next(c.condition for c in compared if c.run == cell.run)
    conditions = {c.condition for c in compared if c.run == cell.run}
    where = "clean" if "clean" in conditions else first
    return cell.group == EVERYBODY and cell.condition == where


def _tested(cells: Sequence[Compared], alpha: float) -> list[Compared]:
    if not cells:
        return []
    family = family_test(
        [c.change for c in cells], [c.differing for c in cells], [c.signs for c in cells], alpha
    )
    return [replace(c, cell=verdict) for c, verdict in zip(cells, family.cells, strict=True)]


def unseen(cells: Sequence[Compared]) -> float:
    """The largest drop over `cells` that has 80 % power; 0 where all are equal."""
    found = [c.cell.mde for c in cells if c.cell is not None and not np.isnan(c.cell.mde)]
    return max(found, default=0.0)


def _undetected(head: Sequence[Compared], policy: Policy) -> tuple[Verdict, str]:
    if all(c.differing == 0 for c in head):
        return Verdict.PASS, "nothing detected; no overall sample differs"
    drop = unseen(head)
    text = f"nothing detected; drops under {100 * drop:.1f} points (of 100) go unseen"
    if policy.max_mde is not None and drop > policy.max_mde:
        return Verdict.INCONCLUSIVE, f"{text}, more than the {100 * policy.max_mde:.1f} allowed"
    return Verdict.PASS, text


def _assured(cells: Sequence[Compared], policy: Policy) -> tuple[Verdict, str]:
    open_cells = [c for c in cells if c.differing]
    changes = [
        relative_margin(c.candidate, c.baseline, policy.margin, c.higher_is_better)
        for c in open_cells
    ]
    result = assure(changes, [0.0] * len(open_cells), policy.alpha)
    failed = [c for c, bound in zip(open_cells, result.cells, strict=True) if not bound.passed]
    share = f"{100 * policy.margin:g} %"
    if not failed:
        return Verdict.PASS, f"all {len(cells)} cells are shown not to be worse by {share}"
    return (
        Verdict.INCONCLUSIVE,
        f"{len(failed)} of {len(cells)} cells are not shown to be within {share}: {failed[0].name}",
    )


def table(outcome: Outcome) -> pd.DataFrame:
    """The cells of an outcome, the worst first."""
    rows: list[dict[str, Any]] = [
        {
            "family": family, "cell": c.name, "baseline": c.baseline.value,
            "candidate": c.candidate.value, "change": c.change.value, "sd": c.change.sd,
            "differing": c.differing, "clusters": c.change.clusters,
            "verdict": c.cell.verdict if c.cell else "", "test": c.cell.method if c.cell else "",
            "p": c.cell.p if c.cell else np.nan, "unseen": c.cell.mde if c.cell else np.nan,
        }
        for family, cells in (("headline", outcome.headline), ("detail", outcome.detail))
        for c in cells
    ]  # fmt: skip
    made = pd.DataFrame(rows)
    if made.empty:
        return made
    return made.sort_values(["family", "p"], ascending=[False, True], kind="stable")


def summary(outcome: Outcome, most: int = 20) -> str:
    """A Markdown summary for a pull request."""
    from benchsuite.publish.formats import markdown

    lines = [f"### benchsuite gate: {outcome.line}", ""]
    found = table(outcome)
    if len(found):
        lines += [markdown(found.head(most))]
        if len(found) > most:
            lines += [f"{len(found) - most} more cells, none of them worse than these.", ""]
    grown = [d for d in outcome.derived if d.verdict.worse]
    lines += [f"- {d.name}: worse (p = {d.verdict.p:.3f})" for d in grown]
    return "\n".join(lines) + "\n"

"""What every gate gives: a verdict, one line that says it, and what it rests on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from benchsuite.dataset import digest
from benchsuite.errors import Exit, WrongCall
from benchsuite.estimation.estimate import MIN_REPLICATES
from benchsuite.runs.forms import Form


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
class Finding:
    """What a gate says of a cell, a worst group or a gap; NaN where there is no number.

    form        `value` of a cell, `worst` of a worst group, `gap` of a gap
    family      with which it shares an error: `headline`, `detail`, `derived`, or the policy's set
    status      `worse`, `not worse`, `identical`, or `no verdict`
    baseline, candidate  both values; none where a gap is of one run
    difference  candidate less baseline, or the gap, with its 95 % interval `low` to `high`
    detectable  the drop, or gap, that is found with 80 % power, in the metric's unit
    p, test     of the drop, adjusted for all cells that share an error, and by which test
    clusters, differing  how many clusters it rests on, and how many of them changed
    note        why there is no verdict, which group fell, or which groups are far apart
    """

    name: str
    run: str
    condition: str
    attribute: str
    group: str
    metric: str
    form: Form
    family: str
    status: str
    difference: float
    low: float
    high: float
    detectable: float
    clusters: int
    baseline: float = math.nan
    candidate: float = math.nan
    p: float = math.nan
    test: str = ""
    differing: int = 0
    note: str = ""

    @property
    def worse(self) -> bool:
        """Whether it is shown to be worse."""
        return self.status == "worse"

    @property
    def alone(self) -> bool:
        """Whether it is a gap within one run, which has no baseline."""
        return self.form == Form.GAP and math.isnan(self.baseline)

    @property
    def loss(self) -> float:
        """The size of the difference, as a share of the baseline; 0 of a gap."""
        if self.form == Form.GAP:
            return 0.0
        return abs(self.difference / self.baseline) if self.baseline else math.inf


class Judged(Protocol):
    """What a gate looked at: a cell, or a gap between groups."""

    @property
    def name(self) -> str: ...
    @property
    def finding(self) -> Finding:
        """What the gate says of it."""
        ...

    @property
    def headline(self) -> bool:
        """Whether it belongs to what the gate looks at first."""
        ...

    def columns(self) -> Mapping[str, Any]:
        """What a table shows of it."""
        ...


JudgedT = TypeVar("JudgedT", bound=Judged)
T_co = TypeVar("T_co", bound=Judged, covariant=True)


@dataclass(frozen=True, eq=False)
class Outcome(Generic[T_co]):
    """The verdict of a gate.

    gate     its name, as a summary shows it
    reason   why, as a line
    judged   what it looked at, the worst first
    remarks  what it could not look at, and what it saw beside the verdict
    policy   the fingerprint of the policy that it judged by
    derived  the worst groups and gaps of two runs, which have an error rate of their own
    """

    gate: str
    verdict: Verdict
    reason: str
    judged: tuple[T_co, ...] = ()
    remarks: tuple[str, ...] = ()
    policy: str = ""
    derived: tuple[Judged, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 PASS, 1 FAIL, 2 INCONCLUSIVE, 3 INVALID."""
        return int(self.verdict.exit)

    @property
    def line(self) -> str:
        """`FAIL: worse: ...`."""
        return f"{self.verdict}: {self.reason}"

    def __repr__(self) -> str:
        return f"{self.gate}: {self.line}"


def fingerprint(policy: object) -> str:
    """Eight hex digits that name a policy."""
    return digest(policy)[:8]


def check_share(option: str, value: float) -> None:
    """Raise WrongCall unless the value of an option lies between 0 and 1."""
    if not 0 < value < 1:
        raise WrongCall(f"{option}: expected a share between 0 and 1, found {value:g}")


def check_replicates(replicates: int) -> None:
    """Raise WrongCall for too few replicates to tell a quantile."""
    if replicates < MIN_REPLICATES:
        raise WrongCall(f"--replicates: expected {MIN_REPLICATES} or more, found {replicates}")

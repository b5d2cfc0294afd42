"""What a gate gives whoever calls it from Python: the verdict, which can show itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import pandas as pd

from benchsuite.errors import BadData
from benchsuite.gates import verdict
from benchsuite.gates.equity import Policy as EquityPolicy
from benchsuite.gates.policy import Policy
from benchsuite.publishing.ci import annotated, junit, verdict_json
from benchsuite.publishing.tested import explained
from benchsuite.publishing.verdicts import Report, report, summary


@dataclass(frozen=True, eq=False, repr=False)
class Outcome(verdict.Outcome[Any]):
    """A verdict with its policy: `verdict`, `reason`, `exit_code`, `cells`, and how it is shown.

    rules   the policy that it was judged by
    source  the file that holds the policy; '' if it is none
    """

    rules: Policy | EquityPolicy = field(default_factory=Policy)
    source: str = ""

    @classmethod
    def of(cls, found: verdict.Outcome[Any], rules: Policy | EquityPolicy) -> Outcome:
        """A gate's outcome with its policy."""
        own = fields(verdict.Outcome)
        return cls(**{one.name: getattr(found, one.name) for one in own}, rules=rules)

    @classmethod
    def invalid(
        cls, gate: str, error: BadData, rules: Policy | EquityPolicy | None = None
    ) -> Outcome:
        """The outcome of a gate that cannot read what it should judge, or its policy."""
        found = cls(gate, verdict.Verdict.INVALID, str(error))
        return replace(found, policy=verdict.fingerprint(rules), rules=rules) if rules else found

    @cached_property
    def report(self) -> Report:
        """What is shown of it: the cells, the worst first, and the samples that lost most."""
        return report(self)

    @property
    def cells(self) -> pd.DataFrame:
        """One row per cell or gap, the worst first; the columns are those of `Finding`."""
        return pd.DataFrame([asdict(cell.finding) for cell in self.report.cells])

    def explain(self) -> list[str]:
        """Five lines: what was tested, and why the verdict is what it is."""
        return explained(self.report, self.rules, self.source)

    def to_markdown(self) -> str:
        """The summary for a pull request, the worst cells first."""
        return summary(self.report)

    def to_junit(self) -> str:
        """JUnit's XML: a test case a cell, skipped with the reason where there is no verdict."""
        return junit(self.report)

    def to_json(self) -> str:
        """Every cell as JSON, as `benchsuite/publishing/gate.schema.json` describes it."""
        return verdict_json(self.report)

    def to_annotations(self) -> str:
        """The lines that GitHub's runner shows beside a pull request."""
        return annotated(self.report)

"""What a gate tested, and why its verdict is what it is: five lines."""

from collections import Counter

from benchsuite.errors import some_of
from benchsuite.gates.equity import Policy as EquityPolicy
from benchsuite.gates.policy import Policy
from benchsuite.gates.verdict import Finding
from benchsuite.publishing.verdicts import Report
from benchsuite.runs.forms import Form

MODES = {
    "detect": "FAIL where worse is shown",
    "assure": "PASS only where it is shown to be within what is tolerated",
}


def explained(report: Report, policy: Policy | EquityPolicy, source: str) -> list[str]:
    """Five lines: what was tested, by which policy, how, what was found, and why the verdict is."""
    found = [cell.finding for cell in report.cells]
    return [
        f"tested: {_tested(found, report.gaps)}",
        f"policy: {report.outcome.policy or 'none'} of {source or 'the defaults'}; "
        f"{policy.mode}: {MODES[policy.mode]}",
        f"error: {_error(policy)}; {_tests(found, report.gaps)}",
        f"found: {_found(found, report)}",
        f"why: {report.outcome.line}",
    ]


def _tested(found: list[Finding], gaps: bool) -> str:
    if not found:
        return "nothing, see why"
    about = {
        "runs": [one.run for one in found],
        "conditions": [one.condition for one in found],
        "metrics": [one.metric for one in found],
        "attributes": [one.attribute for one in found if one.attribute],
    }
    parts = [f"{what} {some_of(dict.fromkeys(names), 3)}" for what, names in about.items() if names]
    derived = sum(one.form != Form.VALUE for one in found) if not gaps else 0
    whole = f"{len(found) - derived} {'gaps' if gaps else 'cells'}"
    return f"{whole}{f', {derived} worst groups and gaps' if derived else ''}: {'; '.join(parts)}"


def _error(policy: Policy | EquityPolicy) -> str:
    whole = f"{_percent(policy.alpha)} for the whole call"
    if isinstance(policy, EquityPolicy):
        return whole
    sets = [f"{_percent(policy.alpha * one.share)} for {one.name}" for one in policy.sets]
    mine = {"the headline": policy.headline}
    if policy.mode == "detect":
        mine["worst groups and gaps"] = policy.derived
    parts = [f"{_percent(share)} of it for {what}" for what, share in mine.items()]
    return ", ".join([whole, *parts, *sets])


def _tests(found: list[Finding], gaps: bool) -> str:
    if gaps:
        return "simultaneous bounds on all gaps"
    tests = Counter(one.test for one in found if one.test)
    told = [f"{test} on {count}" for test, count in sorted(tests.items())]
    return f"paired differences of the same samples; tests: {', '.join(told) or 'none'}"


def _found(found: list[Finding], report: Report) -> str:
    counts = Counter(one.status for one in found)
    told = [f"{count} {status}" for status, count in sorted(counts.items())]
    worst = [f"{cell.finding.name}: {cell.line}" for cell in report.cells if cell.finding.worse]
    return "; ".join([", ".join(told) or "no cell", *worst[:1]])


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"

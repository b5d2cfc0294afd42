"""`benchsuite gate`: is any run worse than its baseline, or some group worse off?"""

import argparse
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from benchsuite.cli.output import ALL, RUN, out, say, show_table
from benchsuite.errors import BadData, CannotWrite, Exit, WrongCall

if TYPE_CHECKING:
    from benchsuite.api.config import Settings
    from benchsuite.api.outcome import Outcome
    from benchsuite.gates.equity import Policy as EquityPolicy
    from benchsuite.gates.policy import Policy, Rules

NUMBERS: Final = {
    "alpha": "family-wise error of the call; default: 0.05",
    "headline_share": "share of alpha for the headline; default: 0.5",
    "margin": "assure: tolerated loss, as a share of the baseline's size; default: 0.02",
    "tolerance": "assure: tolerated loss (--equity: gap) in its unit, in place of that",
    "max_mde": "INCONCLUSIVE in place of PASS if a larger drop could hide; a share, as above",
    "max_gap": "--equity: INCONCLUSIVE in place of PASS if a larger gap could hide",
    "least_drop": "smaller drops never fail; a share of the baseline; default: 0",
}
"""Options that are numbers: the field of a policy, and help."""
COMMON: Final = ("mode", "alpha", "tolerance", "replicates")
REGRESSION: Final = (*COMMON, "headline_share", "margin", "max_mde", "least_drop")
EQUITY: Final = (*COMMON, "max_gap")
PRINTED: Final = 5
"""Worse cells whose samples are printed; files name those of more."""
ENDINGS: Final = (".md", ".xml", ".json")

PolicyT = TypeVar("PolicyT", "Policy", "EquityPolicy")


def declare_gate(sub: argparse.ArgumentParser) -> None:
    """PASS 0, FAIL 1, INCONCLUSIVE 2, INVALID 3: is any run worse than its baseline?"""
    sub.add_argument("runs", nargs="+", type=Path, metavar="RUN", help=RUN)
    sub.add_argument("--baseline", type=Path, help="a baseline file, folder or run")
    sub.add_argument(
        "--against", type=Path, metavar="BOARD",
        help="a board or results folder, in place of --baseline: its best model is the baseline",
    )  # fmt: skip
    sub.add_argument(
        "--equity", action="store_true", help="ask whether a group is worse off; needs no baseline"
    )
    declare_policy(sub, (*REGRESSION, *EQUITY))
    sub.add_argument("--replicates", type=int, help="default: 1000")
    sub.add_argument("--summary", type=Path, help="append a Markdown summary to this file")
    sub.add_argument(
        "--out", type=Path, action="append", default=[], metavar="FILE",
        help="write the verdict to FILE.{md,xml,json}: Markdown, JUnit, JSON; may be given again",
    )  # fmt: skip
    sub.add_argument(
        "--annotate", action="store_true", help="print GitHub's annotations of the worst cells too"
    )
    sub.add_argument(
        "--explain", action="store_true", help="say in five lines what was tested, and why"
    )
    sub.add_argument("--all", action="store_true", help=ALL)
    sub.add_argument("--selftest", action="store_true", help="show false alarms and power instead")


def declare_policy(sub: argparse.ArgumentParser, fields: Sequence[str]) -> None:
    """Declare what says which cells are judged, and those of a policy's fields that are given."""
    sub.add_argument(
        "--policy", type=Path, metavar="FILE",
        help="what is judged and tolerated; default: benchsuite.gate.toml or pyproject.toml here",
    )  # fmt: skip
    sub.add_argument("--metric", default="", help="the metric to judge; default: the headline")
    sub.add_argument(
        "--mode", choices=("detect", "assure"),
        help="detect: FAIL where worse is shown; assure: PASS where not worse is; default: detect",
    )  # fmt: skip
    for field, told in NUMBERS.items():
        if field in fields:
            sub.add_argument(f"--{field.replace('_', '-')}", type=float, help=told)


def run_gate(arguments: argparse.Namespace) -> Exit:
    """Judge the runs; returns the exit code of the verdict."""
    asked = (arguments.equity, arguments.baseline is not None, arguments.against is not None)
    if sum(asked) != 1:
        raise WrongCall("gate: expected one of --baseline PATH, --against BOARD and --equity")
    if arguments.selftest and arguments.baseline is None:
        raise WrongCall("gate: --selftest: expected with --baseline")
    if arguments.equity and arguments.max_mde is not None:
        raise WrongCall("gate: --max-mde: expected with --baseline; --max-gap is that of --equity")
    if not arguments.equity and arguments.max_gap is not None:
        raise WrongCall("gate: --max-gap: expected with --equity; --max-mde is that of --baseline")
    for path in arguments.out:
        if path.suffix not in ENDINGS:
            raise WrongCall(f"gate: --out: {path}: expected one of {', '.join(ENDINGS)}")
    from benchsuite.gates.policy import rules_of

    try:
        rules = rules_of(arguments.policy)
    except BadData as error:
        return _refused(error, arguments)
    return (_equity if arguments.equity else _regression)(arguments, rules)


def _regression(arguments: argparse.Namespace, rules: "Rules") -> Exit:
    from benchsuite.api.judged import judge, judging, paired_up
    from benchsuite.api.newcomer import judge_against
    from benchsuite.api.progress import bar
    from benchsuite.gates.chosen import metrics_of
    from benchsuite.gates.selftest import selftest
    from benchsuite.gates.verdict import Verdict

    policy = judging(overridden(rules.gate, REGRESSION, arguments), arguments.metric)
    try:
        if arguments.against is not None:
            outcome = judge_against(arguments.against, arguments.runs, policy)
        else:
            outcome = judge(arguments.baseline, arguments.runs, policy)
    except BadData as error:
        return _refused(error, arguments, policy, rules.source)
    if arguments.selftest and outcome.verdict != Verdict.INVALID:
        with bar("gate selftest") as progress:
            pairs = paired_up(arguments.baseline, arguments.runs)
            found = selftest(pairs, metrics_of(pairs, policy), policy, progress=progress)
        show_table(found, "gate selftest")
        return Exit.DONE
    return _concluded(_by(outcome, rules.source), arguments)


def conclude(config: "Settings", path: Path) -> Exit:
    """Judge a run as its settings `baseline` and `gate` ask for; returns the verdict's code."""
    from benchsuite.api.judged import judge
    from benchsuite.gates.policy import rules_of

    rules = rules_of(Path(config.gate) if config.gate else None)
    outcome = _by(judge(config.baseline, [path], rules.gate), rules.source)
    plain = argparse.Namespace(annotate=False, explain=False, all=False, out=(), summary=None)
    return _concluded(outcome, plain)


def _equity(arguments: argparse.Namespace, rules: "Rules") -> Exit:
    from benchsuite.api.judged import judge_equity

    policy = overridden(rules.equity, EQUITY, arguments)
    try:
        outcome = judge_equity(arguments.runs, policy, arguments.metric)
    except BadData as error:
        return _refused(error, arguments, policy, rules.source)
    return _concluded(_by(outcome, rules.source), arguments)


def overridden(policy: PolicyT, fields: tuple[str, ...], arguments: argparse.Namespace) -> PolicyT:
    """The policy with the options that were given in place of its fields."""
    given = {name: getattr(arguments, name) for name in fields}
    found = replace(policy, **{name: one for name, one in given.items() if one is not None})
    if found.tolerance and found.mode != "assure":
        raise WrongCall("gate: --tolerance: expected with --mode assure")
    return found


def _by(outcome: "Outcome", source: str) -> "Outcome":
    """The outcome with the file of its policy, and a remark on it."""
    if not source:
        return outcome
    remark = f"policy {outcome.policy} of {source}"
    return replace(outcome, source=source, remarks=(remark, *outcome.remarks))


def _concluded(outcome: "Outcome", arguments: argparse.Namespace) -> Exit:
    """Print what a gate found, and write it to the files that are named."""
    from benchsuite.publishing.escape import line
    from benchsuite.publishing.verdicts import judged, remarks_of, samples_of

    # Each is one line: a name with a line of its own could give a runner of CI commands.
    with _annotated(outcome, arguments.annotate):
        out(line(f"benchsuite {outcome.gate}: {outcome.line}"))
        if arguments.explain:
            out("".join(f"{line(one)}\n" for one in outcome.explain()))
        if len(shown := judged(outcome)):
            show_table(shown, "the surest changes first", everything=arguments.all)
        lines = [*samples_of(outcome.report, PRINTED), *remarks_of(outcome)]
        out("".join(f"- {line(one)}\n" for one in lines))
    return _written(outcome, arguments)


def _refused(
    error: BadData,
    arguments: argparse.Namespace,
    policy: "Policy | EquityPolicy | None" = None,
    source: str = "",
) -> Exit:
    """Say on standard error why there is nothing to judge; files say it as well."""
    from benchsuite.api.outcome import Outcome
    from benchsuite.gates import equity, regression
    from benchsuite.publishing.escape import line

    name = equity.NAME if arguments.equity else regression.NAME
    outcome = _by(Outcome.invalid(name, error, policy), source)
    with _annotated(outcome, arguments.annotate):
        say(outcome.line, outcome.verdict.exit)
        if arguments.explain:
            out("".join(f"{line(one)}\n" for one in outcome.explain()))
    return _written(outcome, arguments)


@contextmanager
def _annotated(outcome: "Outcome", asked: bool) -> Iterator[None]:
    """Print GitHub's annotations behind what is printed, which then is no command to its runner."""
    if not asked:
        yield
        return
    token = secrets.token_hex(16)
    out(f"::stop-commands::{token}")
    try:
        yield
    finally:
        out(f"::{token}::")
    out(outcome.to_annotations())


def _written(outcome: "Outcome", arguments: argparse.Namespace) -> Exit:
    """Write the verdict to files; returns its exit code."""
    from benchsuite.files.write import write_bytes

    ways: Mapping[str, Callable[[], str]] = dict(
        zip(ENDINGS, (outcome.to_markdown, outcome.to_junit, outcome.to_json), strict=True)
    )
    for path in arguments.out:
        write_bytes(path, ways[path.suffix]().encode())
    if (path := arguments.summary) is not None:
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(outcome.to_markdown())
        except OSError as error:
            raise CannotWrite(f"{path}: cannot write: {error.strerror}") from error
    return Exit(outcome.exit_code)

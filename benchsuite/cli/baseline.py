"""`benchsuite baseline`: what a gate judges against, and how a person moves it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from benchsuite.cli.output import ALL, RUN, out, show_table
from benchsuite.errors import WrongCall

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "the folder of baselines and their log; default: baselines"
ACTIONS = {
    "accept": "RUN... --reason WHY: make these the baselines, and say so in the log",
    "show": "what the folder holds, who accepted it, when and why",
    "diff": "RUN...: how runs differ from their baselines, cell by cell, without a verdict",
}


def declare_baseline(sub: argparse.ArgumentParser) -> None:
    """accept runs as a gate's baselines, show them, or compare runs with them."""
    sub.formatter_class = argparse.RawDescriptionHelpFormatter
    told = "".join(f"  {name:<8}{what}\n" for name, what in ACTIONS.items())
    sub.epilog = f"{told}  RUN... --out FOLDER: write first baselines, where there are none"
    sub.add_argument("runs", nargs="+", metavar="accept | show | diff | RUN", help=RUN)
    sub.add_argument("--baselines", type=Path, metavar="FOLDER", help=FOLDER)
    sub.add_argument("--reason", help="accept: why these runs are what is expected now")
    sub.add_argument("--by", help="accept: who accepts; default: the user of git or the system")
    sub.add_argument(
        "--policy", type=Path, metavar="FILE",
        help="whose metrics count; default: benchsuite.gate.toml or pyproject.toml here",
    )  # fmt: skip
    sub.add_argument("--metric", default="", help="one metric; default: those of the policy")
    sub.add_argument("--out", type=Path, help="first baselines: their folder; else: FILE.{csv,…}")
    sub.add_argument("--all", action="store_true", help=ALL)


def run_baseline(arguments: argparse.Namespace) -> None:
    """Do what the first word says; without one, write first baselines."""
    action, *runs = arguments.runs
    if action not in ACTIONS:
        _first(arguments)
        return
    if action != "accept" and (arguments.reason is not None or arguments.by is not None):
        raise WrongCall(f"baseline {action}: --reason and --by: expected with accept")
    if action == "accept" and arguments.out is not None:
        raise WrongCall(
            "baseline accept: --out: expected with show or diff; --baselines is the folder"
        )
    if bool(runs) == (action == "show"):
        expected = "no run" if action == "show" else "a run"
        raise WrongCall(f"baseline {action}: expected {expected}, found {' '.join(runs) or 'none'}")
    {"accept": _accept, "show": _show, "diff": _diff}[action](arguments)


def folder_of(arguments: argparse.Namespace) -> Path:
    """The folder of baselines that a command is about."""
    from benchsuite.api.baselines import BASELINES

    return arguments.baselines or BASELINES


def _first(arguments: argparse.Namespace) -> None:
    from benchsuite.runs.baselines import write_first
    from benchsuite.runs.statistics import read_statistics

    if arguments.out is None or arguments.reason is not None or arguments.baselines is not None:
        raise WrongCall(
            "baseline: expected `baseline accept RUN... --reason WHY`, show, diff, or "
            "`baseline RUN... --out FOLDER` for first ones"
        )
    for run in arguments.runs:
        out(str(write_first(arguments.out, read_statistics(Path(run)))))


def _accept(arguments: argparse.Namespace) -> None:
    from benchsuite.api.baselines import accept
    from benchsuite.api.judged import judging
    from benchsuite.gates.policy import rules_of
    from benchsuite.publishing.baselines import moved
    from benchsuite.publishing.escape import line

    policy = judging(rules_of(arguments.policy).gate, arguments.metric)
    runs = arguments.runs[1:]
    made = accept(runs, arguments.reason or "", folder_of(arguments), arguments.by or "", policy)
    for one in made:
        out(line(moved(one)))
    if same := len(runs) - len(made):
        out(f"{same} of {len(runs)}: the baseline already")


def _show(arguments: argparse.Namespace) -> None:
    from benchsuite.api.baselines import baselines

    folder = folder_of(arguments)
    _given(baselines(folder), str(folder), arguments, everything=True)


def _diff(arguments: argparse.Namespace) -> None:
    from benchsuite.api.baselines import baseline_diff
    from benchsuite.gates.policy import rules_of

    rules = rules_of(arguments.policy).gate
    found = baseline_diff(arguments.runs[1:], folder_of(arguments), rules, arguments.metric)
    title = "candidate - baseline, each with its own 95 % interval"
    _given(found, title, arguments, everything=arguments.all)


def _given(
    table: "pd.DataFrame", title: str, arguments: argparse.Namespace, everything: bool
) -> None:
    """Print a table, or write it where a file is named."""
    from benchsuite.publishing.formats import write_table

    if arguments.out is not None:
        write_table(table, arguments.out)
    else:
        show_table(table, title, keys=1, everything=everything)

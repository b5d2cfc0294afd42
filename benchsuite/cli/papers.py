"""`benchsuite papers`: the commands that make a paper's tables anew, and what they would take.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchsuite.cli.output import out, out_folded, show_table
from benchsuite.cli.plan import show_plan
from benchsuite.errors import Exit, WrongCall, near

if TYPE_CHECKING:
    from benchsuite.task import Paper, Redo, Task


def declare_papers(sub: argparse.ArgumentParser) -> None:
    """list papers, or print the commands that would make the tables of one anew."""
    sub.add_argument("paper", nargs="?", default="", metavar="NAME", help="a paper of the list")
    sub.add_argument(
        "--dry-run", action="store_true",
        help="print what its runs would take (units, time, memory, disk), and run nothing",
    )  # fmt: skip
    sub.add_argument(
        "--results", default="", metavar="DIR",
        help="the folder of earlier runs that tell the pace, for --dry-run",
    )  # fmt: skip


def run_papers(arguments: argparse.Namespace) -> Exit:
    """Print the list, a paper's commands, or the plan of its runs."""
    from benchsuite.task import tasks

    known = {name: (task, one) for task in tasks().values() for name, one in task.papers.items()}
    if not arguments.paper:
        return _list(known)
    if arguments.paper not in known:
        raise WrongCall(f"no paper is called '{arguments.paper}'{near(arguments.paper, known)}")
    _, paper = known[arguments.paper]
    if arguments.dry_run:
        return _plan(paper.steps, arguments.results)
    _tell(arguments.paper, paper)
    return Exit.DONE


def _list(known: "dict[str, tuple[Task, Paper]]") -> Exit:
    import pandas as pd

    rows = [
        {"name": name, "task": task.name, "paper": one.title, "commands": len(one.steps)}
        for name, (task, one) in known.items()
    ]
    show_table(pd.DataFrame(rows), "papers", everything=True)
    out("\n`benchsuite papers NAME` prints the commands; with --dry-run, what they would take")
    return Exit.DONE


def _tell(name: str, paper: "Paper") -> None:
    """Print what a paper takes, and its commands, each below what it makes."""
    out_folded(f"# {paper.title}, {paper.address}")
    for line in paper.needs:
        out_folded(f"# needs: {line}")
    for dataset in _datasets(paper.steps):
        out_folded(f"# data: benchsuite data info {dataset}")
    for line in paper.differs:
        out_folded(f"# differs: {line}")
    for step in paper.steps:
        out(f"\n# {step.makes}")
        out(step.line)
    out(f"\n# what they take: benchsuite papers {name} --dry-run")


def _datasets(steps: "Sequence[Redo]") -> list[str]:
    pairs = [word.partition("=") for step in steps for word in step.words]
    return list(dict.fromkeys(value for key, _, value in pairs if key == "dataset"))


def _plan(steps: "Sequence[Redo]", results: str) -> Exit:
    """The plan of all runs; a training takes what its recipe says, and nobody knows it before."""
    from benchsuite.api.config import settings

    more = [f"results={results}"] if results else []
    runs = [step for step in steps if step.command == "run"]
    code = show_plan([one for step in runs for one in settings([*step.words[1:], *more])])
    for step in steps:
        if step.command != "run":
            out_folded(f"not planned: {step.line}")
    return code

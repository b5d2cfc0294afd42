"""`benchsuite submit` and `benchsuite board check`: runs of others on a published board.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

import argparse
from pathlib import Path

from benchsuite.cli.output import out, say, say_left_out
from benchsuite.errors import Exit, WrongCall


def declare_submit(sub: argparse.ArgumentParser) -> None:
    """write what a published board keeps of a run: statistics, manifest and card."""
    sub.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a finished run")
    sub.add_argument(
        "--to", type=Path, metavar="BOARD",
        help="a folder of leaderboards/: checked against it, and written to its submissions/",
    )  # fmt: skip
    sub.add_argument(
        "--out", type=Path, metavar="DIR", help="write a folder to copy below DIR instead"
    )


def run_submit(arguments: argparse.Namespace) -> None:
    """Write submissions, and say what a person has to add."""
    from benchsuite.api.progress import bar
    from benchsuite.api.submissions import submit, to_do

    if arguments.to is None and arguments.out is None:
        raise WrongCall("submit: expected --to BOARD, --out DIR, or both")
    with bar("submit"):
        made = [submit(run, arguments.to, arguments.out, say_left_out) for run in arguments.runs]
    for path in made:
        out(str(path))
    for line in to_do(made):
        say(line, Exit.DONE)


def declare_board(sub: argparse.ArgumentParser) -> None:
    """check the submissions of published boards: files, samples, conditions, cells."""
    actions = sub.add_subparsers(
        dest="action", metavar="check", required=True, help="what to do with boards"
    )
    told = "check the submissions of published boards"
    check = actions.add_parser("check", help=told, description=told)
    check.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH",
        help="a board, a folder of boards, or a submission",
    )  # fmt: skip
    check.add_argument(
        "--to", type=Path, metavar="BOARD", help="the board that a submission in PATH is for"
    )


def run_board(arguments: argparse.Namespace) -> Exit:
    """Check boards and submissions: a line for each problem, on standard error."""
    from benchsuite.api.progress import bar
    from benchsuite.api.submissions import checked, to_do

    problems, fine = 0, []
    with bar("board check"):
        for path, found in checked(arguments.paths, arguments.to):
            lines = list(found)
            problems += len(lines)
            for line in lines:
                say(line, Exit.BAD_DATA)
            if not lines:
                fine.append(path)
    for path in fine:
        out(f"{path}: as claimed")
    for line in to_do(fine):
        say(line, Exit.DONE)
    return Exit.BAD_DATA if problems else Exit.DONE

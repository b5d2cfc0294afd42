"""What the commands on finished runs do: boards, comparisons, reports.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchsuite.cli.output import (
    ALL,
    draw,
    encoded_board,
    out,
    out_folded,
    say,
    say_left_out,
    show_table,
    show_views,
)
from benchsuite.cli.samples import declare_changed, run_changed
from benchsuite.errors import Exit, WrongCall

if TYPE_CHECKING:
    from benchsuite.boards.board import Board


def run_leaderboard(arguments: argparse.Namespace) -> None:
    from benchsuite.api.progress import bar
    from benchsuite.boards.table import leaderboard
    from benchsuite.files.write import write_bytes
    from benchsuite.publishing.formats import check_ending
    from benchsuite.publishing.views import check_view

    by = arguments.by or "overall"
    check_view(by)
    if arguments.out is not None:
        check_ending(arguments.out)
    with bar("leaderboard"):
        reported = read_reported_files(arguments)
        table = leaderboard(
            results_folder(arguments.results), arguments.task, reported, say_left_out
        )
    asked = arguments.by, arguments.metric
    if arguments.out is not None:
        write_bytes(arguments.out, encoded_board(table, arguments.out.suffix[1:], *asked))
    elif arguments.format:
        sys.stdout.buffer.write(encoded_board(table, arguments.format, *asked))
    else:
        show_views(table, [by], arguments.metric, arguments.all)
    if arguments.figures is not None:
        # With --format, standard output is a table.
        for path in draw(table, arguments.figures):
            print(path, file=sys.stderr if arguments.format else sys.stdout)


def read_reported_files(arguments: argparse.Namespace) -> "list[Board]":
    """The boards of the files of --reported. Raises WrongCall without a task."""
    from benchsuite.boards.reported import read_reported
    from benchsuite.task import load_task

    task = None if arguments.task == "*" or not arguments.reported else load_task(arguments.task)
    return [board for path in arguments.reported for board in read_reported(path, task)]


def results_folder(given: str | None) -> Path:
    """The results folder that was given, that of the environment, or `results`."""
    return Path(given or os.environ.get("BENCHSUITE_RESULTS") or "results")


def declare_compare(sub: argparse.ArgumentParser) -> None:
    """print paired differences B - A with intervals, cell by cell."""
    sub.add_argument(
        "a",
        type=Path,
        metavar="RUN_A",
        help="a run, a model's folder with seeds, or the mean of a set: A,B or 'A*'",
    )
    sub.add_argument("b", type=Path, metavar="RUN_B", help="what is compared with RUN_A")
    sub.add_argument(
        "--matched", action="store_true",
        help="two patterns: only the names that the last * of both stands for",
    )  # fmt: skip
    sub.add_argument(
        "--metric", default="", help="the metric to show, or all; default: the headline"
    )
    sub.add_argument("--all", action="store_true", help=ALL)
    sub.add_argument(
        "--out", type=Path, help="write the table to FILE.{csv,json,md,parquet}, or a figure .png"
    )
    declare_changed(sub)


def run_compare(arguments: argparse.Namespace) -> None:
    if arguments.samples is not None:
        if arguments.matched:
            raise WrongCall("compare: --matched: expected without --samples")
        run_changed(arguments)
        return
    if arguments.condition or arguments.group:
        raise WrongCall("compare: --condition and --group: expected with --samples N")
    from benchsuite.api.compared import compare
    from benchsuite.files.write import write_bytes
    from benchsuite.publishing.formats import write_table

    found = compare(arguments.a, arguments.b, arguments.matched)
    shown = found.view(arguments.metric)
    if arguments.out is not None and arguments.out.suffix == ".png":
        write_bytes(arguments.out, found.figure(arguments.metric))
    elif arguments.out is not None:
        write_table(found.cells, arguments.out)
    for line in found.members():
        out_folded(line)
    show_table(shown, found.title(arguments.metric), list(shown).index("B - A"), arguments.all)


def run_report(arguments: argparse.Namespace) -> None:
    from benchsuite.api.jobs import reporting
    from benchsuite.api.progress import bar
    from benchsuite.files.write import write_bytes
    from benchsuite.publishing.formats import check_ending, write_table

    check_ending(Path(f"table.{arguments.format}"))
    job = reporting(arguments.name, arguments.words)
    with bar(f"report {job.name}") as progress:
        report = job.make(progress)
    for title, table in report.tables.items():
        if arguments.out is not None:
            path = arguments.out / f"{title}.{arguments.format}"
            write_table(table, path)
            out(str(path))
        show_table(table, title)
    for name, data in report.files.items():
        if arguments.out is None:
            say(f"note: {name}: --out DIR writes it", Exit.DONE)
        else:
            write_bytes(arguments.out / name, data)
            out(str(arguments.out / name))

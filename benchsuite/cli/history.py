"""`benchsuite history`: baselines over time, from their log."""

import argparse
from pathlib import Path

from benchsuite.cli.baseline import FOLDER, folder_of
from benchsuite.cli.output import out, show_table


def declare_history(sub: argparse.ArgumentParser) -> None:
    """show what baselines were over time, with drifts that no single gate fails, and changes."""
    sub.add_argument("--baselines", type=Path, metavar="FOLDER", help=FOLDER)
    sub.add_argument("--task", default="", help="only this task; default: every task")
    sub.add_argument("--metric", default="", help="the metric to follow; default: the headline")
    sub.add_argument(
        "--condition", default="", help="under this condition, or each of a set; default: clean"
    )
    sub.add_argument(
        "--group", default="", metavar="NAME=VALUE",
        help="in this group, or in each group of NAME; default: everybody",
    )  # fmt: skip
    sub.add_argument(
        "--out", type=Path, action="append", default=[], metavar="FILE",
        help="write FILE.{csv,json,md,parquet,tex}, or a figure FILE.{svg,png,pdf}; again for more",
    )  # fmt: skip


def run_history(arguments: argparse.Namespace) -> None:
    """Print the history of each baseline, and write what is named."""
    from benchsuite.api.history import history
    from benchsuite.files.write import write_bytes
    from benchsuite.publishing.escape import line
    from benchsuite.publishing.formats import check_ending, write_table
    from benchsuite.publishing.history import FIGURES

    drawn = [path for path in arguments.out if path.suffix[1:] in FIGURES]
    written = [path for path in arguments.out if path not in drawn]
    for path in written:
        check_ending(path)
    asked = arguments.metric, arguments.condition, arguments.group, arguments.task
    found = history(folder_of(arguments), *asked)
    for title, table in found.shown():
        show_table(table, title, keys=2)
    out("".join(f"- {line(one)}\n" for one in found.said()))
    for path in written:
        write_table(found.table(), path)
    for path in drawn:
        write_bytes(path, found.figure(path.suffix[1:]))

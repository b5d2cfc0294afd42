"""`benchsuite gate plan`: which drop a gate finds in a run, and how many samples another needs.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

import argparse
from pathlib import Path
from typing import Final

from benchsuite.cli.gate import declare_policy, overridden
from benchsuite.cli.output import ALL, RUN, out_folded, show_table

FIELDS: Final = ("mode", "alpha", "headline_share", "margin", "tolerance", "least_drop")
"""The fields of a policy that options override."""
KEYS: Final = 1
"""Columns that say what a row is of."""


def declare_plan(sub: argparse.ArgumentParser) -> None:
    """say which drop a gate finds in a run, and how many samples another drop needs."""
    sub.add_argument("runs", nargs="+", type=Path, metavar="RUN", help=f"a pilot: {RUN}")
    sub.add_argument(
        "--drop", metavar="SIZE",
        help="plan for this drop: 0.02 in the metric's unit, or 2%% of the baseline",
    )  # fmt: skip
    sub.add_argument(
        "--baseline",
        type=Path,
        help="a baseline file, folder or run: its differences are the noise",
    )
    sub.add_argument(
        "--correlation", type=float, metavar="R",
        help="without --baseline: of the scores of two models on the same samples; default: 0.8",
    )  # fmt: skip
    declare_policy(sub, FIELDS)
    sub.add_argument("--all", action="store_true", help=ALL)
    sub.add_argument("--out", type=Path, help="write the table to FILE.{csv,json,md,parquet}")


def run_plan(arguments: argparse.Namespace) -> None:
    """Print what each cell finds and needs, and what the whole does."""
    from benchsuite.api.planned import gate_plan
    from benchsuite.gates.policy import rules_of
    from benchsuite.publishing.formats import check_ending, write_table

    if arguments.out is not None:
        check_ending(arguments.out)
    policy = overridden(rules_of(arguments.policy).gate, FIELDS, arguments)
    found = gate_plan(
        arguments.runs, arguments.drop, arguments.baseline, policy, arguments.metric,
        arguments.correlation,
    )  # fmt: skip
    if arguments.out is not None:
        write_table(found.table(), arguments.out)
    show_table(found.view(), found.title, KEYS, arguments.all)
    for line in found.lines:
        out_folded(f"- {line}")

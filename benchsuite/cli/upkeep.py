"""What keeps a workplace in order: `doctor`, `runs`, `completion`.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchsuite.cli.output import out, out_folded, say, show_table
from benchsuite.cli.results import results_folder
from benchsuite.errors import BadData, Exit, WrongCall, near, one_of

if TYPE_CHECKING:
    from benchsuite.runs.inventory import Listed

RESULTS = "default: $BENCHSUITE_RESULTS or results"
SHELLS = ("bash", "zsh", "fish")


def declare_doctor(sub: argparse.ArgumentParser) -> None:
    """say what is installed, what is missing, and which command installs it."""
    sub.epilog = (
        "Ends with 69 if something is broken, or if a task that is named lacks a package; else "
        "with 0."
    )
    sub.add_argument("tasks", nargs="*", metavar="TASK", help="tasks that must work; default: none")
    sub.add_argument("--results", default=None, help=RESULTS)


def run_doctor(arguments: argparse.Namespace) -> Exit:
    """Print what was found; NOT_AVAILABLE where something asked for does not work."""
    from benchsuite.cli.doctor import Level, examine

    asked, failed, section = arguments.tasks, [], ""
    for one in examine(results_folder(arguments.results), asked):
        if one.section != section:
            section = one.section
            out(section)
        told = f": {one.told}" if one.told else ""
        out_folded(f"  {one.level:<7} {one.what}{told}")
        named = one.section == "tasks" and one.what in asked
        if one.level == Level.BROKEN or (named and one.level == Level.ABSENT):
            failed.append(one.what)
    if not failed:
        return Exit.DONE
    return say(f"doctor: {', '.join(failed)}: not available", Exit.NOT_AVAILABLE)


def declare_runs(sub: argparse.ArgumentParser) -> None:
    """list the runs of a results folder with their state and size, or remove some."""
    _of_folder(sub)
    sub.add_argument("--task", default="*", help="only this task; default: every task")
    sub.add_argument(
        "--state", default="",
        help="only runs that are complete, running, stopped, invalid or damaged",
    )  # fmt: skip
    sub.add_argument("--paths", action="store_true", help="print the paths alone, one per line")
    actions = sub.add_subparsers(
        dest="action", metavar="remove", help="remove runs; default: list them"
    )
    told = "remove runs from the disk"
    gone = actions.add_parser("remove", help=told, description=told)
    gone.add_argument("runs", nargs="+", metavar="RUN", help="a run's directory, or its run id")
    gone.add_argument("--yes", action="store_true", help="do not ask")
    _of_folder(gone, default=argparse.SUPPRESS)


def _of_folder(sub: argparse.ArgumentParser, default: str | None = None) -> None:
    sub.add_argument("--results", default=default, help=RESULTS)


def run_runs(arguments: argparse.Namespace) -> None:
    """List the runs of a results folder, or remove some."""
    from benchsuite.runs.inventory import State, inventory

    root = results_folder(arguments.results)
    if arguments.action == "remove":
        _remove(root, arguments.runs, arguments.yes)
        return
    if arguments.state:
        one_of("--state", arguments.state, list(State))
    if not root.is_dir():
        raise BadData(f"{root}: expected a results folder, found none")
    found = [one for one in inventory(root, arguments.task) if arguments.state in ("", one.state)]
    if arguments.paths:
        for one in found:
            out(str(one.path))
        return
    _show(root, found)


def _show(root: Path, found: Sequence["Listed"]) -> None:
    """Print a table for each dataset, what is wrong with runs, and the size of all."""
    import pandas as pd

    from benchsuite.cli.doctor import in_bytes

    tables: dict[str, list[Listed]] = {}
    for one in found:
        tables.setdefault(f"{one.task}, {one.dataset}", []).append(one)
    for title, several in tables.items():
        show_table(pd.DataFrame([_row(one) for one in several]), title)
    for one in found:
        if one.why:
            out_folded(f"{one.run_id}: {one.state}: {one.why}")
    total = in_bytes(sum(one.size for one in found))
    out(f"\n{len(found)} run{'' if len(found) == 1 else 's'} in {root}, {total}")


def _row(one: "Listed") -> dict[str, str]:
    from benchsuite.cli.doctor import in_bytes

    return {
        "model": one.model,
        "run": one.run_id,
        "conditions": f"{one.done}/{one.asked}" if one.asked else "–",
        "state": one.state.value,
        "size": in_bytes(one.size),
        "changed": datetime.fromtimestamp(one.changed).strftime("%Y-%m-%d %H:%M"),
    }


def _remove(root: Path, names: Sequence[str], yes: bool) -> None:
    """Remove runs once somebody has agreed; nothing where one of them cannot be."""
    from benchsuite.runs.inventory import check_removable, listed, remove
    from benchsuite.runs.store import RunDirectory

    directories = [RunDirectory(path) for path in dict.fromkeys(_path(root, n) for n in names)]
    check_removable(directories)
    _show(root, [listed(one) for one in directories])
    if not yes and not _agreed(len(directories)):
        raise WrongCall("runs remove: nothing was removed: --yes removes without a question")
    for one in directories:
        remove(one)
        out(f"removed {one.path}")


def _path(root: Path, name: str) -> Path:
    """The directory of a run by its path, or by its id below the results folder."""
    path = Path(name)
    if path.exists() or path.is_symlink():
        return path
    found = [one for one in root.glob("*/*/*/*") if one.name == name]
    if len(found) != 1:
        many = f"{len(found)} of them" if found else "none"
        known = [one.name for one in root.glob("*/*/*/*")]
        raise BadData(f"{name}: expected one run in {root}, found {many}{near(name, known)}")
    return found[0]


def _agreed(count: int) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    answer = input(f"remove {'this run' if count == 1 else f'these {count} runs'}? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def declare_completion(sub: argparse.ArgumentParser) -> None:
    """print the script that lets a shell complete commands, settings and runs."""
    sub.formatter_class = argparse.RawDescriptionHelpFormatter
    sub.epilog = (
        "once, in the shell's own file:\n"
        '  ~/.bashrc:                    source <(benchsuite completion bash)\n'
        '  ~/.zshrc, after compinit:     source <(benchsuite completion zsh)\n'
        '  ~/.config/fish/config.fish:   benchsuite completion fish | source\n'
    )  # fmt: skip
    sub.add_argument("shell", choices=SHELLS, help="the shell that gets the script")


def run_completion(arguments: argparse.Namespace) -> None:
    """Print the script of a shell."""
    from argcomplete import shellcode

    out(shellcode(["benchsuite"], shell=arguments.shell))

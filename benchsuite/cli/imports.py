"""`benchsuite import`: results and predictions of other programs, recognised by content."""

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from benchsuite.cli.output import out, out_folded
from benchsuite.errors import Exit, WrongCall, one_of, some_of

if TYPE_CHECKING:
    from benchsuite.api.imports import Recognised
    from benchsuite.boards.imports.vocabulary import Mapped


def declare_import(sub: argparse.ArgumentParser) -> None:
    """read results of others (lm-eval, MTEB, a table) or predictions: FILE... [key=value ...]"""
    sub.add_argument(
        "files", nargs="+", metavar="FILE | key=value",
        help="files or folders of one kind; predictions need the settings of `score`: dataset=...",
    )  # fmt: skip
    sub.add_argument(
        "--from", dest="kind", default="", metavar="KIND",
        help="lm-eval, mteb or predictions; default: what the content says",
    )  # fmt: skip
    sub.add_argument("--task", default="", help="the task; default: the one that knows the files")
    sub.add_argument("--model", default="", help="the model, where the files name none")
    sub.add_argument(
        "--map", action="append", default=[], metavar="WHAT:THEIRS=OURS",
        help="what a name means here: metric:acc=accuracy; an empty OURS leaves it out",
    )  # fmt: skip
    sub.add_argument("--out", type=Path, default=Path("reported.csv"),
                     help="a CSV for --reported; default: reported.csv")  # fmt: skip


def run_import(arguments: argparse.Namespace) -> Exit:
    """Write the numbers of others as a CSV, or score predictions; say what was found."""
    from benchsuite.api.imports import PREDICTIONS, Asked, imported, recognised
    from benchsuite.publishing.formats import write_table

    paths, settings = _apart(arguments.files)
    asked = Asked(arguments.kind, arguments.task, arguments.model, _mapped(arguments.map))
    files = recognised(paths, asked)
    if files[0].kind == PREDICTIONS:
        return max([_score(one, arguments.model, settings) for one in files])
    if settings:
        raise WrongCall(f"import: {settings[0]}: expected files alone, found a setting of a run")
    found = imported(files, asked)
    write_table(found.rows, arguments.out)
    for line in found.remarks:
        out_folded(line)
    for why, names in found.left_out.items():
        out_folded(f"left out: {some_of(names)}: {why}")
    out(str(arguments.out))
    out_folded(f"next: benchsuite publish --reported {arguments.out}")
    return Exit.DONE


def _apart(words: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Files, and settings: a word with `=` is a setting unless there is such a file."""
    files = [Path(word) for word in words if "=" not in word or Path(word).exists()]
    settings = [word for word in words if "=" in word and not Path(word).exists()]
    if not files:
        raise WrongCall("import: expected at least one file, found settings alone")
    return files, settings


def _mapped(words: Sequence[str]) -> "Mapped":
    from benchsuite.boards.imports.vocabulary import Mapped

    kinds = [one.name for one in fields(Mapped)]
    found: dict[str, dict[str, str]] = {}
    for word in words:
        what, _, rest = word.partition(":")
        theirs, equals, ours = rest.rpartition("=")
        if not equals or not theirs:
            raise WrongCall(f"--map: expected WHAT:THEIRS=OURS, found '{word}'")
        one_of("--map", what, kinds)
        found.setdefault(what, {})[theirs] = ours
    return Mapped(**found)


def _score(one: "Recognised", model: str, settings: Sequence[str]) -> Exit:
    """Score the predictions of a file as `benchsuite score` does."""
    from benchsuite.cli.commands import NAME, PREDICTIONS, score

    out_folded(f"{one.path}: {one.told}, scored by task {one.task}")
    called = [f"{NAME}{model}"] if model else []
    return score([f"task={one.task}", f"{PREDICTIONS}{one.path}", *called, *settings])

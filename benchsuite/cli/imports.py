"""`benchsuite import`: results and predictions of other programs, recognised by content."""

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchsuite.cli.output import out, out_folded
from benchsuite.errors import Exit, WrongCall, one_of, some_of

if TYPE_CHECKING:
    from benchsuite.api.recognised import Asked, Recognised
    from benchsuite.boards.imports.vocabulary import Mapped


_OPTIONS: Final = {
    "--from": "lm-eval, mteb, table or predictions; default: what the content says",
    "--task": "the task; default: the only one that knows the files",
    "--model": "the model, where the files name none",
    "--dataset": "the dataset, where a table names none",
    "--metric": "the metric, where a table names none",
    "--source": "who published a table: its citation; default: the name of the file",
    "--unit": "of a table's shares: percent or share; default: percent if a value exceeds 1",
}
"""Options that are a word: what each says."""


def declare_import(sub: argparse.ArgumentParser) -> None:
    """read results of others: lm-eval, MTEB, tables; or score predictions: FILE... dataset=..."""
    sub.add_argument(
        "files", nargs="+", metavar="FILE | key=value",
        help="files or folders of one kind; predictions need the settings of `score`: dataset=...",
    )  # fmt: skip
    for option, told in _OPTIONS.items():
        sub.add_argument(option, default="", metavar="NAME", help=told)
    sub.add_argument(
        "--errors", action="store_true", help="of a table: what follows ± is a standard error"
    )
    sub.add_argument(
        "--map", action="append", default=[], metavar="WHAT:THEIRS=OURS",
        help="what a name means here, as metric:acc=accuracy or column:Net=model; WHAT is column, "
        "model, dataset, metric or condition; an empty OURS leaves it out",
    )  # fmt: skip
    sub.add_argument("--out", type=Path, default=Path("reported.csv"),
                     help="a CSV for --reported; default: reported.csv")  # fmt: skip


def run_import(arguments: argparse.Namespace) -> Exit:
    """Write the numbers of others as a CSV, or score predictions; say what was found."""
    from benchsuite.api.imports import imported
    from benchsuite.api.recognised import PREDICTIONS, recognised
    from benchsuite.publishing.formats import write_table

    paths, settings = _apart(arguments.files)
    asked = _asked(arguments)
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


def _asked(arguments: argparse.Namespace) -> "Asked":
    from benchsuite.api.recognised import Asked
    from benchsuite.boards.imports.raw import Told
    from benchsuite.boards.imports.values import UNITS

    if arguments.unit:
        one_of("--unit", arguments.unit, UNITS)
    told = Told(
        arguments.model, arguments.dataset, arguments.metric, arguments.source, arguments.unit,
        arguments.errors,
    )  # fmt: skip
    return Asked(getattr(arguments, "from"), arguments.task, told, _mapped(arguments.map))


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

    if not any(word.startswith("dataset=") for word in settings):
        told = f"import: {one.path}: {one.told}, which task {one.task} scores"
        raise WrongCall(f"{told}: expected the dataset, dataset=NAME dataset.path=DIR, found none")
    out_folded(f"{one.path}: {one.told}, scored by task {one.task}")
    called = [f"{NAME}{model}"] if model else []
    return score([f"task={one.task}", f"{PREDICTIONS}{one.path}", *called, *settings])

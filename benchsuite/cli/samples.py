"""The commands that show what is behind numbers: samples, and explanations."""

import argparse
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchsuite.cli.output import out, out_folded, say, show_table
from benchsuite.errors import BenchsuiteError, Exit, WrongCall

if TYPE_CHECKING:
    import pandas as pd

    from benchsuite.dataset import Dataset
    from benchsuite.publishing.samples import Captioned
    from benchsuite.runs.statistics import Statistics

USUAL: Final = 20
"""How many of the worst samples are shown by default."""
PAGE, SHEET = ".html", ".png"
WRITTEN: Final = "write a table FILE.{csv,json,md,parquet}, a page .html, or pictures .png"
HOW: Final = "`benchsuite samples RUN dataset=NAME dataset.KEY=VALUE` names it"


def declare_samples(sub: argparse.ArgumentParser) -> None:
    """show the worst samples of a run: own scores, influence, prediction and truth."""
    sub.add_argument("run", type=Path, metavar="RUN", help="a finished run, or a baseline file")
    sub.add_argument(
        "words", nargs="*", metavar="dataset.KEY=VALUE",
        help="the dataset, as `benchsuite run` takes it; default: that of the run's own call",
    )  # fmt: skip
    sub.add_argument("--condition", default="", help="or a set of conditions; default: clean")
    sub.add_argument(
        "--worst", type=int, metavar="N", help=f"default: {USUAL}; in the file of a table, all"
    )
    sub.add_argument("--metric", default="", help="default: the headline")
    sub.add_argument("--group", default="", metavar="A=V", help="its samples alone: race=Black")
    sub.add_argument("--out", type=Path, metavar="FILE", help=WRITTEN)
    sub.add_argument("--table", action="store_true", help="no looks: the dataset is not loaded")


def declare_changed(sub: argparse.ArgumentParser) -> None:
    """The options of `compare` that are about samples."""
    sub.add_argument(
        "--samples",
        type=int,
        metavar="N",
        help=f"show the N most changed samples; --out: {WRITTEN}",
    )
    sub.add_argument("--condition", default="", help="with --samples; default: all conditions")
    sub.add_argument("--group", default="", metavar="A=V", help="with --samples: race=Black")


def declare_explain(sub: argparse.ArgumentParser) -> None:
    """say what is behind a number: interval, data, code, and the samples that move it most."""
    sub.add_argument("run", type=Path, metavar="RUN", help="a finished run")
    sub.add_argument(
        "cell", nargs="*", metavar="CELL",
        help="a condition, metric, form, group: in any order; default: clean, the headline",
    )  # fmt: skip


def run_samples(arguments: argparse.Namespace) -> None:
    from benchsuite.api.progress import bar
    from benchsuite.boards.asked import conditions_of, metric_of
    from benchsuite.boards.samples import ID, INFLUENCE, samples, where_worst, worst
    from benchsuite.runs.statistics import read_statistics

    drawn, n = _is_drawn(arguments.out), arguments.worst
    run, condition = read_statistics(arguments.run), arguments.condition
    metric = metric_of(run, arguments.metric).name
    of = (condition, metric, arguments.group)
    with bar("samples") as progress:
        if n is None and not drawn:
            found = samples(run, *of, progress)
        else:
            found = worst(run, USUAL if n is None else n, *of, progress)
    looks: Iterator[Captioned] = iter(())
    if drawn and not arguments.table:
        where = where_worst(run, list(found[ID]), condition, metric)
        data = _dataset(arguments.run, run, arguments.words)
        scored = metric if found[metric].notna().any() else INFLUENCE
        looks = _captioned(run, data, found.assign(condition=where), scored)
    place = condition or conditions_of(run)[0]
    title = f"{run.identity.model}, {run.identity.dataset}, {place}, worst first"
    _show(arguments.out, title, found, [ID, metric, INFLUENCE], looks)


def run_changed(arguments: argparse.Namespace) -> None:
    """What `compare --samples N` does."""
    from benchsuite.api.progress import bar
    from benchsuite.boards.samples import CONDITION, DIFFERENCE, ID, A, B, differences
    from benchsuite.runs.statistics import read_statistics

    if arguments.samples < 1:
        raise WrongCall(f"--samples: expected at least 1, found {arguments.samples}")
    drawn = _is_drawn(arguments.out)
    a, b = read_statistics(arguments.a), read_statistics(arguments.b)
    of = (arguments.condition, arguments.metric, arguments.group)
    with bar("samples") as progress:
        found = differences(a, b, *of, progress).head(arguments.samples)
    looks: Iterator[Captioned] = iter(())
    if drawn and (data := _dataset(arguments.a, a, [])):
        both = [_captioned(run, data, found, name) for run, name in ((a, A), (b, B))]
        looks = chain.from_iterable(zip(*both, strict=True))
    title = f"{b.identity.model} - {a.identity.model} (B - A), most changed first"
    _show(arguments.out, title, found, [ID, CONDITION, A, B, DIFFERENCE], looks)


def run_explain(arguments: argparse.Namespace) -> None:
    from benchsuite.api.finished import load_run
    from benchsuite.publishing.explained import MOVING, text, title

    found = load_run(arguments.run).explain(*arguments.cell)
    out(f"\n{title(found.cell)}\n")
    for one in text(found):
        out_folded(one)
    if len(found.samples):
        show_table(found.moving, MOVING)


def _is_drawn(path: Path | None) -> bool:
    """Whether looks are shown: printed, on a page or a sheet. Raises WrongCall for an ending."""
    from benchsuite.publishing.formats import check_ending

    if path is None or path.suffix.lower() in (PAGE, SHEET):
        return True
    check_ending(path)
    return False


def _dataset(path: Path, run: "Statistics", words: Sequence[str]) -> "Dataset | None":
    """The dataset of a run; a note says why there is none, and what to type."""
    from benchsuite.api.finished import load_run
    from benchsuite.api.jobs import dataset_for
    from benchsuite.task import load_task

    task = load_task(run.identity.task)
    if task.look is None:
        return None
    if words:
        return dataset_for([run], task, words)
    try:
        return load_run(path).dataset
    except BenchsuiteError as error:
        say(f"note: no looks: {error}; {HOW}", Exit.DONE)
        return None


def _captioned(
    run: "Statistics", dataset: "Dataset | None", found: "pd.DataFrame", column: str
) -> "Iterator[Captioned]":
    """The look of each row, below a caption with its score."""
    from benchsuite.boards.looks import looks
    from benchsuite.boards.samples import CONDITION, ID
    from benchsuite.publishing.samples import caption

    if dataset is None:
        return
    where, ids = list(found[CONDITION]), list(found[ID])
    seen = looks(run, dataset, zip(where, ids, strict=True))
    rows = zip(ids, where, found[column], seen, strict=True)
    for place, (sample, condition, score, look) in enumerate(rows, 1):
        yield caption(place, sample, condition, column, score), look


def _show(
    path: Path | None, title: str, found: "pd.DataFrame", first: Sequence[str],
    looks: "Iterator[Captioned]",
) -> None:  # fmt: skip
    """Print the table and the looks, or write them in the format of the file's ending."""
    from benchsuite.api.progress import bar
    from benchsuite.files.write import write_bytes
    from benchsuite.publishing.formats import write_table
    from benchsuite.publishing.samples import narrowed, page, readable

    if path is None:
        show_table(narrowed(readable(found), first), title)
        _print(looks)
        return
    with bar("looks"):
        seen = list(looks)
    if path.suffix.lower() == PAGE:
        write_bytes(path, page(title, readable(found), seen))
    elif path.suffix.lower() == SHEET:
        from benchsuite.publishing.pictures import sheet

        write_bytes(path, sheet(seen))
    else:
        write_table(found, path)
    out(str(path))


def _print(looks: "Iterator[Captioned]") -> None:
    """Print what looks say; a note tells how to see what they draw."""
    from benchsuite.publishing.samples import lines

    drawn = False
    for caption, look in looks:
        drawn = drawn or look.picture is not None
        if not look.text:
            break  # pictures take their time, and nobody sees them here
        out("")
        for one in lines(caption, look):
            out_folded(one)
    if drawn:
        say("note: --out FILE.png or FILE.html shows pictures", Exit.DONE)

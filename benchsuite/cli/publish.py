"""`benchsuite publish`: boards as pages and tables in a folder, as a site, or in other formats.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchsuite.cli.output import out, say_left_out
from benchsuite.cli.results import read_reported_files, results_folder
from benchsuite.errors import WrongCall

OUT: Final = Path("leaderboards")


def declare_publish(sub: argparse.ArgumentParser) -> None:
    """write leaderboards as pages and tables, one folder per dataset, or as a static site."""
    sub.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH",
        help="a results folder; a board with submissions, which is written anew; with --site also "
        "a folder of published boards",
    )  # fmt: skip
    sub.add_argument("--task", default="*", help="only this task; default: every task")
    sub.add_argument("--results", default=None, help="default: $BENCHSUITE_RESULTS or results")
    sub.add_argument(
        "--reported", type=Path, action="append", default=[], metavar="CSV",
        help="publish numbers of others instead of runs: a folder reported-DATASET each",
    )  # fmt: skip
    sub.add_argument(
        "--out", type=Path, help=f"a folder for pages and tables; default: {OUT}, but with --site"
    )
    sub.add_argument(
        "--site", type=Path, metavar="DIR",
        help="write a site there, which a browser opens from disk: DIR/index.html",
    )  # fmt: skip
    sub.add_argument(
        "--show", action="append", default=[], metavar="DATASET",
        help="with --site: show samples of this one, too: you know that you may",
    )  # fmt: skip
    sub.add_argument(
        "--as", default="", dest="formats", metavar="A,B",
        help="write other formats to --out, and no page: latex, figure, every_eval_ever, "
        "model-index, croissant",
    )  # fmt: skip
    sub.add_argument(
        "--citation", type=Path, metavar="CFF",
        help="a CITATION.cff: authors, licence, address and date, for formats that ask for them",
    )  # fmt: skip


def run_publish(arguments: argparse.Namespace) -> None:
    """Write the folders, the site, or both."""
    given = [bool(arguments.paths), arguments.results is not None, bool(arguments.reported)]
    if sum(given) > 1:
        raise WrongCall("publish: expected one of PATH, --results and --reported")
    if arguments.reported and arguments.site is not None:
        raise WrongCall("publish: --reported: expected without --site; publish with --out first")
    if arguments.formats:
        _export(arguments)
    elif arguments.out is not None or arguments.site is None:
        _write_folders(arguments)
    if arguments.site is not None:
        _write_site(arguments)


def _write_folders(arguments: argparse.Namespace) -> None:
    from benchsuite.api.progress import bar

    with bar("publish"):
        for folder in _folders(arguments):
            out(str(folder))


def _folders(arguments: argparse.Namespace) -> Iterator[Path]:
    """Write the folders, one after another."""
    from benchsuite.api.submissions import rebuild, takes_submissions
    from benchsuite.publishing.folder import publish, publish_boards

    target = arguments.out or OUT
    if reported := read_reported_files(arguments):
        yield from publish_boards(reported, target)
        return
    for path in _paths(arguments):
        if not takes_submissions(path):
            yield from publish(path, target, arguments.task, say_left_out)
        elif arguments.out is None:
            yield rebuild(path)
        else:
            raise WrongCall(f"publish: {path} is a board: expected it without --out")


def _write_site(arguments: argparse.Namespace) -> None:
    from benchsuite.api.finished import load_run
    from benchsuite.api.progress import bar
    from benchsuite.publishing.site.boards import published
    from benchsuite.publishing.site.build import build
    from benchsuite.publishing.site.samples import Showing

    showing = Showing(lambda run: load_run(run).dataset, arguments.show, say_left_out)
    with bar("publish"):
        boards = published(_paths(arguments), say_left_out, arguments.task)
        for page in build(boards, arguments.site, [showing.pages]):
            out(str(page))


def _export(arguments: argparse.Namespace) -> None:
    from benchsuite.api.progress import bar
    from benchsuite.publishing.export.citation import Citation, read_citation
    from benchsuite.publishing.export.files import checked, export
    from benchsuite.publishing.site.boards import published, published_of

    if arguments.out is None:
        raise WrongCall("publish: --as: expected with --out DIR")
    names = checked(arguments.formats.split(","))
    citation = read_citation(arguments.citation) if arguments.citation else Citation()
    with bar("publish"):
        if reported := read_reported_files(arguments):
            boards = [*published_of(reported)]
        else:
            boards = published(_paths(arguments), say_left_out, arguments.task)
        for path in export(boards, names, arguments.out, citation):
            out(str(path))


def _paths(arguments: argparse.Namespace) -> list[Path]:
    return arguments.paths or [results_folder(arguments.results)]

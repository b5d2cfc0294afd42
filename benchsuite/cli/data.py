"""`benchsuite data`: which datasets there are, how to get one, and whether it is the right one.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

import argparse
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchsuite.cli.output import out, out_folded, say, show_table
from benchsuite.errors import Exit

if TYPE_CHECKING:
    from benchsuite.api.data import Entry
    from benchsuite.task import Origin

ROOT = "the folder of datasets; default: $BENCHSUITE_DATA or data"
UNKNOWN = "unknown"


def declare_data(sub: argparse.ArgumentParser) -> None:
    """list datasets, say how to get one, download it, check it: data list | info | get | check."""
    actions = sub.add_subparsers(
        dest="action", required=True, metavar="ACTION", help="one of these"
    )
    listing = _action(actions, "list", "list the datasets: licence, size, access, what is here")
    listing.add_argument("task", nargs="?", default="", help="one task only")
    info = _action(actions, "info", "say all that is known of a dataset, and what is missing of it")
    fetch = _action(actions, "get", "download a dataset, or what is missing of it")
    check = _action(actions, "check", "compare a dataset with the published counts and fingerprint")
    for one in (info, fetch, check):
        one.add_argument("dataset", metavar="NAME", help="a dataset that `data list` names")
        one.add_argument("--task", default="", help="its task, where two have that name")
    fetch.add_argument("--out", type=Path, metavar="DIR", help="default: NAME in the folder --data")
    fetch.add_argument(
        "--files", action="append", default=[], metavar="PATTERN",
        help="fetch these files of the source; default: those that the reader needs",
    )  # fmt: skip
    fetch.add_argument(
        "--revision", default="", metavar="COMMIT",
        help="a commit of the repository, where `data info` knows none",
    )  # fmt: skip
    check.add_argument(
        "overrides", nargs="*", metavar="key=value",
        help="settings of `benchsuite run`: dataset.path=DIR",
    )  # fmt: skip


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, told: str
) -> argparse.ArgumentParser:
    one = actions.add_parser(name, help=told, description=told)
    one.add_argument("--data", default=None, metavar="DIR", help=ROOT)
    return one


def run_data(arguments: argparse.Namespace) -> Exit:
    """Run one of the four actions."""
    return _ACTIONS[arguments.action](arguments)


def _list(arguments: argparse.Namespace) -> Exit:
    import pandas as pd

    from benchsuite.api.data import data_folder, entries

    root = data_folder(arguments.data)
    rows = [_row(one, root) for one in entries(arguments.task)]
    show_table(pd.DataFrame(rows), "datasets", everything=True)
    out_folded(f"here: whether the reader finds all that it needs in the folder {root}")
    out("\n`benchsuite data info NAME` says more, `benchsuite data get NAME` downloads one")
    return Exit.DONE


def _row(one: "Entry", root: Path) -> dict[str, str]:
    known = one.origin
    return {
        "name": one.name,
        "task": one.task.name,
        "access": known.access.value if known else UNKNOWN,
        "licence": known.licence if known else UNKNOWN,
        "size": _size(known),
        "here": "yes" if one.is_in(one.folder(root)) else "" if _own(known) else "no",
    }


def _own(known: "Origin | None") -> bool:
    from benchsuite.task import Access

    return known is not None and known.access is Access.OWN


def _size(known: "Origin | None") -> str:
    from benchsuite.cli.doctor import in_bytes

    return in_bytes(known.bytes) if known and known.bytes >= 0 else ""


def _info(arguments: argparse.Namespace) -> Exit:
    from benchsuite.api.data import data_folder, entry

    one = entry(arguments.dataset, arguments.task)
    for line in _told(one, one.folder(data_folder(arguments.data))):
        out_folded(line)
    return Exit.DONE


def _told(one: "Entry", folder: Path) -> Iterator[str]:
    """All that is known of a dataset, in lines."""
    from benchsuite.api.data import BEGUN

    known = one.origin
    yield f"{one.name}: {known.title if known else one.summary or 'a dataset'}"
    yield f"  task      {one.task.name}"
    if known is None:
        yield "  origin    unknown: nobody has said where it comes from"
        return
    yield f"  access    {known.access}: {known.access.told}"
    yield f"  licence   {known.licence}{known.rights and f'; {known.rights}'}"
    yield f"  size      {_size(known) or UNKNOWN}"
    for content in known.contents[:1]:
        yield f"  samples   {content.counts.get('samples', UNKNOWN)} ({content.source})"
    for name, value in (("homepage", known.homepage), ("terms", known.terms)):
        if value:
            yield f"  {name:<9} {value}"
    yield from _sources(known)
    yield from _layout(known, folder)
    if (folder / BEGUN).exists():
        yield "  state     incomplete: a download was cut"
    yield from (f"  by hand   {step}" for step in known.steps)
    yield from _next(one, known, folder)
    if known.citation:
        yield f"  cite      {known.citation}"


def _sources(known: "Origin") -> Iterator[str]:
    """Where files come from, and whether they can be checked."""
    from benchsuite.api.data import HUB

    for repository in known.repositories:
        commit = repository.revision or "the commit of --revision: none is known here"
        yield f"  from      {HUB}/{repository.name} at {commit}: {', '.join(repository.patterns)}"
    for file in known.files:
        hashed = f"SHA-256 {file.sha256}" if file.sha256 else "its hash is unknown"
        yield f"  from      {file.url} ({hashed})"


def _layout(known: "Origin", folder: Path) -> Iterator[str]:
    if known.layout:
        yield f"  layout    {folder}/"
    for part in known.layout:
        state = "here" if part.is_in(folder) else "missing" if part.needed else "not here"
        yield f"    {part.path:<34} {state:<9} {part.holds}"


def _next(one: "Entry", known: "Origin", folder: Path) -> Iterator[str]:
    """The command that comes next."""
    if one.is_in(folder):
        yield f"  check     benchsuite data check {_called(one)}{_where(folder, known)}"
        yield f"  run       {_run(one, folder)}"
    elif known.downloads:
        unpinned = any(not repository.revision for repository in known.repositories)
        revision = " --revision COMMIT" if unpinned else ""
        yield f"  get       benchsuite data get {_called(one)}{revision}"
    elif known.layout or _own(known):
        yield f"  run       {_run(one, folder)}"


def _called(one: "Entry") -> str:
    """What a command calls a dataset: its name, and the task where two have one of that name."""
    from benchsuite.api.data import entries

    several = sum(other.name == one.name for other in entries()) > 1
    return f"{one.name} --task {one.task.name}" if several else one.name


def _where(folder: Path, known: "Origin") -> str:
    """The words that tell a reader the folder."""
    from benchsuite.api.words import word_of
    from benchsuite.task import Access

    if known.access is Access.INCLUDED:
        return ""
    words = [word_of(f"dataset.{key}", path) for key, path in known.words(folder).items()]
    return "".join(f" {shlex.quote(word)}" for word in words)


def _run(one: "Entry", folder: Path) -> str:
    words = _where(folder, one.origin) if one.origin else ""
    return f"benchsuite run task={one.task.name} dataset={one.name}{words}"


def _get(arguments: argparse.Namespace) -> Exit:
    from benchsuite.api.data import data_folder, entry, get
    from benchsuite.api.progress import bar

    one = entry(arguments.dataset, arguments.task)
    folder = arguments.out or one.folder(data_folder(arguments.data))
    with bar(f"get {one.name}") as progress:
        told = get(one, folder, arguments.files, progress, arguments.revision)
    for line in told:
        out_folded(line)
    out(str(folder))
    if one.origin is not None:
        for part in one.origin.lacking(folder):
            say(f"note: {folder / part.path} is missing: {part.holds}", Exit.DONE)
    out(_run(one, folder))
    return Exit.DONE


def _check(arguments: argparse.Namespace) -> Exit:
    import pandas as pd

    from benchsuite.api.checked import check
    from benchsuite.api.data import data_folder, entry
    from benchsuite.api.progress import bar

    one = entry(arguments.dataset, arguments.task)
    with bar(f"check {one.name}"):
        found = check(one, arguments.overrides, one.folder(data_folder(arguments.data)))
    rows = [
        {"what": r.what, "published": r.expected or UNKNOWN, "found": r.found, "ok": _OK[r.ok]}
        for r in found.rows
    ]
    published = f"as published: {found.source}" if found.source else "nothing is published of it"
    show_table(pd.DataFrame(rows), f"{one.task.name}, {one.name}, {published}", everything=True)
    if not found.wrong:
        return Exit.DONE
    first = found.wrong[0]
    told = f"{first.what}: expected {first.expected}, found {first.found}"
    more = f", and {len(found.wrong) - 1} more" if len(found.wrong) > 1 else ""
    return say(f"data check: {one.name}: {told}{more}", Exit.BAD_DATA)


_OK = {True: "yes", False: "no", None: UNKNOWN}
_ACTIONS = {"list": _list, "info": _info, "get": _get, "check": _check}

"""The datasets of all tasks: where they come from, what of them is here, and their download."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from benchsuite.api.groups import names_of
from benchsuite.errors import BadData, CannotWrite, Held, NotAvailable, WrongCall, near
from benchsuite.files.download import Refused, Remote, download, missing_bytes
from benchsuite.files.sources import unpack
from benchsuite.files.write import writing
from benchsuite.learning.listing import Unmatched, has_token, is_commit, listed
from benchsuite.task import Access, Origin, Progress, Task, load_task, silent, tasks

DATA: Final = "BENCHSUITE_DATA"
"""The variable of the environment that names the folder of datasets."""
HUB: Final = "https://huggingface.co/datasets"
MB: Final = 1_000_000
BEGUN: Final = ".get.incomplete"
"""A file in a folder for which a download has begun and has not ended."""
ROOM: Final = 50 * MB
"""Bytes of a disk that a download leaves free."""


@dataclass(frozen=True)
class Entry:
    """A dataset of a task: what it is called, one line of it, and where it comes from if known."""

    task: Task
    name: str
    summary: str
    origin: Origin | None

    def folder(self, root: Path) -> Path:
        """Where `get` puts it, below the folder of datasets."""
        return root / self.name

    def is_in(self, folder: Path) -> bool:
        """Whether a folder has all that its reader needs, or it comes with the task."""
        known = self.origin
        if known is None or (folder / BEGUN).exists():
            return False
        return known.access is Access.INCLUDED or known.is_in(folder)


def data_folder(given: str | Path | None = None) -> Path:
    """The folder of datasets: as given, or $BENCHSUITE_DATA, or `data`."""
    return Path(given or os.environ.get(DATA) or "data")


def entries(task: str = "") -> list[Entry]:
    """The datasets of the installed tasks, or of one, by task and name."""
    every = [load_task(task)] if task else tasks().values()
    return [_entry(one, name) for one in every for name in names_of(one, "dataset")]


def _entry(task: Task, name: str) -> Entry:
    summary = task.datasets[name].summary if name in task.datasets else ""
    return Entry(task, name, summary, task.origin(name))


def entry(name: str, task: str = "") -> Entry:
    """The dataset of that name. Raises WrongCall for none, or for one of two tasks."""
    every = entries(task)
    found = [one for one in every if one.name == name]
    if not found:
        raise WrongCall(f"no dataset is called '{name}'{near(name, (one.name for one in every))}")
    if len(found) > 1:
        named = ", ".join(one.task.name for one in found)
        raise WrongCall(f"dataset '{name}': expected --task, found it in {named}")
    return found[0]


def get(
    one: Entry,
    folder: Path,
    patterns: Sequence[str] = (),
    progress: Progress = silent,
    revision: str = "",
) -> list[str]:
    """Download a dataset into a folder, or what is missing of it; returns what it is of, in lines.

    patterns  the files to fetch, in place of those that the reader's defaults need
    revision  the commit of a repository whose commit is not known here
    Raises NotAvailable where no command can, or a server does not give it; BadData for a file of
    another size or hash; CannotWrite where the disk has not enough room; Held.
    """
    origin = one.origin
    if origin is None or not origin.downloads:
        raise NotAvailable(f"dataset {one.name}: {by_hand(one)}")
    try:
        told, remotes = _remotes(_pinned(one.name, origin, revision), patterns)
        _check_room(folder, sum(missing_bytes(remote, folder) for remote in remotes))
        with _held(folder):
            _download(remotes, folder, progress)
            for file in origin.files:
                if file.zipped and (archive := folder / file.path).is_file():
                    _unpack(archive, folder, file.sha256)
    except Refused as error:
        raise NotAvailable(f"dataset {one.name}: {_advice(origin, error)}") from error
    return told


def _pinned(name: str, origin: Origin, revision: str) -> Origin:
    """The origin with a commit for each repository. Raises WrongCall where it has none, or two."""
    unpinned = [one.name for one in origin.repositories if not one.revision]
    if unpinned and not is_commit(revision):
        found = f"found {revision}" if revision else "no commit is known"
        raise WrongCall(
            f"dataset {name}: expected --revision with a commit of {HUB}/{unpinned[0]}, {found}"
        )
    if revision and not unpinned:
        raise WrongCall(f"dataset {name}: expected no --revision: its commit is known")
    known = tuple(replace(one, revision=one.revision or revision) for one in origin.repositories)
    return replace(origin, repositories=known)


def _download(remotes: Sequence[Remote], folder: Path, progress: Progress) -> None:
    total, before = sum(max(remote.size, 0) for remote in remotes), 0

    def show(done: int) -> None:
        progress("MB", (before + done) // MB, total // MB)

    for number, remote in enumerate(remotes, 1):
        download(remote, folder, show)
        progress("files", number, len(remotes))
        before += max(remote.size, 0)


def _unpack(archive: Path, folder: Path, sha256: str) -> None:
    """Write an archive's members; one that is damaged and has no hash is fetched anew next time."""
    try:
        unpack(archive, folder)
    except BadData:
        if not sha256:
            archive.unlink()
        raise


def by_hand(one: Entry) -> str:
    """What a person does to get a dataset that no command fetches, in one line."""
    known = one.origin
    if known is None:
        return "nothing is known of where it comes from"
    if known.access is Access.INCLUDED:
        return "it comes with the task: there is nothing to get"
    if known.access is Access.OWN:
        return f"it is a folder of your own: `benchsuite data info {one.name}` shows its layout"
    return "no command can fetch it: " + "; ".join(known.steps)


def _remotes(origin: Origin, patterns: Sequence[str]) -> tuple[list[str], list[Remote]]:
    """What the files are of, in lines, and the files. Raises WrongCall where none is asked for."""
    told, remotes, unmatched = [], [], None
    for one in origin.repositories:
        try:
            files = listed(one.name, one.revision, patterns or one.patterns, one.folder)
        except Unmatched as error:
            if not patterns:
                raise
            unmatched = error
            continue
        told.append(f"{HUB}/{one.name} at {one.revision}")
        remotes += files
    for file in origin.files:
        if not patterns or any(fnmatch(file.path, pattern) for pattern in patterns):
            told.append(file.url)
            remotes.append(Remote(file.url, file.path, file.size, file.sha256))
    if not remotes and unmatched is not None:
        raise unmatched
    if not remotes:
        named = ", ".join(file.path for file in origin.files)
        raise WrongCall(f"--files: expected a pattern of {named}, found {', '.join(patterns)}")
    return told, remotes


def _check_room(folder: Path, needed: int) -> None:
    there = next(path for path in [folder, *folder.absolute().parents] if path.exists())
    free = shutil.disk_usage(there).free
    if needed + ROOM > free:
        raise CannotWrite(f"{folder}: expected room for {needed:,} bytes, found {free:,} free")


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """A context in which no other process downloads into the folder.

    Its folder is marked as incomplete until it ends well. Raises Held.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".get.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise Held(f"{folder}: another process downloads into it") from error
        (folder / BEGUN).touch()
    try:
        yield
        (folder / BEGUN).unlink(missing_ok=True)
    finally:
        lock.release()


def _advice(origin: Origin, error: Refused) -> str:
    """What a server's refusal means, and what to do about it."""
    page = origin.terms or origin.homepage
    token = "your token is not accepted" if has_token() else "a token is needed"
    told = {
        401: f": {token}: accept the terms at {page}, then set HF_TOKEN or run `hf auth login`",
        403: f": your account may not have it yet: ask for access at {page}",
        404: f": it is gone, or not shown to everybody: see {page}",
    }
    return f"{error}{told.get(error.status, '')}"

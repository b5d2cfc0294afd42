"""What lies in a results folder: every run with its state and size, damaged ones too."""

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from benchsuite.errors import BadData, Held, near
from benchsuite.files.write import TEMPORARY, writing
from benchsuite.runs.find import find_runs
from benchsuite.runs.lock import HOLDER, LOCK, hold, holder
from benchsuite.runs.manifest import Manifest
from benchsuite.runs.store import CALL, CELLS, MANIFEST, STATUS, RunDirectory

OWN: Final = (
    MANIFEST, STATUS, CELLS, f"{CELLS}.sha256", "tidy-*.parquet", "units", "artefacts", "scratch",
    "answers", CALL, "log.txt", LOCK, HOLDER, f"{TEMPORARY}*",
)  # fmt: skip
"""All that the suite writes into a run directory, as patterns; see `store`."""


class State(StrEnum):
    """How a run is."""

    COMPLETE = "complete"
    RUNNING = "running"  # a process holds it
    STOPPED = "stopped"  # begun, and held by no process: its command continues it
    INVALID = "invalid"  # its model changed while it ran
    DAMAGED = "damaged"  # its manifest, status or cells cannot be read


@dataclass(frozen=True)
class Listed:
    """A run as a list shows it.

    why        who holds it, what is damaged, why it is invalid, or that it was stopped early
    done       conditions with all their units;   asked  those of the manifest
    size       bytes on disk;   changed  when a file of it was last written, seconds since 1970
    """

    path: Path
    task: str
    dataset: str
    model: str
    run_id: str
    state: State
    why: str
    done: int
    asked: int
    size: int
    changed: float


def inventory(root: Path, task: str = "*") -> Iterator[Listed]:
    """The runs below `root`, in the order of their paths."""
    return map(listed, find_runs(root, task))


def listed(directory: RunDirectory) -> Listed:
    """The run as a list shows it. Where there is no manifest, its folders say what it is."""
    manifest, state, why = _state(directory)
    size, changed = extent(directory.path)
    asked = manifest.conditions if manifest else ()
    done = sum(state == State.COMPLETE or directory.has_all_units(name) for name in asked)
    folders = [directory.path, *directory.path.absolute().parents][:4]
    run_id, model, dataset, task = (folder.name for folder in folders)
    if manifest:
        identity = manifest.identity
        task, dataset, model = identity.task, identity.dataset, identity.model
        run_id = manifest.run_id
    return Listed(
        directory.path, task, dataset, model, run_id, state, why, done, len(asked), size, changed
    )


def _state(directory: RunDirectory) -> tuple[Manifest | None, State, str]:
    manifest, held = None, holder(directory.path)
    try:
        manifest = directory.manifest
        complete, cells, invalid = directory.complete, directory.cells(), directory.invalid
    except BadData as error:
        return manifest, State.RUNNING if held else State.DAMAGED, held or str(error)
    if held:
        return manifest, State.RUNNING, held
    if invalid:
        return manifest, State.INVALID, invalid
    if complete and cells is None:
        return manifest, State.DAMAGED, f"{directory.path / CELLS}: missing"
    if not complete:
        return manifest, State.STOPPED, ""
    return manifest, State.COMPLETE, str(manifest.stopped or "")


def extent(folder: Path) -> tuple[int, float]:
    """The bytes below a folder, and when a file was last written; links are not followed."""
    size, changed = 0, 0.0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                found = (Path(place) / name).lstat()
            except OSError:  # it was removed meanwhile
                continue
            size += found.st_size
            if stat.S_ISREG(found.st_mode) and name != LOCK:  # to look is to touch the lock
                changed = max(changed, found.st_mtime)
    return size, changed


def check_removable(directories: Sequence[RunDirectory]) -> None:
    """Raise BadData for a folder that is no run or holds other files, Held for a run at work."""
    for directory in directories:
        path = directory.path
        if path.is_symlink() or not path.is_dir():
            found = "a link" if path.is_symlink() else "a file" if path.exists() else "nothing"
            raise BadData(f"{path}: expected a run directory, found {found}")
        if not _is_ours(directory):
            runs = near(path.name, (d.name for d in path.iterdir() if _is_ours(RunDirectory(d))))
            raise BadData(f"{path}: expected a run directory, found another folder{runs}")
        names = [entry.name for entry in path.iterdir()]
        if foreign := sorted(n for n in names if not any(fnmatch(n, own) for own in OWN)):
            raise BadData(
                f"{path}: expected a run directory, found '{foreign[0]}', which benchsuite did not "
                "write"
            )
        if held := holder(path):
            raise Held(f"{path}: held by {held}")


def _is_ours(directory: RunDirectory) -> bool:
    """Whether the suite has worked in the folder, whatever is damaged since."""
    if (directory.path / HOLDER).exists():
        return True
    with suppress(BadData):
        return bool(directory.status or directory.manifest)
    return False


def remove(directory: RunDirectory) -> None:
    """Remove a run from the disk; links in it are removed, not followed.

    Raises Held where a process works on it, CannotWrite.
    """
    path = directory.path
    with hold(path), writing(path):
        for entry in path.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != LOCK:
                entry.unlink(missing_ok=True)
    with writing(path):  # Windows removes no file that is open
        shutil.rmtree(path)

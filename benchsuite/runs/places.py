"""Places below a results folder: no link is followed there, neither to read nor to write.

The results folder itself is named by a person, and may be a link. Below it the suite makes plain
folders and files; anything else was put there by somebody else, and may stand for a file that is
none of the run's, or that never ends.
"""

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchsuite.errors import BadData, CannotWrite
from benchsuite.files.write import writing

LEVELS = 4
"""How deep runs lie below a results folder: task, dataset, model, run."""


def place_in(folder: Path, *names: str) -> Path:
    """The place of a file or folder below `folder`, whether it is there or not.

    Raises BadData where a link, or what is neither a file nor a folder, stands on the way.
    """
    place = folder
    check_plain(place)
    for name in names:
        place /= name
        check_plain(place)
    return place


def check_there(folder: Path) -> None:
    """Raise CannotWrite where a folder is gone: none is made anew in its place."""
    if not folder.is_dir():
        raise CannotWrite(f"{folder}: cannot write: the folder was moved or removed meanwhile")


def check_plain(path: Path) -> None:
    """Raise BadData for a link, a pipe or a device."""
    mode = _mode(path)
    if stat.S_ISLNK(mode):
        raise BadData(
            f"{path}: expected a file or folder, found a link: benchsuite follows none below a "
            "results folder; move what it points to here"
        )
    if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise BadData(f"{path}: expected a file or folder, found a pipe or a device")


def check_entries(folder: Path) -> None:
    """Raise BadData where a folder, or what is in it, is a link, a pipe or a device.

    Raises CannotWrite for a folder that there cannot be.
    """
    check_plain(folder)
    with writing(folder):
        entries = [*folder.glob("*")]
    for entry in entries:
        check_plain(entry)


def is_plain_file(path: Path) -> bool:
    """Whether a file is there that is no link, pipe or device."""
    return stat.S_ISREG(_mode(path))


def _mode(path: Path) -> int:
    """What is there, as the system says it; 0 for nothing, and for a path that there cannot be."""
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def check_above(run: Path) -> None:
    """Raise BadData where a folder between the results folder and a run's is a link."""
    for folder in [run, *run.parents][:LEVELS]:
        check_plain(folder)


def folders_below(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    """The folders at the depth of the patterns; a link on the way stands for all behind it."""
    first, *more = patterns
    for path in folder.glob(first):
        if path.is_symlink() or not more:
            yield path
        else:
            yield from folders_below(path, more)

"""Where runs lie: below a root, or in a model's folder."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchsuite.errors import BadData
from benchsuite.files.sources import matched
from benchsuite.files.write import slug
from benchsuite.runs.manifest import Manifest
from benchsuite.runs.places import folders_below
from benchsuite.runs.store import MANIFEST, RunDirectory


def run_directory(root: Path, task: str, dataset: str, model: str, run_id: str) -> RunDirectory:
    """Where the run of that identity lies, whether it exists or not."""
    return RunDirectory(root / slug(task) / slug(dataset) / slug(model) / run_id)


def find_runs(root: Path, task: str = "*") -> list[RunDirectory]:
    """The runs below `root`, in the order of their paths; those without a manifest, too.

    A link to a folder stands for the runs behind it. It is not followed: whoever reads it is told.
    """
    folders = folders_below(root, (task if task == "*" else slug(task), "*", "*", "*"))
    runs = (RunDirectory(path) for path in sorted(folders) if path.is_dir())
    return [run for run in runs if run.path.is_symlink() or run.begun or run.has_results]


def paths_of(path: Path) -> list[Path]:
    """The paths that a text names: commas separate several, and `*` stands for any name.

    Raises BadData for a pattern that matches nothing.
    """
    if path.exists():
        return [path]
    return [found for word in str(path).split(",") for found in matched(Path(word))]


def open_run(path: Path) -> RunDirectory:
    """The run at `path`: its directory, or a model's directory that holds exactly one.

    Of several, those that are not complete do not count. Raises BadData for none, or several.
    """
    inside = _inside(path)
    complete = [one for one in inside if one.complete]
    if len(complete) > 1:
        names = ", ".join(one.path.name for one in complete)
        raise BadData(f"{path}: holds {len(complete)} runs: give one of {names}")
    found = complete or inside
    if len(found) != 1:
        raise BadData(f"{path}: expected a run directory with a {MANIFEST}, found {len(found)}")
    return found[0]


def runs_of(path: Path) -> list[RunDirectory]:
    """The run at `path`, or the runs that a model's directory holds. Raises BadData for none.

    As on a leaderboard, those that are not complete do not count beside those that are.
    """
    inside = _inside(path)
    return [one for one in inside if one.complete] or inside or [open_run(path)]


def manifests_beside(path: Path) -> Iterator[Manifest]:
    """The manifests of the other runs in the same model's folder; of those that can be read."""
    for found in sorted(path.parent.glob(f"*/{MANIFEST}")):
        if found.parent != path:
            with suppress(BadData):
                yield RunDirectory(found.parent).manifest


def _inside(path: Path) -> list[RunDirectory]:
    path = path.resolve() if path.is_symlink() else path  # a person named it, and may mean a link
    if (path / MANIFEST).exists():
        return [RunDirectory(path)]
    found = (RunDirectory(one.parent) for one in sorted(path.glob(f"*/{MANIFEST}")))
    return [run for run in found if not run.path.is_symlink()]

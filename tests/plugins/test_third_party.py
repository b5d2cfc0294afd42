"""A small task, taken out of benchsuite and installed as a package of others, works as before."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

from benchsuite.task import task_names
from tests.house.source import ROOT
from tests.plugin import environment, with_metadata

LARGE = {"bright", "compositional", "fairseg", "instance_segmentation"}
"""The tasks that came first. Every other one is small."""
SMALL = sorted({path.parent.name for path in ROOT.glob("tasks/*/task.py")} - LARGE)
MOST_LINES = 250
"""Lines of Python of a small task, without its tests."""
TINY = {
    "answers": ("dataset.papers=1",),
    "cosal": ("dataset.images=3",),
    "regret": ("dataset.size=120",),
    "streams": ("dataset.size=120",),
    "sts": ("model=jaccard",),
}
"""What makes a task's default benchmark smaller, where seconds are too long."""
COMMANDS = """
import json, sys
from glob import glob
from benchsuite.cli.parser import main
for asked in json.loads(sys.argv[1]):
    words = [one for word in asked for one in (sorted(glob(word)) if "*" in word else [word])]
    print("$", *words, flush=True)
    if code := main(words):
        sys.exit(code)
print(*sorted(name for name in sys.modules if name.startswith(sys.argv[2])))
"""


def installed(site: Path, task: str) -> str:
    """Install the task's folder as a package of others, and benchsuite without it; the package."""
    package = f"other_{task}"
    folder = shutil.copytree(
        ROOT / "tasks" / task, site / package, ignore=shutil.ignore_patterns("__pycache__")
    )
    for path in [*folder.rglob("*.py"), *folder.rglob("*.yaml")]:
        path.write_text(path.read_text().replace(f"benchsuite_tasks.{task}", package))
    others = {p.name: p.value for p in entry_points(group="benchsuite.tasks") if p.name != task}
    # Of two packages of one name, Python sees the first on its path alone.
    with_metadata(site, "benchsuite", "benchsuite.tasks", others, version("benchsuite"))
    with_metadata(site, package, "benchsuite.tasks", {task: f"{package}.task:TASK"})
    # A module that is None cannot be imported: no process gets at the folder of this repository.
    gone = f"import sys\nsys.modules['benchsuite_tasks.{task}'] = None\n"
    (site / "sitecustomize.py").write_text(gone)
    return package


def done(site: Path, package: str, *commands: Sequence[str]) -> str:
    """What the commands print, all in one process, and last the modules of the package."""
    found = subprocess.run(
        [sys.executable, "-c", COMMANDS, json.dumps(commands), package], cwd=site,
        env=environment(site), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, f"{found.stdout}\n{found.stderr}"
    return found.stdout


@pytest.mark.parametrize("task", SMALL)
def test_a_small_task_of_a_package_of_others_runs_its_bench_and_gates(task, tmp_path):
    package = installed(tmp_path, task)
    bench = ["bench", f"task={task}", "conditions=clean", "replicates=200", *TINY.get(task, ())]
    runs = f"results/{task}/*/*"
    out = done(
        tmp_path, package, ["list", task], bench,
        ["baseline", "accept", runs, "--reason", "first"],
        ["gate", "--baseline", "baselines", runs],
    )  # fmt: skip
    assert "PASS" in out
    assert f"{package}.measure" in out.splitlines()[-1].split()


@pytest.mark.parametrize("task", SMALL)
def test_a_small_task_is_small(task):
    paths = (ROOT / "tasks" / task).rglob("*.py")
    assert sum(len(path.read_text().splitlines()) for path in paths) <= MOST_LINES


def test_every_task_is_here():
    assert {*SMALL} | LARGE == {*task_names()}
    assert SMALL

"""The house rules (benchsuite/DESIGN.md, House rules), checked on the source text alone."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch

import pytest

from tests.house import copies, dead, graph, names, readers, shape
from tests.house.source import ROOT, modules_of

CORE = modules_of("benchsuite", "benchsuite")
TASKS = {
    path.name: modules_of(f"tasks/{path.name}", f"benchsuite_tasks.{path.name}")
    for path in sorted((ROOT / "tasks").iterdir())
    if (path / "__init__.py").exists()
}
EVERY = [*CORE, *(module for modules in TASKS.values() for module in modules)]
OURS = ("benchsuite", "benchsuite_tasks")
IMPORTS = graph.import_graph(CORE)

FOUNDATION = "benchsuite.compiled"
"""What is below all rooms, as numba is: a module that imports nothing of ours."""

MOST_ROOMS = 16
MOST_LEVELS = 9

OPENS_FILES: Mapping[str, str] = {
    "benchsuite/files/*.py": "the shared readers",
    "benchsuite/learning/*.py": "the shared readers of weights, cards and checkpoints",
    "benchsuite/errors.py": "pip's record of where a package came from; errors import no reader",
    "benchsuite/endpoint/*.py": "answers of a server, and the folder in which it keeps them",
    "benchsuite/estimation/notes.py": "notes are JSON text in tables; estimation imports no reader",
    "benchsuite/runs/*.py": "the run directory is the suite's own format",
    "benchsuite/perturb/image/texture*.py": "textures for imagecorruptions, read as that package does",
}
"""Files that may open files by themselves, and why."""

TAKES_NAMES_APART: Mapping[str, str] = {}
"""Files that may take a name apart, and why."""

CALLED_ELSEWHERE: Mapping[str, str] = {
    "forward": "torch calls it",
    "_repr_html_": "a notebook calls it",
    "_constructor": "pandas calls it",
    "TASK": "the entry points name it",
}
"""Names that nothing of ours calls, and who does."""


def held(findings: Iterable[str], rule: str, but: Mapping[str, str] | None = None) -> None:
    """Fail with every finding on a line of its own; exceptions are by the finding's file."""
    wrong = [f for f in findings if not any(fnmatch(f.split(":")[0], path) for path in but or {})]
    if wrong:
        pytest.fail(
            f"{rule} ({len(wrong)} findings)\n  " + "\n  ".join(sorted(wrong)), pytrace=False
        )


def room_of(name: str) -> str:
    """The top-level module or package of `benchsuite` that a module is in."""
    room = name.removeprefix("benchsuite").removeprefix(".").split(".")[0]
    return "" if room == "conf" or name == FOUNDATION else room


def test_the_house_has_at_most_sixteen_rooms():
    rooms = graph.gathered(IMPORTS, room_of)
    wrong = rooms if len(rooms) > MOST_ROOMS else []
    held(wrong, f"expected at most {MOST_ROOMS} rooms in benchsuite/, found {len(rooms)}")


def test_the_rooms_stand_on_at_most_nine_levels():
    path = graph.longest_path(graph.gathered(IMPORTS, room_of))
    wrong = [" > ".join(path)] if len(path) > MOST_LEVELS else []
    held(wrong, f"expected at most {MOST_LEVELS} levels of rooms, found {len(path)}")


def circles(found: Iterable[list[str]]) -> Iterator[str]:
    yield from (" <-> ".join(circle) for circle in found)


def test_no_rooms_import_each_other_in_a_circle():
    rooms = graph.gathered(IMPORTS, room_of)
    held(circles(graph.cycles(rooms)), "rooms of benchsuite/ import each other")


def test_no_modules_of_the_core_import_each_other_in_a_circle():
    inner = graph.without(IMPORTS, ["benchsuite"])
    held(circles(graph.cycles(inner)), "modules of benchsuite/ import each other")


@pytest.mark.parametrize("task", TASKS)
def test_no_modules_of_a_task_import_each_other_in_a_circle(task):
    inner = graph.import_graph(TASKS[task])
    held(circles(graph.cycles(inner)), f"modules of tasks/{task} import each other")


def test_estimation_imports_nothing_of_ours_but_the_foundation():
    above = graph.without(IMPORTS, [FOUNDATION])
    held(graph.leaving(above, "benchsuite.estimation"), "imports that leave benchsuite.estimation")


def test_the_foundation_imports_nothing_of_ours():
    held(graph.leaving(IMPORTS, FOUNDATION), f"imports that leave {FOUNDATION}")


def test_the_core_never_names_a_task():
    held((f for module in CORE for f in graph.strangers(module, "")), "benchsuite/ names a task")


@pytest.mark.parametrize("task", TASKS)
def test_a_task_never_imports_another_task(task):
    found = (f for module in TASKS[task] for f in graph.strangers(module, task))
    held(found, f"tasks/{task} names another task")


def test_no_private_name_is_imported_from_another_module():
    found = (f for module in EVERY for f in graph.private_imports(module, OURS))
    held(found, "private names of other modules")


def test_no_code_takes_a_name_apart():
    found = (f for module in EVERY for f in names.parsed_names(module))
    held(found, "names, labels or notes that are parsed: add a field", TAKES_NAMES_APART)


@pytest.mark.parametrize("folder", ["benchsuite", *TASKS])
def test_files_are_opened_by_the_shared_readers_alone(folder):
    modules = TASKS.get(folder, CORE)
    found = (f for module in modules for f in readers.opened_files(module))
    held(found, "files opened outside benchsuite.files and benchsuite.learning", OPENS_FILES)


@pytest.mark.parametrize("task", TASKS)
def test_a_task_reads_files_in_its_datasets_formats_training_and_models_alone(task):
    found = (f for module in TASKS[task] for f in readers.misplaced_readers(module))
    held(found, "readers of files outside datasets/, formats.py, training/ and models/")


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_the_same_shape(task):
    listed = subprocess.run(
        ["git", "ls-files", "tasks"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout of git")
    there = [path for path in listed.stdout.splitlines() if (ROOT / path).exists()]
    assert there
    held(shape.foreign_entries(there, task), "entries that are no part of a task's shape")


@pytest.mark.parametrize("task", TASKS)
def test_task_py_holds_the_task_and_nothing_else(task):
    (module,) = (m for m in TASKS[task] if m.name == f"benchsuite_tasks.{task}.task")
    held(shape.more_than_a_task(module), "task.py defines more than TASK")


@pytest.mark.parametrize("task", TASKS)
def test_a_task_and_its_page_are_read_in_five_minutes(task):
    held(shape.long_pages(task), "long pages of a task")


def test_no_function_is_written_twice():
    held(copies.copied(EVERY), "functions that are the same")


def test_nothing_is_dead():
    held(dead.unused(EVERY, CALLED_ELSEWHERE), "code that only tests use, or nothing does")


def test_a_module_holds_one_idea():
    held(shape.long_modules(EVERY), "long modules")


def test_a_function_fits_a_screen():
    held((f for module in EVERY for f in shape.long_functions(module)), "long functions")


def test_a_signature_is_remembered():
    factories = shape.factories_of([m for m in EVERY if m.name.endswith(".task")])
    found = (f for module in EVERY for f in shape.wide_signatures(module, factories))
    held(found, "signatures of too many parameters")
    assert factories


@pytest.mark.parametrize("table", [OPENS_FILES, TAKES_NAMES_APART])
def test_every_exception_still_has_a_file(table):
    paths = [module.path for module in EVERY]
    assert [path for path in table if not any(fnmatch(one, path) for one in paths)] == []

"""The documents keep their word: every command runs, and every number shown is the published one."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from argparse import Namespace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from benchsuite.api.config import settings
from benchsuite.api.data import entry
from benchsuite.api.jobs import training
from benchsuite.api.sweep import swept
from benchsuite.cli.parser import parsed
from benchsuite.publishing.baselines import shown_baselines
from benchsuite.task import load_task, task_names
from tests.plugin import README, blocks, call, environment

ROOT = Path(__file__).parents[1]
STATISTICS = ROOT / "benchsuite/estimation/STATISTICS.md"
DESIGN = ROOT / "benchsuite/DESIGN.md"
PAGES = {"fairseg/nuclei": ROOT / "leaderboards/fairseg/nuclei/README.md"}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with what the README takes for granted: `mydata`, `run.trec` and `published.md`."""
    root = tmp_path_factory.mktemp("docs")
    (root / "mydata/qrels").mkdir(parents=True)
    colours = ["red", "green", "blue", "white", "black", "brown", "grey", "pink"]
    corpus = [{"_id": c, "title": c, "text": f"A {c} door in a {c} wall."} for c in colours]
    queries = [{"_id": f"q-{c}", "text": f"Who painted the door {c}?"} for c in colours]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (root / f"mydata/{name}.jsonl").write_text(lines)
    judged = "".join(f"q-{c}\t{c}\t1\n" for c in colours)
    (root / "mydata/qrels/test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}")
    table = "| System | dataset | nDCG@10 |\n|--|--|--:|\n| theirs | trec | 61.5 |\n"
    (root / "published.md").write_text(table)
    (root / "run.trec").write_text("".join(f"q-{c} Q0 {c} 1 0.5 mine\n" for c in colours))
    # The self-test of a gate gates 500 times: two of the six conditions show that it runs.
    (root / "benchsuite.gate.toml").write_text('conditions = ["clean", "text/typo/1"]\n')
    return root


def commands(document: Path) -> list[str]:
    text = "\n".join(blocks(document, "sh")).replace("\\\n", " ")
    lines = (line.partition("  #")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def test_every_command_of_the_readme_runs(installed, workplace):
    ran = 0
    for line in commands(README):
        program, *words = shlex.split(line)
        if program == "make":
            dry = ["make", "--dry-run", "--no-print-directory", *words]
            done = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=False)
        else:
            assert program == "benchsuite", line
            done = call(installed, *words, cwd=workplace)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        ran += 1
    assert ran >= 15


def told(document: Path) -> list[list[str]]:
    """The commands in the indented blocks of a page, as words, with its variables filled in."""
    text = document.read_text().replace("\\\n", " ")
    variables: dict[str, str] = {}
    found = []
    for line in re.findall(r"^    (\S.*)$", text, re.M):
        line = line.split("  #")[0]
        if assigned := re.match(r'([A-Z])="(.*)"$', line):
            variables[assigned[1]] = assigned[2]
        if line.startswith(("benchsuite ", "make ", "python -m ")):
            found.append(shlex.split(re.sub(r"\$([A-Z])", lambda m: variables[m[1]], line)))
    return found


@pytest.mark.parametrize(
    "document",
    sorted(ROOT.glob("tasks/**/README.md")),
    ids=lambda path: str(path.parent.relative_to(ROOT / "tasks")),
)
def test_every_command_of_a_task_s_page_is_understood(document):
    every = told(document)
    assert every
    for words in every:
        understand(words)


@pytest.mark.parametrize(
    "findings",
    sorted(ROOT.glob("leaderboards/*/*/findings.md")),
    ids=lambda path: str(path.parent.relative_to(ROOT / "leaderboards")),
)
def test_every_command_of_a_board_s_findings_is_understood(findings):
    assert told(findings)
    for words in told(findings):
        understand(words)


def test_every_command_of_the_design_is_understood():
    assert len(told(DESIGN)) >= 5
    for program, *words in told(DESIGN):
        mine = [w for w in words if w != "--help" and not w.startswith("hydra")]
        understand([program, *mine])


def understand(words: list[str]) -> None:
    """Raise unless the program, its options, and every setting's name and value exist."""
    if "--multirun" in words:
        for job in swept([word for word in words[1:] if word != "--multirun"]):
            understand([words[0], *job])
        return
    program, command, *rest = words
    if program == "make":
        subprocess.run(
            ["make", "--dry-run", command, *rest], cwd=ROOT, capture_output=True, check=True
        )
        assert {w[5:] for w in rest if w.startswith("TASK=")} <= set(task_names())
    elif program == "python":
        assert find_spec(rest[0]), words
    else:
        arguments = parsed([command, *rest])
        if command in ("run", "bench", "score"):
            skip = ("predictions=", "model.name=", "column=") if command == "score" else ()
            assert settings([w for w in arguments.overrides if not w.startswith(skip)])
        elif command == "data":
            understand_data(arguments)
        elif command == "train":
            training(arguments.overrides)
        elif command == "report":
            understand_report(arguments.name, arguments.words)


def understand_data(arguments: Namespace) -> None:
    """Raise unless there is the dataset, and its reader has the options."""
    if arguments.action == "list":
        return
    one = entry(arguments.dataset, arguments.task)
    if arguments.action == "check":
        assert settings([f"task={one.task.name}", f"dataset={one.name}", *arguments.overrides])


def understand_report(name: str, words: list[str]) -> None:
    """Raise unless one task has the report, with these options; the runs need not be there."""
    (plug,) = (t.reports[name] for t in map(load_task, task_names()) if name in t.reports)
    options = {word.partition("=")[0] for word in words if "=" in word}
    known = {*plug.parameters(), "task"}
    assert {option.partition(".")[0] for option in options} <= known, (name, words)


def test_the_python_of_the_readme_runs(installed, workplace):
    call(installed, "run", "task=palindromes", "conditions=clean", cwd=workplace)
    code = next(code for code in blocks(README, "python") if "leaderboard(" in code)
    found = subprocess.run(
        [sys.executable, "-c", code + "\nprint(len(table))"], cwd=workplace,
        env=environment(installed), capture_output=True, text=True, check=True,
    )  # fmt: skip
    *shown, count = found.stdout.splitlines()
    assert int(count) > 3
    assert "reader" in "\n".join(shown)


def test_the_example_of_the_readme_prints_what_the_readme_says(tmp_path):
    code = next(code for code in blocks(README, "python") if "bs.evaluate(" in code)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout in blocks(README, "text")


def test_the_findings_of_the_readme_are_published():
    _, _, rest = README.read_text().partition("## What it finds")
    numbers = set(re.findall(r"\d\.\d{3}", rest.partition("## ")[0]))
    published = set(re.findall(r"\d\.\d{3}", PAGES["fairseg/nuclei"].read_text()))
    assert numbers and numbers <= published


def test_the_metric_of_the_readme_is_a_weighted_median(tmp_path, monkeypatch):
    code = next(code for code in blocks(README, "python") if "MEDIAN = Pooled(" in code)
    (tmp_path / "readme_median.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    metric = import_module("readme_median").MEDIAN
    seconds, times = np.array([5.0, 1, 9, 4, 7]), [[1, 1, 1, 1, 1], [0, 2, 5, 0, 1], [0] * 5]
    found = metric.estimator(pd.DataFrame({"seconds": seconds}), np.array(times, dtype=float))
    expected = [np.median(np.repeat(seconds, row)) for row in times[:2]]
    np.testing.assert_array_equal(found, [*expected, np.nan])


def test_the_example_of_the_statistics_runs():
    (code,) = blocks(STATISTICS, "python")
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Interval(low=0.7" in found
    assert "Extremal(value=" in found


@pytest.mark.parametrize("name", PAGES)
def test_the_leaderboard_in_the_readme_is_the_published_one(name):
    _, _, rest = README.read_text().partition(f"<!-- leaderboard: {name} -->\n")
    shown = [
        line for line in rest.partition("<!-- end -->")[0].splitlines() if line.startswith("|")
    ]
    published = [cells_of(line) for line in PAGES[name].read_text().splitlines()]
    assert len(shown) > 3
    # What is printed has the first columns of what is published.
    found = [any(row[: len(one)] == one for row in published) for one in map(cells_of, shown)]
    assert all(found)


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_workflows_call_targets_that_exist():
    targets = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text().splitlines()}
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        for name, job in yaml.safe_load(path.read_text())["jobs"].items():
            runs = [step["run"].split() for step in job["steps"] if "run" in step]
            made = [words[1] for words in runs if words[0] == "make"]
            assert set(made) <= targets, (path, name)


def test_ci_runs_every_python_that_the_package_names():
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    prefix = "Programming Language :: Python :: "
    named = [one.removeprefix(prefix) for one in about["classifiers"] if f"{prefix}3." in one]
    assert about["requires-python"] == f">={named[0]}"
    assert f"Python {named[0]} to {named[-1]}" in README.read_text()
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    for job in ("test", "wheel"):
        assert jobs[job]["strategy"]["matrix"]["python"] == named


def test_ci_gates_every_task_against_baselines_that_a_person_accepted():
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    own = sorted(path.parent.name for path in ROOT.glob("tasks/*/task.py"))
    assert jobs["gate"]["strategy"]["matrix"]["task"] == own
    assert not {"moved", "lost"} & {*shown_baselines(ROOT / "leaderboards/baselines")["state"]}


def test_relative_links_lead_somewhere():
    documents = [
        *ROOT.glob("*.md"),
        *ROOT.glob("tasks/**/README.md"),
        *ROOT.glob("benchsuite/**/*.md"),
        *ROOT.glob("leaderboards/README.md"),
        *ROOT.glob("leaderboards/*/README.md"),
        *ROOT.glob("leaderboards/*/*/findings.md"),
    ]
    for document in documents:
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / link).exists(), f"{document}: {link}"


def cited(page: str) -> set[tuple[str, str]]:
    """The sections of a page that docstrings and comments cite: `STATISTICS.md, The gate`."""
    found = set()
    for folder in ("benchsuite", "tasks", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            text = re.sub(r"\s+#?\s*", " ", path.read_text())
            for section in re.findall(rf"{page}, ([A-Z][\w ]+)", text):
                found.add((str(path.relative_to(ROOT)), section))
    return found


@pytest.mark.parametrize("page", [STATISTICS, DESIGN], ids=lambda page: page.name)
def test_every_cited_section_exists(page):
    sections = set(re.findall(r"^## (.+)$", page.read_text(), re.M))
    found = cited(page.name)
    assert len(found) >= 1
    assert {one for one in found if one[1] not in sections} == set()


def test_the_columns_of_the_design_are_those_of_the_table():
    from benchsuite.boards.table import COLUMNS

    told = DESIGN.read_text().partition("<!-- columns -->")[2].partition("<!-- end -->")[0]
    assert re.findall(r"`(\w+)`", told) == list(COLUMNS)


@pytest.mark.parametrize("page", [README, DESIGN], ids=lambda page: page.name)
def test_the_exit_codes_of_the_pages_are_those_of_the_code(page):
    from benchsuite.errors import Exit

    text = page.read_text()
    told = text[text.index("code |") :].partition("\n## ")[0]
    assert {int(code) for code in re.findall(r"\b\d{1,3}\b(?! %)", told)} == {int(c) for c in Exit}


INDEX = ROOT / "leaderboards/README.md"


def test_the_index_of_leaderboards_shows_published_numbers():
    rows = [line for line in INDEX.read_text().splitlines() if line.startswith("| [")]
    assert len(rows) >= 10
    for row in rows:
        board, _, _, model, value = (cell.strip() for cell in row.strip("|").split(" | "))
        page = (INDEX.parent / board.partition("](")[2].rstrip(")")).read_text()
        parts = [value, *([model.strip("`")] if "`" in model else [])]
        assert any(all(part in line for part in parts) for line in page.splitlines()), row


def test_the_index_of_leaderboards_has_every_board():
    boards = {str(path.relative_to(INDEX.parent)) for path in INDEX.parent.glob("*/*/README.md")}
    assert {board for board in boards if f"]({board})" not in INDEX.read_text()} == set()


def test_the_layout_of_the_design_names_every_room():
    layout = DESIGN.read_text().partition("## Layout\n")[2].partition("\n## ")[0]
    rooms = [p for p in (ROOT / "benchsuite").iterdir() if p.suffix == ".py" or p.is_dir()]
    names = {f"{p.name}/" if p.is_dir() else p.name for p in rooms if p.name != "__pycache__"}
    assert {name for name in names if name not in layout} == set()


def test_the_index_of_leaderboards_links_the_findings_of_every_task():
    pages = {str(path.relative_to(INDEX.parent)) for path in INDEX.parent.glob("*/README.md")}
    assert {page for page in pages if f"]({page})" not in INDEX.read_text()} == set()

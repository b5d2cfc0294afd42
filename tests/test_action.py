"""The action that judges pull requests, on a repository of its own with three of them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
import yaml

from tests.plugin import call, environment

ACTION = Path(__file__).parents[1] / ".github/actions/gate"
BENCH = '''
from dataclasses import dataclass

import benchsuite as bs
from benchsuite.dataset import digest


@dataclass(frozen=True)
class Mine:
    """Compares both ends of a word; wrong about the words of `wrong`."""

    name: str = "mine"
    wrong: tuple[str, ...] = {wrong}

    @property
    def fingerprint(self):
        return digest(["mine", self.wrong])

    def predict(self, state, inputs):
        words = [one.fields["word"] for one in inputs]
        return [(w[:2] == w[::-1][:2]) != (w in self.wrong) for w in words]


print(bs.evaluate("palindromes", Mine(), copies=30, conditions={conditions}).path)
'''
posix = pytest.mark.skipif(sys.platform == "win32", reason="the script is for a POSIX shell")


def git(repository: Path, *words: str) -> None:
    named = ["-c", "user.name=a", "-c", "user.email=a@b.invalid"]
    subprocess.run(["git", *named, *words], cwd=repository, check=True, capture_output=True)


def commit(repository: Path, branch: str, wrong: tuple[str, ...], conditions: list[str]) -> None:
    """A branch with that model, and a script that runs it under those conditions."""
    git(repository, "checkout", "-q", "-B", branch)
    (repository / "bench.py").write_text(BENCH.format(wrong=wrong, conditions=conditions))
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", branch)


def run(repository: Path, installed: Path) -> str:
    """What CI does first: runs what the checkout says, in a fresh results folder."""
    shutil.rmtree(repository / "results", ignore_errors=True)
    made = subprocess.run(
        [sys.executable, "bench.py"], cwd=repository, env=environment(installed),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return made.stdout.split()[-1]


@pytest.fixture(scope="module")
def repository(installed, tmp_path_factory):
    """Its main branch has a model that is wrong about one word, and the baseline of it."""
    root: Path = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q")
    (root / ".gitignore").write_text("results\nreports\n")
    (root / "benchsuite.gate.toml").write_text("replicates = 400\n")
    commit(root, "main", ("kayak",), ["clean", "drop/1"])
    made = call(installed, "baseline", "accept", run(root, installed), "--reason", "1", cwd=root)
    assert made.returncode == 0, made.stderr
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "baseline")
    return root


def judged(repository: Path, installed: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """What the action does with the run of the checkout."""
    command = repository.parent / "benchsuite"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m benchsuite.cli "$@"\n')
    command.chmod(0o755)
    for name in ("summary", "output"):
        (repository.parent / name).unlink(missing_ok=True)
    github = {
        "GITHUB_ACTIONS": "true", "BENCHSUITE": str(command),
        "GITHUB_STEP_SUMMARY": str(repository.parent / "summary"),
        "GITHUB_OUTPUT": str(repository.parent / "output"),
    }  # fmt: skip
    words = ["bash", str(ACTION / "gate.sh"), "baselines", "reports", run(repository, installed)]
    return subprocess.run(
        words, cwd=repository, capture_output=True, text=True, check=False,
        env={**environment(installed), **github, **more},
    )  # fmt: skip


def verdict(repository: Path) -> str:
    """The verdict that every output of the action gives."""
    said = json.loads((repository / "reports/gate.json").read_text())["verdict"]
    assert (repository.parent / "output").read_text() == f"verdict={said}\n"
    summary = (repository.parent / "summary").read_text()
    assert summary == (repository / "reports/gate.md").read_text()
    assert summary.startswith(f"### benchsuite gate: {said}\n")
    return str(said)


@posix
def test_a_pull_request_that_damages_one_group_fails_and_cannot_judge_itself(repository, installed):
    git(repository, "checkout", "-q", "main")
    git(repository, "rm", "-q", "-r", "baselines", "benchsuite.gate.toml")
    commit(repository, "damage", ("kayak", "tablet", "telbat"), ["clean", "drop/1"])
    done = judged(repository, installed, BASE="main")
    assert (done.returncode, verdict(repository)) == (1, "FAIL"), done.stderr
    summary = (repository.parent / "summary").read_text()
    rows = [row for row in summary.splitlines() if row.startswith("| ")]
    worst = next(row for row in rows if "clean letters=even accuracy" in row)
    told = re.search(r"1\.000 \| 0\.667 \| -0\.333 \| \[-0\.(\d+), -0\.(\d+)\]", worst)
    assert told is not None, worst
    assert int(told[1]) > 333 > int(told[2])
    behind = [row for row in rows if "clean letters=even" in row and "tablet-" in row]
    assert len(behind) == 1 and behind[0].count("1.000 -&gt; 0.000") == 5
    group = next(row for row in rows if "clean letters worst group accuracy" in row)
    assert "| not worse | 0.800 | 0.667 |" in group  # odd had 0.8, and even is not surely below
    assert not any("letters=odd" in row and "| worse |" in row for row in rows)
    printed = done.stdout.splitlines()
    token = re.fullmatch("::stop-commands::([0-9a-f]{32})", printed[0])
    assert token is not None
    after = printed[printed.index(f"::{token[1]}::") + 1 :]
    assert after[0].startswith("::error title=benchsuite gate%3A FAIL::")
    assert any("letters=even accuracy::1.000 -> 0.667, -0.333 [" in line for line in after)
    cases = Xml.parse(repository / "reports/gate.xml").getroot()  # noqa: S314
    assert int(cases.attrib["failures"]) >= 1


@posix
def test_a_pull_request_that_improves_passes(repository, installed):
    git(repository, "checkout", "-q", "main")
    commit(repository, "improve", (), ["clean", "drop/1"])
    done = judged(repository, installed)
    assert (done.returncode, verdict(repository)) == (0, "PASS"), done.stdout + done.stderr
    assert "::notice title=benchsuite gate%3A PASS::" in done.stdout


@posix
def test_a_pull_request_that_drops_a_condition_is_invalid(repository, installed):
    git(repository, "checkout", "-q", "main")
    commit(repository, "drop", ("kayak",), ["clean"])
    done = judged(repository, installed)
    assert (done.returncode, verdict(repository)) == (3, "INVALID"), done.stdout + done.stderr
    summary = (repository.parent / "summary").read_text()
    assert "condition text/drop/1 of the baseline is missing" in summary


def test_the_action_gives_its_script_variables_and_no_text():
    action = yaml.safe_load((ACTION / "action.yml").read_text())
    (step,) = action["runs"]["steps"]
    assert "${{" not in step["run"]
    told = {name for value in step["env"].values() for name in re.findall(r"inputs\.(\w+)", value)}
    assert told == {*action["inputs"]}

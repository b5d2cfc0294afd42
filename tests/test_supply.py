"""What is installed, run and downloaded for the suite is named to the byte."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.house.licences import pins
from tests.house.source import ROOT

WORKFLOWS = sorted((ROOT / ".github").rglob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}\s+# v\d+\.\d+\.\d+")


def locked(path: Path) -> dict[str, tuple[str, int]]:
    """The version of each package of a file of pins, and how many of its files have a hash."""
    found = {}
    for block in re.split(r"\n(?=\S)", path.read_text().replace("\\\n", "")):
        pinned = re.match(r"([\w.-]+)==([^\s;]+)", block)
        assert pinned, f"expected name==version, found {block[:80]}"
        hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}\b", block)
        found[canonicalize_name(pinned[1])] = (pinned[2], len(hashes))
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.parent.name + "/" + path.name)
def test_every_action_of_others_is_a_commit_with_its_version_beside_it(path):
    used = re.findall(r"uses:\s*(.+)", path.read_text())
    wrong = [one for one in used if not (one.startswith("./") or PINNED.fullmatch(one.strip()))]
    assert not wrong


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github/workflows").iterdir()), ids=lambda p: p.name
)
def test_a_workflow_may_read_the_repository_and_nothing_else(path):
    text = path.read_text()
    assert re.findall(r"permissions:\n(?:  .+\n)+", text) == ["permissions:\n  contents: read\n"]
    assert "pull_request_target" not in text


def test_every_file_of_every_pinned_package_has_its_hash():
    found = locked(ROOT / "locked.txt")
    assert {canonicalize_name(name): version for name, version in pins().items()}.items() <= {
        (name, version) for name, (version, _) in found.items()
    }
    for one in (found, locked(ROOT / ".github/audit.txt")):
        assert all(count for _, count in one.values())


def test_the_licence_of_every_pinned_package_is_listed():
    rows = re.findall(
        r"^\| (\S+) \| (\S+) \| (\S.*?) \| (core|extras|dev) \|$",
        (ROOT / "THIRD_PARTY.md").read_text(), re.M,
    )  # fmt: skip
    assert {name: version for name, version, *_ in rows} == pins()
    copyleft = [row for row in rows if re.search(r"(?<!L)GPL|General Public", row[2])]
    assert {use for *_, use in copyleft} <= {"dev"}, "nothing that users install is under the GPL"


NEWEST = {
    "tasks/compositional/models/open_clip.py": "open_clip names the tokenizer of an architecture",
}
"""Where files of the Hub are asked for without a revision, and why."""


def unpinned(path: Path) -> Iterator[str]:
    """The calls of a module that ask the Hub for files of no stated revision."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"located": 1, "fetched": 2}.get(node.func.id)
            if place is not None and len(node.args) <= place:
                yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_files_of_the_hub_are_asked_for_at_a_stated_revision():
    found = [one for path in sorted(ROOT.glob("tasks/**/*.py")) for one in unpinned(path)]
    assert {one.partition(":")[0] for one in found} == {*NEWEST}

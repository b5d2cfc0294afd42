"""THIRD_PARTY.md: the licence of every package that `constraints.txt` pins, by its own metadata.

`python -m tests.house.licences` prints it, from the packages that are installed.
"""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
HEAD = """\
# Licences of the packages that benchsuite uses

benchsuite contains no code of these packages: pip installs them. `constraints.txt` has their versions, and `locked.txt` the hashes of their files.
A package's own metadata says its licence. It is for benchsuite itself (`core`), for a task or a format (`extras`), or for tests alone (`dev`).
`locked.txt` also has packages that other systems need. Those whose names begin with `nvidia` or `cuda` come with PyTorch on Linux, under NVIDIA's own licences.

| package | version | licence | for |
| --- | --- | --- | --- |
"""


def pins() -> dict[str, str]:
    """The versions of `constraints.txt` by name."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.strip().split("==") for line in lines if "==" in line)


def licence(name: str) -> str:
    """What a package's metadata says; empty where it is not installed, or says nothing."""
    try:
        told = distribution(name).metadata
    except PackageNotFoundError:
        return ""
    if expression := told.get("License-Expression"):
        return str(expression)
    named = [str(one).rpartition(" :: ")[2] for one in told.get_all("Classifier") or ()
             if one.startswith("License :: ")]  # fmt: skip
    first = (told.get("License") or "").strip().partition("\n")[0]
    return "; ".join(n for n in named if n != "OSI Approved") or first[:60] or _title(name)


def _title(name: str) -> str:
    """The first line of a package's file LICENSE; empty where it has none."""
    files = distribution(name).files or []
    texts = [one.read_text().strip() for one in files if one.name.upper().startswith("LICENSE")]
    return next((text.partition("\n")[0][:60] for text in texts), "")


def needed(of: str, extra: str = "") -> set[str]:
    """All that an installed package needs under an extra, and what that needs, by name."""
    found, left = {(of, extra)}, [(of, extra)]
    while left:
        name, asked = left.pop()
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        for one in map(Requirement, requires):
            if one.marker is None or one.marker.evaluate({"extra": asked}):
                new = {(canonicalize_name(one.name), e) for e in ("", *one.extras)} - found
                found |= new
                left += new
    return {name for name, _ in found}


def page() -> Iterator[str]:
    """The lines of the page."""
    yield HEAD.rstrip("\n")
    core, extras = needed("benchsuite"), needed("benchsuite", "all")
    for name, version in pins().items():
        key = canonicalize_name(name)
        use = "core" if key in core else "extras" if key in extras else "dev"
        yield f"| {name} | {version} | {re.sub(r'[|]', '/', licence(name))} | {use} |"


if __name__ == "__main__":
    print("\n".join(page()))

"""Where the reference cases lie, and why a test is skipped where they do not."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.house.source import SHARED as HERE

ROOT = Path(__file__).parents[3]
SHARED = HERE / "data"


def reference(name: str) -> Path:
    path = SHARED / "reference" / name
    if not path.exists():
        pytest.skip(f"no reference cases at {path}")
    return path


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(reference(name).read_text())["cases"]
    return found

"""Where the reference cases lie, and why a test is skipped where they do not."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("BENCHSUITE_SHARED", ROOT.parent / "shared")) / "data"


def reference(name: str) -> Path:
    path = SHARED / "reference" / name
    if not path.exists():
        pytest.skip(f"no reference cases at {path}")
    return path


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(reference(name).read_text())["cases"]
    return found

import os

import pytest
from hypothesis import settings

from tests.plugin import installed
from tests.warm import let_no_write_wait

__all__ = ["installed"]

let_no_write_wait()

# New examples are for whoever runs the tests at a desk; a gate must not turn red by the draw. An
# example may be the first that calls a compiled kernel, so none has a deadline.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

LONGEST = (
    "test_docs.py",
    "test_contributing.py",
    "test_kills.py",
    "test_bright.py",
    "test_story.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest: a process that has nothing left to do waits for no other."""
    items.sort(key=lambda item: item.path.name not in LONGEST)

"""Every measurement can start: `make perf` skips one only where its peer is not installed."""

from importlib import import_module
from pathlib import Path

import pytest

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("perf_*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_measurement_finds_what_it_measures(name):
    try:
        module = import_module(f"tests.perf.{name}")
    except ModuleNotFoundError as error:
        missing = str(error.name)
        assert not missing.startswith(("benchsuite", "tests")), missing
        pytest.skip(f"{missing} is not installed")
    assert callable(module.measure)

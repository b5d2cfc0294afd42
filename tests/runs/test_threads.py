"""A unit has the threads of its run: sums depend on their number."""

import os
import subprocess
import sys

import pytest
from threadpoolctl import threadpool_info

from benchsuite.runs.work import fixed_threads

LATE = """
from threadpoolctl import threadpool_info
from benchsuite.runs.work import fixed_threads
def threads():
    return [one["num_threads"] for one in threadpool_info()]
with fixed_threads(1):
    before = len(threads())
import cv2
print(len(threads()) > before, max(threads()))
with fixed_threads(1):
    print(max(threads()))
"""


def of_blas() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_the_threads_of_a_run_end_with_its_unit():
    before = of_blas()
    with fixed_threads(2):
        assert of_blas() == {2}
        with fixed_threads(1):
            assert of_blas() == {1}
        assert of_blas() == {2}
    assert of_blas() == before


def test_a_library_that_a_model_loads_late_has_the_threads_of_the_run_in_the_next_unit():
    pytest.importorskip("cv2", reason="OpenCV brings a library that has threads")
    several = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", LATE], env=several, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "2", "1"]

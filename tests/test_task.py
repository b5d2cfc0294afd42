"""What a task and a report are."""

import sys
from dataclasses import FrozenInstanceError, replace

import pandas as pd
import pytest

from benchsuite.estimation import Mean
from benchsuite.task import Plug, Report
from tests.toys import MEAN, numbers

HITS = Mean("hits", "hit")


def test_a_task_on_a_dataset_has_its_metrics_in_place_of_its_own():
    assert MEAN.on(replace(numbers(), metrics=(HITS,))).metrics == (HITS,)
    assert MEAN.on(numbers()) == MEAN


def test_a_task_on_a_dataset_crosses_what_both_ask_for_once():
    assert MEAN.crossed == (("colour", "size"),)
    found = MEAN.on(replace(numbers(), crossed=(("size", "colour"), ("colour", "size"))))
    assert found.crossed == (("colour", "size"), ("size", "colour"))


def test_a_report_is_tables_and_files_that_nobody_replaces():
    table = pd.DataFrame({"a": [1]})
    found = Report({"t": table})
    assert found.tables["t"] is table
    assert found.files == {}
    with pytest.raises(FrozenInstanceError):
        found.files = {"f.png": b""}  # type: ignore[misc]


LATE = pytest.mark.skipif(sys.version_info < (3, 14), reason="the name is read at once")


@pytest.mark.parametrize("annotation", ["'Checked'", pytest.param("Checked", marks=LATE)])
def test_a_factory_may_name_a_type_that_only_type_checkers_import(
    tmp_path, monkeypatch, annotation
):
    name = f"late_{len(annotation)}"
    (tmp_path / f"{name}.py").write_text(f"def made(given: {annotation}, size: int = 3): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert Plug("", f"{name}:made").options() == {"given": "???", "size": 3}

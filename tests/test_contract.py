"""What the author of a task can get wrong is one line that names the task's part and the key."""

from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from benchsuite.cli import main
from benchsuite.condition import Condition
from benchsuite.errors import NotAvailable, WrongCall
from benchsuite.estimation import Mean
from benchsuite.task import Plug, load_task
from tests.toys import MEAN, add_noise, install, numbers


def said(monkeypatch, capsys, tmp_path, task, *words):
    """The exit code and the one line of a run of `task`, which must not have begun."""
    install(monkeypatch, task)
    code = main(["run", "task=toy-mean", f"results={tmp_path}", "replicates=200", *words])
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert list(tmp_path.iterdir()) == []
    return code, line


def noise(**more):
    return Condition("corruption", "noise", 1, "noise", "y", add_noise, **more)


def test_a_condition_must_have_a_field_to_alter(monkeypatch, capsys, tmp_path):
    task = replace(MEAN, conditions=(noise(),))
    code, line = said(monkeypatch, capsys, tmp_path, task, "conditions=noise")
    assert code == 64
    assert (
        "condition corruption/noise/1: no sample of dataset numbers has its field 'y', only x"
        in line
    )


def test_a_condition_may_add_a_field(monkeypatch, tmp_path):
    adding = replace(noise(adds=True), alter=lambda value, severity, generator: severity)
    install(monkeypatch, replace(MEAN, conditions=(adding,)))
    words = ["task=toy-mean", f"results={tmp_path}", "replicates=200", "conditions=noise"]
    assert main(["run", *words]) == 0


class _Old:
    @property
    def task(self):
        """A task as another version of benchsuite made it."""
        return replace(MEAN, anatomy=None)


OLD = _Old()


def no_name(n: int = 90):
    return numbers(n)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"datasets": {"d": Plug("", "tests.test_contract:no_name")}},
            "dataset d: tests.test_contract:no_name: expected a parameter 'name', found n",
        ),
        (
            {"models": {"m": Plug("one", "tests.toys:Liner")}},
            "factory 'tests.toys:Liner': expected module:attribute, found module",
        ),
        (
            {"models": {"m": Plug("one", "tests.toy:Linear")}},
            "factory 'tests.toy:Linear': expected module:attribute, found No module named",
        ),
        (
            {"models": {"m": Plug("one", "tests")}},
            "factory 'tests': expected module:attribute, found module 'tests' has no",
        ),
    ],
)
def test_a_bad_factory_is_named(monkeypatch, capsys, tmp_path, changes, message):
    code, line = said(monkeypatch, capsys, tmp_path, replace(MEAN, **changes))
    assert code == 64
    assert message in line


def test_a_factory_whose_package_is_missing_is_not_available(monkeypatch, tmp_path):
    (tmp_path / "needy.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(NotAvailable, match="needy:Model needs the package 'no_such_package'"):
        Plug("", "needy:Model")()


def test_two_metrics_need_two_names():
    with pytest.raises(WrongCall, match="task toy-mean: metrics: two are called 'accuracy'"):
        replace(MEAN, metrics=(*MEAN.metrics, Mean("accuracy", "score")))


def test_an_entry_point_is_called_as_its_task(monkeypatch):
    point = EntryPoint("toys", "tests.toys:MEAN", "benchsuite.tasks")
    monkeypatch.setattr("benchsuite.task.entry_points", lambda group: [point])
    message = "entry point toys = tests.toys:MEAN: expected a task of that name, found 'toy-mean'"
    with pytest.raises(WrongCall, match=message):
        load_task("toys")


def test_crossed_attributes_that_the_dataset_lacks_are_noted(monkeypatch, tmp_path, capsys):
    task = replace(MEAN, crossed=(("colour", "size"), ("color", "size")))
    install(monkeypatch, task)
    assert main(["run", "task=toy-mean", f"results={tmp_path}", "replicates=200"]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if "note: " in line]
    assert notes == [
        "benchsuite: note: task toy-mean: crossed color×size: no sample of dataset numbers has "
        "'color' (did you mean colour?)"
    ]


@pytest.mark.parametrize(
    "wrong", ["tests.toys:MEAN", "tests.toys:numbers.wrong", "tests.test_contract:OLD.task"]
)
def test_a_wrong_plugin_does_not_hide_the_others(monkeypatch, capsys, wrong):
    places = {"toys": wrong, "toy-mean": "tests.toys:MEAN"}
    points = [EntryPoint(n, place, "benchsuite.tasks") for n, place in places.items()]
    monkeypatch.setattr("benchsuite.task.entry_points", lambda group: points)
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert "task toy-mean: is a number positive" in out
    assert f"task toys: not available: entry point toys = {wrong}: " in out

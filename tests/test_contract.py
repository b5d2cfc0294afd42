"""What the author of a task can get wrong is one line that names the task's part and the key."""

from dataclasses import replace

from benchsuite.cli import main
from benchsuite.condition import Condition
from tests.toys import MEAN, add_noise


def said(monkeypatch, capsys, tmp_path, task, *words):
    """The exit code and the one line of a run of `task`, which must not have begun."""
    monkeypatch.setattr("benchsuite.config.load_task", lambda name: task)
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
    monkeypatch.setattr(
        "benchsuite.config.load_task", lambda name: replace(MEAN, conditions=(adding,))
    )
    words = ["task=toy-mean", f"results={tmp_path}", "replicates=200", "conditions=noise"]
    assert main(["run", *words]) == 0

"""Every command of a paper can be called, and says what it would take."""

import pytest

from benchsuite.api.config import settings
from benchsuite.api.jobs import training
from benchsuite.cli import main
from benchsuite.cli.parser import parsed
from benchsuite.condition import resolve
from benchsuite.task import load_task, tasks

PAPERS = {name: one for task in tasks().values() for name, one in task.papers.items()}
STEPS = [(name, step) for name, one in PAPERS.items() for step in one.steps]


@pytest.mark.parametrize(("name", "step"), STEPS, ids=[f"{n}: {s.makes}" for n, s in STEPS])
def test_a_command_of_a_paper_is_understood(name, step):
    parsed(step.words)
    words = step.words[1:]
    if step.command == "train":
        assert training(words).recipe
        return
    assert step.command == "run"
    for config in settings(words):
        task = load_task(config.task)
        task.plug("model", config.model["kind"])
        origin = task.origin(config.dataset["kind"])
        # Domains are those of the dataset, which is not here.
        of_task = [one for one in config.conditions.names if one != "domain"]
        assert origin is not None
        assert resolve(of_task, task.known_conditions())


def test_a_weights_folder_that_is_run_was_trained_before():
    for name, one in PAPERS.items():
        made = [w for s in one.steps for w in s.words if w.startswith("out=")]
        used = [w for s in one.steps for w in s.words if w.startswith("model.weights=")]
        assert {w.partition("=")[2] for w in used} <= {w.partition("=")[2] for w in made}, name


def test_papers_are_listed_and_their_commands_are_shown_with_what_they_make(capsys):
    assert main(["papers"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in PAPERS)
    assert main(["papers", "coco-c"]) == 0
    told = capsys.readouterr().out
    assert "benchsuite run task=instance_segmentation download=yes dataset=coco" in told
    assert "# data: benchsuite data info coco" in told
    assert "# differs:" in told


def test_a_dry_run_of_a_paper_plans_its_runs(capsys, tmp_path):
    assert main(["papers", "coco-c", "--dry-run", "--results", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "480,000" in told  # 5,000 images under 96 conditions
    assert main(["papers", "fairseg", "--dry-run"]) == 0
    assert "not planned: benchsuite train task=fairseg" in capsys.readouterr().out


def test_a_paper_that_nobody_knows_is_a_wrong_call_with_the_near_name(capsys):
    assert main(["papers", "coco"]) == 64
    assert "coco-c" in capsys.readouterr().err

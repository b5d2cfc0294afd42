"""A plugin that is broken, or takes a name that is taken, is left out; nothing else is."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchsuite.cli import main
from benchsuite.condition import Condition
from benchsuite.errors import WrongCall
from benchsuite.estimation import Mean
from benchsuite.task import Plug, load_task
from tests.plugin import call, environment, with_metadata
from tests.plugins.installed import HISS, SCORE, Point, install, plugin, run
from tests.toys import AP, MEAN, NOISE

LINEAR = {"mine": Plug("x itself", "tests.toys:Linear")}
NUMBERS = {"mine": Plug("90 numbers", "tests.toys:numbers")}
TASK = replace(
    MEAN,
    reports={"mean": Plug("", "tests.toys:numbers")},
    train={"linear": Plug("", "tests.toys:numbers")},
)


def renamed(plugs, name):
    return dict.fromkeys([name], plugs["mine"])


@pytest.mark.parametrize(
    ("parts", "taken"),
    [
        ({"models": renamed(LINEAR, "linear")}, "model 'linear'"),
        ({"models": renamed(LINEAR, "python")}, "model 'python'"),
        ({"datasets": renamed(NUMBERS, "numbers")}, "dataset 'numbers'"),
        ({"reports": renamed(NUMBERS, "mean")}, "report 'mean'"),
        ({"train": renamed(NUMBERS, "linear")}, "training 'linear'"),
        ({"metrics": (Mean("accuracy", "score"),)}, "metric 'accuracy'"),
        (
            {"conditions": (replace(HISS[0], kind="corruption", suite="mine"),)},
            "condition 'corruption'",
        ),
        ({"conditions": (replace(HISS[0], suite="corruption"),)}, "condition 'corruption'"),
        ({"conditions": (replace(HISS[0], name="noise"),)}, "condition 'noise'"),
        ({"conditions": (replace(HISS[0], name="clean"),)}, "condition 'clean'"),
    ],
)
def test_a_name_of_the_task_is_taken(monkeypatch, capsys, parts, taken):
    good = Point("good", plugin(models=LINEAR))
    install(monkeypatch, Point("taker", plugin(**parts)), good, tasks=[TASK])
    task = load_task("toy-mean")
    (line,) = task.left_out
    assert line.startswith(
        f"package taker: {taken} of task toy-mean is one of package toy-mean too"
    )
    assert [one.package for one in task.plugins] == ["good"]
    assert {"mine", "linear"} <= set(task.models)
    assert task.models["linear"] == MEAN.models["linear"]
    assert main(["list", "toy-mean"]) == 0
    assert f"plugin left out: {line}" in unfolded(capsys.readouterr().out)


def unfolded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    "parts",
    [{"models": LINEAR}, {"datasets": NUMBERS}, {"metrics": (SCORE,)}, {"conditions": HISS}],
)
def test_of_two_packages_with_one_name_neither_is_added(monkeypatch, parts):
    install(
        monkeypatch,
        Point("a", plugin(**parts)),
        Point("b", plugin(**parts)),
        Point("c", plugin(reports=NUMBERS)),
    )
    task = load_task("toy-mean")
    assert [one.package for one in task.plugins] == ["c"]
    first, second = task.left_out
    assert "package a: " in first and "is one of package b too" in first
    assert "package b: " in second and "is one of package a too" in second


def test_packages_may_share_names_across_tasks_and_kinds(monkeypatch):
    install(
        monkeypatch,
        Point("a", plugin(models=LINEAR)),
        Point("b", plugin(datasets=NUMBERS)),
        Point("c", plugin(task="toy-ap", models=LINEAR)),
        tasks=[MEAN, AP],
    )
    assert [one.package for one in load_task("toy-mean").plugins] == ["a", "b"]
    assert [one.package for one in load_task("toy-ap").plugins] == ["c"]
    assert load_task("toy-mean").left_out == ()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (ImportError("no module"), "ImportError: no module"),
        (SystemExit(3), "SystemExit: 3"),
        (MEAN, "expected a Plugin, found Task"),
        (plugin(task="toy-meen"), "no task is called 'toy-meen' (did you mean toy-mean?)"),
    ],
)
def test_a_broken_plugin_hides_nothing_and_is_named(monkeypatch, capsys, tmp_path, made, why):
    install(monkeypatch, Point("broken", made), Point("good", plugin(models=LINEAR)))
    assert main(["list"]) == 0
    out = unfolded(capsys.readouterr().out)
    assert "task toy-mean: is a number positive" in out
    assert "plugin good 0.1: adds model mine" in out
    line = f"package broken, entry point extras = broken:PLUGIN: {why}"
    assert f"plugin left out: {line}" in out
    assert (
        main(["run", "task=toy-mean", "model=mine", f"results={tmp_path}", "replicates=200"]) == 0
    )
    words = [["model=theirs"], ["dataset=theirs"], ["conditions=theirs"]]
    for asked in words:
        capsys.readouterr()
        assert main(["run", "task=toy-mean", f"results={tmp_path}", *asked]) == 64
        assert f"left out: {line}" in capsys.readouterr().err
    for name in (["report", "theirs"], ["train", "task=toy-mean", "model=theirs"]):
        assert main(name) == 64
        assert f"left out: {line}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"models": {"m": "tests.toys:Linear"}}, "model 'm': expected a Plug, found str"),
        ({"reports": {"r": print}}, "report 'r': expected a Plug, found builtin_function"),
        ({"conditions": (Condition("sound", "hiss"),)}, "expected one that alters something, found sound/hiss"),
        ({"conditions": (replace(NOISE[0], kind="domain"),)}, "expected one that alters something, found domain/noise/1"),
        ({"conditions": ("sound",)}, "expected one that alters something, found str"),
        ({"metrics": ("score",)}, "metrics: expected a Metric, found str"),
        ({"metrics": (replace(SCORE, name=7),)}, "metrics: expected a Metric, found Mean"),
        ({"metrics": (replace(SCORE, column=None),)}, "metrics: expected a Metric, found Mean"),
        ({"metrics": (SCORE, SCORE)}, "two are called 'score'"),
        ({"conditions": (HISS[0], HISS[0])}, "two are called 'sound/hiss/1'"),
        ({"conf": Path("nowhere")}, "conf: expected a folder, found nowhere"),
    ],
)  # fmt: skip
def test_a_part_of_another_type_is_refused_where_it_is_written(parts, why):
    with pytest.raises(WrongCall, match=why.replace("(", r"\(")):
        plugin(**parts)


def write(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("kind: mine\nname: steep\nslope: 2.0\n")
    return folder


def test_presets_of_a_plugin_are_models_by_name(monkeypatch, tmp_path):
    conf = write(tmp_path / "with, a space" / "conf", "model/steep.yaml")
    install(monkeypatch, Point("extras", plugin(models=LINEAR, conf=conf)))
    assert run(tmp_path / "r", "model=steep").manifest.identity.model == "steep"
    assert run(tmp_path / "r", "model=mine", "model.slope=3").manifest.identity.model == "mine"
    with pytest.raises(WrongCall, match=r"has no model 'steeq' \(did you mean steep\?\)"):
        run(tmp_path / "r", "model=steeq")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("config.yaml", "expected YAML in dataset/ or model/ alone"),
        ("engine/local.yaml", "expected YAML in dataset/ or model/ alone"),
        ("model/linear.yaml", "model 'linear' of task toy-mean is one of package toy-mean too"),
    ],
)
def test_presets_that_would_change_something_else_are_refused(monkeypatch, tmp_path, name, why):
    install(monkeypatch, Point("extras", plugin(conf=write(tmp_path, name))))
    (line,) = load_task("toy-mean").left_out
    assert why in line


def test_the_conditions_of_a_plugin_stay_where_the_task_draws_others(monkeypatch):
    drawn = replace(MEAN, redrawn=lambda backend, textures: NOISE[:1])
    install(monkeypatch, Point("extras", plugin(conditions=HISS)), tasks=[drawn])
    known = load_task("toy-mean").drawn_by("another", "").known_conditions()
    assert [*known] == [
        "clean",
        "corruption/noise/1",
        "sound/hiss/1",
        "sound/hiss/2",
        "sound/hiss/3",
    ]


def test_the_names_of_tasks_import_no_plugin(tmp_path):
    (tmp_path / "loud.py").write_text("raise SystemExit('imported')")
    with_metadata(tmp_path, "loud", "benchsuite.plugins", {"loud": "loud:PLUGIN"})
    code = "import sys, benchsuite.task as t; print(t.task_names(), 'loud' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().endswith("False")


def test_the_doctor_sees_a_plugin_that_no_task_takes(tmp_path):
    taking = (
        "from benchsuite.task import Plug, Plugin\n"
        "PLUGIN = Plugin('toy-mean', models={'linear': Plug('', 'taker:M')})\n"
        "GOOD = Plugin('toy-mean', models={'other': Plug('', 'taker:M')})\n"
    )
    (tmp_path / "taker.py").write_text(taking)
    with_metadata(tmp_path, "toys", "benchsuite.tasks", {"toy-mean": "tests.toys:MEAN"})
    points = {"bad": "taker:PLUGIN", "good": "taker:GOOD"}
    with_metadata(tmp_path, "taker", "benchsuite.plugins", points)
    lines = call(tmp_path, "doctor", cwd=tmp_path).stdout.splitlines()
    (bad,) = [line for line in lines if "package taker: model 'linear'" in line]
    (good,) = [line for line in lines if line.split()[1:2] == ["taker:"]]
    assert (bad.split()[0], good.split()[0]) == ("broken", "ok")


def test_a_package_that_a_model_of_a_plugin_lacks_is_asked_for_by_the_plugins_name(monkeypatch):
    install(
        monkeypatch,
        Point("extras", plugin(models={"needy": Plug("", "tests.plugins.needy:Model")})),
    )
    (task,) = [load_task("toy-mean")]
    assert task.plug("model", "needy").needs == "extras"
    assert task.plug("model", "linear").needs == ""

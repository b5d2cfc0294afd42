"""What Hydra's users know works for every command: sweeps, launchers, --cfg and --help."""

import pytest
import yaml

from benchsuite.api.config import settings
from benchsuite.api.sweep import launchers, swept
from benchsuite.cli.parser import _COMMANDS, main
from benchsuite.errors import WrongCall
from tests.plugin import call
from tests.toys import MEAN, install

RUN = ("run", "task=toy-mean", "dataset=numbers", "model=linear", "replicates=200")


@pytest.fixture
def toys(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    install(monkeypatch, MEAN)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints that ends well."""
    assert main(words) == 0
    return capsys.readouterr().out


def test_cfg_job_prints_settings_that_ask_for_the_same_run(toys, capsys):
    made = yaml.safe_load(told(capsys, *RUN, "seed=3", "model.bias=0.5", "--cfg", "job"))
    assert (made["seed"], made["model"]["bias"], made["task"]) == (3, 0.5, "toy-mean")
    words = [
        f"seed={made['seed']}",
        *(f"model.{k}={v!r}" for k, v in made["model"].items() if k != "kind"),
    ]
    (again,), (once,) = (
        settings([*RUN[1:], *words]),
        settings([*RUN[1:], "seed=3", "model.bias=0.5"]),
    )
    assert (again.model, again.dataset, again.engine) == (once.model, once.dataset, once.engine)
    assert not [*toys.glob("results")]


def test_cfg_job_prints_a_document_for_each_run(toys, capsys):
    shown = told(capsys, *RUN, "--multirun", "seed=1,2", "-c", "job")
    assert [one["seed"] for one in yaml.safe_load_all(shown)] == [1, 2]


def test_cfg_hydra_prints_the_settings_of_a_launcher(toys, capsys):
    shown = told(capsys, *RUN, "hydra/launcher=basic", "hydra.job.name=mine", "--cfg", "hydra")
    assert yaml.safe_load(shown)["hydra"]["job"]["name"] == "mine"


NEEDS = {
    "new": ("model", "x"), "score": ("task=t",), "import": ("f",), "train": ("task=t",),
    "export": ("R", "--out", "o"), "show": ("conditions", "image=f"), "compare": ("A", "B"),
    "samples": ("R",), "explain": ("R",), "report": ("N",), "gate": ("R",), "gate plan": ("R",), "baseline": ("R", "out=o"),
    "submit": ("R",), "data": ("list",), "board": ("check", "p"), "completion": ("bash",),
    "run": ("task=toy-mean",), "bench": ("task=toy-mean",),
}  # fmt: skip
"""What a command cannot do without."""


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_prints_its_configuration_and_does_nothing(toys, capsys, command):
    before = {*toys.iterdir()}
    assert isinstance(
        yaml.safe_load(told(capsys, *command.split(), *NEEDS.get(command, ()), "--cfg", "job")),
        dict,
    )
    assert {*toys.iterdir()} == before


@pytest.mark.parametrize("command", ["run", "bench", "train", "score", "export", "report"])
def test_help_names_the_choices_of_each_group(toys, capsys, command):
    with pytest.raises(SystemExit, match="0"):
        main([command, "task=toy-mean", "--help"])
    shown = capsys.readouterr().out
    for line in (
        "task: toy-mean",
        "engine: local, ray",
        "toy-mean: dataset: numbers",
        "toy-mean: model: centred, linear",
    ):
        assert f"  {line}" in shown
    assert "corruption/noise/1" in shown
    assert all(name in shown for name in launchers())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["seed=1,2", "a"], [["seed=1", "a"], ["seed=2", "a"]]),
        (["seed=range(0,2)", "out=w/${seed}"], [["seed=0", "out=w/0"], ["seed=1", "out=w/1"]]),
        (["conditions=a,b", "x=1"], [["conditions=a,b", "x=1"]]),
        (["allow=[a,b]", "--metric=a,b", "results/a,b"], [["allow=[a,b]", "--metric=a,b", "results/a,b"]]),
        (["out=${other}", "model=a,b"], [["out=${other}", "model=a"], ["out=${other}", "model=b"]]),
    ],
)  # fmt: skip
def test_a_comma_list_is_swept_by_hydras_grammar(words, expected):
    assert swept(words) == expected


def test_too_many_jobs_are_refused():
    with pytest.raises(WrongCall, match="at most 10000"):
        swept(["seed=range(0,200)", "k=range(0,200)"])


def test_any_command_is_swept_and_the_worst_code_counts(toys, capsys):
    assert main([*RUN, "--multirun", "seed=1,2"]) == 0
    capsys.readouterr()
    shown = told(capsys, "leaderboard", "--multirun", "by=overall,group", "results=results")
    assert "numbers, overall" in shown
    assert "numbers, by group: accuracy" in shown
    assert main(["leaderboard", "by=overall,nosuch", "-m"]) == 64


def test_a_launcher_gives_the_same_runs_and_prints_the_same(toys, capsys):
    here = told(capsys, *RUN, "--multirun", "seed=1,2", "results=here")
    there = told(capsys, *RUN, "--multirun", "seed=1,2", "results=there", "hydra/launcher=basic")
    assert there == here.replace("here/", "there/")
    assert len(there.split()) == 2
    assert not [*toys.glob("there/.sweep")]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("hydra/launcher=nosuch",), 64, "no launcher is called 'nosuch'"),
        (("hydra/launcher=basic", "hydra.launcher.jobs=2"), 64, "Could not override 'hydra.launcher.jobs'"),
        (("hydra/launcher=basic", "model=lin"), 64, "task toy-mean has no model 'lin' (did you mean linear?)"),
        (("hydra/launcher=basic", "results=/dev/null/x"), 73, "/dev/null/x"),
    ],
)  # fmt: skip
def test_a_sweep_that_cannot_be_is_one_line(toys, capsys, words, code, message):
    assert main([*RUN[:2], "--multirun", "seed=1,2", *words]) == code
    assert message in capsys.readouterr().err.splitlines()[0]


def test_a_launcher_without_a_sweep_is_told_where_it_belongs(toys, capsys):
    assert main([*RUN, "hydra/launcher=basic"]) == 64
    assert "it belongs to --multirun" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("launcher", "setting"),
    [
        ("joblib", "hydra.launcher.n_jobs=2"),
        ("submitit_local", "hydra.launcher.timeout_min=5"),
        ("ray", "+hydra.launcher.ray.init.num_cpus=2"),
    ],
)
def test_a_launcher_runs_jobs_in_processes_of_their_own(installed, tmp_path, launcher, setting):
    if launcher not in launchers():
        pytest.skip(f"the launcher {launcher} is not installed")
    sweep = (*RUN, "--multirun", "seed=1,2", f"hydra/launcher={launcher}", setting)
    result = call(installed, *sweep, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert [(tmp_path / line).is_dir() for line in result.stdout.split()] == [True, True]
    board = call(installed, "leaderboard", "task=toy-mean", cwd=tmp_path)
    assert (board.returncode, board.stderr) == (0, "")

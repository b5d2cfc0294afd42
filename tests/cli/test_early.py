"""`benchsuite run ... baseline=PATH`: the verdict of the whole run, from as much as it takes."""

from pathlib import Path

import pytest

import benchsuite as bs
from benchsuite.cli import main
from benchsuite.runs.store import RunDirectory
from tests.toys import MEAN, install

WORDS = ("run", "task=toy-mean", "dataset.n=200", "batch_size=20", "replicates=200")
WORSE = (*WORDS, "model.bias=2", "model.name=worse")


@pytest.fixture
def baseline(tmp_path, monkeypatch, capsys):
    """The path of a baseline; the working directory is empty but for it and its run."""
    install(monkeypatch, MEAN)
    monkeypatch.chdir(tmp_path)
    assert main([*WORDS]) == 0
    made = RunDirectory(Path(capsys.readouterr().out.splitlines()[-1]))
    return str(made.path)


def test_a_worse_model_stops_early_with_the_code_of_fail(baseline, capsys):
    words = [*WORSE, f"baseline={baseline}"]
    assert main(words) == 1
    out = capsys.readouterr().out
    part = RunDirectory(Path(out.splitlines()[0]))
    assert "benchsuite gate: FAIL: worse: toy-mean/worse clean" in out
    assert f"{part.path}: stopped early at look" in out
    assert part.manifest.stopped.share < 0.7
    assert main(["gate", "--baseline", baseline, str(part.path)]) == 1
    assert main(words) == 1, "what is certain stays so"
    assert main(["gate", "--equity", str(part.path)]) == 3
    assert main([*WORSE, "order=random"]) == 0, "the rest is measured without a verdict"
    assert part.manifest.stopped is None
    assert main(["gate", "--baseline", baseline, str(part.path)]) == 1


def test_the_policy_of_the_call_decides(baseline, capsys):
    Path("strict.toml").write_text('mode = "assure"\nmargin = 0.001\n')
    Path("other.toml").write_text('metrics = ["acuracy"]\n')
    gate = ["baseline=" + baseline, "gate=strict.toml"]
    assert main([*WORDS, "model.bias=0.01", "model.name=near", *gate]) == 2
    assert "of strict.toml" in capsys.readouterr().out
    assert main([*WORSE, "baseline=" + baseline, "gate=other.toml"]) == 64
    assert "no metric is called 'acuracy'" in capsys.readouterr().err
    assert not list(Path("results").glob("*/*/worse/*/units")), "nothing was measured"


def test_in_python_the_same_words_make_the_same_part(baseline, capsys):
    main([*WORSE, f"baseline={baseline}"])
    part = RunDirectory(Path(capsys.readouterr().out.splitlines()[0]))
    options = {"n": 200, "batch_size": 20, "replicates": 200, "baseline": baseline}
    with pytest.warns(UserWarning, match="stopped early at look"):
        run = bs.evaluate("toy-mean", "linear", model_options={"bias": 2}, name="worse", **options)
    assert run.id == part.manifest.run_id
    assert run.directory.manifest.stopped == part.manifest.stopped
    assert bs.gate(baseline, run).verdict == "FAIL"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["baseline=nowhere"], 65, "nowhere"),
        (["gate=policy.toml"], 64, "gate: expected baseline=PATH beside it"),
        (["order=keyed"], 64, "order: expected sorted or random, found 'keyed'"),
        (["model=linear,centred", "baseline=b"], 64, "baseline: expected one run, found 2"),
    ],
)
def test_what_cannot_be_judged_is_said_before_anything_is_measured(
    baseline, capsys, words, code, message
):
    assert main([*WORDS, *words]) == code
    assert message in capsys.readouterr().err

"""One call evaluates a model; the command line makes the same run."""

import shlex
import warnings
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import benchsuite as bs
from benchsuite.cli import main
from benchsuite.errors import BadData, ModelChanged, NotAvailable, WrongCall
from benchsuite.runs.store import RunDirectory
from tests.toys import AP, MEAN, Linear, install, numbers

SHORT = {"replicates": 200}


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """The toys are installed, and results go to a folder of the test's own."""
    install(monkeypatch, MEAN, AP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Half:
    """Scores x less a threshold that it keeps."""

    def __init__(self, threshold: float = 0.0):
        self.threshold = threshold

    def __call__(self, x: float) -> float:
        return x - self.threshold


class Drifting(Half):
    """Its threshold moves with every call: it learns while it is tested."""

    def __call__(self, x: float) -> float:
        self.threshold += 0.01
        return x - self.threshold


def contents(path: Path) -> dict[str, bytes]:
    """The files of a run that its identity fixes."""
    kept = [p for p in path.rglob("*") if p.suffix in (".parquet", ".sha256")]
    return {str(p.relative_to(path)): p.read_bytes() for p in kept}


def test_python_and_the_command_line_make_the_same_run(folder):
    run = bs.evaluate("toy-mean", "linear", conditions=["clean", "noise/2"], results="a", **SHORT)
    words = ["task=toy-mean", "model=linear", "conditions=clean,noise/2", "results=b"]
    assert main(["run", *words, "replicates=200"]) == 0
    other = folder / "b" / run.path.relative_to("a")
    assert RunDirectory(other).manifest.run_id == run.id
    assert contents(other) == contents(run.path)


def test_options_of_the_dataset_the_model_and_the_run_stand_beside_each_other():
    run = bs.evaluate(
        "toy-mean", "linear", name="steep", n=30, model_options={"slope": 2.0}, seed=3, **SHORT
    )
    assert (run.identity.model, run.identity.seed) == ("steep", 3)
    assert len(run.samples()) == 30
    words = "n=30 seed=3"
    assert all(word in run.explain().command for word in words.split())


def test_the_command_of_an_explanation_makes_the_run_again(folder, capsys):
    run = bs.evaluate("toy-mean", "linear", conditions="noise", n=31, results="a", **SHORT)
    program, *words = shlex.split(run.explain().command)
    assert program == "benchsuite"
    words = [word for word in words if not word.startswith("results=")]
    assert main([*words, "results=b"]) == 0
    assert capsys.readouterr().out.strip().endswith(run.id)


def test_an_object_of_ones_own_is_a_model_and_its_weights_are_its_fingerprint():
    one, same, other = (bs.evaluate("toy-mean", Half(t), name=n, **SHORT)
                        for t, n in ((0.0, "half"), (0.0, "half"), (0.5, "later")))  # fmt: skip
    assert one.id == same.id
    assert one.identity.model_fingerprint != other.identity.model_fingerprint
    assert bs.evaluate("toy-mean", Half(0.0), **SHORT).identity.model == "Half"


def test_a_function_is_a_model():
    def twice(x):
        return 2 * x

    run = bs.evaluate("toy-mean", twice, **SHORT)
    assert run.identity.model == "twice"
    registered = bs.evaluate("toy-mean", "linear", **SHORT)
    assert list(run.samples()["accuracy"]) == list(registered.samples()["accuracy"])


def power(x, exponent):
    return x**exponent


def test_a_function_with_some_arguments_given_is_called_by_its_name():
    run = bs.evaluate("toy-mean", partial(power, exponent=1), model_options=None, **SHORT)
    assert run.identity.model == "power"
    other = bs.evaluate("toy-mean", partial(power, exponent=2), name=2, **SHORT)
    assert other.identity.model == "2"
    assert other.identity.model_fingerprint != run.identity.model_fingerprint


def test_an_object_with_the_protocol_of_a_model_is_used_as_it_is():
    run = bs.evaluate("toy-mean", Linear(slope=2.0, name="mine"), **SHORT)
    assert run.identity.model_fingerprint == Linear(slope=2.0).fingerprint
    with pytest.raises(WrongCall, match="it has a name, a fingerprint and options of its own"):
        bs.evaluate("toy-mean", Linear(), name="another", **SHORT)


def test_a_dataset_may_be_an_object():
    run = bs.evaluate("toy-mean", "linear", dataset=numbers(n=12, name="mine"), **SHORT)
    assert (run.identity.dataset, len(run.samples())) == ("mine", 12)
    assert run.dataset.name == "mine"
    with pytest.raises(NotAvailable, match="does not know how its dataset mine was made"):
        _ = bs.load_run(run.path).dataset
    assert bs.load_run(run.path, numbers(n=12, name="mine")).dataset.name == "mine"
    assert "dataset=<mine>" in run.explain().command


def test_the_dataset_of_a_registered_run_is_loaded_again():
    run = bs.evaluate("toy-mean", "linear", n=33, **SHORT)
    assert len(bs.load_run(run.path).dataset.samples()) == 33


def test_a_lambda_needs_a_fingerprint_and_runs_with_one():
    with pytest.raises(WrongCall, match="fingerprint="):
        bs.evaluate("toy-mean", lambda x: x, **SHORT)
    run = bs.evaluate("toy-mean", lambda x: x, name="anonymous", fingerprint="v1", **SHORT)
    assert run.identity.model == "anonymous"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bs.evaluate("toy-maen", "linear"), "toy-mean"),
        (lambda: bs.evaluate("toy-mean", "linaer"), "did you mean linear"),
        (lambda: bs.evaluate("toy-mean", "linear", dataset="nubmers"), "did you mean numbers"),
        (lambda: bs.evaluate("toy-mean", "linear", nn=3), "has no option 'nn'"),
        (lambda: bs.evaluate("toy-mean", "linear", conditions="niose"), "did you mean noise"),
        (lambda: bs.evaluate("toy-mean", "linear", model_options={"slop": 1}), "slope"),
        (lambda: bs.evaluate("toy-mean", "linear", fingerprint="x"), "has its own"),
        (lambda: bs.evaluate("toy-mean", "linear,centred"), "found 2 runs"),
        (lambda: bs.evaluate("toy-mean", Half), "found the class Half: call it"),
        (lambda: bs.evaluate("toy-mean", 3), "expected a callable x -> score, found int"),
        (lambda: bs.evaluate("toy-mean", Half(), model_options={"slop": 1}), "no option 'slop'"),
        (lambda: bs.evaluate("toy-mean", "linear", dataset=numbers(), n=3), "'n' is no option"),
        (lambda: bs.evaluate("toy-mean", Half(), model_options=["a"]), "a dict of options by name"),
        (lambda: bs.evaluate("toy-mean", "linear", dataset_options="n"), "found 'n'"),
        (lambda: bs.evaluate("toy-mean", Half(), name=" "), "expected a name, found ' '"),
        (lambda: bs.evaluate("toy-mean", Half(), model_options={"name": "x"}), "as an argument"),
        (lambda: bs.evaluate("toy-mean", "linear", conditions=[5]), "conditions: expected a name"),
        (lambda: bs.evaluate("toy-mean", "linear", conditions=None), "conditions: expected a name"),
        (lambda: bs.evaluate("toy-mean", "linear", dataset=None), "dataset: expected a name or"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_one_line(call, message):
    with pytest.raises(WrongCall) as found:
        call()
    assert message in str(found.value)
    assert "\n" not in str(found.value)


def test_a_task_without_a_convention_takes_models_with_the_protocol_alone(monkeypatch):
    install(monkeypatch, replace(MEAN, own=None))
    with pytest.raises(NotAvailable, match="name, fingerprint and predict"):
        bs.evaluate("toy-mean", Half(), **SHORT)


def test_a_model_whose_weights_change_while_it_runs_makes_the_run_invalid(folder):
    with pytest.raises(ModelChanged, match="changed while the model ran"):
        bs.evaluate("toy-mean", Drifting(), **SHORT)
    (path,) = (folder / "results/toy-mean/numbers/Drifting").iterdir()
    assert RunDirectory(path).status["state"] == "invalid"
    assert not list(path.rglob("units/**/*.parquet"))
    with pytest.raises(BadData, match="invalid: "):
        bs.load_run(path)
    outcome = bs.gate(path, path)
    assert (outcome.exit_code, "invalid" in outcome.reason) == (3, True)


def test_a_run_that_was_invalid_is_whole_after_a_model_that_keeps_still(folder):
    model = Drifting(0.0)
    with pytest.raises(ModelChanged):
        bs.evaluate("toy-mean", model, fingerprint="", **SHORT)
    run = bs.evaluate("toy-mean", Drifting(0.0), fingerprint="believed", **SHORT)
    assert len(run.samples()) == 90


@dataclass
class Failing:
    """Fails on one sample, in the way that is asked."""

    fault: str
    seen: list[float] = field(default_factory=list)

    def __call__(self, x: float) -> float:
        if abs(x - 0.06) < 0.02:
            if self.fault == "raise":
                raise RuntimeError("no")
            return float(self.fault)
        return x


@pytest.mark.parametrize(("fault", "message"), [("raise", "RuntimeError: no"), ("nan", "nan")])
def test_what_fails_in_the_middle_names_the_sample(fault, message):
    with pytest.raises(BadData, match=r"sample 's\d+', predict: ") as found:
        bs.evaluate("toy-mean", Failing(fault), **SHORT)
    assert message in str(found.value)


def test_a_package_that_a_model_of_ones_own_lacks_is_not_sought_in_the_tasks():
    def lacking(x: float) -> float:
        import a_package_of_nobody  # type: ignore[import-not-found]

        return float(a_package_of_nobody.score(x))

    with pytest.raises(NotAvailable, match=r"model lacking needs the package 'a_package_of_nobody"):
        bs.evaluate("toy-mean", lacking, **SHORT)


def test_options_may_be_numbers_of_numpy_or_none():
    plain = bs.evaluate("toy-mean", "linear", n=40, replicates=200)
    again = bs.evaluate("toy-mean", "linear", n=np.int64(40), replicates=200, model_options=None)
    assert again.id == plain.id


def test_failed_samples_are_told_of_where_they_are_skipped():
    with pytest.warns(UserWarning, match="of 90 samples missing"):
        run = bs.evaluate("toy-mean", Failing("raise"), on_error="skip", **SHORT)
    assert "RuntimeError" in run.lacks


def test_two_models_of_one_name_are_told_of():
    bs.evaluate("toy-mean", Half(0.0), **SHORT)
    with pytest.warns(UserWarning, match="another model is called 'Half', too"):
        bs.evaluate("toy-mean", Half(0.1), **SHORT)
    table = bs.leaderboard("results")
    assert table["run_id"].nunique() == 2


def test_trainings_of_one_recipe_share_a_name_without_a_word():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in "01":
            bs.evaluate("toy-mean", Linear(bias=float(seed), seed=seed), **SHORT)


def test_worker_processes_run_an_object_of_ones_own():
    one = bs.evaluate("toy-mean", Half(0.2), results="a", shard_size=30, **SHORT)
    two = bs.evaluate("toy-mean", Half(0.2), results="b", shard_size=30, workers=2, **SHORT)
    assert contents(one.path) == contents(two.path)

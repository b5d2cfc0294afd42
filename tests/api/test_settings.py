"""A setting that cannot be is a wrong call in one line, whatever Hydra makes of it."""

from dataclasses import replace

import pytest

from benchsuite.api.assembly import make_run
from benchsuite.api.config import RANGES, settings
from benchsuite.cli.parser import _COMMANDS, main
from benchsuite.errors import Exit, WrongCall
from tests.toys import MEAN, install

PLAIN = ("task=toy-mean", "conditions=clean")


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    install(monkeypatch, MEAN)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("conditions=glob(*)", "'conditions=glob.*': expected a value, found a pattern"),
        ("model=glob(*)", "expected a value, found a pattern"),
        ("allow=[glob(*)]", "expected a value, found a pattern"),
        ("results=größe,1", r"a text is quoted: \"results=.größe,1.\"$"),
        ("model=python", r"model=python needs model\.object=\.\.\. \(FILE\.py:NAME or PACKAGE"),
        ("conditions=", "conditions: expected a name, found ''"),
        ("conditions=[]", r"conditions: expected a name, found '\[\]'"),
        ("conditions={a:1}", "conditions: expected a name"), ("model=null", "model: expected a name"),
        ("model={kind:linear}", "model: expected a name"), ("dataset=", "dataset: expected a name"),
        ("seed=${replicates}", "an interpolation"), ("model.name=${results}", "an interpolation"),
        ("seed=???", "expected a value"), ("+replicates=200", r"without \+, ~ and @"),
        ("++seed=1", r"without \+"), ("~replicates=1", "without"), ("~replicates", "expected key=value"),
        ("model@m=linear", "without"), ("hydra.run.dir=x", "no setting is called 'hydra'"),
        ("bench.model=x", "no setting is called 'bench'"), ("sed=1", r"'sed' \(did you mean seed"),
        ("replicates=range(200,300)", "multirun"), ("replicates=200,300", "replicates"),
        ("replicates=1000000000", "replicates: expected at most 100000, found 1000000000"),
        ("engine.workers=10000", "engine.workers: expected at most 1024"),
        ("seed=99999999999999999999", "seed: expected at most"), ("shard_size=0", "at least 1, found 0"),
        ("replicates=nan", "replicates"), ("replicates=200.5", "replicates"), ("seed=true", "seed"),
        ("seed=[1]", "seed"), ("batch_size=", "batch_size"), ("results=", "results: expected a folder"),
        ("engine=null", "engine"), ("conditions=[clean", "conditions"), ("task=toy-mean", "2 of them"),
    ],
)  # fmt: skip
def test_what_hydra_reads_and_the_suite_does_not_mean_is_refused(word, message):
    with pytest.raises(WrongCall, match=message) as caught:
        settings([*PLAIN, word] if not word.startswith("conditions") else [PLAIN[0], word])
    assert caught.value.code == Exit.WRONG_CALL
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "word",
    ["model.slope=true", "model.slope=[1]", "model.slope=x", "model.slope=nan", "model.slope=null",
     "model.name=", "model.name=[a]", "model.name=null", "model.name={a:1}", "model.seed=[1]"],
)  # fmt: skip
def test_an_option_of_another_kind_is_refused(word):
    with pytest.raises(WrongCall, match=word.partition("=")[0]):
        make_run(settings([*PLAIN, word])[0])


@pytest.mark.parametrize(
    "words",
    [["model.slope=2"], ["model.slope=2.5"], ["model.seed=3"], ["model.name=2024"], ["seed='7'"],
     ["model=linear,centred"], ["model.name='a b'"], ["dataset.n=40"]],
)  # fmt: skip
def test_what_people_write_is_read(words):
    for one in settings([*PLAIN, *words]):
        make_run(one)


def test_a_text_of_other_letters_needs_no_quotes():
    for name in ("ünï", "模型/v2", "größe-1.5 b"):
        (one,) = settings(["task=toy-mean", f"dataset.name={name}"])
        assert one.dataset["name"] == name


def test_a_sweep_has_no_more_runs_than_anyone_waits_for():
    with pytest.raises(WrongCall, match="at most 10000 runs in one call, found 10001"):
        settings([*PLAIN, "seed=range(0,1000000000)"], multirun=True)
    assert len(settings([*PLAIN, "seed=range(0,3)"], multirun=True)) == 3


@pytest.mark.parametrize("key", RANGES)
def test_both_ends_of_a_range_are_settings(key):
    words = [*PLAIN, f"engine={'local' if key == 'engine.prefetch' else 'ray'}"]
    for value in RANGES[key]:
        assert settings([*words, f"{key}={value}"])
    with pytest.raises(WrongCall, match=f"{key}: expected at most"):
        settings([*words, f"{key}={RANGES[key][1] + 1}"])


@pytest.mark.parametrize(
    "ending", [SystemExit(0), SystemExit(), GeneratorExit(), BaseException("odd")]
)
def test_code_that_ends_the_program_is_no_success_and_no_verdict(monkeypatch, capsys, ending):
    def run(arguments):
        raise ending

    monkeypatch.setitem(_COMMANDS, "list", replace(_COMMANDS["list"], run=run))
    assert main(["list"]) == Exit.BAD_DATA
    assert capsys.readouterr().err.startswith("benchsuite: code of a plugin ended the program: ")

"""A finished run, as a person works with it in Python."""

import subprocess
import sys
from dataclasses import replace

import pytest

import benchsuite as bs
from benchsuite.errors import BadData, WrongCall
from benchsuite.task import Look
from tests.toys import MEAN, Linear, install

SHORT = {"replicates": 200, "conditions": ["clean", "noise"]}


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """The toys are installed, and results go to a folder of the test's own."""
    install(monkeypatch, MEAN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder):
    return bs.evaluate("toy-mean", Linear(bias=0.4), **SHORT)


def test_a_run_is_loaded_by_its_folder_or_its_models(run):
    assert bs.load_run(run.path).id == bs.load_run(run.path.parent).id == run.id
    with pytest.raises(BadData, match="expected a run directory"):
        bs.load_run("nowhere")


def test_the_table_has_a_row_for_each_cell_with_its_interval(run):
    table = run.table()
    clean = table[(table["condition"] == "clean") & (table["form"] == "value")]
    assert set(clean["attribute"]) == {"", "colour", "size", "colour×size"}
    overall = clean[clean["attribute"] == ""].iloc[0]
    assert overall["ci_low"] < overall["value"] < overall["ci_high"]


def test_the_worst_samples_are_those_that_the_statistics_say(run):
    found = run.worst(5, group=("colour", "red"), condition="corruption/noise/2")
    assert set(found["colour"]) == {"red"}
    assert list(found["accuracy"]) == sorted(found["accuracy"])
    assert len(run.samples("corruption/noise/2")) == 90
    with pytest.raises(WrongCall, match="did you mean colour=red"):
        run.worst(5, group=("colour", "rde"))


def test_a_look_is_that_of_the_task_under_the_condition(monkeypatch, folder):
    shown = replace(MEAN, look=lambda sample, view, row, shared: Look(f"{sample.id} {view.fields}"))
    install(monkeypatch, shown)
    run = bs.evaluate("toy-mean", Linear(bias=0.4), **SHORT)
    known = shown.known_conditions(run.dataset)
    sample = run.dataset.samples()[3]
    for name in ("clean", "corruption/noise/2"):
        view = known[name].view(run.identity.seed, run.dataset.name, sample)
        assert run.look(sample.id, name).text == f"{sample.id} {view.fields}"
    assert run.look(sample.id).text == run.look(sample.id, "clean").text
    with pytest.raises(WrongCall, match=r"no sample is called 's0003x' \(did you mean"):
        run.look(f"{sample.id}x")
    with pytest.raises(WrongCall, match="condition 'nose' is not measured"):
        run.look(sample.id, "nose")


def test_a_run_shows_itself_as_text_and_as_html(run):
    assert "| 1    | linear |" in repr(run)
    assert run._repr_html_().count("<tr>") == 2


def test_what_names_hold_is_inert_in_html(folder):
    run = bs.evaluate("toy-mean", Linear(name="<script>alert(1)</script>"), **SHORT)
    for shown in (run, bs.leaderboard("results"), bs.compare(run, run)):
        assert "<script>" not in shown._repr_html_()


def test_a_comparison_has_cells_and_samples(run):
    other = bs.evaluate("toy-mean", Linear(name="centre"), **SHORT)
    found = bs.compare(run, other)
    assert "centre - linear" in repr(found)
    assert found.table()["difference"].max() > 0
    changed = found.samples("clean")
    assert changed["difference"].abs().is_monotonic_decreasing
    assert bs.compare(str(run.path), other.path).title() == found.title()


def test_a_comparison_says_what_it_could_have_detected_and_draws_it(run):
    other = bs.evaluate("toy-mean", Linear(name="centre"), **SHORT)
    found = bs.compare(run, other)
    table = found.table().dropna(subset="ci_low")
    half = (table["ci_high"] - table["ci_low"]) / 2
    told = table[table["interval"] == "t"]
    # 80 % power takes (1.96 + 0.84) standard errors, and half an interval about 1.96 to 2.1.
    assert len(told) > 4
    assert (told["detectable"] / half[told.index]).between(1.3, 1.44).all()
    assert found.figure() == found.figure("accuracy")
    assert found.figure()[:4] == b"\x89PNG"
    with pytest.raises(WrongCall, match=r"no metric is called 'acuracy' \(did you mean accuracy"):
        found.figure("acuracy")


def test_a_gate_gives_a_verdict_and_never_passes_what_it_cannot_read(run, folder):
    assert bs.gate(run, run).exit_code == 0
    worse = bs.evaluate("toy-mean", Linear(slope=-1.0), **SHORT)
    assert bs.gate(run, worse).exit_code == 1
    assert repr(bs.gate(run, run)).startswith("gate: PASS: ")
    assert bs.gate(run, [worse], bs.Policy(mode="assure")).exit_code == 1
    assert bs.gate("nowhere", run).exit_code == 3
    assert bs.equity(run).exit_code in (0, 1, 2)


def test_a_leaderboard_is_a_table_that_draws_itself(run):
    board = bs.leaderboard("results")
    assert type(board[board["form"] == "value"]).__name__ == "DataFrame"
    axes = board.plot()
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["linear"]
    assert len(board.plot("groups")) == 2  # colour, and colour×size
    with pytest.raises(WrongCall, match="did you mean models"):
        board.plot("model")


def test_the_tasks_are_those_that_are_installed():
    assert list(bs.tasks()) == ["toy-mean"]


def test_importing_the_package_loads_nothing_heavy():
    heavy = "{'torch', 'pandas', 'numpy', 'hydra', 'pyarrow'}"
    code = f"import sys, benchsuite; benchsuite.__dir__(); print({heavy} & {{*sys.modules}})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_every_public_name_is_there_and_documented():
    for name in bs.__all__:
        value = getattr(bs, name)
        assert isinstance(value, str) or value.__doc__


def test_published_pages_lie_in_a_folder_for_each_dataset(run, folder):
    (page,) = bs.publish("results", "pages")
    assert (folder / page / "README.md").exists()


def test_a_dataset_that_is_not_there_says_where_the_run_was_made(run, folder, monkeypatch):
    gone = bs.evaluate("toy-mean", "linear", n=30, replicates=200)

    def missing(**options):
        raise BadData("numbers: found nothing")

    monkeypatch.setattr("tests.toys.numbers", missing)
    with pytest.raises(BadData, match=f"found nothing .the run was made in {folder}"):
        _ = bs.load_run(gone.path).dataset


def test_a_run_without_clean_inputs_shows_its_conditions(folder):
    run = bs.evaluate("toy-mean", Linear(name="noisy"), **{**SHORT, "conditions": "noise"})
    assert repr(run).startswith("toy-mean, numbers, accuracy by condition\n")
    assert "| corruption/noise/2 |" in repr(run)
    assert run._repr_html_().count("<tr>") == 1 + len(run.conditions) + 1  # their mean

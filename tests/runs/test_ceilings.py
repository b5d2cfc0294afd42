"""A run knows what a perfect model gets on its samples; it costs no identity, and once is enough."""

from dataclasses import replace

import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN, Condition, resolve, with_sampled
from benchsuite.errors import BadData
from benchsuite.estimation import Mean
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.runs import ceilings
from benchsuite.runs.ceilings import ceiling, ceilings_of
from benchsuite.runs.evaluate import directory_of, evaluate
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, measure_hit, numbers

RED = Group(("colour",), ("red",))
FAR = Condition("domain", "far", family="domain")


def measure(sample, prediction, shared):
    """The protocol has no right answer for red numbers of the first clusters."""
    row = measure_hit(sample, prediction, shared)
    held = sample.cluster_id < "c0005" and sample.attributes["colour"] == "red"
    return {"hit": 0.0 if held else row["hit"], "miss": 1 - row["hit"], "cost": float("nan")}


TASK = replace(
    MEAN,
    measure=measure,
    metrics=(
        Mean("accuracy", "hit", bounds=(0, 1)),
        Mean("error", "miss", bounds=(0, 1), higher_is_better=False),
        Mean("cost", "cost"),
    ),
    perfect=lambda sample, shared: 1.0 if sample.truth else -1.0,
)
RUN = Run(TASK, numbers(), Linear(slope=-1.0), (CLEAN, *NOISE))


def rows(root):
    found = leaderboard(root)
    return found[found["form"] == "ceiling"]


def test_the_ceiling_is_the_metric_of_a_perfect_models_statistics(tmp_path):
    evaluate(RUN, tmp_path, replicates=200)
    found = rows(tmp_path)
    held = [s for s in numbers().samples() if measure(s, 1.0 if s.truth else -1.0, {})["hit"] == 0]
    red = [s for s in numbers().samples() if s.attributes["colour"] == "red"]
    assert 0 < len(held) < len(red)
    whole = found[(found["metric"] == "accuracy") & (found["attribute"] == "")]
    assert list(whole["value"]) == [pytest.approx(1 - len(held) / 90)]
    assert list(whole["n"]) == [90]
    of_red = found[(found["metric"] == "accuracy") & (found["group"] == "red")]
    assert list(of_red["value"]) == [pytest.approx(1 - len(held) / len(red))]
    assert set(found[found["metric"] == "error"]["value"]) == {0.0}


def test_it_has_no_interval_and_stands_on_clean_inputs_alone(tmp_path):
    evaluate(RUN, tmp_path, replicates=200)
    found = rows(tmp_path)
    assert set(found["condition"]) == {"clean"}
    assert found["ci_low"].isna().all() and found["rank"].isna().all()


def test_a_metric_without_a_value_for_a_perfect_model_has_none(tmp_path):
    evaluate(RUN, tmp_path, replicates=200)
    assert set(rows(tmp_path)["metric"]) == {"accuracy", "error"}


def test_a_domain_has_its_own_and_altered_inputs_have_those_of_clean(tmp_path):
    def load(domain):
        return numbers(60).samples() if domain else numbers().samples()

    there = replace(numbers(), load=load, domains=("far",))
    directory = evaluate(
        replace(RUN, dataset=there, conditions=(CLEAN, NOISE[0], FAR)), tmp_path, replicates=200
    )
    found = ceilings_of(directory)
    by = {name: ceiling(found, name, EVERYBODY, "accuracy") for name in ("clean", "domain/far")}
    assert {name: one.n for name, one in by.items()} == {"clean": 90, "domain/far": 60}
    assert by["clean"].value != by["domain/far"].value
    assert ceiling(found, NOISE[0].full_name, EVERYBODY, "accuracy") is by["clean"]
    assert ceiling(found, "clean", Group(("colour",), ("pink",)), "accuracy") is None


def test_a_condition_of_a_sampled_suite_has_the_ceiling_of_its_own_samples(tmp_path):
    sampled = resolve(["corruption@sampled"], with_sampled(TASK.known_conditions()))
    directory = evaluate(replace(RUN, conditions=(CLEAN, *sampled)), tmp_path, replicates=200)
    found = ceilings_of(directory)
    for condition in sampled:
        one = ceiling(found, condition.full_name, EVERYBODY, "accuracy")
        table = directory.statistics(condition.full_name).to_pandas()
        inside = {*table["sample_id"]}
        mine = [s for s in numbers().samples() if s.id in inside]
        assert one.n == len(mine) < 90
        hits = [measure(s, 1.0 if s.truth else -1.0, {})["hit"] for s in mine]
        assert one.value == pytest.approx(sum(hits) / len(hits))
    assert set(rows(tmp_path)["condition"]) == {"clean"}


def test_it_is_no_part_of_the_identity_or_of_any_other_number(tmp_path):
    bare = replace(RUN, task=replace(TASK, perfect=None))
    assert bare.identity == RUN.identity
    for name, run in (("with", RUN), ("without", bare)):
        evaluate(run, tmp_path / name, replicates=200)
    with_it, without = (leaderboard(tmp_path / name) for name in ("with", "without"))
    assert not len(without[without["form"] == "ceiling"])
    others = with_it[with_it["form"] != "ceiling"].reset_index(drop=True)
    numbers_of = [table.drop(columns="note").astype(str) for table in (others, without)]
    assert numbers_of[0].equals(numbers_of[1])


def count(monkeypatch):
    """How often a perfect model's samples are measured."""
    calls = []
    real = ceilings._row
    monkeypatch.setattr(ceilings, "_row", lambda *of: calls.append(of) or real(*of))
    return calls


def test_it_is_computed_once_for_all_models_on_a_dataset(tmp_path, monkeypatch):
    calls = count(monkeypatch)
    first = evaluate(RUN, tmp_path, replicates=200)
    second = evaluate(replace(RUN, model=Linear("other", bias=0.3)), tmp_path, replicates=200)
    evaluate(RUN, tmp_path, replicates=200)
    assert len(calls) == 90
    assert first.ceilings().equals(second.ceilings())


def test_another_dataset_takes_nothing_of_it(tmp_path, monkeypatch):
    evaluate(RUN, tmp_path, replicates=200)
    calls = count(monkeypatch)
    evaluate(replace(RUN, dataset=numbers(60)), tmp_path, replicates=200)
    assert len(calls) == 60


@pytest.mark.parametrize("damage", ["removed", "flipped"])
def test_a_damaged_file_says_nothing_and_is_made_again(tmp_path, damage):
    directory = evaluate(RUN, tmp_path, replicates=200)
    (path,) = directory.path.glob("ceilings-*.parquet")
    data = path.read_bytes()
    path.unlink()
    if damage == "flipped":
        path.write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])
    assert ceilings_of(directory) == {}
    evaluate(RUN, tmp_path, replicates=200)
    assert path.read_bytes() == data and len(rows(tmp_path))


def broken(sample, shared):
    if sample.id == "s0007":
        raise ValueError("no truth")
    return 1.0


def test_code_of_a_task_that_fails_is_named_with_its_sample(tmp_path):
    run = replace(RUN, task=replace(TASK, perfect=broken))
    with pytest.raises(BadData, match=r"task toy-mean, sample 's0007': perfect: .*no truth"):
        evaluate(run, tmp_path, replicates=200)
    assert not directory_of(run, tmp_path).complete


def test_where_failed_samples_are_skipped_a_ceiling_that_lacks_one_is_none(tmp_path):
    run = replace(RUN, task=replace(TASK, perfect=broken), on_error="skip")
    evaluate(run, tmp_path, replicates=200)
    found = rows(tmp_path)
    groups = set(found[found["metric"] == "accuracy"]["group"])
    assert "" not in groups and "red" in groups

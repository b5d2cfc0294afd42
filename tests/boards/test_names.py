"""A name is data: whatever is in it, a metric keeps its direction and a group its samples."""

from dataclasses import replace

import pandas as pd
import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.cli import main
from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Sample, in_memory
from benchsuite.errors import Exit
from benchsuite.estimation import Mean
from benchsuite.publishing.views import VIEWS, view
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, install, numbers

NAMES = ["median time", "drop time", "gap accuracy", "relative", "a×b", "time/5", "mde@10"]
DOMAIN = Condition("domain", "far", family="domain")


def measure(sample, prediction, shared):
    hit = float((prediction > 0) == sample.truth)
    return {"hit": hit, "seconds": 2.0 - hit}


def timed(name: str, *, headline: bool = True):
    """A task of two metrics: hits, and a time that is short where it hits."""
    time = Mean(name, "seconds", unit="s", higher_is_better=False, bounds=(0, 9), equity=True)
    metrics = (time, *MEAN.metrics) if headline else (*MEAN.metrics, time)
    return replace(MEAN, measure=measure, metrics=metrics)


class Both:
    """The numbers, and the same again elsewhere."""

    def __call__(self, domain):
        return numbers().samples()


def results(root, task):
    """Two runs, the fast model and a slow one; what they say of the named metric."""
    dataset = replace(numbers(), load=Both(), domains=("far",))
    for model in (Linear("fast"), Linear("slow", bias=1.5)):
        run = Run(task, dataset, model, (CLEAN, *NOISE, DOMAIN))
        evaluate(run, root, replicates=200)
    return leaderboard(root)


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_of_any_name_is_ranked_the_right_way_up(tmp_path, name):
    found = results(tmp_path, timed(name))
    rows = found[(found["metric"] == name) & (found["attribute"] == "")]
    by = rows.set_index(["form", "condition", "model"]).sort_index()
    for condition in ("clean", "corruption", "corruption/noise/3", "domain/far"):
        at = by.loc["value", condition]
        assert at["rank"].to_dict() == {"fast": 1, "slow": 2}
        assert not at["higher_is_better"].any()
    drop = by.loc["drop", "domain/far"]
    assert (drop["value"] == 0).all()
    assert not drop["higher_is_better"].any()
    assert (by.loc["relative", "corruption"]["value"] > 1).any(), "noise takes time"
    assert set(found["metric"]) == {name, "accuracy"}
    groups = found[(found["metric"] == name) & (found["attribute"] == "colour")]
    assert "es_cost" in set(groups["form"])
    assert "es_sum" not in set(groups["form"])
    shown = view(found, "overall")
    assert list(shown["model"]) == ["fast", "slow"]
    assert list(shown["rank"]) == ["1", "2"]


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_of_any_name_is_selected_shown_compared_and_gated(
    tmp_path, name, monkeypatch, capsys
):
    task = timed(name, headline=False)
    install(monkeypatch, task)
    found = results(tmp_path, task)
    fast, slow = (str(tmp_path / f"toy-mean/numbers/{model}") for model in ("fast", "slow"))
    for by in VIEWS:
        words = ["leaderboard", "--results", str(tmp_path), "--by", by, "--metric", name]
        assert main(words) == Exit.DONE
        printed = capsys.readouterr().out
        assert "fast" in printed, by
        assert "slow" in printed, by
        text = view(found, by, name).to_string()
        clean = found[(found["condition"] == "clean") & (found["metric"] == name)]
        value = clean[(clean["model"] == "slow") & (clean["form"] == "value")]["value"].iloc[0]
        assert by == "group" or f"{value:.3f}" in text
    assert main(["compare", fast, slow, "--metric", name]) == Exit.DONE
    assert name in capsys.readouterr().out
    for before, after, code in ((fast, slow, Exit.FAIL), (slow, fast, Exit.DONE)):
        words = ["gate", "--baseline", before, after, "--metric", name, "--replicates", "200"]
        assert main(words) == code, "time that rises is worse"
        assert f"overall {name}" in capsys.readouterr().out


# --- attributes ---------------------------------------------------------------------------------

GROUPED = replace(MEAN, metrics=(replace(MEAN.metrics[0], equity=True),), crossed=())


def crossing(*axes: tuple[str, ...], crossed: tuple[tuple[str, ...], ...] = ()):
    """48 numbers for each combination of values that is given, in a dataset that crosses some."""
    samples = [
        Sample(f"s{n}-{i:02d}", {"x": i - 23.5}, truth=i >= 24 - 5 * n, attributes=dict(values))
        for n, values in enumerate(axes)
        for i in range(48)
    ]
    return replace(in_memory("crossing", samples), crossed=crossed)


def groups(root, dataset) -> pd.DataFrame:
    run = Run(GROUPED.on(dataset), dataset, Linear(), (CLEAN, NOISE[0]))
    evaluate(run, root, replicates=200)
    found = leaderboard(root)
    return found[(found["form"] == "value") & (found["condition"] == "clean")]


def gap(root) -> float:
    found = leaderboard(root)
    rows = found[(found["form"] == "gap") & (found["condition"] == "clean")]
    (value,) = rows[rows["attribute"] == "a×b"]["value"]
    return float(value)


def test_an_attribute_and_a_value_may_hold_the_sign_that_joins_crossed_ones(
    tmp_path, monkeypatch, capsys
):
    install(monkeypatch, GROUPED)
    axes = [(("eye×side", f"left×{one}"), ("kind", kind)) for one in ("in", "out") for kind in "xy"]
    dataset = crossing(*axes, crossed=(("eye×side", "kind"),))
    rows = groups(tmp_path, dataset)
    assert sorted(zip(rows["attribute"], rows["group"], rows["n"], strict=True)) == [
        ("", "", 192),
        ("eye×side", "left×in", 96), ("eye×side", "left×out", 96),
        *(("eye×side×kind", f"left×{one}×{k}", 48) for one in ("in", "out") for k in "xy"),
        ("kind", "x", 96), ("kind", "y", 96),
    ]  # fmt: skip
    run = str(tmp_path / "toy-mean/crossing/linear")
    assert main(["gate", run, "--equity", "--replicates", "200"]) == Exit.FAIL
    summary = capsys.readouterr().out
    assert "eye×side×kind" in summary
    assert "left×out×y worse than left×in×x" in summary
    assert main(["gate", "--baseline", run, run, "--replicates", "200"]) == Exit.DONE
    assert main(["leaderboard", "--results", str(tmp_path), "--by", "group"]) == Exit.DONE
    assert "left×out×y" in capsys.readouterr().out


TWINS = ({"a": "r×s", "b": "t"}, {"a": "r", "b": "s×t"}, {"a": "u", "b": "t"})


def test_crossed_groups_that_are_shown_alike_stay_two(tmp_path, monkeypatch):
    install(monkeypatch, GROUPED)
    dataset = crossing(*(tuple(values.items()) for values in TWINS), crossed=(("a", "b"),))
    rows = groups(tmp_path, dataset)
    twins = rows[(rows["attribute"] == "a×b") & (rows["group"] == "r×s×t")]
    assert list(twins["n"]) == [48, 48]
    assert twins["value"].nunique() == 2
    values = rows[rows["attribute"] == "a×b"]["value"]
    assert gap(tmp_path) == pytest.approx(values.max() - values.min())


def test_an_attribute_that_is_called_as_a_crossed_one_is_shown_stays_another(tmp_path, monkeypatch):
    install(monkeypatch, GROUPED)
    axes = [(("a", a), ("b", b), ("a×b", "r×t")) for a in "rs" for b in "tu"]
    rows = groups(tmp_path, crossing(*axes, crossed=(("a", "b"),)))
    alike = rows[(rows["attribute"] == "a×b") & (rows["group"] == "r×t")]
    assert sorted(alike["n"]) == [48, 192]

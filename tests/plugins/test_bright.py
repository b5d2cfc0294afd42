"""A package that adds to bright, installed as pip would do it: everything that it adds, in use."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.plugin import call, with_metadata

HERE = Path(__file__).parent
RUN = ("run", "task=bright", "replicates=200")


@pytest.fixture(scope="module")
def extras(tmp_path_factory) -> Path:
    """A folder that holds the package and its metadata."""
    site = tmp_path_factory.mktemp("site")
    shutil.copy(HERE / "bright_extras.py", site)
    shutil.copytree(HERE / "conf", site / "conf")
    points = {"extras": "bright_extras:PLUGIN"}
    return with_metadata(site, "bright-extras", "benchsuite.plugins", points)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory) -> Path:
    """A folder without any package."""
    return tmp_path_factory.mktemp("bare")


@pytest.fixture(scope="module")
def workplace(tmp_path_factory, extras, nothing) -> Path:
    """A folder with a run and a baseline from before the package, and runs that use all of it."""
    root = tmp_path_factory.mktemp("work")
    done(nothing, root, *RUN, "model=bm25", "conditions=clean,dropout")
    done(nothing, root, "baseline", "results/bright/stdlib-mini/bm25", "--out", "baselines")
    (root / "before.json").write_text(board(nothing, root))
    done(extras, root, *RUN, "model=bm25,length,length-short", "conditions=clean,dropout,voice")
    done(extras, root, *RUN, "model=bm25,length", "dataset=pets", "dataset.queries=20")
    return root


def done(site: Path, root: Path, *words: str, code: int = 0) -> str:
    """What a command printed, which ended with that code."""
    found = call(site, *words, cwd=root)
    assert found.returncode == code, f"{words}\n{found.stdout}\n{found.stderr}"
    return found.stdout


def board(site: Path, root: Path) -> str:
    return done(site, root, "leaderboard", "--task", "bright", "--format", "json")


def table(text: str) -> pd.DataFrame:
    return pd.DataFrame(json.loads(text))


def test_the_package_is_listed(extras, workplace):
    out = " ".join(done(extras, workplace, "list", "bright").split())
    assert "model length: the longest documents first" in out
    assert "condition voice/shout (severities 1-3): letters in upper case" in out
    assert "plugin bright-extras 0.1: adds dataset pets; model length; report hardest;" in out


def test_no_number_of_the_run_from_before_has_moved(extras, workplace):
    before, after = table((workplace / "before.json").read_text()), table(board(extras, workplace))
    same = ["run_id", "condition", "attribute", "group", "metric", "form"]
    shown = ["value", "ci_low", "ci_high", "interval", "n", "clusters"]
    stand_alone = before[before["form"] != "mde"]
    joined = stand_alone.merge(after, on=same, suffixes=("", "_after"))
    assert len(joined) == len(stand_alone) > 100
    for column in shown:
        pd.testing.assert_series_equal(joined[column], joined[f"{column}_after"], check_names=False)


def test_a_board_has_the_models_metrics_dataset_and_suite_of_the_package(extras, workplace):
    found = table(board(extras, workplace))
    clean = found[
        (found["group"] == "") & (found["form"] == "value") & (found["condition"] == "clean")
    ]
    values = clean.set_index(["dataset", "model", "metric"])["value"]
    assert {"bm25", "length", "length-short"} <= set(clean["model"])
    for model in ("bm25", "length"):
        assert values["pets", model, "hits"] == values["pets", model, "recall@10"]
        assert values["pets", model, "found any"] >= values["pets", model, "ndcg@10"]
    assert "a cost" not in set(clean["metric"]), "no column of the runs tells it"
    suites = found[
        (found["scope"] == "suite") & (found["form"] == "value") & (found["coverage"] == 1)
    ]
    assert {"voice"} == set(suites["condition"])
    ranked = clean[(clean["dataset"] == "stdlib-mini") & (clean["metric"] == "hits")]
    assert ranked["rank"].notna().all()


def test_a_baseline_from_before_the_package_still_gates(extras, workplace):
    run = "results/bright/stdlib-mini/bm25"
    assert "PASS" in done(extras, workplace, "gate", run, "--baseline", "baselines")
    done(extras, workplace, "baseline", run, "--out", "with-package")
    gate = ("gate", run, "--baseline", "with-package", "--metric", "found any")
    assert "PASS" in done(extras, workplace, *gate)


def test_without_the_package_its_runs_are_still_read(nothing, extras, workplace):
    assert board(nothing, workplace) == board(extras, workplace)
    run = "results/bright/stdlib-mini/length"
    done(nothing, workplace, "baseline", run, "--out", "elsewhere")
    assert "PASS" in done(nothing, workplace, "gate", run, "--baseline", "elsewhere")


def test_what_the_package_adds_is_published(extras, workplace):
    done(extras, workplace, "publish", "--out", "site")
    pages = "\n".join(path.read_text() for path in (workplace / "site").rglob("README.md"))
    for name in ("length-short", "hits", "found any", "voice"):
        assert name in pages, name


def test_a_report_of_the_package_reads_its_runs(extras, workplace):
    words = ("report", "hardest", "results/bright/stdlib-mini/length", "most=2", "--out", "tables")
    done(extras, workplace, *words, "--format", "csv")
    assert len(pd.read_csv(workplace / "tables" / "hardest.csv")) == 2


def test_predictions_are_scored_on_a_dataset_of_the_package(extras, workplace):
    run = "results/bright/pets/bm25"
    done(extras, workplace, "export", run, "--out", "predictions")
    (path,) = (workplace / "predictions").glob("clean/*")
    words = ("score", "task=bright", "dataset=pets", "dataset.queries=20", "replicates=200")
    done(extras, workplace, *words, f"predictions={path}", "model.name=again")
    found = table(board(extras, workplace))
    clean = found[(found["dataset"] == "pets") & (found["condition"] == "clean")]
    values = clean[(clean["group"] == "") & (clean["form"] == "value")]
    both = values.set_index(["model", "metric"])["value"]
    assert both["again"].equals(both["bm25"])


def test_a_dataset_of_the_package_says_where_it_comes_from(extras, tmp_path):
    assert "licence   CC0" in done(extras, tmp_path, "data", "info", "pets")
    assert "| documents " in done(extras, tmp_path, "data", "check", "pets")
    counted = call(extras, "data", "check", "pets", "dataset.queries=11", cwd=tmp_path)
    assert (counted.returncode, "nothing is published" in counted.stdout) == (0, True)

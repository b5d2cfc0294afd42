"""Test-Time Matching under corruption: one run adapts to each condition anew, one table tells the gains."""

import json

import pandas as pd
import pytest

from benchsuite.errors import BadData
from benchsuite_tasks.compositional.conditions import by_condition, main
from tests.plugin import call


@pytest.fixture(scope="module")
def published(installed, tmp_path_factory):
    """What the commands of the README leave, on a few groups and with a few steps."""
    root = tmp_path_factory.mktemp("conditions")
    rows, images = [], root / "images"
    from PIL import Image

    from benchsuite_tasks.compositional.datasets.mini import shapes_mini

    images.mkdir()
    for sample in shapes_mini().samples()[:12]:
        names = [
            f"{sample.id.replace('/', '-')}-{i}.png" for i in range(len(sample.inputs["images"]))
        ]
        for name, image in zip(names, sample.inputs["images"], strict=True):
            Image.fromarray(image).save(images / name)
        right = [sample.truth.captions.index(sample.truth.matching[i]) for i in sample.truth.images]
        rows.append(
            {
                "id": sample.id,
                "images": names,
                "captions": sample.inputs["captions"],
                "matching": right,
            }
        )
    (root / "groups.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = [
        "run", "task=compositional", "dataset=pairs", "dataset.path=groups.jsonl", "dataset.images=images",
        "model=dual-mini,simplematch,ttm", "conditions=clean,gaussian_noise/3,dropout/5", "replicates=200",
    ]  # fmt: skip
    for command in (words, ["publish", "--task", "compositional", "--out", "out"]):
        done = call(installed, *command, cwd=root)
        assert done.returncode == 0, done.stderr
    return root


def test_each_condition_is_adapted_to_anew_and_told_against_the_raw_model(published):
    whole = pd.read_parquet(published / "out/compositional/pairs/table.parquet")
    told = by_condition(whole).set_index(["model", "condition"]).sort_index()
    everybody = whole[whole["attribute"] == ""]
    values = everybody.set_index(["model", "condition", "metric"])["value"].sort_index()
    for model in ("dual-mini-simplematch", "dual-mini-ttm"):
        for condition in ("clean", "corruption/gaussian_noise/3", "text/dropout/5"):
            row, raw = told.loc[model, condition], values["dual-mini", condition]
            assert row["raw_group_score"] == pytest.approx(raw["group_score"])
            assert row["gain"] == pytest.approx(row["group_score"] - raw["group_match"])
            assert row["paper_gain"] == pytest.approx(row["group_score"] - raw["group_score"])
            assert row["gain_low"] <= row["gain"] <= row["gain_high"]
    states = {
        file.read_bytes() for file in published.glob("results/**/dual-mini-ttm/**/*.safetensors")
    }
    assert len(states) == 3


def test_the_tables_are_written(published, tmp_path):
    source = published / "out/compositional/pairs/table.parquet"
    assert main([str(source), str(tmp_path)]) == 0
    rows = (tmp_path / "ttm_by_condition.md").read_text().splitlines()
    assert rows[0].startswith("| condition | model | n | raw_group_score | group_score | gain |")
    assert len(pd.read_csv(tmp_path / "ttm_by_condition.csv")) == len(rows) - 2


def test_runs_of_one_name_are_not_merged(published):
    whole = pd.read_parquet(published / "out/compositional/pairs/table.parquet")
    other = whole[(whole["model"] == "dual-mini-ttm") & (whole["condition"] == "clean")]
    message = "expected one run of the name 'dual-mini-ttm' under clean, found several"
    with pytest.raises(BadData, match=message):
        by_condition(pd.concat([whole, other.assign(run_id="other")]))


def test_a_table_without_adapted_models_is_refused(published):
    whole = pd.read_parquet(published / "out/compositional/pairs/table.parquet")
    with pytest.raises(BadData, match="expected a table with an adapted model"):
        by_condition(whole[whole["model"] == "dual-mini"])

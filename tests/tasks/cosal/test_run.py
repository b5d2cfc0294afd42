"""A model of a person's own sees whole groups, in a run, from Python and as maps that are scored."""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import benchsuite as bs
from benchsuite.cli.parser import main
from benchsuite.errors import BadData
from benchsuite.publishing.panels import GAP, KEY
from benchsuite_tasks.cosal.datasets import groups
from tests.house.source import ROOT
from tests.plugin import blocks
from tests.tasks.cosal.test_groups import write_folders
from tests.test_docs import told

PAGE = ROOT / "tasks/cosal/README.md"


def counted(images):
    """Maps that tell how many images were seen together: a row of white pixels for each."""
    maps = [np.zeros(image.shape[:2]) for image in images]
    for one in maps:
        one[: len(images)] = 1.0
    return maps


def evaluated(folder, look, **options):
    return bs.evaluate("cosal", look, dataset="folders", path=str(folder / "data"), results=str(folder / "results"), **options)  # fmt: skip


@pytest.fixture(autouse=True)
def _workplace(tmp_path, monkeypatch):
    write_folders(tmp_path / "data")
    monkeypatch.chdir(tmp_path)


def test_a_group_is_seen_whole_however_batches_are_cut(tmp_path):
    found = [evaluated(tmp_path, counted, batch_size=size).table() for size in (1, 32)]
    first, second = (table.query("form == 'value'")["value"].to_numpy() for table in found)
    np.testing.assert_array_equal(first, second)


def test_fewer_images_of_a_group_are_seen_under_its_conditions(tmp_path):
    seen = []

    def look(images):
        seen.append(len(images))
        return counted(images)

    evaluated(tmp_path, look, conditions=["clean", "fewer"], fingerprint="look 1")
    assert sorted(seen) == sorted([3, 2] + [3, 2] + [2, 1, 2] + [1] * 5)


def test_the_maps_of_a_folder_have_the_numbers_of_the_model_that_made_them(tmp_path):
    evaluated(tmp_path, counted, conditions=["clean", "group/fewer/3"])
    for condition, rows in (("clean", {"cat": 3, "dog": 2}), ("group/fewer/3", {"cat": 1, "dog": 1})):  # fmt: skip
        for group, count in (("cat", 3), ("dog", 2)):
            for n in range(count):
                made = np.zeros((40, 50), np.uint8)
                made[: rows[group]] = 255
                path = tmp_path / f"maps/{condition}/{group}/{group}_{n:03d}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(made).save(path)
    words = "score task=cosal dataset=folders dataset.path=data predictions=maps model.name=maps results=results"
    assert main(words.split()) == 0
    board = bs.leaderboard("results").query("form == 'value'")
    columns = ["condition", "attribute", "group", "metric"]
    mine, theirs = (
        board[board["model"] == name].sort_values(columns) for name in ("counted", "maps")
    )
    assert len(mine) == len(theirs) > 10
    np.testing.assert_allclose(mine["value"], theirs["value"])


def small(images):
    """Maps of another size and of many levels, which depend on how many images are seen."""
    draw = np.random.default_rng(len(images))
    return [draw.integers(0, 256, (20, 25)).astype(np.uint8) for _ in images]


def test_exported_maps_are_files_by_class_and_score_the_same(tmp_path):
    run = evaluated(tmp_path, small, conditions=["clean", "group/fewer/3"])
    assert main(["export", str(run.path), "--out", "out"]) == 0
    files = sorted(path.relative_to("out").as_posix() for path in Path("out").rglob("*.png"))
    assert len(files) == 10
    assert files[:2] == ["clean/cat/cat_000.png", "clean/cat/cat_001.png"]
    np.testing.assert_array_equal(np.asarray(Image.open("out/clean/dog/dog_000.png")), small("ab")[0])  # fmt: skip
    words = "score task=cosal dataset=folders dataset.path=data predictions=out model.name=maps results=results"
    assert main(words.split()) == 0
    again = bs.load_run(next(Path("results/cosal/folders/maps").iterdir())).table()
    columns = ["condition", "attribute", "group", "metric", "form", "value", "ci_low", "ci_high"]
    first = run.table()[columns].sort_values(columns[:5], ignore_index=True)
    pd.testing.assert_frame_equal(first, again[columns].sort_values(columns[:5], ignore_index=True))
    assert first["value"].nunique() > 10


def test_a_sample_is_seen_beside_its_mask_and_its_map(tmp_path):
    run = evaluated(tmp_path, small, conditions=["clean", "corruption/contrast/5"])
    look = run.look("cat/cat_001")
    above, below = np.split(look.picture, [look.picture.shape[0] // 2])
    (image, mask), (lit, found) = (np.array_split(row, 2, axis=1) for row in (above, below))
    assert np.abs(mask[100, 150] - 255.0).max() < 5  # in the square
    assert mask[100, 400].max() < 5
    assert image[100, 150, 0] > 150 > image[100, 150, 1] + 50  # which is red
    level = Image.fromarray(small("abc")[1]).resize((found.shape[1], found.shape[0]), 2)
    assert np.abs(found[..., 0] - np.asarray(level, float)).mean() < 20
    assert np.abs(lit - image * (found / 255.0)).mean() < 10
    row = run.samples("clean").set_index("sample_id").loc["cat/cat_001"]
    assert look.text == f"S-measure {row['S-measure']:.3f}, MAE {row['MAE']:.3f}"
    paler = run.look("cat/cat_001", "corruption/contrast/5").picture
    assert (paler[: len(above)] != above).any()
    assert (paler[:, mask.shape[1] + GAP :] == look.picture[:, mask.shape[1] + GAP :]).all()


def test_the_worst_samples_are_a_page_of_pictures(tmp_path, monkeypatch):
    run = evaluated(tmp_path, small)
    assert main(["samples", str(run.path), "--worst", "3", "--out", "worst.html"]) == 0
    page = Path("worst.html").read_text()
    assert page.count("<img") == 3
    assert KEY in page


def test_a_folder_that_is_no_condition_is_refused(tmp_path, capsys):
    for condition in ("clean", "group/fewer/9"):
        path = tmp_path / f"maps/{condition}/cat/cat_000.png"
        path.parent.mkdir(parents=True)
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(path)
    words = "score task=cosal dataset=folders dataset.path=data predictions=maps model.name=maps"
    assert main(words.split()) == 65
    assert "no condition is called 'group/fewer/9/cat'" in capsys.readouterr().err


def test_another_number_of_maps_than_images_is_refused(tmp_path):
    with pytest.raises(BadData, match="expected 3 predictions together, found 1"):
        evaluated(tmp_path, lambda images: counted(images)[:1], fingerprint="one")


def test_the_consensus_of_a_group_helps_the_baseline(monkeypatch):
    """On the generated set, and not where each image is seen alone: then both are the same."""
    monkeypatch.setattr(groups, "GROUPS", 12)
    runs = {
        name: bs.evaluate("cosal", name, images=3, conditions=["clean", "group/fewer/3"], results="results")
        for name in ("contrast", "consensus")
    }  # fmt: skip
    value = {
        (name, row.condition): row.value
        for name, run in runs.items()
        for row in run.table().query("metric == 'max-F' and form == 'value' and group == ''").itertuples()
    }  # fmt: skip
    assert value["consensus", "clean"] > value["contrast", "clean"] + 0.15
    assert value["consensus", "group/fewer/3"] == pytest.approx(
        value["contrast", "group/fewer/3"], abs=0.02
    )
    assert value["contrast", "clean"] == value["contrast", "group/fewer/3"]


def test_the_maps_of_the_page_s_benchmark_are_shown_and_exported(monkeypatch):
    monkeypatch.setattr(groups, "GROUPS", 3)
    assert (
        main(["bench", "task=cosal", "model=consensus", "conditions=clean", "dataset.images=2"])
        == 0
    )
    commands = [words[1:] for words in told(PAGE) if words[1] in ("samples", "export")]
    assert len(commands) == 2
    for words in commands:
        assert main(words) == 0
    assert "<img" in Path("worst.html").read_text()
    assert len([*Path("maps/clean").glob("0?/[01].png")]) == 6


def test_the_example_of_the_page_runs_in_python_and_as_a_command(capsys, monkeypatch):
    monkeypatch.setattr(groups, "GROUPS", 6)
    (code,) = blocks(PAGE, "python")
    Path("example.py").write_text(code)
    runpy.run_path("example.py", run_name="__main__")
    assert "max-F" in capsys.readouterr().out
    Path("rare.py").write_text(code.partition("\n\nmine =")[0])
    (words,) = (words for words in told(PAGE) if "model=python" in words)
    assert main([*words[1:], "dataset.images=2"]) == 0

"""The upstream layouts are read, and what is wrong in them is one line."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite_tasks.compositional.datasets.colorswap import colorswap
from benchsuite_tasks.compositional.datasets.features import winoground_features
from benchsuite_tasks.compositional.datasets.mmvp import mmvp_vlm
from benchsuite_tasks.compositional.datasets.pairs import pairs
from benchsuite_tasks.compositional.datasets.sugarcrepe import sugarcrepe
from benchsuite_tasks.compositional.datasets.whatsup import whatsup
from benchsuite_tasks.compositional.datasets.winoground import winoground
from benchsuite_tasks.compositional.measure import columns
from benchsuite_tasks.compositional.task import TASK
from tests.house.source import SHARED
from tests.tasks.compositional import tiny

WINOGROUND = SHARED / "data/winoground_clip"


def source(dataset: Dataset, key: str) -> tuple[list[str], list[np.ndarray]]:
    """Captions and images of a group in the order of its source."""
    sample = next(s for s in dataset.samples() if s.id == key)
    captions, images = sample.inputs["captions"], sample.inputs["images"]
    truth = sample.truth
    return (
        [captions[p] for p in np.argsort(truth.captions)],
        [images[p] for p in np.argsort(truth.images)],
    )


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.mark.parametrize("zipped", [False, True])
def test_winograds_layout(tmp_path, zipped):
    folder = tiny.winoground(tmp_path)
    second = pixels(folder / "data/images/ex_1_img_1.png")
    if zipped:
        with zipfile.ZipFile(folder / "data/images.zip", "w") as archive:
            for file in sorted((folder / "data/images").iterdir()):
                archive.write(file, f"images/{file.name}")
                file.unlink()
    tags = tmp_path / "diwan.json"
    tags.write_text(json.dumps({"1": ["Unusual Image"], "0": []}))
    dataset = winoground(str(folder), difficulty=str(tags))
    assert len(dataset.samples()) == 6
    captions, images = source(dataset, "1")
    assert captions == tiny.captions(1)
    assert (images[1] == second).all()
    by_id = {s.id: s.attributes for s in dataset.samples()}
    assert (by_id["0"]["tag"], by_id["1"]["tag"]) == ("Object", "Relation")
    assert (by_id["1"]["series"], by_id["1"]["pragmatics"]) == ("yes", "no")
    assert (by_id["1"]["unusual_image"], by_id["0"]["no_difficulty"]) == ("yes", "yes")


def test_a_missing_image_is_named(tmp_path):
    folder = tiny.winoground(tmp_path)
    (folder / "data/images/ex_2_img_0.png").unlink()
    with pytest.raises(
        BadData, match=r"examples.jsonl:3: group '2': expected the image .*ex_2_img_0"
    ):
        winoground(str(folder))


def test_a_file_that_is_no_image_is_named(tmp_path):
    folder = tiny.winoground(tmp_path)
    (folder / "data/images/ex_0_img_0.png").write_text("hello")
    with pytest.raises(BadData, match=r"ex_0_img_0.png: expected an image"):
        source(winoground(str(folder)), "0")


def test_an_image_of_16_bits_is_refused_and_not_read_as_white(tmp_path):
    folder = tiny.winoground(tmp_path)
    Image.fromarray(np.full((8, 8), 4000, np.uint16)).save(folder / "data/images/ex_0_img_0.png")
    with pytest.raises(BadData, match=r"ex_0_img_0.png: expected 8 bits a channel, found"):
        source(winoground(str(folder)), "0")


def test_winoground_without_a_token_says_where_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(NotAvailable) as error:
        winoground()
    assert "accept its licence at https://huggingface.co/datasets/facebook/winoground" in str(
        error.value
    )
    assert "HF_TOKEN" in str(error.value)


def test_mmvps_layout(tmp_path):
    dataset = mmvp_vlm(str(tiny.mmvp(tmp_path)))
    captions, images = source(dataset, "3-4")
    assert captions == tiny.captions(1)
    assert (images[0] == pixels(tmp_path / "MLLM_VLM Images/Quantity and Count/3.jpg")).all()
    assert {s.attributes["pattern"] for s in dataset.samples()} == {
        "Color and Appearance", "Quantity and Count"
    }  # fmt: skip


def test_mmvp_rows_come_in_pairs_of_one_type(tmp_path):
    tiny.mmvp(tmp_path)
    rows = (tmp_path / "Questions.csv").read_text().splitlines()
    (tmp_path / "Questions.csv").write_text("\n".join(rows[:-1]) + "\n")
    with pytest.raises(BadData, match="expected an even number of rows, two a group, found 7"):
        mmvp_vlm(str(tmp_path))
    (tmp_path / "Questions.csv").write_text("\n".join([rows[0], *rows[2:4]]) + "\n")
    with pytest.raises(BadData, match=r"Questions.csv:2: expected two rows of one type"):
        mmvp_vlm(str(tmp_path))
    (tmp_path / "Questions.csv").write_text("Question ID,Type\n")
    with pytest.raises(BadData, match="expected the column 'Statement', found none"):
        mmvp_vlm(str(tmp_path))


def encoded(seed: int) -> dict[str, object]:
    buffer = io.BytesIO()
    array = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(array).save(buffer, "PNG")
    return {"bytes": buffer.getvalue(), "path": f"{seed}.png"}


def test_colorswaps_layout(tmp_path):
    rows = [
        {"id": n, "image_1": encoded(2 * n), "image_2": encoded(2 * n + 1), "caption_1": f"red {n}",
         "caption_2": f"blue {n}", "image_source": "midjourney", "caption_source": "human"}
        for n in range(3)
    ]  # fmt: skip
    (tmp_path / "data").mkdir()
    pd.DataFrame(rows).to_parquet(tmp_path / "data/test-00000-of-00001.parquet")
    captions, images = source(colorswap(str(tmp_path)), "2")
    assert captions == ["red 2", "blue 2"]
    assert (images[0] == np.asarray(Image.open(io.BytesIO(encoded(4)["bytes"])))).all()
    with pytest.raises(BadData, match=r"expected train\*.parquet or train.json, found none"):
        colorswap(str(tmp_path), split="train")
    rows[1]["image_2"] = {"bytes": b"", "path": ""}
    pd.DataFrame(rows).to_parquet(tmp_path / "data/test-00000-of-00001.parquet")
    with pytest.raises(
        BadData, match=r"group '1': expected the image .*parquet:2: image_2, found no file"
    ):
        colorswap(str(tmp_path))


@pytest.mark.parametrize("zipped", [False, True])
def test_colorswaps_archive(tmp_path, zipped):
    names = [f"images/img_{n}_{i}.png" for n in range(2) for i in (1, 2)]
    arrays = [pixels(tiny.picture(tmp_path / name, number)) for number, name in enumerate(names)]
    rows = [
        {"id": n, "caption_1": f"a red {n}", "caption_2": f"a blue {n}", "image_1": names[2 * n],
         "image_2": names[2 * n + 1], "image_source": "midjourney", "caption_source": "human"}
        for n in range(2)
    ]  # fmt: skip
    (tmp_path / "test.json").write_text(json.dumps(rows))
    if zipped:
        with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
            for name in names:
                archive.write(tmp_path / name, name)
                (tmp_path / name).unlink()
    dataset = colorswap(str(tmp_path))
    captions, images = source(dataset, "1")
    assert captions == ["a red 1", "a blue 1"]
    assert all((a == b).all() for a, b in zip(images, arrays[2:], strict=True))
    assert dataset.samples()[0].attributes["image_source"] == "midjourney"
    rows[0]["image_1"] = "../secret.png"
    (tmp_path / "test.json").write_text(json.dumps(rows))
    with pytest.raises(BadData, match=r"test.json: entry 0: expected a file below"):
        colorswap(str(tmp_path))


def whats_up(folder: Path) -> Path:
    relations = ["left_of", "right_of", "on", "under"]
    said = [r.replace("_", " ") for r in relations]
    rows = []
    for number, relation in enumerate(relations):
        name = f"mug_{relation}_table.jpeg"
        tiny.picture(folder / "controlled_images" / name, number)
        options = [
            f"A mug {s} a table" for s in (said[number], *said[:number], *said[number + 1 :])
        ]
        rows.append({"image_path": f"data/controlled_images/{name}", "caption_options": options})
    (folder / "controlled_images_dataset.json").write_text(json.dumps(rows))
    return folder


def test_whats_ups_layout(tmp_path):
    folder = str(whats_up(tmp_path))
    single = whatsup(folder)
    captions, images = source(single, "mug_on_table")
    assert (len(single.samples()), len(images)) == (4, 1)
    assert captions[0] == "A mug on a table"
    paired = whatsup(folder, shape="2x2")
    captions, images = source(paired, "mug_|_table-vertical")
    assert captions == ["A mug on a table", "A mug under a table"]
    assert (images[1] == pixels(tmp_path / "controlled_images/mug_under_table.jpeg")).all()
    with pytest.raises(WrongCall, match="expected subset a or b"):
        whatsup(folder, subset="c")
    rows = json.loads((tmp_path / "controlled_images_dataset.json").read_text())
    (tmp_path / "controlled_images_dataset.json").write_text(json.dumps(rows[:-1]))
    with pytest.raises(BadData, match="expected two images in opposite relations, found 1"):
        whatsup(folder, shape="2x2")


def test_two_photographs_of_whats_up_that_have_each_others_names(tmp_path):
    whats_up(tmp_path)
    rows = json.loads((tmp_path / "controlled_images_dataset.json").read_text())
    for number, side in enumerate(("left_of", "right_of")):
        name = f"pillow_{side}_chair.jpeg"
        tiny.picture(tmp_path / "controlled_images" / name, 10 + number)
        options = [f"A pillow {side} a chair", "a", "b", "c"]
        rows.append({"image_path": f"data/controlled_images/{name}", "caption_options": options})
    (tmp_path / "controlled_images_dataset.json").write_text(json.dumps(rows))
    left, right = (
        pixels(tmp_path / f"controlled_images/pillow_{side}_chair.jpeg")
        for side in ("left_of", "right_of")
    )
    for corrected, seen in ((True, right), (False, left)):
        dataset = whatsup(str(tmp_path), axis="horizontal", corrected=corrected)
        captions, images = source(dataset, "pillow_left_of_chair")
        assert captions[0] == "A pillow left_of a chair"
        assert (images[0] == seen).all()
        assert {s.attributes["axis"] for s in dataset.samples()} == {"horizontal"}
    with pytest.raises(
        WrongCall, match=r"dataset.axis: expected one of horizontal, vertical, found"
    ):
        whatsup(str(tmp_path), axis="depth")


def test_whats_ups_second_subset(tmp_path):
    relations = {"left_of": "to the left of", "right_of": "to the right of",
                 "in-front_of": "in front of", "behind": "behind"}  # fmt: skip
    rows = []
    for number, relation in enumerate(relations):
        name = f"bowl_{relation}_mug.jpeg"
        tiny.picture(tmp_path / "controlled_clevr" / name, number)
        said = [relations[relation], *(r for k, r in relations.items() if k != relation)]
        options = [f"A bowl {s} a mug" for s in said]
        rows.append({"image_path": f"data/controlled_clevr/{name}", "caption_options": options})
    (tmp_path / "controlled_clevr_dataset.json").write_text(json.dumps(rows))
    captions, images = source(whatsup(str(tmp_path), subset="b", shape="2x2"), "bowl_|_mug-depth")
    assert captions == ["A bowl in front of a mug", "A bowl behind a mug"]
    assert (images[0] == pixels(tmp_path / "controlled_clevr/bowl_in-front_of_mug.jpeg")).all()


def test_one_option_is_refused(tmp_path):
    path = whats_up(tmp_path) / "controlled_images_dataset.json"
    rows = json.loads(path.read_text())
    rows[1]["caption_options"] = rows[1]["caption_options"][:1]
    path.write_text(json.dumps(rows))
    for shape in ("1x4", "2x2"):
        with pytest.raises(
            BadData, match="entry 1: caption_options: expected two texts or more, found 1"
        ):
            whatsup(str(tmp_path), shape=shape)


def crepe(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = {
        str(n): {
            "filename": f"{n // 2:012}.jpg",
            "caption": f"a dog {n}",
            "negative_caption": f"a cat {n}",
        }
        for n in (0, 1, 3)
    }
    (folder / "swap_att.json").write_text(json.dumps({**rows, "accuracy": 0.5}))
    return folder


def test_sugarcrepes_layout(tmp_path):
    folder = crepe(tmp_path / "data")
    for n in (0, 1):
        tiny.picture(tmp_path / f"val2017/{n:012}.jpg", n)
    dataset = sugarcrepe(str(folder), images=str(tmp_path / "val2017"))
    captions, images = source(dataset, "swap_att/3")
    assert captions == ["a dog 3", "a cat 3"]
    assert (images[0] == pixels(tmp_path / "val2017/000000000001.jpg")).all()
    assert [s.cluster for s in dataset.samples()] == [f"{n:012}.jpg" for n in (0, 0, 1)]
    assert dataset.samples()[0].attributes == {"subset": "swap_att", "edit": "swap", "part": "att"}
    without = sugarcrepe(str(folder), subsets="swap_att").samples()[0].inputs
    assert without["image_names"] == ["000000000000.jpg"]
    with pytest.raises(WrongCall, match="expected one of swap_att, found 'swap'"):
        sugarcrepe(str(folder), subsets="swap")


def jsonl(path: Path, *rows: object) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_pairs_of_ones_own(tmp_path):
    tiny.picture(tmp_path / "a.png", 0)
    row = {"id": "g", "images": ["a.png"], "captions": ["x", "y"], "matching": [1],
           "attributes": {"kind": "colour"}, "cluster": "scene"}  # fmt: skip
    sample = pairs(jsonl(tmp_path / "p.jsonl", row)).samples()[0]
    assert (sample.cluster, sample.attributes) == ("scene", {"kind": "colour"})
    assert sample.inputs["cluster"] == "scene"
    assert sample.truth.matching == (1,)
    assert (sample.inputs["images"][0] == pixels(tmp_path / "a.png")).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": ["../a.png"]}, "expected a file below"),
        ({"images": ["b.png"]}, "group 'g': expected the image"),
        ({"images": "a.png"}, "images: expected a list, found"),
        ({"captions": ["x", 3]}, "captions[1]: expected a string, found 3"),
        ({"captions": ["x", "x"]}, "expected different captions, found 'x' twice"),
        ({"matching": 5}, "matching: expected a list, found 5"),
        ({"matching": [[0]]}, "matching[0]: expected a whole number, found [0]"),
        ({"attributes": {"": "x"}}, "attributes: expected names with characters, found ''"),
        ({"matching": [5]}, "matching: expected 1 different captions of 0 to 1"),
        ({"caption": "x"}, "expected no key 'caption' (did you mean captions"),
        ({"attributes": {"k": 1}}, "attributes: k: expected a string, found 1"),
        ({"id": ""}, "id: expected a printable id, found ''"),
    ],
)
def test_what_is_wrong_in_pairs_is_one_line_with_its_number(tmp_path, change, message):
    tiny.picture(tmp_path / "a.png", 0)
    good = {"id": "f", "images": ["a.png"], "captions": ["x", "y"]}
    path = jsonl(tmp_path / "p.jsonl", good, {**good, "id": "g", **change})
    with pytest.raises(BadData) as error:
        pairs(path)
    assert str(error.value).startswith(f"{path}:2: ")
    assert message in str(error.value)


def test_a_group_changes_its_fingerprint_with_a_pixel(tmp_path):
    tiny.picture(tmp_path / "a.png", 0)
    path = jsonl(tmp_path / "p.jsonl", {"id": "g", "images": ["a.png"], "captions": ["x", "y"]})
    before = pairs(path).fingerprint
    assert pairs(path).fingerprint == before
    tiny.picture(tmp_path / "a.png", 1)
    assert pairs(path).fingerprint != before


@pytest.mark.parametrize("name", ["text/dropout/5", "corruption/fog/3"])
def test_a_condition_alters_every_caption_or_image_and_nothing_else(tmp_path, name):
    dataset = winoground(str(tiny.winoground(tmp_path)))
    sample = dataset.samples()[0]
    condition = TASK.known_conditions(dataset)[name]
    clean, altered = (c.view(0, "w", sample).fields for c in (CLEAN, condition))
    changed = "captions" if name.startswith("text") else "images"
    same = "images" if changed == "captions" else "captions"
    assert all(np.any(a != b) for a, b in zip(clean[changed], altered[changed], strict=True))
    assert all(np.all(a == b) for a, b in zip(clean[same], altered[same], strict=True))


@pytest.mark.skipif(not WINOGROUND.exists(), reason=f"{WINOGROUND} is not there")
def test_real_features_of_winoground_score_as_published(tmp_path):
    from benchsuite.estimation.cells import EVERYBODY, Group
    from benchsuite.runs.cells import read_cells
    from benchsuite.runs.evaluate import evaluate
    from benchsuite.runs.plan import Run
    from benchsuite_tasks.compositional.models.features import Features

    dataset = winoground_features(str(WINOGROUND))
    cells = evaluate(Run(TASK, dataset, Features(), (CLEAN,)), tmp_path, replicates=20).cells()
    found = {(g, m): e.value for (_, g, m), e in read_cells(cells).items()}
    overall = {m: round(100 * v, 2) for (g, m), v in found.items() if g == EVERYBODY}
    expected = {"text_score": 34.75, "image_score": 11.0, "group_score": 7.5, "group_match": 67.5}
    assert {name: overall[name] for name in expected} == expected
    tags = {
        tag: round(100 * found[Group(("tag",), (tag,)), "group_score"], 1)
        for tag in ("Relation", "Object", "Both")
    }
    assert tags == {"Relation": 4.7, "Object": 8.5, "Both": 26.9}


def test_embeddings_of_another_shape_are_refused(tmp_path):
    (tmp_path / "tags.csv").write_text(
        "id,secondary_tag,collapsed_tag,num_main_preds\n0,,Object,1\n"
    )
    np.savez(tmp_path / "e.npz", image=np.zeros((1, 2, 4)), text=np.zeros((1, 3, 4)))
    with pytest.raises(BadData, match=r"expected two arrays \(N, 2, d\), found \(1, 3, 4\)"):
        winoground_features(str(tmp_path))
    np.savez(tmp_path / "e.npz", image=np.array([{}], dtype=object), text=np.zeros((1, 2, 4)))
    with pytest.raises(BadData, match="image: a readable array without pickle"):
        winoground_features(str(tmp_path))


def written_pairs(folder: Path, *rows: dict[str, object]) -> Path:
    """A file of `pairs`, each with the one image of the folder."""
    Image.new("RGB", (4, 4)).save(folder / "a.png")
    usual = {"images": ["a.png"], "captions": ["a cat"]}
    lines = [json.dumps({"id": f"g{i}", **usual, **row}) for i, row in enumerate(rows)]
    (folder / "mine.jsonl").write_text("\n".join(lines) + "\n")
    return folder / "mine.jsonl"


def test_attributes_of_pairs_have_the_marks_of_every_table(tmp_path):
    values = ["F ", "F", None, "None", "<NA>", "9999"]
    path = written_pairs(tmp_path, *({"attributes": {"sex": value}} for value in values))
    found = [s.attributes for s in pairs(str(path), missing=[9999]).samples()]
    assert found == [{"sex": "F"}, {"sex": "F"}, {}, {}, {}, {}]
    kept = pairs(str(path), known=["None"]).samples()
    assert [s.attributes.get("sex") for s in kept[3:]] == ["None", None, "9999"]


def test_pairs_tell_of_patients_that_repeat_and_refuse_what_the_suite_needs(tmp_path):
    rows = [{"attributes": {"patient": f"p{i % 3}"}} for i in range(4)]
    (line,) = pairs(str(written_pairs(tmp_path, *rows))).warnings
    assert "patient: 4 samples are of 3" in line and "the key `cluster` draws" in line
    for name in ("group_score", "scores", "cluster"):
        path = written_pairs(tmp_path, {"attributes": {name: "x"}})
        with pytest.raises(BadData, match=rf"mine\.jsonl:1: attribute '{name}': the suite has"):
            pairs(str(path))
    with pytest.raises(BadData, match=r"mine\.jsonl:1: cluster: expected what .*, found NA"):
        pairs(str(written_pairs(tmp_path, {"cluster": "NA"})))


def test_the_columns_that_are_refused_are_those_that_are_measured(tmp_path):
    made = pairs(str(written_pairs(tmp_path, {})))
    assert {*TASK.measure(made.samples()[0], np.zeros((1, 1)), made.shared)} == columns()


def test_difficulty_tags_of_no_example_are_refused(tmp_path):
    folder = tiny.winoground(tmp_path)
    (tmp_path / "tags.json").write_text(json.dumps({"007": []}))
    with pytest.raises(BadData, match=r"tags\.json: expected ids of examples, found '007'"):
        winoground(str(folder), difficulty=str(tmp_path / "tags.json"))

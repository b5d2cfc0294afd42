"""A model is a directory or a repository of the Hub: only its files of data are read."""

import shutil

import pytest
from safetensors.torch import load_file, save_file

from benchsuite.errors import BadData, NotAvailable
from benchsuite.learning import hub
from tests.tasks.compositional import tiny


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return tiny.save_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def copy(clip, tmp_path):
    return shutil.copytree(clip, tmp_path / "copy")


def load(folder):
    from transformers import AutoModel

    return hub.pretrained(AutoModel, folder, "a CLIP")


def test_a_directory_is_itself(clip):
    assert hub.located(str(clip)) == clip


def test_a_repository_that_cannot_be_fetched_is_not_available(monkeypatch):
    asked = {}

    def snapshot_download(name, **options):
        asked.update(options, name=name)
        raise ConnectionError("no network")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    with pytest.raises(NotAvailable, match=r"'org/name' .*ConnectionError"):
        hub.located("org/name", "abc")
    assert asked["revision"] == "abc"
    assert not [p for p in asked["allow_patterns"] if p.endswith((".py", ".bin", "*"))]


def test_the_hash_covers_the_files_of_data_wherever_the_folder_is(clip, copy):
    first = hub.content(clip)
    (copy / "notes.md").write_text("nothing")
    assert hub.content(copy) == first
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ")
    assert hub.content(copy) != first


def test_pickled_weights_are_refused(copy):
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    for ask in (hub.content, load):
        with pytest.raises(BadData, match="pickled weights are refused"):
            ask(copy)


def test_a_model_is_loaded_for_inference(clip):
    assert not load(clip).training


def test_missing_tensors_are_named_and_not_made_up(copy):
    path = copy / "model.safetensors"
    tensors = load_file(path)
    tensors["stray.weight"] = tensors.pop("visual_projection.weight")
    save_file(tensors, path, {"format": "pt"})
    with pytest.raises(BadData, match=r"visual_projection\.weight; unexpected: stray\.weight"):
        load(copy)


def test_tensors_of_another_shape_are_refused_in_one_line(copy):
    path = copy / "model.safetensors"
    tensors = load_file(path)
    tensors["visual_projection.weight"] = tensors["visual_projection.weight"][:4].clone()
    save_file(tensors, path, {"format": "pt"})
    with pytest.raises(BadData, match="expected a CLIP") as error:
        load(copy)
    assert "\n" not in str(error.value)


def test_a_library_that_is_not_there_is_named_with_its_extra():
    assert hub.library("json", "bright") is __import__("json")
    with pytest.raises(
        NotAvailable, match=r"'no_such_library': pip install 'benchsuite\[bright\]'"
    ):
        hub.library("no_such_library", "bright")


def test_a_processor_is_read_from_the_folder_alone(clip, tmp_path):
    from transformers import AutoTokenizer

    assert hub.from_folder(AutoTokenizer, clip, "a tokenizer").vocab_size
    with pytest.raises(BadData, match="expected a tokenizer, found") as error:
        hub.from_folder(AutoTokenizer, tmp_path, "a tokenizer")
    assert "\n" not in str(error.value)


def test_another_folder_is_refused_in_one_line(tmp_path):
    save_file({}, tmp_path / "model.safetensors")
    with pytest.raises(BadData, match="expected a CLIP, found") as error:
        load(tmp_path)
    assert "\n" not in str(error.value)

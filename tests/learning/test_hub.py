"""A model is a directory or a repository of the Hub: only its files of data are read."""

import json
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from benchsuite.errors import BadData, NotAvailable, install_command
from benchsuite.learning import hub
from tests.hub import serving
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
    with (
        hub.downloads(True),
        pytest.raises(NotAvailable, match=r"'org/name' .*ConnectionError"),
    ):
        hub.located("org/name", "abc")
    assert (asked["revision"], asked["local_files_only"]) == ("abc", False)
    assert not [p for p in asked["allow_patterns"] if p.endswith((".py", ".bin", "*"))]


def test_nothing_is_asked_of_the_hub_unless_that_is_allowed(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with serving() as served:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", served.address)
        for _ in range(2):
            with pytest.raises(NotAvailable, match="not on this machine; download=yes fetches it"):
                hub.located("org/name")
        assert served.asked == []
        with hub.downloads(True), pytest.raises(NotAvailable, match="could not be fetched"):
            hub.located("org/name")
    assert served.asked


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


def save(folder, **changed):
    """Write the folder's weights again, with some tensors changed, or left out if None."""
    path = folder / "model.safetensors"
    tensors = {**load_file(path), **{name.replace("__", "."): t for name, t in changed.items()}}
    save_file({k: t for k, t in tensors.items() if t is not None}, path, {"format": "pt"})


def test_missing_tensors_are_named_and_not_made_up(copy):
    stray = torch.zeros(2)
    save(copy, visual_projection__weight=None, text_model__encoder__stray__weight=stray)
    message = r"network: missing visual_projection.weight; unexpected text_model.encoder.stray"
    with pytest.raises(BadData, match=message):
        load(copy)


def test_a_layer_in_the_middle_that_is_missing_is_named(copy):
    layer = "text_model.encoder.layers.1."
    save(copy, **dict.fromkeys(k for k in load_file(copy / "model.safetensors") if layer in k))
    with pytest.raises(BadData, match=rf"missing {layer}[a-z0-9._, ]+ and \d+ more$"):
        load(copy)


def test_a_layer_too_many_is_no_other_head(copy):
    config = json.loads((copy / "config.json").read_text())
    config["text_config"]["num_hidden_layers"] = 2
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadData, match=r"network: unexpected text_model\.encoder\.layers\.2\."):
        load(copy)


def test_other_heads_and_buffers_of_earlier_versions_are_left_out(copy, capfd):
    save(
        copy,
        classifier__weight=torch.zeros(2, 2),
        vision_model__head__weight=torch.zeros(2, 2),
        text_model__embeddings__position_ids=torch.arange(12)[None],
    )
    load(copy)
    assert "REPORT" not in capfd.readouterr().err


def test_tensors_of_another_shape_are_refused_in_one_line(copy):
    save(copy, visual_projection__weight=torch.zeros(4, 16))
    message = r"visual_projection\.weight: expected the shape \(8, 16\), found \(4, 16\)$"
    with pytest.raises(BadData, match=message) as error:
        load(copy)
    assert "\n" not in str(error.value)


def test_weights_that_are_not_finite_are_refused_once_loaded(copy):
    save(copy, logit_scale=torch.tensor(torch.nan))
    with pytest.raises(BadData, match="copy: logit_scale: expected finite weights, found NaN"):
        load(copy)


def bert(kind, folder, **config):
    import transformers

    small = {"vocab_size": 30, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
    made = transformers.BertConfig(**small, max_position_embeddings=64, **config)
    getattr(transformers, kind)(made).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("saved", "read"),
    [("BertModel", "AutoModel"), ("BertForMaskedLM", "AutoModelForMaskedLM"),
     ("BertForPreTraining", "AutoModel"), ("BertForSequenceClassification", "AutoModel"),
     ("BertForSequenceClassification", "AutoModelForSequenceClassification")],
)  # fmt: skip
@pytest.mark.parametrize("layers", [2, 1, 3])
def test_a_head_more_is_read_and_a_layer_more_or_less_is_not(saved, read, layers, tmp_path):
    import transformers

    folder = bert(saved, tmp_path, num_hidden_layers=2)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": layers}))
    kind = getattr(transformers, read)
    if layers == 2:
        assert hub.pretrained(kind, folder, "a BERT")
        return
    what = "unexpected" if layers == 1 else "missing"
    with pytest.raises(
        BadData, match=rf"network: {what} (bert\.)?encoder\.layer\.{min(layers, 2)}"
    ):
        hub.pretrained(kind, folder, "a BERT")


def test_a_head_that_is_missing_is_refused_where_it_is_used(tmp_path):
    import transformers

    folder = bert("BertModel", tmp_path, num_hidden_layers=1)
    with pytest.raises(BadData, match=r"missing classifier\.bias, classifier\.weight$"):
        hub.pretrained(transformers.AutoModelForSequenceClassification, folder, "a classifier")


@pytest.mark.parametrize("tied", [True, False])
def test_a_head_may_be_missing_where_it_is_tied(tied, tmp_path):
    from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

    small = {"vocab_size": 30, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
    config = LlamaConfig(**small, num_hidden_layers=2, tie_word_embeddings=tied)
    LlamaForCausalLM(config).save_pretrained(tmp_path, max_shard_size="2KB")
    assert (tmp_path / "model.safetensors.index.json").is_file()
    loaded = hub.pretrained(AutoModelForCausalLM, tmp_path, "a language model")
    assert not loaded.training
    loaded.save_pretrained(tmp_path / "whole")
    save(tmp_path / "whole", lm_head__weight=None)
    if tied:
        assert hub.pretrained(AutoModelForCausalLM, tmp_path / "whole", "a language model")
        return
    with pytest.raises(BadData, match=r"missing lm_head\.weight$"):
        hub.pretrained(AutoModelForCausalLM, tmp_path / "whole", "a language model")


def test_loads_are_seen_inside_the_block_alone(clip):
    from transformers import AutoModel, PreTrainedModel

    plain = PreTrainedModel.__dict__["from_pretrained"]
    with hub.loads() as seen:
        model = AutoModel.from_pretrained(clip)
    assert [one.model for one in seen] == [model]
    with pytest.raises(ZeroDivisionError), hub.loads():
        1 / 0  # noqa: B018
    assert PreTrainedModel.__dict__["from_pretrained"] is plain


def test_a_library_that_is_not_there_is_named_with_its_extra():
    assert hub.library("json", "bright") is __import__("json")
    with pytest.raises(
        NotAvailable,
        match=re.escape(f"'no_such_library': {install_command('benchsuite[bright]')}"),
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

"""Captions are lower-cased for checkpoints that were trained so, and for no others."""

import json

import numpy as np
import pytest

from benchsuite.errors import BadData
from benchsuite.model import State
from benchsuite_tasks.compositional.models.adapted import adapted
from benchsuite_tasks.compositional.models.lower_case import PROTOCOL, wants_lower_case
from benchsuite_tasks.compositional.models.pretrained import Pretrained
from tests.tasks.compositional import tiny


@pytest.fixture(scope="module")
def siglip2(tmp_path_factory):
    return tiny.save_siglip2(tmp_path_factory.mktemp("siglip2"))


def close(first, second):
    return all(np.allclose(*pair, atol=1e-5) for pair in zip(first, second, strict=True))


def test_siglip_2_reads_capitals_as_it_was_trained_to(siglip2, tmp_path):
    model, some = Pretrained(str(siglip2)), tiny.inputs(tmp_path)
    assert model.lower and model.factors["protocol"] == PROTOCOL
    assert close(model.predict(None, tiny.in_capitals(some)), model.predict(None, some))
    ids, _ = model.load().said(["The CAT"])
    assert (ids == model.load().said(["the cat"])[0]).all()


@pytest.mark.parametrize("part", ["adapter", "projections", "blocks", "all"])
def test_so_it_does_under_ttm_in_every_part(siglip2, tmp_path, part):
    base = {"kind": "pretrained", "path": str(siglip2), "blocks": 1}
    model = adapted(base, part=part, iterations=1, epochs=1, control=False, start=0.0)
    assert model.factors["protocol"] == f"adapted: transductive; {PROTOCOL}"
    some = tiny.inputs(tmp_path)
    rows = [model.prepare(State({}), shown)["scores"] for shown in (some, tiny.in_capitals(some))]
    assert close(*rows)


@pytest.mark.parametrize("save", [tiny.save_clip, tiny.save_siglip])
def test_others_keep_their_capitals_and_their_identity(save, tmp_path):
    folder = save(tmp_path / "m")
    model, some = Pretrained(str(folder)), tiny.inputs(tmp_path / "data")
    assert not model.lower and "protocol" not in model.factors
    assert not close(model.predict(None, tiny.in_capitals(some)), model.predict(None, some))


@pytest.mark.parametrize("save", [tiny.save_clip, tiny.save_siglip])
def test_a_tokenizer_may_ask_for_lower_case_and_the_model_is_another_one_then(save, tmp_path):
    folder = save(tmp_path / "m")
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**config, "do_lower_case": True}))
    model, some = Pretrained(str(folder)), tiny.inputs(tmp_path / "data")
    assert close(model.predict(None, tiny.in_capitals(some)), model.predict(None, some))
    assert model.factors["protocol"] == PROTOCOL


@pytest.mark.parametrize(
    ("config", "siglip", "vocabulary", "wanted"),
    [
        ({"tokenizer_class": "GemmaTokenizer"}, True, 64, True),
        ({"tokenizer_class": "GemmaTokenizerFast", "do_lower_case": False}, True, 64, True),
        ({"tokenizer_class": "PreTrainedTokenizerFast"}, True, 256_000, True),
        ({"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": True}, False, 9, True),
        ({"tokenizer_class": "GemmaTokenizer"}, False, 256_000, False),
        ({"tokenizer_class": "SiglipTokenizer", "do_lower_case": True}, True, 32_000, False),
        ({"tokenizer_class": "Siglip2Tokenizer"}, True, 256_000, False),
        ({"tokenizer_class": "CLIPTokenizerFast", "do_lower_case": True}, False, 49_408, False),
        ({"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": False}, True, 9, False),
        ({}, True, 32_000, False),
        (None, True, 32_000, False),
        (None, True, 256_000, True),
    ],
)
def test_what_a_checkpoints_files_ask_for(config, siglip, vocabulary, wanted, tmp_path):
    if config is not None:
        (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    assert wants_lower_case(tmp_path, siglip, vocabulary) is wanted


def test_a_damaged_configuration_is_one_line(tmp_path):
    (tmp_path / "tokenizer_config.json").write_text("[")
    with pytest.raises(BadData, match=r"tokenizer_config\.json"):
        wants_lower_case(tmp_path, True, 9)

"""Log-probabilities of texts by a causal language model, and its network rounded."""

from itertools import product

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, WrongCall
from benchsuite.learning.compressed import compress
from benchsuite.learning.rounding import Rounding
from benchsuite.learning.speaking import CausalLM, Speaker
from benchsuite.model import State, altered

MARKS = {"unk_token": "?", "eos_token": "?"}


class Letters:
    """A tokenizer with a token for each letter; 0 begins a text."""

    bos_token_id, eos_token_id = 0, 1

    def __call__(self, text, add_special_tokens):
        return {"input_ids": [2 + ord(letter) - ord("a") for letter in text]}


def llama(seed=0):
    torch.manual_seed(seed)
    sizes = {
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_attention_heads": 2,
        "num_hidden_layers": 2,
    }
    return LlamaForCausalLM(LlamaConfig(vocab_size=28, num_key_value_heads=1, **sizes)).eval()


def small_language_model(folder):
    """Write a network and a tokenizer of five words; returns the network."""
    words = Tokenizer(
        models.WordLevel(
            {"?": 0, "it": 1, "is": 2, "so": 3, "not": 4}, unk_token=MARKS["unk_token"]
        )
    )
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, **MARKS).save_pretrained(folder)
    network = llama()
    network.save_pretrained(folder)
    return network


def test_a_text_has_the_probability_of_its_tokens_whatever_is_beside_it():
    network = llama()
    texts = ["abc", "d", "efghij", "kk"]
    found = Speaker(network, Letters(), batch=3)(texts)
    for text, said in zip(texts, found, strict=True):
        ids = torch.tensor([[0, *Letters()(text, False)["input_ids"]]])
        with torch.no_grad():
            logits = network(ids).logits[0].log_softmax(-1)
        slow = sum(float(logits[n, ids[0, n + 1]]) for n in range(len(text)))
        assert said == pytest.approx(slow, abs=1e-4)


@pytest.mark.parametrize("way", ["nearest", "gptq", "fair-gptq"])
def test_only_the_linear_layers_of_blocks_are_rounded(way):
    network, before = llama(), llama()
    speaker = Speaker(network, Letters()).rounded(
        Rounding(2, way), (("abcdef", "abcxyz"), ("aa", "bbbb"))
    )
    for (name, new), old in zip(network.named_parameters(), before.parameters(), strict=True):
        if "_proj" in name:
            assert all(len(np.unique(row.detach().numpy().round(6))) <= 4 for row in new)
        else:
            assert torch.equal(new, old)
    assert np.isfinite(speaker(["abc"])).all()


def test_gptq_keeps_what_a_network_says_of_its_texts_better():
    """Over six networks at random weights: for one of them, the nearest values may be luckier."""
    texts = ["abcdefgh", "ijklmnop", "qrstuvwx", "acegikmo", "bdfhjlnp"]
    pairs = tuple((one, one[::-1]) for one in texts)
    errors = {"nearest": 0.0, "gptq": 0.0}
    for seed, way in product(range(6), errors):
        said = Speaker(llama(seed), Letters())(texts)
        again = Speaker(llama(seed), Letters()).rounded(Rounding(3, way), pairs)(texts)
        errors[way] += np.abs(again - said).sum()
    assert errors["gptq"] < errors["nearest"]


def test_a_network_without_blocks_is_refused():
    with pytest.raises(WrongCall, match="expected a list of blocks"):
        compress(torch.nn.Linear(2, 2), Rounding(2), [])


def test_a_folder_of_transformers_is_asked_as_it_is_and_rounded(tmp_path):
    folder, pairs = tmp_path / "model", tmp_path / "pairs.jsonl"
    network = small_language_model(folder)
    pairs.write_text('{"texts": ["it is so", "it is not"]}\n')
    inputs = [
        Inputs("1", {"texts": ("it is so", "so")}),
        Inputs("2", {"texts": ("not so", "is", "it")}),
    ]
    model = CausalLM(str(folder), rounding="gptq", calibration=str(pairs))
    clean, rough = (
        m.predict(State({}), inputs) for m in (model, altered(model, "bits", lambda _: 2))
    )
    assert [len(one) for one in clean] == [2, 3]
    ids = torch.tensor([[0, 1, 2, 3]])
    slow = network(ids).logits[0].log_softmax(-1).detach()
    assert clean[0][0] == pytest.approx(
        sum(float(slow[n, ids[0, n + 1]]) for n in range(3)), abs=1e-4
    )
    assert not np.allclose(clean[0], rough[0])
    with pytest.raises(WrongCall, match="expected a file of pairs"):
        CausalLM(str(folder), rounding="gptq", bits=2).predict(State({}), inputs)
    other = tmp_path / "other.jsonl"
    other.write_text('{"texts": ["it is so"]}\n')
    with pytest.raises(BadData, match=r"other.jsonl:1: texts: expected the two"):
        CausalLM(str(folder), rounding="gptq", calibration=str(other)).predict(State({}), inputs)

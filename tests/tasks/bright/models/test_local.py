"""A language model of this process: its own logits, its own greedy words, and nothing remote."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, NotAvailable
from benchsuite.learning.hub import content
from benchsuite.model import State
from benchsuite_tasks.bright.formats import in_trec_order
from benchsuite_tasks.bright.models.judge import local
from benchsuite_tasks.bright.models.llm import LLM
from tests.learning.changed import filled, rewritten, without

CORPUS = {f"d{i}": f"wing lift drag {'heat ' * i}" for i in range(6)}
STATE = State({"corpus": CORPUS})
WORDS = ["?", "</s>", "Yes", "yes", "No", "no", "wing", "lift", "drag", "heat", "passage", "question",
         *map(str, range(10)), *"<>/=.[]{}:\",", "answer"]  # fmt: skip


def saved(folder: Path, words: list[str] = WORDS, seed: int = 0, template: bool = True) -> Path:
    """A tiny random model with a tokenizer of words, in the layout of the Hub."""
    names = {word: i for i, word in enumerate(dict.fromkeys(words))}
    raw = Tokenizer(models.WordLevel(names, "?"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"unk_token": "?", "eos_token": "</s>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, **special)
    if template:
        tokenizer.chat_template = "question {{ messages[0]['content'] }} answer :"
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(names), hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=1024,
        bos_token_id=None, eos_token_id=names["</s>"], initializer_range=0.5,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def inputs() -> list[Inputs]:
    return [Inputs("q", {"query": "wing lift", "excluded": ()})]


def llm(folder: Path, tmp_path: Path, **settings: Any) -> LLM:
    defaults: dict[str, Any] = {
        "backend": "transformers", "served": str(folder), "cache": str(tmp_path / "kept"),
        "max_tokens": 8, "concurrency": 2,
    }  # fmt: skip
    return LLM(**{**defaults, **settings})


def order(ranking: dict[str, float]) -> list[str]:
    return [document for document, _ in in_trec_order(ranking)]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize("template", [True, False])
def test_the_pointwise_score_is_the_softmax_of_the_models_own_logits(
    tmp_path: Path, template: bool
) -> None:
    folder = saved(tmp_path / "model", template=template)
    reranker = llm(folder, tmp_path, paradigm="pointwise", score="probability")
    (found,) = reranker.predict(STATE, inputs())
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    network = AutoModelForCausalLM.from_pretrained(folder).eval()
    expected = {}
    for document, text in CORPUS.items():
        filled = reranker._prompt.filled("wing lift", [text])
        filled = f"question {filled} answer :" if template else filled
        with torch.inference_mode():
            logits = network(tokenizer(filled, return_tensors="pt")["input_ids"]).logits[0, -1]
        p = logits.softmax(dim=-1)
        yes = float(p[WORDS.index("Yes")] + p[WORDS.index("yes")])
        no = float(p[WORDS.index("No")] + p[WORDS.index("no")])
        expected[document] = yes / (yes + no)
    assert len(set(expected.values())) == len(CORPUS)
    assert order(found) == sorted(expected, key=lambda d: -expected[d])
    assert found.cost["tokens_out"] == found.cost["requests"] == len(CORPUS)
    assert found.cost["unusable"] == found.cost["repaired"] == 0


def test_an_answer_is_the_most_likely_word_after_word(tiny: Path, tmp_path: Path) -> None:
    request = {"messages": [{"role": "user", "content": "wing lift ?"}], "max_tokens": 6}
    # Greedy, whatever a folder's own settings are.
    folder = shutil.copytree(tiny, tmp_path / "model")
    GenerationConfig(repetition_penalty=50.0, eos_token_id=1).save_pretrained(folder)
    answer = local.Local(folder).ask(request, "hash")
    tokenizer = PreTrainedTokenizerFast.from_pretrained(tiny)
    network = AutoModelForCausalLM.from_pretrained(tiny).eval()
    start = tokenizer("question wing lift ? answer :", return_tensors="pt")["input_ids"]
    tokens = start
    with torch.inference_mode():
        while tokens.shape[1] < start.shape[1] + 6 and tokens[0, -1] != WORDS.index("</s>"):
            tokens = torch.cat([tokens, network(tokens).logits[:, -1:].argmax(dim=-1)], dim=1)
    made = tokens[0, start.shape[1] :]
    assert answer.text == tokenizer.decode(made, skip_special_tokens=True)
    assert (answer.tokens_in, answer.tokens_out) == (start.shape[1], len(made))


def test_loading_is_no_part_of_a_requests_seconds(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    loaded = local._loaded

    def note(folder: Path, device: str) -> Any:
        seen.append("loaded")
        return loaded(folder, device)

    def clock() -> float:
        seen.append("clock")
        return 0.0

    monkeypatch.setattr(local, "_loaded", note)
    monkeypatch.setattr(local, "time", SimpleNamespace(monotonic=clock))
    message = {"messages": [{"role": "user", "content": "wing ?"}], "max_tokens": 1}
    local.Local(tiny).ask({**message, "logprobs": True}, "hash")
    assert seen == ["loaded", "loaded", "clock", "clock"]


@pytest.mark.parametrize("paradigm", ["pointwise", "listwise", "setwise", "groupwise"])
def test_whatever_it_says_nothing_is_lost_and_a_rerun_asks_nothing(
    tiny: Path, tmp_path: Path, paradigm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = {"paradigm": paradigm, "group_size": 3, "window": 3, "step": 2}
    (found,) = llm(tiny, tmp_path, **settings).predict(STATE, inputs())
    assert set(found) == set(CORPUS)
    assert len(set(found.values())) == len(CORPUS)
    assert found.cost["requests"] > 0

    def refuse(*_: object) -> None:
        raise AssertionError("the model was loaded again")

    monkeypatch.setattr(local, "_loaded", refuse)
    (again,) = llm(tiny, tmp_path, **settings).predict(STATE, inputs())
    assert (again, again.cost) == (found, found.cost)


def test_other_weights_are_another_model_wherever_they_lie(tiny: Path, tmp_path: Path) -> None:
    here = llm(tiny, tmp_path).fingerprint
    assert llm(saved(tmp_path / "same"), tmp_path).fingerprint == here
    assert llm(saved(tmp_path / "other", seed=1), tmp_path).fingerprint != here
    factors = llm(tiny, tmp_path).factors
    assert (factors["backbone"], factors["weights"]) == (tiny.name, content(tiny))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("lm_head"), r"missing lm_head\.weight$"),
        (without("layers.0."), r"missing model\.layers\.0\.input_layernorm\.weight"),
        (filled("", torch.nan), r"weight: expected finite weights, found NaN"),
        (filled("norm.weight", 3e38), "expected logits of the next token, found NaN"),
    ],
)
@pytest.mark.parametrize("score", ["probability", "grade"])
def test_weights_that_are_odd_say_nothing(
    tiny: Path, tmp_path: Path, change: Any, message: str, score: str
) -> None:
    folder = rewritten(tiny, tmp_path / "odd", change)
    asked = llm(folder, tmp_path, paradigm="pointwise", score=score)
    with pytest.raises(BadData, match=message) as error:
        asked.predict(STATE, inputs())
    assert str(folder) in str(error.value)


def test_what_cannot_be_used_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = saved(tmp_path / "model")
    with pytest.raises(BadData, match=r"at most 1024 tokens, found \d+ \+ 1020; a smaller"):
        llm(folder, tmp_path, max_tokens=1020).predict(STATE, inputs())
    mute = saved(tmp_path / "mute", words=[w for w in WORDS if w.lower() != "no"])
    with pytest.raises(BadData, match="expected tokens that read yes and no"):
        llm(mute, tmp_path, paradigm="pointwise", score="probability").predict(STATE, inputs())
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(BadData, match="pickled weights are refused"):
        _ = llm(folder, tmp_path).fingerprint
    (folder / "model.safetensors").write_bytes(b"no")
    with pytest.raises(BadData, match="expected a causal language model with its tokenizer"):
        llm(folder, tmp_path).predict(STATE, inputs())

    import huggingface_hub

    def offline(*_: object, **__: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    with pytest.raises(
        NotAvailable, match="expected a directory or a repository of the Hub, found 'some/name'"
    ):
        _ = llm(Path("some/name"), tmp_path).fingerprint

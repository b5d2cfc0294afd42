"""Models of sentence-transformers by directory: tiny random ones, in the layout of the Hub."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers import models as modules
from transformers import (
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    BertModel,
    BertTokenizerFast,
)

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.model import State
from benchsuite_tasks.bright.formats import in_trec_order
from benchsuite_tasks.bright.models import embedding
from benchsuite_tasks.bright.models.crossencoder import CrossEncoder
from benchsuite_tasks.bright.models.dense import Dense
from benchsuite_tasks.bright.models.learned import Learned
from benchsuite_tasks.bright.models.llm import LLM
from benchsuite_tasks.bright.models.stages import first_stage
from tests.learning.changed import filled, rewritten, without

WORDS = ["wing", "lift", "drag", "heat", "slab", "cats", "sleep", "query", "passage", ":"]
CORPUS = {f"d{i:02d}": " ".join(WORDS[(i + k) % 7] for k in range(1 + i % 4)) for i in range(20)}
STATE = State({"corpus": CORPUS})


def _backbone(folder: Path, kind: Any, seed: int, **settings: Any) -> None:
    folder.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=32).save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32, initializer_range=0.5, **settings,
    )  # fmt: skip
    kind(config).save_pretrained(folder)


def saved(folder: Path, seed: int = 0) -> Path:
    _backbone(folder / "backbone", BertModel, seed)
    whole = SentenceTransformer(
        modules=[modules.Transformer(str(folder / "backbone")), modules.Pooling(16)], device="cpu"
    )
    whole.prompts, whole.default_prompt_name = {"own": "cats : "}, "own"
    whole.save(str(folder / "whole"))
    return folder / "whole"


def pairs(folder: Path, labels: int = 1) -> Path:
    _backbone(folder, BertForSequenceClassification, 0, num_labels=labels)
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pairs(tmp_path_factory.mktemp("pairs") / "model")


def inputs(query: str = "wing lift heat", **more: Any) -> list[Inputs]:
    return [Inputs("q", {"query": query, "excluded": ("d03",), **more})]


def order(ranking: dict[str, float]) -> list[str]:
    return [document for document, _ in in_trec_order(ranking)]


def state_of(model: Any) -> State:
    return State(STATE.shared, model.prepare(STATE, []))


def embedded(folder: Path, text: str) -> np.ndarray:  # type: ignore[type-arg]
    """The mean of the last hidden states, of unit length, by transformers alone."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    with torch.inference_mode():
        tokens = tokenizer(text, return_tensors="pt")
        mean = model.eval()(**tokens).last_hidden_state[0].mean(dim=0)
    return (mean / mean.norm()).numpy()  # type: ignore[no-any-return]


def test_a_score_is_the_cosine_of_prefixed_texts_and_the_models_own_prompt_is_none(
    tiny: Path,
) -> None:
    model = Dense(str(tiny), query_prefix="query : ", document_prefix="passage : ")
    (found,) = model.predict(state_of(model), inputs())
    query = embedded(tiny, "query : wing lift heat")
    assert set(found) == set(CORPUS) - {"d03"}
    for document in list(CORPUS)[:3]:
        expected = float(query @ embedded(tiny, f"passage : {CORPUS[document]}"))
        assert found[document] == pytest.approx(expected, abs=1e-5)


def test_the_corpus_is_embedded_block_by_block_to_the_same_vectors(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Dense(str(tiny), batch_size=1)
    whole = model.prepare(STATE, [])["dense"]
    monkeypatch.setattr(embedding, "BLOCK", 7)
    assert model.prepare(STATE, [])["dense"].tobytes() == whole.tobytes()
    assert whole.shape == (len(CORPUS), 16) and whole.dtype == np.float32
    assert np.linalg.norm(whole, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_dense_first_stage_is_cut_at_its_depth_and_serves_every_reranker(
    tiny: Path, crossed: Path, tmp_path: Path
) -> None:
    settings = {"path": str(tiny), "query_prefix": "query : "}
    stage = first_stage("dense", 6, None, settings)
    (candidates,) = stage.predict(state_of(stage), inputs())
    assert len(candidates) == 6
    assert stage.fingerprint != first_stage("dense", 6, None, str(tiny)).fingerprint
    shared: dict[str, Any] = {"first_stage": "dense", "depth": 6, "dense": settings}
    for model in (CrossEncoder(str(crossed), **shared), Learned(**shared)):
        (found,) = model.predict(state_of(model), inputs())
        assert set(found) == set(candidates)
        assert (model.factors["first_stage"], model.factors["depth"]) == ("dense", "6")
    assert LLM(**shared).prepare_fingerprint == stage.prepare_fingerprint  # type: ignore[attr-defined]
    assert Learned(**shared).prepare_fingerprint != Learned().prepare_fingerprint


@pytest.mark.parametrize(
    ("asked", "message"),
    [(None, "model.dense: expected the path of a model"), ({"path": "x", "dept": 1}, "no setting is called 'dept'")],
)  # fmt: skip
def test_a_dense_first_stage_without_a_model_is_one_line(asked: Any, message: str) -> None:
    with pytest.raises(WrongCall, match=message):
        first_stage("dense", 5, None, asked)


def test_a_cross_encoder_ranks_by_its_logit_whatever_the_order_that_is_shown(crossed: Path) -> None:
    model = CrossEncoder(str(crossed), depth=8, batch_size=3)
    plain, shuffled = model.predict(STATE, [*inputs(), *inputs(candidates="shuffled/1")])
    tokenizer = AutoTokenizer.from_pretrained(crossed)
    network = AutoModelForSequenceClassification.from_pretrained(crossed).eval()
    expected = {}
    with torch.inference_mode():
        for document in plain:
            tokens = tokenizer("wing lift heat", CORPUS[document], return_tensors="pt")
            expected[document] = float(network(**tokens).logits[0, 0])
    values = [expected[document] for document in order(plain)]
    assert len(plain) == 8
    assert values == pytest.approx(sorted(values, reverse=True), abs=1e-5)
    assert plain == shuffled
    assert CrossEncoder(str(crossed)).predict(STATE, inputs("?")) == [{}]


def test_the_fingerprint_covers_files_and_configuration_and_never_the_place(
    tiny: Path, crossed: Path, tmp_path: Path
) -> None:
    path, other = str(tiny), saved(tmp_path / "other", seed=1)
    found: list[Any] = [
        Dense(path), Dense(path, query_prefix="a"), Dense(path, document_prefix="a"),
        Dense(path, depth=5), Dense(path, normalised=False), Dense(path, max_length=9), Dense(str(other)),
        CrossEncoder(str(crossed)), CrossEncoder(str(crossed), depth=5),
        CrossEncoder(str(crossed), first_stage="minilm"),
    ]  # fmt: skip
    assert len({model.fingerprint for model in found}) == len(found)
    copy = shutil.copytree(tiny, tmp_path / "copy")
    assert Dense(str(copy), name="x").fingerprint == Dense(path).fingerprint
    assert Dense(path, query_prefix="a").prepare_fingerprint == Dense(path).prepare_fingerprint


def test_what_is_no_such_model_is_one_line(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(BadData, match="expected a model with one score, found 3"):
        CrossEncoder(str(pairs(tmp_path / "three", 3))).predict(STATE, inputs())
    unsafe = shutil.copytree(tiny, tmp_path / "unsafe")
    torch.save({}, unsafe / "pytorch_model.bin")
    (unsafe / "model.safetensors").unlink()
    with pytest.raises(BadData, match="pickled weights are refused"):
        Dense(str(unsafe)).prepare(STATE, [])
    (unsafe / "model.safetensors").write_bytes(b"no")
    with pytest.raises(BadData, match="expected a model of sentence-transformers, found"):
        Dense(str(unsafe)).prepare(STATE, [])
    with pytest.raises(NotAvailable, match="expected a directory or a repository of the Hub"):
        _ = Dense(str(tmp_path / "not/there")).fingerprint


def ranked(model: Any) -> Any:
    return model.predict(state_of(model), inputs())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("classifier"), r"missing classifier\.bias, classifier\.weight$"),
        (without("pooler"), r"missing bert\.pooler\.dense\.bias, bert\.pooler\.dense\.weight$"),
        (without("layer.0."), r"missing bert\.encoder\.layer\.0\..* and 11 more$"),
        (lambda ts: ts | {"bert.encoder.layer.2.more": torch.ones(1)}, "unexpected bert.encoder"),
        (lambda ts: ts | {"classifier.bias": torch.ones(2)}, r"expected the shape \(1,\), found"),
        (filled("layer.1.output.dense.weight", torch.nan), "dense.weight: expected finite weights"),
        (filled("classifier.weight", torch.inf), "classifier.weight: expected finite .* infinity"),
    ],
)
def test_a_cross_encoder_runs_on_all_of_its_own_finite_weights_alone(
    crossed: Path, tmp_path: Path, change: Any, message: str
) -> None:
    folder = rewritten(crossed, tmp_path / "changed", change)
    with pytest.raises(BadData, match=message) as error:
        ranked(CrossEncoder(str(folder), depth=8))
    assert str(folder) in str(error.value) and "\n" not in str(error.value)


def test_a_base_model_is_no_cross_encoder(tmp_path: Path) -> None:
    _backbone(tmp_path / "base", BertForMaskedLM, 0)
    with pytest.raises(BadData, match=r"missing bert\.pooler.*, classifier\.bias, classifier"):
        ranked(CrossEncoder(str(tmp_path / "base"), depth=8))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("layer.1."), r"missing encoder\.layer\.1\."),
        (without("word_embeddings"), r"missing embeddings\.word_embeddings\.weight$"),
        (filled("LayerNorm.bias", torch.nan), "LayerNorm.bias: expected finite weights, found NaN"),
    ],
)
def test_a_retriever_runs_on_all_of_its_own_finite_weights_alone(
    tiny: Path, tmp_path: Path, change: Any, message: str
) -> None:
    folder = rewritten(tiny, tmp_path / "changed", change)
    with pytest.raises(BadData, match=message):
        ranked(Dense(str(folder)))


def test_a_retriever_needs_no_pooler_and_no_modules_and_may_keep_a_head(
    tiny: Path, tmp_path: Path
) -> None:
    expected = ranked(Dense(str(tiny)))
    bare = rewritten(tiny, tmp_path / "bare", without("pooler"))
    assert ranked(Dense(str(bare))) == expected
    (bare / "modules.json").unlink()  # then the tokens' mean is taken
    assert ranked(Dense(str(bare))) == expected
    head = {"classifier.weight": torch.ones(2, 16), "embeddings.position_ids": torch.arange(32)}
    headed = rewritten(tiny, tmp_path / "headed", lambda tensors: tensors | head)
    assert ranked(Dense(str(headed))) == expected
    _backbone(tmp_path / "mlm", BertForMaskedLM, 0)
    assert len(ranked(Dense(str(tmp_path / "mlm")))[0]) == len(CORPUS) - 1


def test_a_pooler_that_a_module_uses_may_not_be_missing(tiny: Path, tmp_path: Path) -> None:
    bare = rewritten(tiny, tmp_path / "bare", without("pooler"))
    config = next(bare.rglob("sentence_bert_config.json"))
    ways = {"text": {"method": "forward", "method_output_name": "pooler_output"}}
    told = {"modality_config": ways, "module_output_name": "sentence_embedding"}
    config.write_text(json.dumps({**json.loads(config.read_text()), **told}))
    (bare / "modules.json").write_text(
        json.dumps(
            [row for row in json.loads((bare / "modules.json").read_text()) if not row["path"]]
        )
    )
    with pytest.raises(BadData, match=r"missing pooler\.dense\.bias, pooler\.dense\.weight$"):
        ranked(Dense(str(bare)))


def test_every_module_behind_the_backbone_is_checked(tiny: Path, tmp_path: Path) -> None:
    parts = [
        modules.Transformer(str(tiny)), modules.Pooling(16), modules.Dense(16, 4), modules.Normalize(),
    ]  # fmt: skip
    SentenceTransformer(modules=parts, device="cpu").save(str(tmp_path / "whole"))
    assert ranked(Dense(str(tmp_path / "whole")))
    weights = "2_Dense/model.safetensors"
    for name, change, message in (
        (
            "lacking",
            without("bias"),
            "expected a model of sentence-transformers, found.*linear.bias",
        ),
        ("nan", filled("linear.bias", torch.nan), "2.linear.bias: expected finite weights"),
    ):
        folder = rewritten(tmp_path / "whole", tmp_path / name, change, weights)
        with pytest.raises(BadData, match=message):
            ranked(Dense(str(folder)))


def test_scores_that_overflow_are_refused_with_their_query(crossed: Path, tmp_path: Path) -> None:
    huge = rewritten(crossed, tmp_path / "huge", filled("classifier.weight", 3e38))
    with pytest.raises(BadData, match=r"query 'q': document 'd\d\d': expected a finite score"):
        ranked(CrossEncoder(str(huge), depth=8))


def test_embeddings_that_overflow_are_refused_with_their_document(
    tiny: Path, tmp_path: Path
) -> None:
    huge = rewritten(tiny, tmp_path / "huge", filled("layer.1.output.LayerNorm.weight", 3e38))
    with pytest.raises(BadData, match=r"document 'd\d\d': expected a finite embedding"):
        ranked(Dense(str(huge)))
    model = Dense(str(huge))
    state = State(STATE.shared, {"dense": np.zeros((len(CORPUS), 16), np.float32)})
    with pytest.raises(BadData, match="query 'q': expected a finite embedding"):
        model.predict(state, inputs())

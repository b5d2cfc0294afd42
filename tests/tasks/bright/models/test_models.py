"""The models are cheap to send, honest about their weights, and give the figures of their field."""

import pickle
from typing import Any

import numpy as np
import pytest

from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset, Inputs
from benchsuite.errors import WrongCall
from benchsuite.learning.sentences import DIMENSIONS
from benchsuite.model import Arrays, State
from benchsuite_tasks.bright.datasets.trec import trec
from benchsuite_tasks.bright.formats import in_trec_order
from benchsuite_tasks.bright.measure import measure
from benchsuite_tasks.bright.models.bm25 import BM25
from benchsuite_tasks.bright.models.minilm import MiniLM, rounded
from benchsuite_tasks.bright.models.ranking import first
from benchsuite_tasks.bright.task import TASK
from tests.house.source import SHARED

CRANFIELD = SHARED / "data/cranfield"
needs_cranfield = pytest.mark.skipif(not CRANFIELD.is_dir(), reason=f"{CRANFIELD} is not there")

CORPUS = {
    "wing": "The lift of a wing grows with its angle of attack.",
    "slab": "Heat conducts slowly through composite slabs.",
    "cats": "Cats sleep most of the day.",
    "none": "",
}


def inputs(query: str, *excluded: str) -> list[Inputs]:
    return [Inputs("q", {"query": query, "excluded": excluded})]


def ranked(ranking: dict[str, float]) -> list[str]:
    return [document for document, _ in in_trec_order(ranking)]


def test_bm25_ranks_what_shares_words_and_leaves_out_the_excluded() -> None:
    state = State({"corpus": CORPUS})
    query = "heat in composite slabs on a wing"
    assert ranked(BM25().predict(state, inputs(query))[0]) == ["slab", "wing"]
    assert ranked(BM25().predict(state, inputs(query, "slab", "gone"))[0]) == ["wing"]
    assert ranked(BM25(depth=1).predict(state, inputs(query, "slab"))[0]) == ["wing"]


@pytest.mark.parametrize("query", ["", "the of a", "zyzzyva", "?!"])
def test_a_query_without_a_known_word_finds_nothing_and_is_no_error(query: str) -> None:
    assert BM25().predict(State({"corpus": CORPUS}), inputs(query)) == [{}]


def test_bm25_indexes_each_corpus_once_and_never_confuses_two() -> None:
    other = {**CORPUS, "slab": "Nothing of the kind."}
    for corpus, found in ((CORPUS, ["slab"]), (other, []), (CORPUS, ["slab"])):
        assert ranked(BM25().predict(State({"corpus": corpus}), inputs("composite"))[0]) == found


def test_a_stemmer_finds_other_forms_of_a_word() -> None:
    state = State({"corpus": CORPUS})
    assert BM25().predict(state, inputs("conducting")) == [{}]
    assert ranked(BM25(stemmer=True).predict(state, inputs("conducting"))[0]) == ["slab"]


def test_a_cut_falls_where_trec_evals_order_would() -> None:
    scores = np.array([1, 3, 2, 3, 2, 2], dtype=np.float32)
    everything = first("abcdef", scores, 6)
    assert list(everything) == ranked(everything) == ["d", "b", "f", "e", "c", "a"]
    assert list(first("abcdef", scores, 3)) == ["d", "b", "f"]
    assert list(first("abcdef", scores, 2, ("d", "f"))) == ["b", "e"]


@pytest.fixture(scope="module")
def embedded() -> State:
    shared = {"corpus": CORPUS}
    return State(shared, MiniLM().prepare(State(shared), []))


def test_the_artefact_is_one_unit_vector_a_document(embedded: State) -> None:
    vectors = embedded.arrays["corpus"]
    assert vectors.shape == (len(CORPUS), DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_minilm_ranks_the_whole_corpus_by_meaning(embedded: State) -> None:
    ranking = MiniLM().predict(embedded, inputs("why does an aeroplane fly", "cats"))[0]
    assert ranked(ranking)[0] == "wing"
    assert set(ranking) == {"wing", "slab", "none"}


def test_the_reranker_ranks_the_first_stages_documents_alone(embedded: State) -> None:
    model = MiniLM(first_stage="bm25")
    ranking = model.predict(embedded, inputs("heat of a wing in attack"))[0]
    assert set(ranking) == {"wing", "slab"}
    whole = MiniLM().predict(embedded, inputs("heat of a wing in attack"))[0]
    assert {d: whole[d] for d in ranking} == ranking
    assert model.predict(embedded, inputs("zyzzyva")) == [{}]


def test_two_preparations_and_predictions_are_the_same_bytes(embedded: State) -> None:
    again = MiniLM().prepare(State(embedded.shared), [])["corpus"]
    assert again.tobytes() == embedded.arrays["corpus"].tobytes()
    asked = inputs("heat")
    assert MiniLM().predict(embedded, asked) == MiniLM().predict(embedded, asked)


def test_rounding_leaves_two_to_the_bits_levels_and_keeps_the_largest() -> None:
    values = np.linspace(-0.3, 0.4, 1001, dtype=np.float32)
    for bits in (1, 3, 8):
        found = rounded(values, bits, 0.4)
        assert len(np.unique(found)) <= 2**bits
        assert np.abs(found - values).max() <= 0.4 / (2**bits - 1) + 1e-6
        assert found.max() == pytest.approx(0.4)
    assert rounded(values, None, 0.4) is values
    assert rounded(np.array([9.0], dtype=np.float32), 3, 0.4) == pytest.approx(0.4)


def test_the_fingerprint_covers_configuration_and_never_the_name() -> None:
    models: list[Any] = [
        BM25(), BM25(k1=0.9), BM25(b=0.4), BM25(stemmer=True), BM25(depth=10),
        MiniLM(), MiniLM(first_stage="bm25"), MiniLM(first_stage="bm25", depth=50),
        MiniLM(bits=3), MiniLM(batch_size=8), MiniLM(max_length=128),
    ]  # fmt: skip
    assert len({model.fingerprint for model in models}) == len(models)
    assert BM25(name="other").fingerprint == BM25().fingerprint
    assert MiniLM(name="other").fingerprint == MiniLM().fingerprint
    assert MiniLM(source="hub").fingerprint == MiniLM().fingerprint
    for model in models:
        assert pickle.loads(pickle.dumps(model)) == model


def test_retriever_and_reranker_share_the_embedded_corpus_and_the_damaged_one_does_not() -> None:
    shared = MiniLM().prepare_fingerprint
    assert MiniLM(first_stage="bm25", depth=10, source="hub").prepare_fingerprint == shared
    for other in (MiniLM(bits=3), MiniLM(batch_size=8), MiniLM(max_length=128)):
        assert other.prepare_fingerprint != shared


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"first_stage": "tfidf"}, "model.first_stage: expected null or bm25, found 'tfidf'"),
        ({"bits": 0}, "model.bits: expected null or 1 to 16, found 0"),
    ],
)
def test_options_that_do_not_exist_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongCall, match=message):
        MiniLM(**options)


def ndcg(dataset: Dataset, model: Any, arrays: Arrays) -> float:
    state, samples = State(dataset.shared, arrays), dataset.samples()
    predictions = model.predict(state, [CLEAN.view(0, dataset.name, s) for s in samples])
    rows = [measure(s, p, dataset.shared) for s, p in zip(samples, predictions, strict=True)]
    return float(np.mean([row["ndcg@10"] for row in rows]))


@needs_cranfield
def test_bm25_reaches_its_known_figure_on_cranfield() -> None:
    assert ndcg(trec(str(CRANFIELD)), BM25(), {}) == pytest.approx(0.369, abs=0.005)


@pytest.mark.slow
@needs_cranfield
def test_minilm_and_its_damaged_double_reach_their_known_figures_on_cranfield() -> None:
    dataset = trec(str(CRANFIELD))
    whole = MiniLM().prepare(State(dataset.shared), [])
    assert ndcg(dataset, MiniLM(), whole) == pytest.approx(0.400, abs=0.005)
    assert ndcg(dataset, MiniLM(first_stage="bm25"), whole) == pytest.approx(0.412, abs=0.005)
    largest = float(np.abs(whole["corpus"]).max())
    damaged = {"corpus": rounded(whole["corpus"], 3, largest)}
    loss = ndcg(dataset, MiniLM(), whole) - ndcg(dataset, MiniLM(bits=3), damaged)
    assert loss == pytest.approx(0.060, abs=0.008)


def test_every_registered_name_has_a_factory() -> None:
    assert TASK.model("bm25", name="x", k1=1.2).name == "x"
    assert TASK.model("minilm", name="y", first_stage="bm25").name == "y"
    assert TASK.dataset("stdlib-mini", name="z").name == "z"

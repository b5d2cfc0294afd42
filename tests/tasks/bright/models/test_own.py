"""Objects of a person's own: each convention gives what the registered model of it gives."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers import CrossEncoder, SentenceTransformer

from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset, Inputs, Sample, in_memory
from benchsuite.errors import BadData, BadModel, WrongCall
from benchsuite.model import State
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import read_statistics
from benchsuite_tasks.bright.conditions import CONDITIONS
from benchsuite_tasks.bright.formats import in_trec_order
from benchsuite_tasks.bright.models import crossencoder, dense
from benchsuite_tasks.bright.models.bm25 import BM25
from benchsuite_tasks.bright.models.own.conventions import own
from benchsuite_tasks.bright.models.own.results import scores_of
from benchsuite_tasks.bright.task import TASK
from tests.tasks.bright.models.test_dense import (
    CORPUS,
    STATE,
    WORDS,
    inputs,
    pairs,
    saved,
    state_of,
)

CONDITION = {condition.full_name: condition for condition in (CLEAN, *CONDITIONS)}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pairs(tmp_path_factory.mktemp("pairs") / "model")


def dataset() -> Dataset:
    samples = [
        Sample(f"q{i}", {"query": f"{word} {WORDS[i + 1]}", "excluded": ("d03",)[: i % 2]},
               {f"d{i:02d}": 1}, {"split": "s", "query_length": "short"})
        for i, word in enumerate(WORDS[:7])
    ]  # fmt: skip
    return in_memory("tiny", samples, {"corpus": CORPUS})


def made(thing: Any, **options: Any) -> Any:
    assert TASK.own is not None
    return TASK.own(object=thing, name="mine", fingerprint="f" * 32, **options)


def rows(model: Any, folder: Path, *conditions: str, **settings: Any) -> Any:
    """The statistics of a run, condition after condition."""
    asked = tuple(CONDITION[name] for name in conditions or ("clean",))
    run = evaluate(Run(TASK, dataset(), model, asked, **settings), folder, replicates=100)
    tables = read_statistics(run.path).tables.values()
    return [table.map(plain).to_dict("list") for table in tables]


def plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def overlap(query: str, text: str) -> float:
    return float(len({*query.split()} & {*text.split()})) + len(text) / 1000


class Overlap:
    """A reranker that counts common words."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []

    def rerank(self, query: str, documents: list[str]) -> Any:
        self.seen.append(documents)
        return self.given([overlap(query, text) for text in documents])

    def given(self, scores: list[float]) -> Any:
        return scores


class Words(torch.nn.Module):
    """An encoder that counts words, with a weight; it must be called in eval mode."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.linspace(1, 2, len(WORDS)))
        self.drop = torch.nn.Dropout(0.5)

    def encode(self, texts: list[str]) -> Any:
        assert not self.training and not torch.is_grad_enabled()
        counts = torch.tensor(
            [[float(text.split().count(word)) for word in WORDS] for text in texts]
        )
        return self.drop(counts * self.weight)


# Encoders


def test_an_encoder_of_sentence_transformers_gives_the_rows_of_the_registered_model(
    tiny: Path, tmp_path: Path
) -> None:
    registered = dense.Dense(str(tiny), query_prefix="query : ", batch_size=4)
    whole = SentenceTransformer(str(tiny), device="cpu")
    mine = made(whole, query_prefix="query : ", document_prefix="", batch_size=4)
    conditions = ("clean", "text/typo/2")
    assert rows(mine, tmp_path / "a", *conditions) == rows(registered, tmp_path / "b", *conditions)


def test_an_encoders_own_prompts_are_used_and_a_prefix_replaces_them(tiny: Path) -> None:
    whole = SentenceTransformer(str(tiny), device="cpu")
    whole.prompts = {"query": "query : ", "document": "passage : ", "other": "cats : "}

    def found(**options: Any) -> Any:
        model = made(whole, **options)
        return model.predict(state_of(model), inputs())

    def registered(query: str, document: str) -> Any:
        model = dense.Dense(str(tiny), query_prefix=query, document_prefix=document)
        return model.predict(state_of(model), inputs())

    assert found() == registered("query : ", "passage : ")
    assert found(query_prefix="", document_prefix="") == registered("", "")
    assert found(query_extra={"prompt_name": "other"}) == registered("cats : ", "passage : ")


@pytest.mark.parametrize(
    ("similarity", "normalised"), [(None, True), ("cosine", True), ("dot", False)]
)
def test_an_encoder_is_searched_by_its_own_similarity(
    tiny: Path, similarity: Any, normalised: bool
) -> None:
    whole = SentenceTransformer(str(tiny), device="cpu", similarity_fn_name=similarity)
    assert made(whole).of_unit_length is normalised
    assert made(whole, normalised=not normalised).of_unit_length is not normalised


def test_an_encoder_of_another_similarity_must_say_how_it_is_searched(tiny: Path) -> None:
    whole = SentenceTransformer(str(tiny), device="cpu", similarity_fn_name="manhattan")
    with pytest.raises(WrongCall, match=r"model.normalised: expected .*cosine or dot, found 'manh"):
        made(whole)
    assert made(whole, normalised=False).of_unit_length is False


def test_a_plain_encoder_is_searched_by_the_cosine_of_its_vectors() -> None:
    words = Words().train()
    model = made(words, batch_size=3, query_prefix="query : ")
    (found,) = model.predict(state_of(model), inputs())
    assert words.training and words.drop.training  # as they were
    with torch.no_grad():
        words.eval()
        query, *vectors = (
            (vector / vector.norm()).numpy()
            for vector in words.encode(["query : wing lift heat", *CORPUS.values()])
        )
    expected = {d: float(query @ v) for d, v in zip(CORPUS, vectors, strict=True) if d != "d03"}
    assert found == pytest.approx(expected, abs=1e-6)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_encoders_of_beir_have_methods_for_queries_and_for_titles_and_texts() -> None:
    class Instructed(Words):  # as FlagEmbedding's: texts, and an instruction for queries alone
        def encode_queries(self, queries: list[str]) -> Any:
            return self.encode([f"query : {query}" for query in queries])

    class Beir:
        def __init__(self) -> None:
            self.words = Words()

        def encode_queries(self, queries: list[str], batch_size: int) -> Any:
            return self.words.encode([f"query : {query}" for query in queries])

        def encode_corpus(self, corpus: list[dict[str, str]], batch_size: int) -> Any:
            return self.words.encode([f"{one['title']} {one['text']}".strip() for one in corpus])

    plain = made(Words(), query_prefix="query : ")
    expected = plain.predict(state_of(plain), inputs())
    for model in (made(Instructed()), made(Beir())):
        assert model.predict(state_of(model), inputs()) == expected
    with pytest.raises(TypeError):
        state_of(made(Beir(), documents="text"))


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (0, r"model mine, documents: expected 4 embeddings .*, found the shape \(3, 10\)"),
        (5, r"model mine, queries from 'q0': expected 7 embeddings .*, found the shape \(6, 10\)"),
    ],
)
def test_an_encoder_that_loses_a_text_ends_the_run(
    first: int, message: str, tmp_path: Path
) -> None:
    class Losing(Words):
        calls = 0

        def encode(self, texts: list[str]) -> Any:
            self.calls += 1
            return super().encode(texts)[self.calls > first :]

    with pytest.raises(BadModel, match=message):
        rows(made(Losing(), batch_size=4), tmp_path, on_error="skip")


def test_an_embedding_that_is_not_finite_is_refused_with_its_text(tmp_path: Path) -> None:
    class Nan(Words):
        at = "document"

        def encode(self, texts: list[str]) -> Any:
            found = super().encode(texts)
            return found * torch.nan if self.at == "document" or len(texts) < 5 else found

    with pytest.raises(BadData, match=r"document 'd00': expected a finite embedding"):
        rows(made(Nan()), tmp_path)
    bad = Nan()
    bad.at = "query"
    with pytest.raises(BadData, match=r"sample 'q0', predict: query 'q0': expected a finite emb"):
        rows(made(bad), tmp_path / "query", batch_size=1)


def test_queries_and_documents_of_different_lengths_are_one_line(tmp_path: Path) -> None:
    class Two:
        def encode_query(self, texts: list[str]) -> Any:
            return np.ones((len(texts), 3))

        def encode_document(self, texts: list[str]) -> Any:
            return np.ones((len(texts), 4))

    with pytest.raises(BadData, match=r"sample 'q0'.*expected embeddings of length 4, .* found 3"):
        rows(made(Two()), tmp_path)


# mteb


class OfTwo:
    """mteb 2's encoder: words of the texts, doubled for queries."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.words = Words().eval()

    def encode(
        self, inputs: Any, *, task_metadata: Any, hf_split: str, hf_subset: str,
        prompt_type: Any = None, **more: Any,
    ) -> Any:  # fmt: skip
        self.asked.append((task_metadata.name, task_metadata.type, prompt_type, more))
        assert "image" not in inputs.dataset.features
        batches = [batch["text"] for batch in inputs]
        assert all(len(batch) <= more["batch_size"] for batch in batches)
        return self.words.encode([text for batch in batches for text in batch])


class OfOne:
    """mteb 1's encoder."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.words = Words().eval()

    def encode(self, sentences: list[str], *, task_name: str, prompt_type: Any = None) -> Any:
        self.asked.append((task_name, prompt_type))
        return self.words.encode(sentences)


class Loose:
    """mteb 2's encoder whose signature does not tell."""

    def __init__(self) -> None:
        self.words = Words()

    def encode(self, inputs: Any, **kwargs: Any) -> Any:
        assert kwargs["prompt_type"] in ("query", "document")
        return self.words.encode([text for batch in inputs for text in batch["text"]])


@pytest.mark.parametrize("options", [{}, {"query_prefix": "query : "}])
def test_encoders_of_mteb_give_the_rows_of_the_plain_one(options: Any, tmp_path: Path) -> None:
    plain = rows(made(Words(), batch_size=3, **options), tmp_path / "plain")
    two, one = OfTwo(), OfOne()
    assert rows(made(two, batch_size=3, **options), tmp_path / "two") == plain
    assert rows(made(one, batch_size=3, **options), tmp_path / "one") == plain
    loose = made(Loose(), convention="mteb-encode", **options)
    assert rows(loose, tmp_path / "loose") == plain
    kinds = [(name, kind, role) for name, kind, role, _ in two.asked]
    assert kinds == [("BrightRetrieval", "Retrieval", role) for role in ("document", "query")]
    assert {*one.asked} == {("BrightRetrieval", "document"), ("BrightRetrieval", "query")}


def test_cross_encoders_of_mteb_get_queries_and_documents_in_two_loaders(tmp_path: Path) -> None:
    class Pairs:
        def predict(self, inputs1: Any, inputs2: Any, *, task_metadata: Any, **more: Any) -> Any:
            texts = [
                [text for batch in part for text in batch["text"]] for part in (inputs1, inputs2)
            ]
            return np.array([overlap(*pair) for pair in zip(*texts, strict=True)])

    class Loosely:
        def predict(self, *inputs: Any, **more: Any) -> Any:
            return Pairs().predict(*inputs, **more)

    plain = rows(made(Overlap()), tmp_path / "plain")
    assert rows(made(Pairs()), tmp_path / "two") == plain
    assert rows(made(Loosely(), convention="mteb-predict"), tmp_path / "loose") == plain


# Rerankers


def test_a_cross_encoder_of_sentence_transformers_gives_the_rows_of_the_registered_model(
    crossed: Path, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"depth": 8, "batch_size": 3}
    mine = made(CrossEncoder(str(crossed), device="cpu"), **options)
    registered = crossencoder.CrossEncoder(str(crossed), **options)
    conditions = ("clean", "order/shuffled/1", "text/typo/2")
    assert rows(mine, tmp_path / "a", *conditions) == rows(registered, tmp_path / "b", *conditions)
    assert mine.factors["paradigm"] == "pointwise"


def test_a_cross_encoder_of_several_scores_is_refused(tmp_path: Path) -> None:
    several = CrossEncoder(str(pairs(tmp_path / "three", labels=3)), device="cpu")
    with pytest.raises(BadModel, match="model mine: expected a model with one score, found 3"):
        made(several)


class Placed(Overlap):
    """A reranker that returns rows in the order of their scores."""

    form = "pairs"

    def given(self, scores: list[float]) -> Any:
        ranked = sorted(enumerate(scores), key=lambda pair: -pair[1])
        keys = {"pairs": None, "cohere": ("index", "relevance_score"), "st": ("corpus_id", "score")}
        if self.form == "records":
            results = [SimpleNamespace(index=i, relevance_score=s) for i, s in ranked]
            return SimpleNamespace(results=results)
        names = keys[self.form]
        return [dict(zip(names, pair, strict=True)) for pair in ranked] if names else ranked


FORMS: Mapping[str, Any] = {
    "list": list, "array": np.array, "tuple": tuple, "iterator": iter,
    "tensor": lambda scores: torch.tensor(scores, dtype=torch.float64, requires_grad=True),
    "column": lambda scores: np.array(scores)[:, None],
    "tensors": lambda scores: [torch.tensor(score, dtype=torch.float64) for score in scores],
}  # fmt: skip


@pytest.mark.parametrize("form", [*FORMS, "pairs", "cohere", "st", "records"])
def test_scores_come_in_every_form(form: str, tmp_path: Path) -> None:
    reranker = Placed() if form not in FORMS else Overlap()
    if form in FORMS:
        reranker.given = FORMS[form]  # type: ignore[method-assign]
    else:
        reranker.form = form  # type: ignore[attr-defined]
    assert rows(made(reranker), tmp_path / "a") == rows(made(Overlap()), tmp_path / "b")


def test_every_way_to_hand_a_reranker_over_gives_the_same_rows(tmp_path: Path) -> None:
    class Ranks:
        def rank(self, query: str, documents: list[str]) -> Any:
            return Placed().rerank(query, documents)

    class Pairs:
        def predict(self, pairs: list[tuple[str, str]]) -> Any:
            return [overlap(*pair) for pair in pairs]

    class Computes:
        def compute_score(self, pairs: list[tuple[str, str]], batch_size: int = 8) -> Any:
            found = [overlap(*pair) for pair in pairs]
            return found if len(found) > 1 else found[0]

    class Network(torch.nn.Module):
        def forward(self, query: str, documents: list[str]) -> Any:
            assert not self.training
            return torch.tensor([overlap(query, text) for text in documents], dtype=torch.float64)

    def function(query: str, documents: Sequence[str]) -> Iterator[float]:
        yield from (overlap(query, text) for text in documents)

    expected = rows(made(Overlap()), tmp_path / "expected")
    ways = (Ranks(), Pairs(), Computes(), Network(), function, Overlap().rerank)
    for n, way in enumerate(ways):
        assert rows(made(way), tmp_path / str(n)) == expected, way


@given(seed=st.integers(0, 2**16), size=st.integers(1, 12))
@settings(max_examples=50, deadline=None)
def test_rows_with_an_index_are_the_scores_in_the_order_of_the_documents(
    seed: int, size: int
) -> None:
    random = np.random.default_rng(seed)
    scores, order = random.normal(size=size).tolist(), random.permutation(size)
    assert scores_of([(i, scores[i]) for i in order], size) == scores
    assert scores_of([{"index": int(i), "score": scores[i]} for i in order], size) == scores
    for single in (scores[0], np.float32(scores[0]), torch.tensor(scores[0])):
        assert scores_of(single, 1) == [float(single)]


def test_a_reranker_sees_the_first_stages_candidates_in_the_order_of_the_condition() -> None:
    reranker = Overlap()
    model = made(reranker, depth=5)
    sample = dataset().samples()[1]
    views = [
        CONDITION[name].view(0, "tiny", sample)
        for name in ("clean", "order/reversed", "order/shuffled/1", "repeat/order/1")
    ]
    found = model.predict(STATE, views)
    plain, turned, shuffled, repeated = reranker.seen
    (stage,) = BM25(depth=5).predict(STATE, [views[0]])
    assert plain == [CORPUS[document] for document, _ in in_trec_order(stage)]
    assert turned == plain[::-1] and sorted(shuffled) == sorted(plain) and repeated == plain
    assert found[0] == found[1] == found[2] == found[3]
    assert "d03" not in found[0] and len(found[0]) == 5


def test_ties_keep_the_order_of_the_first_stage_and_no_candidate_is_lost() -> None:
    model = made(lambda query, documents: [0.0] * len(documents), depth=6)
    (found,) = model.predict(STATE, inputs())
    (stage,) = BM25(depth=6).predict(STATE, inputs())
    assert [d for d, _ in in_trec_order(found)] == [d for d, _ in in_trec_order(stage)]


def test_a_query_without_candidates_asks_nothing() -> None:
    def never(query: str, documents: list[str]) -> Any:
        raise AssertionError(query)

    assert made(never).predict(STATE, inputs("?")) == [{}]


def test_a_reranker_goes_over_every_first_stage(tiny: Path, tmp_path: Path) -> None:
    model = made(Overlap(), first_stage="dense", dense=str(tiny), depth=4)
    stage = dense.Dense(str(tiny), depth=4)
    (found,) = model.predict(state_of(model), inputs())
    assert set(found) == set(stage.predict(state_of(stage), inputs())[0])
    assert model.prepare_fingerprint == stage.prepare_fingerprint
    with pytest.raises(WrongCall, match=r"model.first_stage: expected one of bm25, .*found 'bm52'"):
        _ = made(Overlap(), first_stage="bm52").fingerprint


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda n: [0.5] * (n + 1), "expected 5 scores, one for each document, found 6"),
        (lambda n: [0.5] * (n - 1), "expected 5 scores, one for each document, found 4"),
        (lambda n: None, "found NoneType"),
        (lambda n: 0.5, "found float"),
        (lambda n: "good", "found str"),
        (lambda n: {0: 0.5}, "found dict"),
        (lambda n: ["good"] * n, "found 'good'"),
        (lambda n: np.zeros((n, 2)), r"found the shape \(5, 2\)"),
        (lambda n: np.zeros(()), "found ndarray"),
        (lambda n: [float("nan")] * n, "document 'd..': expected a finite score, found nan"),
        (lambda n: [float("inf")] * n, "document 'd..': expected a finite score, found inf"),
        (lambda n: [(i, 0.5) for i in range(n - 1)], "expected 5 rows, found none with index 4"),
        (lambda n: [(0, 0.5)] * n, "expected each index once, found 0 twice"),
        (lambda n: [(i + 1, 0.5) for i in range(n)], "expected an index from 0 to 4, found 5"),
        (lambda n: [(0, 0.5), *[0.5] * (n - 1)], r"found '\(0, 0.5\)'"),
        (lambda n: [1] + [1 / 0] * n, r"ZeroDivisionError: division by zero \(test_own.py:\d+\)"),
    ],
)
def test_a_bad_answer_of_a_reranker_is_one_line_with_its_query(
    answer: Any, message: str, tmp_path: Path
) -> None:
    with pytest.raises(BadData, match="clean, sample 'q0', predict: .*" + message) as error:
        rows(made(lambda query, documents: answer(len(documents)), depth=5), tmp_path)
    assert "\n" not in str(error.value)


def test_an_error_in_the_middle_fails_its_query_alone(tmp_path: Path) -> None:
    def third(query: str, documents: list[str]) -> list[float]:
        if query.startswith(WORDS[2]):
            raise RuntimeError("out of luck")
        return [overlap(query, text) for text in documents]

    with pytest.raises(BadData, match="sample 'q2', predict: RuntimeError: out of luck"):
        rows(made(third), tmp_path / "fail")
    (found,) = rows(made(third), tmp_path / "skip", on_error="skip")
    (expected,) = rows(made(Overlap()), tmp_path / "plain")
    bad = found["sample_id"].index("q2")
    assert "out of luck" in found["error"].pop(bad)
    assert not found["docs"].pop(bad) and expected["docs"].pop(bad)
    assert found["docs"] == expected["docs"]


# Searches


class Search:
    """Counts common words; keeps what it was given."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, Any, int]] = []

    def search(self, queries: Any, corpus: Any, top_k: int) -> Any:
        self.seen.append((queries, corpus, top_k))
        return {
            key: {document: np.float64(overlap(query, text)) for document, text in corpus.items()}
            for key, query in queries.items()
        }


def test_a_search_ranks_the_corpus_without_the_excluded_documents() -> None:
    search = Search()
    model = made(search, depth=4)
    asked = [*inputs(), Inputs("r", {"query": "cats", "excluded": ()})]
    first, second = model.predict(STATE, asked)
    model.predict(STATE, asked)
    queries, corpus, most = search.seen[0]
    assert queries == {"q": "wing lift heat", "r": "cats"} and corpus == CORPUS and most == 5
    assert search.seen[1][1] is corpus  # so that its index can be kept
    expected = sorted(CORPUS, key=lambda d: (overlap("wing lift heat", CORPUS[d]), d), reverse=True)
    assert list(first) == [d for d in expected if d != "d03"][:4] and len(second) == 4


def test_a_search_of_beir_gets_titles_and_the_corpus_first(tmp_path: Path) -> None:
    class Beir:
        def search(
            self, corpus: Any, queries: Any, top_k: int, score_function: str, **kwargs: Any
        ) -> Any:
            assert score_function == "dot"
            texts = {key: f"{one['title']} {one['text']}".strip() for key, one in corpus.items()}
            return Search().search(queries, texts, top_k)

    def positional(asked: Any, texts: Any) -> Any:
        return Search().search(asked, texts, 1000)

    expected = rows(made(Search()), tmp_path / "a")
    extra = {"score_function": "dot"}
    assert rows(made(Beir(), extra=extra), tmp_path / "b") == expected
    assert rows(made(positional, convention="search"), tmp_path / "c") == expected


def test_each_split_with_documents_of_its_own_is_searched_by_itself() -> None:
    shared = {"corpus": {"a/1": "wing", "a/2": "cats", "b/1": "wing"}, "pooled": True}
    asked = [
        Inputs(f"{split}/q", {"query": "wing", "excluded": (), "split": split}) for split in "ab"
    ]
    search = Search()
    first, second = made(search).predict(State(shared), asked)
    assert set(first) == {"a/1", "a/2"} and set(second) == {"b/1"}
    assert [set(corpus) for _, corpus, _ in search.seen] == [{"a/1", "a/2"}, {"b/1"}]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            lambda q: [],
            r"model mine, queries from 'q0': expected {query id: {document id: .* found list",
        ),
        (lambda q: None, "found NoneType"),
        (lambda q: {}, r"query 'q0': expected {document id: score}, found none"),
        (lambda q: {key: ["d01"] for key in q}, r"query 'q0': expected .* found list"),
        (lambda q: {k: {"d01": "high"} for k in q}, "query 'q0': document 'd01': .* found 'high'"),
        (lambda q: {k: {"d01": float("nan")} for k in q}, "document 'd01': expected a finite"),
        (
            lambda q: {k: {"x": 1.0} for k in q},
            "'q0'.* expected documents of the corpus, found 'x'",
        ),
    ],
)
def test_a_bad_answer_of_a_search_is_one_line(answer: Any, message: str, tmp_path: Path) -> None:
    model = made(lambda queries, corpus: answer(queries), convention="search")
    with pytest.raises(BadData, match=message) as error:
        rows(model, tmp_path)
    assert "\n" not in str(error.value)


# Conventions, options and fingerprints


def nothing() -> None:
    """A function that takes nothing."""


@pytest.mark.parametrize(
    ("thing", "options", "message"),
    [
        ({"a": 1}, {}, r"expected encode\(texts\), search\(queries, corpus\), .*; found a dict"),
        (nothing, {}, "found a function"),
        (torch.nn.Linear(2, 2), {}, "found a Linear"),
        (Search(), {"convention": "serach"}, "model.convention: .*found 'serach'.*mean search"),
        (Search(), {"first_stage": "bm25"}, "model.first_stage: no option of a model with search"),
        (Overlap(), {"query_prefix": "q"}, "model.query_prefix: no option of a model with rerank"),
        (Overlap(), {"depth": 0}, "model.depth: expected a whole number, at least 1, found 0"),
        (Overlap(), {"extra": {"docs": 1}}, "model.extra: .*rerank takes no 'docs'"),
        (Words(), {"query_extra": {"promt": 1}}, "model.query_extra: .*encode takes no 'promt'"),
        (Words(), {"document_extra": "x"}, "model.document_extra: expected arguments by name, found"),
        (Search(), {"documents": "json"}, "model.documents: expected one of text, beir"),
    ],
)  # fmt: skip
def test_what_fits_no_convention_is_one_line(thing: Any, options: Any, message: str) -> None:
    with pytest.raises(WrongCall, match=message) as error:
        made(thing, **options)
    assert "\n" not in str(error.value)


def test_an_object_of_several_conventions_must_say_which_is_meant(tmp_path: Path) -> None:
    class Both(Overlap, Search):
        def __init__(self) -> None:
            self.seen = []

    with pytest.raises(WrongCall, match=r"has search and rerank: .*convention=search or another"):
        made(Both())
    chosen = rows(made(Both(), convention="rerank"), tmp_path / "a")
    assert chosen == rows(made(Overlap()), tmp_path / "b")


def test_the_index_of_mteb_is_refused_with_what_to_hand_over() -> None:
    class Index:
        def search(self, queries: Any, *, task_metadata: Any, top_k: int) -> Any:
            raise AssertionError

    with pytest.raises(
        WrongCall, match=r"of a Index is that of mteb's own index: expected its enc"
    ):
        made(Index())


def test_a_network_of_transformers_is_refused_with_what_to_do(crossed: Path) -> None:
    from transformers import AutoModelForSequenceClassification

    network = AutoModelForSequenceClassification.from_pretrained(crossed)
    with pytest.raises(WrongCall, match="of transformers has no tokenizer: make a SentenceTransf"):
        made(network)


def test_the_fingerprint_covers_the_object_and_every_option(tiny: Path) -> None:
    whole = SentenceTransformer(str(tiny), device="cpu")
    encoders = [
        {}, {"query_prefix": "a"}, {"document_prefix": "a"}, {"query_extra": {"prompt_name": "own"}},
        {"document_extra": {"prompt_name": "own"}}, {"normalised": False}, {"depth": 5},
        {"batch_size": 5},
    ]  # fmt: skip
    rerankers = [{}, {"depth": 5}, {"first_stage": "minilm"}, {"batch_size": 5}]
    searches = [{}, {"depth": 5}, {"documents": "beir"}, {"extra": {"top_k": 5}}]
    found = [
        made(thing, **options).fingerprint
        for thing, every in ((whole, encoders), (Overlap(), rerankers), (Search(), searches))
        for options in every
    ]
    found.append(own(Overlap(), "mine", "another").fingerprint)
    assert len({*found}) == len(found)
    assert own(Overlap(), "other name", "f" * 32).fingerprint == made(Overlap()).fingerprint
    queries_alone = [
        made(whole, **options).prepare_fingerprint  # type: ignore[arg-type]
        for options in ({}, {"query_prefix": "a"}, {"depth": 5})
    ]
    assert len({*queries_alone}) == 1


def test_a_model_tells_the_device_of_its_weights() -> None:
    class Held(Overlap):
        def __init__(self, network: Any) -> None:
            super().__init__()
            self.network = network

    assert made(nothing_of_torch).device == "cpu"
    assert made(Held(torch.nn.Linear(2, 2))).device == "cpu"
    assert made(Held(torch.nn.Linear(2, 2, device="meta"))).device == "meta"


def nothing_of_torch(query: str, documents: list[str]) -> list[float]:
    return [0.0] * len(documents)

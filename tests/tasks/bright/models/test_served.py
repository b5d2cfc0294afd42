"""Rerankers and embedders behind a server: rows in any order, nothing lost, nothing guessed."""

import base64
import json
import math
import pickle
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.api.assembly import make_run
from benchsuite.api.config import settings
from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.model import State
from benchsuite_tasks.bright.formats import in_trec_order
from benchsuite_tasks.bright.models.served.embedder import ARRAY, ServedEmbedder
from benchsuite_tasks.bright.models.served.reranker import ServedReranker
from benchsuite_tasks.bright.models.served.rows import read_scores, read_vectors
from tests.scripted import Reply, Scripted, endpoint

CORPUS = {f"d{i:02d}": f"wing lift drag, number {(7 * i) % 11}" for i in range(25)}
STATE = State({"corpus": CORPUS})
QUICK = {"attempts": 2, "batch_size": 4}


def inputs(number: int = 2) -> list[Inputs]:
    return [Inputs(f"q{i}", {"query": f"wing {i}", "excluded": ()}) for i in range(number)]


def worth(text: str) -> float:
    return float(text.split()[-1])


def rows(texts: list[str], key: str = "relevance_score") -> list[dict[str, Any]]:
    """Each text's worth, in a shuffled order."""
    found = [{"index": i, key: worth(text) / 11} for i, text in enumerate(texts)]
    return [found[i] for i in np.random.default_rng(3).permutation(len(found))]


def judge(number: int, text: str) -> Reply:
    """A server of all three forms of scores."""
    body = json.loads(text)
    if "text_2" in body:
        return Reply(raw=json.dumps({"data": rows(body["text_2"], "score"), "usage": {}}))
    if "texts" in body:
        return Reply(raw=json.dumps(rows(body["texts"], "score")))
    return Reply(raw=json.dumps({"results": rows(body["documents"])}))


def reranker(seen: Scripted, tmp_path: Path, **more: Any) -> ServedReranker:
    return ServedReranker(url=seen.url, **{"cache": str(tmp_path / "kept"), **QUICK, **more})


def order(ranking: dict[str, float]) -> list[str]:
    return [document for document, _ in in_trec_order(ranking)]


@pytest.mark.parametrize("api", ["rerank", "score", "tei"])
def test_every_form_of_scores_gives_the_same_ranking_of_all_candidates(
    tmp_path: Path, api: str
) -> None:
    with endpoint(judge) as seen:
        model = reranker(seen, tmp_path, api=api, depth=10)
        found = model.predict(STATE, inputs())
        assert model.predict(STATE, inputs()) == found
    assert seen.asked == 2 * 3, "10 candidates, 4 a request; kept answers are not asked again"
    assert {path.rpartition("/v1/")[2] for path in seen.paths} == {
        "score" if api == "score" else "rerank"
    }
    before = model.stage.predict(STATE, inputs())
    for ranking, first in zip(found, before, strict=True):
        assert set(ranking) == set(first)
        place = {document: rank for rank, document in enumerate(order(first))}
        best = sorted(first, key=lambda d: (-worth(CORPUS[d]), place[d]))
        assert order(ranking) == best


def test_a_request_says_what_is_asked_for_and_what_the_settings_add(tmp_path: Path) -> None:
    with endpoint(judge) as seen:
        more = {"served": "m", "max_length": 99, "extra": {"user": "x"}, "depth": 3}
        reranker(seen, tmp_path, **more).predict(STATE, inputs(1))
    (body,) = seen.bodies
    assert {**body, "documents": len(body["documents"])} == {
        "model": "m", "query": "wing 0", "documents": 3, "top_n": 3, "truncate_prompt_tokens": 99,
        "user": "x",
    }  # fmt: skip


def test_the_way_of_compute_is_any_and_the_ranking_is_not(tmp_path: Path) -> None:
    with endpoint(judge) as seen:
        found = [
            reranker(seen, tmp_path, cache="off", concurrency=n).predict(STATE, inputs(6))
            for n in (1, 8)
        ]
    assert found[0] == found[1]


@given(st.permutations(range(6)), st.sampled_from(["results", "data", ""]))
def test_scores_follow_the_index_and_never_the_place(places: list[int], key: str) -> None:
    listed = [{"index": i, "score": i / 7} for i in places]
    found = read_scores({key: listed} if key else listed, 0.0, 6)
    assert found.values == tuple(i / 7 for i in range(6))


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ([(0, 0.1), (1, 0.2)], "expected 3 rows, found none with index 2"),
        ([(0, 0.1), (1, 0.2), (1, 0.3)], "expected each index once, found 1 twice"),
        ([(1, 0.1), (2, 0.2), (3, 0.3)], "expected an index from 0 to 2, found 3"),
        ([(-1, 0.1), (1, 0.2), (2, 0.3)], "expected an index from 0 to 2, found -1"),
        ([("0", 0.1), (1, 0.2), (2, 0.3)], "expected an index from 0 to 2, found '0'"),
        ([(0, math.nan), (1, 0.2), (2, 0.3)], "index 0: expected a finite score, found nan"),
        ([(0, 0.1), (1, None), (2, 0.3)], "index 1: expected a finite score, found None"),
        ([(0, 0.1), (1, "0.2"), (2, 0.3)], "index 1: expected a finite score, found '0.2'"),
        ([(0, 0.1), (1, True), (2, 0.3)], "index 1: expected a finite score, found True"),
    ],
)
def test_scores_that_do_not_fit_the_passages_are_refused(
    tmp_path: Path, listed: list[tuple[Any, Any]], message: str
) -> None:
    body = {"results": [{"index": i, "relevance_score": score} for i, score in listed]}
    refused = pytest.raises(BadData, match=message)
    with endpoint(lambda n, text: Reply(raw=json.dumps(body))) as seen, refused as error:
        reranker(seen, tmp_path, depth=3).predict(STATE, inputs(1))
    assert str(error.value).startswith(seen.url)
    assert not list((tmp_path / "kept").rglob("*.json")), "what is refused is not kept"


def test_a_server_without_the_path_and_a_reply_without_rows_are_not_available(
    tmp_path: Path,
) -> None:
    refused = pytest.raises(NotAvailable, match="status 404: Not Found")
    missing = Reply(status=404, raw='{"detail": "Not Found"}')
    with endpoint(lambda n, text: missing) as seen, refused:
        reranker(seen, tmp_path).predict(STATE, inputs(1))
    with endpoint(lambda n, text: Reply(raw='{"id": 3}')) as seen:
        model = reranker(seen, tmp_path)
        model.endpoint.sleep = lambda seconds: None
        with pytest.raises(NotAvailable, match="in 2 attempts, last: a reply without an answer"):
            model.predict(STATE, inputs(1))


def vector(text: str) -> list[float]:
    angle = worth(text) / 11 if "number" in text else 0.5
    return [2 * math.cos(angle), 2 * math.sin(angle)]


def embed(number: int, text: str) -> Reply:
    body = json.loads(text)
    found = [{"index": i, "embedding": vector(t)} for i, t in enumerate(body["input"])]
    if body["encoding_format"] == "base64":
        found = [
            {**row, "embedding": base64.b64encode(np.array(row["embedding"], "<f4")).decode()}
            for row in found
        ]
    found = [found[i] for i in np.random.default_rng(number).permutation(len(found))]
    return Reply(raw=json.dumps({"data": found, "usage": {"prompt_tokens": 5}}))


def embedder(seen: Scripted, tmp_path: Path, **more: Any) -> ServedEmbedder:
    return ServedEmbedder(url=seen.url, **{"cache": str(tmp_path / "kept"), **QUICK, **more})


def ranked(model: ServedEmbedder) -> list[dict[str, float]]:
    state = State({"corpus": CORPUS}, model.prepare(STATE, ()))
    return model.predict(state, inputs())


@pytest.mark.parametrize("encoding", ["float", "base64"])
@pytest.mark.parametrize("normalised", [True, False])
def test_documents_are_ranked_by_the_inner_product_of_their_embeddings(
    tmp_path: Path, encoding: str, normalised: bool
) -> None:
    with endpoint(embed) as seen:
        model = embedder(seen, tmp_path, encoding=encoding, normalised=normalised)
        found = ranked(model)
        assert ranked(model) == found
    assert seen.asked == math.ceil(25 / 4) + 1
    scale = 1 if normalised else 4
    for ranking in found:
        for document, score in ranking.items():
            expected = scale * math.cos(0.5 - worth(CORPUS[document]) / 11)
            assert score == pytest.approx(expected, abs=1e-6)


def test_prefixes_and_extras_are_those_of_queries_and_documents(tmp_path: Path) -> None:
    with endpoint(embed) as seen:
        model = embedder(
            seen, tmp_path, query_prefix="query: ", document_prefix="text: ", extra={"user": "x"},
            query_extra={"input_type": "query"}, document_extra='{"input_type": "passage"}',
        )  # fmt: skip
        ranked(model)
    for body in seen.bodies:
        asked = body["input"][0].startswith("query: ")
        assert body["input_type"] == ("query" if asked else "passage")
        assert all(text.startswith("query: " if asked else "text: ") for text in body["input"])
        assert body["user"] == "x"


def test_an_empty_text_is_sent_as_a_blank_which_servers_take(tmp_path: Path) -> None:
    with endpoint(embed) as seen:
        embedder(seen, tmp_path).prepare(State({"corpus": {"d": ""}}), ())
    assert seen.bodies[0]["input"] == [" "]


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ([[1.0, 2.0], [1.0]], "expected embeddings of one length, found 2 and 1"),
        ([[1.0, math.nan], [1.0, 2.0]], "index 0: expected a finite score, found nan"),
        ([[1.0, None], [1.0, 2.0]], "index 0: expected a finite score, found None"),
        ([[1e39, 1.0], [1.0, 2.0]], "index 0: expected a vector of finite numbers"),
        ([[], [1.0]], "index 0: expected a vector of finite numbers"),
        (["AAA", [1.0]], "index 0: expected float32 in base64"),
        (["AAAAAAA=", [1.0]], "index 0: expected float32 in base64"),
        ([[1.0, 2.0]], "expected 2 rows, found none with index 1"),
    ],
)
def test_embeddings_that_are_no_vectors_are_refused(vectors: list[Any], message: str) -> None:
    listed = [{"index": i, "embedding": one} for i, one in enumerate(vectors)]
    with pytest.raises(BadData, match=message):
        read_vectors({"data": listed}, 0.0, 2)


def test_queries_of_another_length_than_documents_are_refused(tmp_path: Path) -> None:
    with endpoint(embed) as seen:
        model = embedder(seen, tmp_path)
        state = State({"corpus": CORPUS}, {ARRAY: np.ones((25, 3), np.float32)})
        with pytest.raises(BadData, match=r"expected embeddings of length 3, .* found 2"):
            model.predict(state, inputs())


def test_the_fingerprint_covers_who_is_asked_for_what(tmp_path: Path) -> None:
    served: list[Any] = [
        *[ServedReranker(**o) for o in (
            {}, {"url": "http://b/v1"}, {"served": "b"}, {"revision": "2"}, {"api": "score"},
            {"max_length": 9}, {"batch_size": 9}, {"extra": {"a": 1}}, {"depth": 9},
        )],
        *[ServedEmbedder(**o) for o in (
            {}, {"url": "http://b/v1"}, {"served": "b"}, {"revision": "2"}, {"query_prefix": "q"},
            {"document_prefix": "q"}, {"normalised": False}, {"query_extra": {"a": 1}},
            {"document_extra": {"a": 1}},
        )],
    ]  # fmt: skip
    assert len({model.fingerprint for model in served}) == len(served)
    for model in (served[0], served[-1]):
        assert model.endpoint
        assert pickle.loads(pickle.dumps(model)) == model


@pytest.mark.parametrize(
    ("made", "wrong", "message"),
    [
        (ServedReranker, {"api": "x"}, "model.api: expected one of rerank, score, tei, found 'x'"),
        (ServedReranker, {"max_length": 0}, "model.max_length: expected a whole number, at least"),
        (ServedReranker, {"extra": {"query": 1}}, "model.extra: expected no key 'query'"),
        (ServedReranker, {"extra": "{"}, "model.extra: expected an object of JSON, found {"),
        (ServedReranker, {"deadline": 0}, "model.deadline: expected a number above 0, found 0"),
        (ServedEmbedder, {"encoding": "int8"}, "model.encoding: expected one of float, base64"),
        (ServedEmbedder, {"query_extra": [1]}, "model.query_extra: expected an object of JSON"),
        (ServedEmbedder, {"url": "localhost"}, "model.url: expected an address such as"),
    ],
)
def test_settings_that_cannot_be_are_one_line(made: Any, wrong: Any, message: str) -> None:
    with pytest.raises(WrongCall, match=message):
        made(**wrong)


@pytest.mark.parametrize("name", ["rerank-endpoint", "score-endpoint", "embeddings-endpoint"])
def test_the_models_are_there_by_name_and_their_options_are_their_fields(name: str) -> None:
    words = ["task=bright", f"model={name}", "model.url=http://h/v1"]
    (config,) = settings([*words, 'model.extra={"b": {"c d": [1, null, "x: \\"y"]}}'])
    (again,) = settings([*words, "model.extra={a: 1}"])
    assert config.model["extra"] == {"b": {"c d": [1, None, 'x: "y']}}
    model: Any = make_run(again).model
    assert model.name == name
    assert model.path == name.removesuffix("-endpoint")
    assert model.more == {"a": 1}
    assert {*config.model} - {"kind"} == {field.name for field in fields(model)}

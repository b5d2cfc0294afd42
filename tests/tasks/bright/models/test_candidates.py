"""First stages and the orders of their candidates: nothing is lost, and the keys decide."""

import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.dataset import Inputs, Sample
from benchsuite.errors import BadData, WrongCall
from benchsuite.model import State
from benchsuite_tasks.bright.conditions import CONDITIONS as ALL
from benchsuite_tasks.bright.conditions import INJECTED
from benchsuite_tasks.bright.formats import in_trec_order
from benchsuite_tasks.bright.models.bm25 import BM25
from benchsuite_tasks.bright.models.candidates import candidates, presented
from benchsuite_tasks.bright.models.fusion import Fusion, reciprocal_ranks, weighted, zscores
from benchsuite_tasks.bright.models.minilm import MiniLM
from benchsuite_tasks.bright.models.partition import order_of
from benchsuite_tasks.bright.models.ranking import corpus_of, first
from benchsuite_tasks.bright.models.runfile import RunFile
from benchsuite_tasks.bright.models.search import nearest
from benchsuite_tasks.bright.models.stages import first_stage

CORPUS = {f"d{i:02d}": f"wing lift {'drag ' * (i % 5)}" for i in range(40)}
SAMPLE = Sample("q", {"query": "wing", "excluded": ("d39",), "candidates": "retrieved"}, {"d01": 1})
RANKING = {f"d{i:02d}": float(-i) for i in range(10)}
CONDITIONS = {condition.full_name: condition for condition in ALL}


def shown(name: str, ranking: dict[str, float], key: str = "q") -> tuple[str, ...]:
    sample = Sample(key, SAMPLE.inputs, SAMPLE.truth)
    view = CONDITIONS[name].view(0, "data", sample)
    return presented(view, ranking, corpus_of({"corpus": CORPUS})).shown


def test_each_condition_alters_the_order_that_it_names() -> None:
    assert shown("repeat/order/1", RANKING) == tuple(RANKING)
    assert shown("order/reversed", RANKING) == tuple(RANKING)[::-1]
    shuffles = {shown(f"order/shuffled/{n}", RANKING) for n in range(1, 6)}
    assert len(shuffles) == 5
    assert all(sorted(one) == sorted(RANKING) for one in shuffles)
    assert shown("order/shuffled/1", RANKING) == shown("order/shuffled/1", RANKING)
    assert shown("order/shuffled/1", RANKING, "other") != shown("order/shuffled/1", RANKING)


def test_a_repeat_is_another_question_in_the_same_order() -> None:
    views = [CONDITIONS[f"repeat/order/{n}"].view(0, "data", SAMPLE) for n in (1, 2)]
    found = [presented(view, RANKING, corpus_of({"corpus": CORPUS})) for view in views]
    assert found[0].shown == found[1].shown
    assert found[0].key != found[1].key


@pytest.mark.parametrize("severity", [1, 2])
def test_injected_documents_are_new_and_the_others_keep_their_order(severity: int) -> None:
    found = shown(f"candidates/injected/{severity}", RANKING)
    assert len(found) == len(set(found)) == len(RANKING) + INJECTED[severity - 1]
    assert [document for document in found if document in RANKING] == list(RANKING)
    assert "d39" not in found, "an excluded document is never added"


def test_injected_documents_are_behind_the_first_stages() -> None:
    view = CONDITIONS["candidates/injected/1"].view(0, "data", SAMPLE)
    found = presented(view, RANKING, corpus_of({"corpus": CORPUS}))
    assert found.retrieved[: len(RANKING)] == tuple(RANKING)


def test_an_empty_ranking_has_no_candidates_and_injection_still_works() -> None:
    assert shown("order/shuffled/1", {}) == ()
    assert len(shown("candidates/injected/1", {})) == INJECTED[0]


vectors = st.integers(1, 60).flatmap(
    lambda n: st.lists(st.integers(-2, 2), min_size=3 * n, max_size=3 * n)
)


@given(vectors, st.integers(1, 70), st.integers(1, 25))
def test_search_by_blocks_is_search_of_the_whole_ties_included(
    values: list[int], depth: int, block: int
) -> None:
    corpus = np.array(values, dtype=np.float32).reshape(-1, 3)
    queries = np.array([[1, 0, 0], [1, -1, 2]], dtype=np.float32)
    ids = [f"{i:03d}" for i in range(len(corpus))]
    for (places, scores), query in zip(
        nearest(queries, corpus, depth, block), queries, strict=True
    ):
        expected = first(ids, corpus @ query, depth)
        assert [ids[i] for i in places] == list(expected)
        assert scores.tolist() == list(expected.values())


def test_a_hundred_thousand_documents_and_a_thousand_queries_fit_in_a_gigabyte() -> None:
    random = np.random.default_rng(0)
    corpus = random.normal(size=(100_000, 16)).astype(np.float32)
    tracemalloc.start()
    nearest(corpus[:1000], corpus, 10)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # 384 coordinates would be 154 MB; what the search adds does not depend on their number.
    assert peak + 100_000 * 384 * 4 < 2**30


rankings = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-5, 5, width=32), max_size=8)


@given(rankings, rankings, st.floats(0, 1), st.booleans())
def test_fusion_ranks_what_either_ranks(
    one: dict[str, float], other: dict[str, float], weight: float, standardised: bool
) -> None:
    found = weighted((one, other), (1 - weight, weight), standardised)
    assert set(found) == {*one, *other}
    assert all(np.isfinite(score) for score in found.values())


def test_fusion_is_its_definition() -> None:
    one, other = {"a": 3.0, "b": 1.0}, {"b": 9.0, "c": 8.0, "a": 1.0}
    assert zscores(one) == {"a": 1.0, "b": -1.0}
    assert zscores({"a": 2.0}) == {"a": 0.0}
    assert reciprocal_ranks(other) == {"b": 1 / 61, "c": 1 / 62, "a": 1 / 63}
    found = weighted((one, other), (0.5, 0.5), False)
    assert found == pytest.approx({"a": (1 / 61 + 1 / 63) / 2, "b": (1 / 62 + 1 / 61) / 2, "c": 1 / 124})  # fmt: skip
    z = np.array([9.0, 8.0, 1.0])
    z = (z - z.mean()) / z.std()
    found = weighted((one, other), (0.25, 0.75), True)
    assert found["c"] == pytest.approx(0.25 * -1.0 + 0.75 * z[1], abs=1e-6)


def inputs(query: str, *excluded: str) -> list[Inputs]:
    return [Inputs("q", {"query": query, "excluded": excluded})]


def ranked(stage: Any, some: list[Inputs]) -> list[dict[str, float]]:
    """What a stage ranks after it has prepared itself on the same inputs."""
    found: list[dict[str, float]] = stage.predict(State({}, stage.prepare(State({}), some)), some)
    return found


def test_a_run_file_is_a_first_stage(tmp_path: Path) -> None:
    path = tmp_path / "a.run"
    path.write_text("q Q0 d01 1 0.5 t\nq Q0 d02 2 0.25 t\nq Q0 d03 2 0.125 t\n")
    stage = first_stage("run", 2, str(path))
    other = Inputs("other", {"query": "", "excluded": ()})
    both = [*inputs("?", "d01"), other]
    assert ranked(stage, both) == [{"d02": 0.25, "d03": 0.125}, {}]
    before = stage.fingerprint
    path.write_text("q Q0 d09 1 0.5 t\n")
    assert stage.fingerprint != before
    assert ranked(stage, inputs("?")) == [{"d09": 0.5}]
    path.write_text("q Q0 d09 1 0.5 t\nq Q0 d09 2 0.4 t\n")
    with pytest.raises(BadData, match=r"a\.run:2: document 'd09' occurs twice for query 'q'"):
        ranked(stage, inputs("?"))
    with pytest.raises(BadData, match=r"b\.run: expected a readable file, found: No such file"):
        _ = RunFile(str(tmp_path / "b.run")).fingerprint


def test_a_run_file_of_other_queries_or_documents_is_refused_before_anything_is_asked(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.run"
    path.write_text("q Q0 d01 1 0.5 t\nq Q0 gone 2 0.25 t\n")
    stage = RunFile(str(path))
    assert stage.prepares_on == "dataset", "so that all queries are seen"
    others = [Inputs("other", {"query": "", "excluded": ()})]
    made = stage.prepare(State({}), [*others, *inputs("?")])
    with pytest.raises(BadData, match=r"a\.run: expected queries .*'other', found 'q'"):
        stage.prepare(State({}), others)
    with pytest.raises(BadData, match=r"query 'q': expected a document .*, found 'gone'"):
        candidates(stage, State({"corpus": CORPUS}, made), inputs("?"))


def test_first_stages_are_cut_at_their_depth_and_known_by_name() -> None:
    shared: dict[str, Any] = {"corpus": CORPUS}
    state = State(shared, MiniLM().prepare(State(shared), []))
    for name in ("bm25", "minilm", "fusion", "rrf"):
        (found,) = first_stage(name, 7).predict(state, inputs("wing drag", "d00"))
        assert len(found) == 7
        assert "d00" not in found
    (fused,) = Fusion(weight=0.0).predict(state, inputs("wing drag"))
    (lexical,) = BM25().predict(state, inputs("wing drag"))
    assert list(fused)[:5] == [d for d, _ in in_trec_order(lexical)][:5]
    for wrong in (("x", 5), ("run", 5), ("bm25", 0)):
        with pytest.raises(WrongCall):
            first_stage(*wrong)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BM25(depth=0), "model.depth: expected a whole number, at least 1, found 0"),
        (lambda: RunFile("x", depth=-1), "model.depth: expected .* found -1"),
        (lambda: Fusion(depth=2.5), "model.depth: expected .* found 2.5"),  # type: ignore[arg-type]
        (lambda: BM25(k1=-0.1), "model.k1: expected at least 0, found -0.1"),
        (lambda: BM25(b=1.5), "model.b: expected 0 to 1, found 1.5"),
    ],
)
def test_settings_that_cannot_be_are_one_line(make: Any, message: str) -> None:
    with pytest.raises(WrongCall, match=message):
        make()


@dataclass(frozen=True)
class Broken:
    """A first stage that has no number for one of its documents."""

    name: str = "broken"
    fingerprint: str = "broken"

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        return [{"d01": 1.0, "d02": float("nan")} for _ in inputs]


def test_a_first_stage_without_numbers_is_no_order_of_candidates() -> None:
    asked = [Inputs("q7", {"query": "wing", "excluded": ()})]
    with pytest.raises(
        BadData, match="query 'q7': document 'd02': expected a finite score, found nan"
    ):
        candidates(Broken(), State({"corpus": CORPUS}), asked)


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(), min_size=1))
def test_ranks_are_made_of_finite_scores_alone(scores: dict[str, float]) -> None:
    first = dict.fromkeys("abcdef", 0.0)
    if all(np.isfinite(list(scores.values()))):
        assert sorted(order_of(scores, first, "q")) == sorted(first)
    else:
        with pytest.raises(BadData, match=r"query 'q': document '[a-f]': expected a finite score"):
            order_of(scores, first, "q")

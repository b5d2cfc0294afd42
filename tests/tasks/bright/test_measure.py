"""A ranking is scored as trec_eval does, and as BRIGHT prepares it."""

import json
import math
from typing import Any

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite_tasks.bright.formats import in_trec_order
from benchsuite_tasks.bright.measure import measure, perfect
from benchsuite_tasks.bright.metrics import MEASURES
from benchsuite_tasks.bright.task import TASK
from tests.house.source import SHARED

REFERENCE = SHARED / "data/reference/retrieval_cases.json"


def load(key: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(REFERENCE.read_text())[key] if reference() else []
    return cases


def reference() -> bool:
    return REFERENCE.exists()


needs_reference = pytest.mark.skipif(not reference(), reason=f"{REFERENCE} is not there")


def sample(truth: dict[str, int], excluded: tuple[str, ...] = (), key: str = "q") -> Sample:
    return Sample(key, {"query": "?", "excluded": excluded}, truth, {"split": "s"})


def corpus(*ids: str) -> dict[str, dict[str, str]]:
    return {"corpus": dict.fromkeys(ids, "")}


@needs_reference
@pytest.mark.parametrize("case", load("cases"), ids=lambda c: f"{c['id']}-{'-'.join(c['tags'])}")
def test_every_reference_query_scores_as_pytrec_eval_did(case: dict[str, Any]) -> None:
    for query, expected in case["expected"]["per_query"].items():
        excluded = tuple(case["excluded_ids"].get(query, ()))
        found = measure(
            sample(case["qrels"][query], excluded, query),
            case["run"][query],
            corpus(*case["run"][query]),
        )
        for name, theirs in MEASURES.items():
            assert found[name] == pytest.approx(expected[theirs], abs=1e-15), (query, name)


@needs_reference
@pytest.mark.parametrize("case", load("cases"), ids=lambda c: str(c["id"]))
def test_the_mean_over_queries_is_brights_own_number(case: dict[str, Any]) -> None:
    rows = [
        measure(sample(case["qrels"][q], (), q), case["run"][q], corpus(*case["run"][q]))
        for q in case["expected"]["evaluated_queries"]
    ]
    theirs = {"ndcg@10": "NDCG@10", "recall@10": "Recall@10", "recall@100": "Recall@100"}
    for name, key in {**theirs, "mrr": "MRR"}.items():
        mean = np.mean([row[name] for row in rows])
        assert round(float(mean), 5) == pytest.approx(case["expected"]["bright_aggregate"][key])


@needs_reference
@pytest.mark.parametrize("case", load("get_scores_cases"), ids=lambda c: str(c["id"]))
def test_excluded_documents_leave_the_ranking_as_brights_get_scores_removes_them(
    case: dict[str, Any],
) -> None:
    ids = case["doc_ids"]
    names = ids if isinstance(ids, list) else [ids["pattern"] % i for i in range(ids["n"])]
    for query, scores in zip(case["expected_order"], case["scores"], strict=True):
        ranking = dict(zip(names, scores, strict=True))
        one = sample({"d0000": 1}, tuple(case["excluded"][query]))
        row = measure(one, ranking, corpus(*names))
        order = case["expected_order"][query]
        # get_scores leaves ties in the corpus' order, and pytrec_eval then puts them in its own.
        expected = [np.float32(ranking[document]) for document in order]
        assert row["scores"][: len(order)] == expected
        assert not {*row["docs"]} & {*case["excluded"][query]}
        assert len(row["docs"]) == case["expected_len"][query]


def test_an_excluded_document_that_the_corpus_lacks_is_ignored() -> None:
    # BRIGHT's own get_scores raises KeyError there.
    row = measure(sample({"a": 1}, ("gone", "N/A")), {"a": 1.0}, corpus("a"))
    assert row["ndcg@10"] == 1.0


grades = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-9, 3), min_size=1)
rankings = st.dictionaries(
    st.sampled_from("abcdefghijklmnop"), st.sampled_from([0.0, 0.5, 0.5 + 1e-12, 1.0, -2.0])
)


def slow_ndcg(truth: dict[str, int], ranking: dict[str, float]) -> float:
    """DCG over the ideal DCG of all judged documents; linear gain, log2 of rank + 1, at 10."""

    def dcg(found: list[int]) -> float:
        return sum(max(g, 0) / math.log2(r + 1) for r, g in enumerate(found[:10], start=1))

    order = sorted(ranking, reverse=True)
    order.sort(key=lambda document: -np.float32(ranking[document]))
    ideal = dcg(sorted(truth.values(), reverse=True))
    return dcg([truth.get(document, 0) for document in order]) / ideal if ideal else 0.0


@given(truth=grades, ranking=rankings)
def test_ndcg_is_that_of_its_definition_ties_included(
    truth: dict[str, int], ranking: dict[str, float]
) -> None:
    row = measure(sample(truth), ranking, corpus(*"abcdefghijklmnop"))
    assert row["ndcg@10"] == pytest.approx(slow_ndcg(truth, ranking), abs=1e-9)


@given(truth=grades.filter(lambda one: max(one.values()) >= 0), ranking=rankings.filter(bool))
def test_grades_below_0_count_as_trec_eval_counts_them(
    truth: dict[str, int], ranking: dict[str, float]
) -> None:
    # Where all grades are below 0, pytrec_eval reads what it never wrote.
    row = measure(sample(truth), ranking, corpus(*"abcdefghijklmnop"))
    evaluator = pytrec_eval.RelevanceEvaluator({"q": truth}, set(MEASURES.values()))
    found = evaluator.evaluate({"q": ranking})["q"]
    for name, theirs in MEASURES.items():
        assert row[name] == found[theirs], name


@pytest.mark.parametrize("distinct", [1, 3, 40, 10**9])
def test_long_rankings_score_as_by_pytrec_eval_to_the_last_bit(distinct: int) -> None:
    rng = np.random.default_rng(distinct)
    ids = [f"{'é' if i % 3 else 'd'}{i}" for i in range(1500)]
    for relevant in (1, 2, 7, 60, 1400):
        ranking = dict(zip(ids, (rng.integers(distinct, size=1500) / 7).tolist(), strict=True))
        truth = {ids[i]: int(rng.integers(-1, 4)) for i in rng.choice(1500, relevant)}
        truth[ids[relevant]] = 2
        excluded = tuple(rng.choice(ids, 5).tolist())
        row = measure(sample(truth, excluded), ranking, corpus(*ids))
        order = sorted(ranking.items(), key=lambda d: (np.float32(d[1]), d[0].encode()))[::-1]
        kept = dict([pair for pair in order if pair[0] not in excluded][:1000])
        evaluator = pytrec_eval.RelevanceEvaluator({"q": truth}, set(MEASURES.values()))
        found = evaluator.evaluate({"q": kept})["q"]
        assert row["docs"] == list(kept)
        assert {n: row[n] for n in MEASURES} == {n: found[t] for n, t in MEASURES.items()}


@pytest.mark.parametrize("worst", [-1, -2, -99, -999_999_999])
def test_a_query_of_which_all_grades_are_below_0_scores_0(worst: int) -> None:
    rows = [
        measure(sample(truth), {"a": 2.0, "b": 1.0}, corpus("a", "b"))
        for _ in range(50)
        for truth in ({"a": worst, "b": worst}, {"a": worst, "b": 1})
    ]
    assert {row["ndcg@10"] for row in rows[::2]} == {0.0}
    assert {row["map"] for row in rows[::2]} == {row["recall@10"] for row in rows[::2]} == {0.0}
    assert {row["mrr"] for row in rows[1::2]} == {0.5}


@given(truth=grades, ranking=rankings)
def test_every_measure_stays_within_its_bounds(
    truth: dict[str, int], ranking: dict[str, float]
) -> None:
    row = measure(sample(truth), ranking, corpus(*"abcdefghijklmnop"))
    assert all(0.0 <= row[name] <= 1.0 for name in MEASURES)


@given(ranking=rankings)
def test_the_stored_order_is_the_one_that_was_scored(ranking: dict[str, float]) -> None:
    row = measure(sample({"a": 1}), ranking, corpus(*"abcdefghijklmnop"))
    assert row["mrr"] == (1 / (row["docs"].index("a") + 1) if "a" in ranking else 0.0)
    assert row["scores"] == sorted(row["scores"], reverse=True)


def test_ties_go_to_the_greater_id_by_bytes() -> None:
    order = in_trec_order(dict.fromkeys(["a", "b", "é", "Z", "10", "9"], 1.0))
    assert [document for document, _ in order] == ["é", "b", "a", "Z", "9", "10"]


def test_constant_scores_gain_nothing_by_the_order_of_the_answer() -> None:
    ids = [f"{i:03d}" for i in range(200)]
    means = [
        measure(sample({key: 1}), dict.fromkeys(order, 0.0), corpus(*ids))["mrr"]
        for key in ids
        for order in ([key, *ids], [*reversed(ids), key])
    ]
    assert np.mean(means) < 0.05


def test_an_empty_ranking_scores_0() -> None:
    row = measure(sample({"a": 1}), {}, corpus("a"))
    assert {row[name] for name in MEASURES} == {0.0}
    assert (row["docs"], row["scores"]) == ([], [])


def test_a_query_for_which_nothing_is_relevant_scores_0() -> None:
    row = measure(sample({"a": 0}), {"a": 1.0}, corpus("a"))
    assert {row[name] for name in MEASURES} == {0.0}


def test_the_first_1000_documents_count_and_are_stored() -> None:
    ids = [f"{i:04d}" for i in range(1200)]
    ranking = {key: -float(i) for i, key in enumerate(ids)}
    assert measure(sample({"0999": 1}), ranking, corpus(*ids))["mrr"] == pytest.approx(1e-3)
    assert measure(sample({"1000": 1}), ranking, corpus(*ids))["mrr"] == 0.0
    row = measure(sample({"1000": 1}, ("0000",)), ranking, corpus(*ids))
    assert row["mrr"] == pytest.approx(1e-3), "excluded documents go before the first are kept"
    assert len(row["docs"]) == len(row["scores"]) == 1000


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, 1e39])
def test_a_score_that_is_not_finite_is_refused_with_the_querys_name(score: float) -> None:
    with pytest.raises(BadData, match=r"^query '17': document 'b': expected a finite float32"):
        measure(sample({"a": 1}, key="17"), {"a": 1.0, "b": score}, corpus("a", "b"))


def test_a_document_that_the_corpus_lacks_is_refused() -> None:
    with pytest.raises(BadData, match=r"^query 'q': expected documents of the corpus, found 'z'$"):
        measure(sample({"a": 1}), {"z": 1.0}, corpus("a"))


def test_the_headline_is_ndcg_and_every_metric_reads_a_column_of_the_statistics() -> None:
    assert TASK.metrics[0].name == "ndcg@10"
    row = measure(sample({"a": 1}), {"a": 1.0}, corpus("a"))
    for metric in TASK.metrics:
        assert {*metric.columns} <= {*row, "split"}
        assert metric.bounds == (0.0, 1.0)


def test_importing_the_task_loads_no_model_and_no_scorer() -> None:
    import subprocess
    import sys

    heavy = "{'torch', 'sentence_transformers', 'bm25s', 'pytrec_eval', 'Stemmer'}"
    code = f"import sys, benchsuite_tasks.bright.task; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@given(
    truth=st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(-1, 3), max_size=12),
    known=st.sets(st.sampled_from("abcdefghijkl"), min_size=1),
    excluded=st.sets(st.sampled_from("abc")),
)
def test_a_perfect_ranking_is_the_best_that_the_corpus_allows(truth, known, excluded) -> None:
    asked, shared = sample(truth, tuple(excluded)), corpus(*known)
    best = measure(asked, perfect(asked, shared), shared)
    relevant = {d for d, grade in truth.items() if grade > 0}
    if relevant and relevant <= known - excluded:
        assert best["ndcg@10"] == pytest.approx(1) and best["map"] == best["mrr"] == 1
        assert best["recall@10"] == min(len(relevant), 10) / len(relevant)
    elif not relevant & (known - excluded):
        assert {best[name] for name in MEASURES} == {0.0}
    else:
        assert best["ndcg@10"] < 1 and best["map"] < 1
    some = measure(asked, {d: float(ord(d)) for d in known}, shared)
    assert all(some[name] <= best[name] + 1e-12 for name in MEASURES)

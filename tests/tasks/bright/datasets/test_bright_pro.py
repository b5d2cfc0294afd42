"""BRIGHT-Pro's aspects: which a ranking covers, by their weight, as its authors define it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import benchsuite as bs
from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite_tasks.bright.datasets.bright_pro import bright_pro
from benchsuite_tasks.bright.datasets.collection import Aspect, Faceted
from benchsuite_tasks.bright.measure import measure
from benchsuite_tasks.bright.metrics import ASPECT_RECALLS
from benchsuite_tasks.bright.models.bm25 import BM25

PARTS = ["biology", "earth-science"]
DOCUMENTS = [{"id": f"d{n}", "content": f"text {n}"} for n in range(40)]
ASPECTS = [
    {"id": "0-a1", "weight": 3, "supporting_docs": ["d0", "d1"]},
    {"id": "0-a2", "weight": 1, "supporting_docs": ["d2"]},
    {"id": "1-a1", "weight": 2, "supporting_docs": ["d3"]},
]


def write(root: Path, **replaced: Any) -> Path:
    for split in ("biology", "earth_science"):
        rows = {
            "documents": DOCUMENTS,
            "examples": [
                {"id": 0, "query": "text 0 of", "gold_ids": ["d0", "d1", "d2"]},
                {"id": 1, "query": "text 3 of", "gold_ids": ["d3"]},
            ],
            "aspects": ASPECTS,
            **replaced,
        }
        for folder, found in rows.items():
            (root / folder).mkdir(exist_ok=True)
            (root / folder / f"{split}.json").write_text(json.dumps(found))
    return root


def slow(order: list[str], aspects: list[tuple[float, list[str]]], k: int) -> float:
    """Each aspect that has a document among the first k adds its share of the weight."""
    whole = sum(weight for weight, _ in aspects)
    covered = 0.0
    for weight, documents in aspects:
        if any(document in order[:k] for document in documents):
            covered += weight
    return covered / whole


@st.composite
def rankings(draw):
    ids = [f"d{n}" for n in range(60)]
    order = draw(st.permutations(ids))[: draw(st.integers(0, 60))]
    aspects = draw(st.lists(
        st.tuples(st.sampled_from([1.0, 2.0, 3.0]),
                  st.lists(st.sampled_from(ids), min_size=1, max_size=4)),
        min_size=1, max_size=5))  # fmt: skip
    return order, aspects


@settings(max_examples=100, deadline=None)
@given(rankings())
def test_aspect_recall_is_the_weight_of_what_the_first_documents_cover(found):
    order, aspects = found
    truth = Faceted({d: 1 for _, own in aspects for d in own},
                    tuple(Aspect(weight, tuple(own)) for weight, own in aspects))  # fmt: skip
    sample = Sample("q", {"query": "", "excluded": ()}, truth, {"split": "one"})
    scores = {document: float(-rank) for rank, document in enumerate(order)}
    row = measure(sample, scores, {})
    for name, k in ASPECT_RECALLS.items():
        assert row[name] == pytest.approx(slow(order, aspects, k))


def test_a_board_has_the_mean_over_splits_and_models_see_no_aspects(tmp_path):
    root = write(tmp_path)
    run = bs.evaluate("bright", BM25(), dataset="bright-pro", path=str(root), parts=PARTS,
                      replicates=200, results=str(tmp_path / "results"))  # fmt: skip
    table = run.table().query("form == 'value' and attribute == ''").set_index("metric")["value"]
    (rows,) = run.statistics.tables.values()
    each = []
    for key, docs in zip(rows["sample_id"], rows["docs"], strict=True):
        split, query = key.split("/")
        own = [a for a in ASPECTS if a["id"].startswith(query)]
        pairs = [(a["weight"], [f"{split}/{d}" for d in a["supporting_docs"]]) for a in own]
        each.append(slow(list(docs), pairs, 10))
    assert table["aspect-recall@10"] == pytest.approx(np.mean(each))
    data = bright_pro(path=str(root), parts=PARTS)
    assert not any("aspect" in str(sample.inputs) for sample in data.samples())
    assert "aspect" not in " ".join(data.shared)


def test_other_aspects_are_another_dataset(tmp_path):
    first = bright_pro(path=str(write(tmp_path)), parts=PARTS)
    heavier = [{**row, "weight": 2} for row in ASPECTS]
    assert (
        bright_pro(path=str(write(tmp_path, aspects=heavier)), parts=PARTS).fingerprint
        != first.fingerprint
    )


def test_queries_without_results_are_left_out_of_aspects_too(tmp_path):
    data = bright_pro(path=str(write(tmp_path)), parts=PARTS, unanswered="left-out")
    assert [metric.name for metric in data.metrics][-2:] == [
        "aspect-recall@10-answered", "aspect-recall@25-answered"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("aspects", "message"),
    [
        (ASPECTS[:2], "query 'biology/1': expected an aspect that one of its relevant documents"),
        ([{**ASPECTS[0], "weight": 0}], "row 1: weight: expected a number above 0, found 0"),
        ([{"supporting_docs": ["d0"]}], "row 1: expected the key 'weight'"),
        ({"0-a1": 1}, "biology.json: expected a list of rows, found dict"),
    ],
)
def test_what_is_wrong_with_aspects_is_one_line(tmp_path, aspects, message):
    with pytest.raises(BadData, match=message):
        bright_pro(path=str(write(tmp_path, aspects=aspects)), parts=PARTS)

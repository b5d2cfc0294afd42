"""Run files made elsewhere are read strictly, and ours are read again as they were."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.dataset import Dataset, Inputs, Sample, in_memory
from benchsuite.errors import BadData
from benchsuite.model import State
from benchsuite_tasks.bright.datasets.rankings import parts_of
from benchsuite_tasks.bright.formats import export, read_predictions, same_ids
from benchsuite_tasks.bright.measure import measure
from benchsuite_tasks.bright.metrics import MEASURES
from benchsuite_tasks.bright.models.runfile import RunFile

IDS = tuple("abcdefgh")


def dataset() -> Dataset:
    attributes = {"split": "s"}
    samples = [
        Sample(key, {"query": key, "excluded": ()}, {"a": 1, "b": 2}, attributes) for key in "12"
    ]
    return in_memory("two", samples, {"corpus": dict.fromkeys(IDS, "text")})


def read(tmp_path: Path, text: str) -> dict[str, dict[str, float]]:
    path = tmp_path / "a.run"
    path.write_text(text)
    return read_predictions(path, dataset())


def test_a_run_is_read_by_score_and_a_query_that_it_lacks_has_no_ranking(tmp_path: Path) -> None:
    found = read(tmp_path, "1 Q0 a 2 0.5 tag\n\n1\tQ0\tb\t1\t7e-1\ttag\n")
    assert found == {"1": {"a": 0.5, "b": 0.7}, "2": {}}
    missing = dataset().samples()[1]
    row = measure(missing, found["2"], dataset().shared)
    assert {row[name] for name in MEASURES} == {0.0}, "as trec_eval -c"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1 Q0 a 1 0.5", "expected six columns (query Q0 document rank score tag), found 5"),
        ("1 Q0 a 1 0.5 my tag", "expected six columns (query Q0 document rank score tag), found 7"),
        ("1 Q0 z 1 0.5 t", "expected a document of dataset two, found 'z'"),
        ("1 Q0 b 1 0.5 t", "document 'b' occurs twice for query '1'"),
        ("1 Q0 a 1 nan t", "score: expected a finite number, found 'nan'"),
        ("1 Q0 a 1 -inf t", "score: expected a finite number, found '-inf'"),
        ("1 Q0 a 1 1_000 t", "score: expected a finite number, found '1_000'"),
        ("1 Q0 a 1 high t", "score: expected a finite number, found 'high'"),
    ],
)
def test_what_is_wrong_in_a_run_is_one_line_with_its_number(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(BadData) as caught:
        read(tmp_path, f"1 Q0 b 1 0.5 t\n{line}\n")
    assert str(caught.value) == f"{tmp_path / 'a.run'}:2: {message}"


def test_an_empty_or_missing_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"a\.run: expected at least one line"):
        read(tmp_path, "\n")
    with pytest.raises(BadData, match=r"b\.run: expected a readable file, found: No such file"):
        read_predictions(tmp_path / "b.run", dataset())


QUERY_IDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), min_size=1
).map(lambda key: " ".join(key.split()))
SCORES = st.floats(width=32, allow_nan=False, allow_infinity=False)
EVERY = st.dictionaries(
    QUERY_IDS.filter(bool), st.dictionaries(QUERY_IDS.filter(bool), SCORES), min_size=1
)


@given(rankings=EVERY, tag=QUERY_IDS.filter(bool), grade=st.integers(-3, 3))
def test_an_exported_run_scores_as_the_run_itself(
    tmp_path_factory: pytest.TempPathFactory,
    rankings: dict[str, dict[str, float]],
    tag: str,
    grade: int,
) -> None:
    corpus = {document: "" for ranking in rankings.values() for document in ranking}
    judged = dict.fromkeys(list(corpus)[::2] or ["d"], grade)
    samples = [Sample(q, {"query": "", "excluded": ()}, judged) for q in rankings]
    some = in_memory("some", samples, {"corpus": corpus})
    rows = [measure(s, rankings[s.id], some.shared) for s in samples]
    table = pd.DataFrame([{"sample_id": s.id, **row} for s, row in zip(samples, rows, strict=True)])
    text = export(table, tag)
    if not text:
        return
    path = tmp_path_factory.mktemp("run") / "a.run"
    path.write_text(text, encoding="utf-8")
    again = read_predictions(path, some)
    assert [measure(s, again[s.id], some.shared) for s in samples] == rows
    model = RunFile(str(path))
    state = State(some.shared, model.prepare(State(some.shared), inputs(samples)))
    assert model.predict(state, inputs(samples)) == [again[s.id] for s in samples]


def inputs(samples: Sequence[Sample]) -> list[Inputs]:
    return [Inputs(sample.id, sample.inputs) for sample in samples]


BLANKS = {"a": {"my page.txt": 1.5, "d": 0.5}, "the query": {"d": 2.5}}


@pytest.mark.parametrize(
    "text",
    [
        "a Q0 my page.txt 1 1.5 t\na Q0 d 2 0.5 t\nthe query Q0 d 1 2.5 t\n",
        "a\tQ0\tmy page.txt\t1\t1.5\tmy model\na\tQ0\td\t2\t5e-1\tt\nthe query\tQ0\td \t1\t2.5\tt",
        "a 0 my page.txt 1 1.5 t\r\na  Q0  d  2  .5  t\r\nthe query Q0 d 1 +2.5 t\r\n",
    ],
)
def test_ids_may_have_blanks_in_columns_of_blanks_and_of_tabs(tmp_path: Path, text: str) -> None:
    for name, data in (("a.run", text.encode()), ("a.run.gz", gzip.compress(text.encode()))):
        path = tmp_path / name
        path.write_bytes(data)
        assert [part.rankings for part in parts_of(path)] == [BLANKS]


def test_queries_that_the_dataset_lacks_are_left_out_unless_all_are(tmp_path: Path) -> None:
    assert read(tmp_path, "1 Q0 a 1 0.5 t\n9 Q0 nowhere 1 0.5 t\n") == {"1": {"a": 0.5}, "2": {}}
    with pytest.raises(
        BadData, match=r"a\.run: expected queries of the dataset, such as '1', found"
    ):
        read(tmp_path, "9 Q0 a 1 0.5 t\n")


def test_a_run_may_rank_what_is_judged_or_excluded_and_not_in_the_corpus(tmp_path: Path) -> None:
    samples = [Sample("1", {"query": "", "excluded": ("out",)}, {"gone": 1})]
    some = in_memory("some", samples, {"corpus": {"a": ""}})
    path = tmp_path / "a.run"
    path.write_text("1 Q0 gone 1 3 t\n1 Q0 out 2 2 t\n1 Q0 a 3 1 t\n")
    row = measure(samples[0], read_predictions(path, some)["1"], some.shared)
    assert (row["docs"], row["mrr"]) == (["gone", "a"], 1.0)


def test_a_querys_number_may_have_other_zeros_in_a_run(tmp_path: Path) -> None:
    assert same_ids(["051", "7", "x"], ["51", "007", "x", "8"]) == {
        "051": "51", "7": "007", "x": "x",
    }  # fmt: skip
    assert same_ids(["7", "07"], ["007"]) == {}
    assert same_ids(["7"], ["7", "07"]) == {"7": "7"}
    text = "01 Q0 a 1 0.5 t\n02 Q0 b 1 0.25 t\n"
    assert read(tmp_path, text) == {"1": {"a": 0.5}, "2": {"b": 0.25}}
    model = RunFile(str(tmp_path / "a.run"))
    asked = inputs(dataset().samples())
    state = State({}, model.prepare(State({}), asked))
    assert model.predict(state, asked[1:]) == [{"b": 0.25}]


def test_ranks_without_scores_are_refused_where_ties_would_be_in_another_order(
    tmp_path: Path,
) -> None:
    # Ties go to the greater id: these ranks say the same.
    assert read(tmp_path, "1 Q0 b 1 0 t\n1 Q0 a 2 0 t\n2 Q0 c 1 0 t\n")["1"] == {"b": 0, "a": 0}
    with pytest.raises(
        BadData, match="query '1': expected scores in the order of the ranks, found"
    ):
        read(tmp_path, "2 Q0 c 1 0 t\n1 Q0 a 1 0 t\n1 Q0 b 2 0 t\n")
    assert read(tmp_path, "2 Q0 c 1 0 t\n2 Q0 d 2 -1 t\n1 Q0 a 1 0 t\n1 Q0 b 2 0 t\n")


def test_ranks_count_from_1_within_a_query() -> None:
    table = pd.DataFrame({"sample_id": ["7"], "docs": [["b", "a"]], "scores": [[0.5, 0.25]]})
    assert export(table, "me") == "7 Q0 b 1 0.5 me\n7 Q0 a 2 0.25 me\n"


@pytest.mark.parametrize("key", ["b\tc", "b\nc", "b ", "", "b\u2028c"])
def test_an_id_that_the_format_cannot_hold_is_refused(key: str) -> None:
    table = pd.DataFrame({"sample_id": ["7"], "docs": [[key]], "scores": [[0.5]]})
    with pytest.raises(BadData, match="TREC run: expected an id without tabs and line ends, found"):
        export(table, "me")


def test_a_query_that_failed_is_not_exported_as_one_without_results() -> None:
    table = pd.DataFrame({"sample_id": ["7", "8"], "docs": [["a"], None], "scores": [[0.5], None]})
    with pytest.raises(
        BadData, match="query '8': expected a ranking, found none: the sample failed"
    ):
        export(table, "me")

"""Run files made elsewhere are read strictly, and ours are read again as they were."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.dataset import Dataset, Sample, in_memory
from benchsuite.errors import BadData
from benchsuite_tasks.bright.formats import export, read_run
from benchsuite_tasks.bright.measure import measure
from benchsuite_tasks.bright.metrics import MEASURES

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
    return read_run(path, dataset())


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
        read_run(tmp_path / "b.run", dataset())


@given(
    rankings=st.lists(
        st.dictionaries(
            st.sampled_from(IDS), st.floats(width=32, allow_nan=False, allow_infinity=False)
        ),
        min_size=2,
        max_size=2,
    )
)
def test_an_exported_run_scores_as_the_run_itself(
    tmp_path_factory: pytest.TempPathFactory, rankings: list[dict[str, float]]
) -> None:
    samples, shared = dataset().samples(), dataset().shared
    rows = [measure(s, r, shared) for s, r in zip(samples, rankings, strict=True)]
    table = pd.DataFrame([{"sample_id": s.id, **row} for s, row in zip(samples, rows, strict=True)])
    text = export(table, "tag")
    if not text:
        return
    again = read(tmp_path_factory.mktemp("run"), text)
    assert [measure(s, again[s.id], shared) for s in samples] == rows


def test_ranks_count_from_1_within_a_query() -> None:
    table = pd.DataFrame({"sample_id": ["7"], "docs": [["b", "a"]], "scores": [[0.5, 0.25]]})
    assert export(table, "me") == "7 Q0 b 1 0.5 me\n7 Q0 a 2 0.25 me\n"


@pytest.mark.parametrize("key", ["b\tc", "b\nc", "b ", "", "b\u2028c"])
def test_an_id_that_the_format_cannot_hold_is_refused(key: str) -> None:
    table = pd.DataFrame({"sample_id": ["7"], "docs": [[key]], "scores": [[0.5]]})
    with pytest.raises(BadData, match="TREC run: expected an id without tabs and line ends, found"):
        export(table, "me")

"""Promises of `stdlib-mini`: sound judgements, and queries that no word match can answer."""

import json
import math
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchsuite_tasks.bright.datasets import docstrings, mini
from benchsuite_tasks.bright.datasets.mini import stdlib_mini

# A tenth of a query's content stems: enough that a long query may share one everyday word with a
# passage, too little for a word match to rank by.
MAX_OVERLAP = 0.1


def _queries() -> list[dict[str, Any]]:
    lines = mini.QUERIES_PATH.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


QUERIES = _queries()


@pytest.fixture(params=QUERIES, ids=[query["id"] for query in QUERIES])
def query(request: pytest.FixtureRequest) -> dict[str, Any]:
    result: dict[str, Any] = request.param
    return result


def test_between_1200_and_2200_passages() -> None:
    assert 1200 <= len(docstrings.passages()) <= 2200


def test_every_passage_is_its_name_and_a_non_empty_docstring() -> None:
    for name, text in docstrings.passages().items():
        first, _, rest = text.partition("\n")
        assert first == name
        assert rest.strip(), name


def test_an_alias_of_a_documented_name_is_no_passage() -> None:
    names = docstrings.passages()
    assert "bisect.bisect_right" in names
    assert "bisect.bisect" not in names


def test_a_name_is_a_passage_of_its_home_module_only() -> None:
    names = docstrings.passages()
    assert "heapq.heappush" in names
    assert "hmac.compare_digest" in names
    assert "secrets.compare_digest" not in names
    assert "os.stat" in names
    assert "posix.stat" not in names


def test_a_program_that_replaces_pythons_hooks_has_the_same_corpus(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = docstrings.passages()
    for module, name in docstrings._HOOKS:
        assert f"{module}.{name}" in before
        monkeypatch.setattr(f"{module}.{name}", lambda *_: None)
    docstrings._passages.cache_clear()
    assert docstrings.passages() == before


def test_generated_and_inherited_docstrings_are_no_passages() -> None:
    passages = docstrings.passages()
    assert "ast.FunctionDef" not in passages
    assert "traceback.FrameSummary" in passages


def test_passages_are_sorted_by_name() -> None:
    names = list(docstrings.passages())
    assert names == sorted(names)


def test_a_changed_copy_of_the_passages_does_not_change_the_corpus() -> None:
    copy = docstrings.passages()
    copy.clear()
    assert docstrings.passages()


def _passages_of_a_fresh_interpreter(hash_seed: str) -> "subprocess.CompletedProcess[str]":
    # The module is loaded by its path, so that the child needs no more than this interpreter.
    program = f"""
import hashlib, importlib.util, json, sys
spec = importlib.util.spec_from_file_location("docstrings", {str(Path(docstrings.__file__))!r})
docstrings = importlib.util.module_from_spec(spec)
spec.loader.exec_module(docstrings)
before = sys.stdout
passages = docstrings.passages()
assert sys.stdout is before
digest = hashlib.sha256(json.dumps(list(passages.items())).encode()).hexdigest()
sys.stdout.write("digest " + digest)
"""
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": hash_seed},
        timeout=60,
    )


def test_passages_are_the_same_in_every_run_and_nothing_is_printed() -> None:
    first, second = (_passages_of_a_fresh_interpreter(seed) for seed in ("1", "2"))
    assert first.stdout.startswith("digest ")
    assert first.stdout == second.stdout
    assert first.stderr == second.stderr == ""


def test_stems_split_names_at_dots_case_underscores_and_digits() -> None:
    assert docstrings.stems("socketserver.ThreadingMixIn http.HTTPStatus sha3_file2disk") == {
        *("socketserv", "thread", "mix", "http", "status", "sha", "file", "disk"),
    }


def test_stems_leave_out_stop_words_and_short_words() -> None:
    assert docstrings.stems("It is the one that would go to an inn") == {"inn"}


def test_stems_join_the_forms_of_a_word() -> None:
    assert docstrings.stems("locking") == docstrings.stems("Locks") == {"lock"}


def test_200_queries_with_unique_ids_and_texts() -> None:
    ids = [query["id"] for query in QUERIES]
    assert len(ids) >= 200
    assert len(set(ids)) == len(ids)
    assert len({query["text"] for query in QUERIES}) == len(ids)


def test_8_splits_of_at_least_25_queries() -> None:
    counts = Counter(query["split"] for query in QUERIES)
    assert len(counts) == 8
    assert min(counts.values()) >= 25


def test_a_length_group_has_queries_of_every_split_in_99_of_100_bootstrap_replicates() -> None:
    # A Poisson(1) replicate leaves out all n queries of a stratum with probability e^-n; above 1 %
    # an interval is withheld.
    for third in ("short", "medium", "long"):
        counts = Counter(
            sample.attributes["split"]
            for sample in stdlib_mini().samples()
            if sample.attributes["query_length"] == third
        )
        assert len(counts) == 8
        assert sum(math.exp(-n) for n in counts.values()) < 0.01, counts


def test_a_query_has_an_id_of_its_split_and_8_to_60_words(query: dict[str, Any]) -> None:
    assert set(query) == {"id", "split", "text", "relevant"}
    assert query["id"].startswith(f"{query['split']}-")
    assert 8 <= len(query["text"].split()) <= 60


def test_every_judged_name_is_a_passage(query: dict[str, Any]) -> None:
    assert set(query["relevant"]) <= set(docstrings.passages())


def test_a_query_has_1_to_4_graded_answers_one_of_them_full(query: dict[str, Any]) -> None:
    grades = list(query["relevant"].values())
    assert 1 <= len(grades) <= 4
    assert set(grades) <= {1, 2}
    assert 2 in grades


def test_no_query_shares_a_content_stem_with_the_names_of_its_answers(
    query: dict[str, Any],
) -> None:
    asked = docstrings.stems(query["text"])
    for name in query["relevant"]:
        assert not asked & docstrings.stems(name), name


def test_at_most_a_tenth_of_a_query_occurs_in_any_of_its_answers(query: dict[str, Any]) -> None:
    passages = docstrings.passages()
    asked = docstrings.stems(query["text"])
    for name in query["relevant"]:
        shared = asked & docstrings.stems(passages[name])
        assert len(shared) / len(asked) <= MAX_OVERLAP, (name, shared)

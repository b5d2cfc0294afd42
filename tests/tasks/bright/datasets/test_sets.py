"""A folder of sets with graded pools, and rankings of the pools by several systems at once."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import pytrec_eval

import benchsuite as bs
from benchsuite.cli.parser import main
from benchsuite.errors import WrongCall
from benchsuite_tasks.bright.datasets.trec import trec
from benchsuite_tasks.bright.metrics import POOL
from tests.house.source import SHARED

SHARED /= "data/birco"
SETS = ("bees", "old-maps")
SYSTEMS = ("alpha_plan_O", "alpha_think_O", "beta.7b_plan_O", "beta.7b_think_O", "gamma_plan_O")
VALUES = "GPT-4_subtask_O .6152 Monot5 .3598 llama_7b_subtask_O .1868 spladev2_rank .2174"


def packed(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def lines(rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two sets of six queries; a pool has 12 to 15 documents, of grades 0 to 2."""
    root, rng = tmp_path_factory.mktemp("sets"), np.random.default_rng(3)
    for name in SETS:
        documents = [f"{name[0]}{n}" for n in range(40)]
        pools, rows = {}, ["query-id\tcorpus-id\tscore"]
        for query in ("1", "2", "3", "4", "5", "6"):
            pools[query] = rng.permutation(documents)[: rng.integers(12, 16)].tolist()
            grades = rng.choice(3, len(pools[query]), p=(0.7, 0.2, 0.1))
            grades[0] = max(grades[0], 1)
            rows += [f"{query}\t{d}\t{g}" for d, g in zip(pools[query], grades, strict=True)]
        packed(
            root / name / "corpus.jsonl.gz",
            lines({"_id": d, "text": f"about {d}"} for d in documents),
        )
        asked = ({"_id": q, "text": f"find {pools[q][0]}", "instruction": "Seek."} for q in pools)
        packed(root / name / "queries.jsonl.gz", lines(asked))
        (root / name / "qrels").mkdir()
        (root / name / "qrels/test.tsv").write_text("\n".join(rows) + "\n")
        packed(root / name / "pools.json.gz", json.dumps(pools))
        for system in SYSTEMS:
            order = {q: rng.permutation(pool).tolist() for q, pool in pools.items()}
            run = [f"{q} Q0 {d} {r} {len(docs) - r + 1} {system}" for q, docs in order.items()
                   for r, d in enumerate(docs, 1)]  # fmt: skip
            packed(root / name / f"runs/{system}.trec.gz", "\n".join(run) + "\n")
    return root


def reference(folder: Path, system: str) -> float:
    """The mean over sets of pytrec_eval's mean nDCG@10, by readers of this test's own."""
    means = []
    for one in sorted(path for path in folder.iterdir() if path.is_dir()):
        qrels: dict[str, dict[str, int]] = {}
        for line in (one / "qrels/test.tsv").read_text().splitlines()[1:]:
            query, document, grade = line.split("\t")
            qrels.setdefault(query, {})[document] = int(grade)
        run: dict[str, dict[str, float]] = {}
        for line in (
            gzip.decompress((one / f"runs/{system}.trec.gz").read_bytes()).decode().splitlines()
        ):
            query, _, document, _, score, _ = line.split()
            run.setdefault(query, {})[document] = float(score)
        found = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10"}).evaluate(run)
        means.append(np.mean([row["ndcg_cut_10"] for row in found.values()]))
    return float(np.mean(means))


def values(results: Path) -> dict[str, float]:
    rows = bs.leaderboard(results).query(
        "metric == 'ndcg@10' and form == 'value' and attribute == ''"
    )
    return dict(zip(rows["model"], rows["value"], strict=True))


def words(folder: Path, results: Path, *more: str) -> list[str]:
    asked = ["task=bright", "dataset=birco", f"dataset.path={folder}", "replicates=200"]
    return [*asked, f"results={results}", *more]


@pytest.fixture(scope="module")
def results(folder: Path, tmp_path_factory) -> Path:
    """All systems by one command, and the order of the pools' file."""
    out = tmp_path_factory.mktemp("results")
    assert main(["score", *words(folder, out, f"predictions={folder}/*/runs/*.trec.gz")]) == 0
    pools = [f"predictions={folder}/*/pools.json.gz", "model.name=pool-order"]
    assert main(["score", *words(folder, out, *pools)]) == 0
    return out


def test_one_command_scores_every_system_as_pytrec_eval_does(folder, results):
    found = values(results)
    assert set(found) == {*SYSTEMS, "pool-order"}
    for system in SYSTEMS:
        assert found[system] == pytest.approx(reference(folder, system), abs=1e-9)


def test_the_sets_are_groups_and_their_documents_their_own(folder):
    data = trec(str(folder), pool="judged")
    assert {sample.attributes["split"] for sample in data.samples()} == set(SETS)
    assert len(data.shared["corpus"]) == 80
    for sample in data.samples():
        assert {document.split("/")[0] for document in sample.truth} == {sample.attributes["split"]}


def test_models_see_a_pool_in_the_order_of_ids_and_not_in_that_of_the_file(folder):
    for sample in trec(str(folder), pool="judged").samples():
        assert list(sample.inputs[POOL]) == sorted(sample.truth)


@pytest.mark.parametrize("model", ["bm25", "fusion"])
def test_a_retriever_ranks_the_pool_alone(folder, model):
    run = bs.evaluate("bright", model, dataset="birco", path=str(folder), replicates=200,
                      results=str(folder / "mine"))  # fmt: skip
    pools = {s.id: set(s.inputs[POOL]) for s in trec(str(folder), pool="judged").samples()}
    (table,) = run.statistics.tables.values()
    assert all(
        set(docs) <= pools[key] for key, docs in zip(table["sample_id"], table["docs"], strict=True)
    )
    assert any(len(docs) for docs in table["docs"])


def test_a_query_has_its_instruction_before_it_if_asked(folder):
    first = trec(str(folder), instruction="before").samples()[0].inputs["query"]
    assert first == "Seek.\n" + trec(str(folder)).samples()[0].inputs["query"]
    assert "instruction: before" in trec(str(folder), instruction="before").protocol


def test_chance_is_a_row_of_the_board(results):
    rows = bs.leaderboard(results).query("metric == 'ndcg@10' and form == 'chance'")
    assert rows["value"].nunique() == 1
    assert 0 < rows["value"].iloc[0] < 0.6


def test_families_are_compared_by_the_models_that_both_have(results, capsys):
    pattern = f"{results}/bright/birco/*_"
    assert main(["compare", f"{pattern}plan_O", f"{pattern}think_O", "--matched"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == ["A: alpha_plan_O, beta.7b_plan_O", "B: alpha_think_O, beta.7b_think_O"]
    found, own = (
        bs.compare(f"{pattern}plan_O", f"{pattern}think_O", matched=True).cells,
        values(results),
    )
    row = found.query("metric == 'ndcg@10' and attribute == ''").iloc[0]
    gains = [own[f"{name}_think_O"] - own[f"{name}_plan_O"] for name in ("alpha", "beta.7b")]
    assert row["difference"] == pytest.approx(np.mean(gains))


def test_a_set_that_is_not_ranked_and_a_document_beyond_a_pool_are_one_line(
    folder, tmp_path, capsys
):
    part = folder / "bees/runs/alpha_plan_O.trec.gz"
    asked = words(folder, tmp_path, f"predictions={part}")
    assert main(["score", *asked]) == 65
    assert "expected rankings of each split, found none of old-maps" in capsys.readouterr().err
    text = gzip.decompress(part.read_bytes()).decode().splitlines()
    query, _, first, *_ = text[0].split()
    pool = {line.split()[2] for line in text if line.split()[0] == query}
    other = next(d for d in (f"b{n}" for n in range(40)) if d not in pool)
    bees = tmp_path / "bees.trec"
    bees.write_text("\n".join([text[0].replace(first, other), *text[1:]]) + "\n")
    assert main(["score", *asked[:-1], "dataset.parts=bees", f"predictions={bees}"]) == 65
    assert f"expected documents of its pool, found '{other}'" in capsys.readouterr().err


def test_a_set_that_does_not_exist_is_named(folder):
    some = trec(str(folder), parts="bees")
    assert {sample.attributes["split"] for sample in some.samples()} == {"bees"}
    assert some.protocol.endswith("parts: bees")
    with pytest.raises(WrongCall, match="parts: expected one of bees, old-maps"):
        trec(str(folder), parts="wasps")
    with pytest.raises(WrongCall, match="parts: expected a folder of sets"):
        trec(str(folder / "bees"), parts="bees")


def test_the_published_values_come_out_to_the_digit(tmp_path):
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED}: not there")
    asked = words(SHARED, tmp_path)
    expected = dict(zip(VALUES.split()[::2], map(float, VALUES.split()[1::2]), strict=True))
    for system, value in expected.items():
        pattern = f"predictions={SHARED}/*/runs/{system}.trec.gz"
        assert main(["score", *asked, pattern, f"model.name={system}"]) == 0
        assert reference(SHARED, system) == pytest.approx(value, abs=5e-5)
    found = values(tmp_path)
    assert {name: round(found[name], 4) for name in expected} == expected

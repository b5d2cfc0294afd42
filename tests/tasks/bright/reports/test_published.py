"""Numbers published elsewhere stand in the leaderboard with their source, and never look measured."""

from pathlib import Path

import pandas as pd
import pytest

from benchsuite.boards.reported import read_reported
from benchsuite.boards.table import table
from benchsuite.cli import main
from benchsuite.errors import BadData
from benchsuite.publishing.views import view
from benchsuite_tasks.bright.datasets.bright import FAMILIES
from benchsuite_tasks.bright.datasets.r2med import SETS as R2MED
from benchsuite_tasks.bright.task import TASK
from tests.house.source import SHARED

REAL = {name: SHARED / f"data/{name}_reported.csv" for name in ("bright", "r2med")}
needs_real = pytest.mark.skipif(
    not all(path.is_file() for path in REAL.values()), reason=f"{REAL} are not there"
)
BRIGHT = "table,query_type,method,dataset,ndcg_at_10_x100"
R2 = "model,stage,dataset,ndcg_at_10,gar_method,gar_llm,rerank_first_stage_topk,recall_at_10,map_at_10,mrr"


def tidy(folder: Path, head: str, *rows: str) -> pd.DataFrame:
    path = folder / "published.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return table(read_reported(path, TASK))


def cells(made: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    keys = zip(made["model"], made["group"], made["metric"], strict=True)
    return dict(zip(keys, made["value"], strict=True))


def test_brights_splits_are_groups_and_other_queries_are_ranked_apart(tmp_path: Path) -> None:
    made = tidy(
        tmp_path, BRIGHT,
        "retriever,original,BM25,average,14.5", "retriever,original,BM25,earth_science,27.2",
        "retriever,original,SBERT,average,14.9", "retriever,gpt4_reason,BM25,average,27.0",
        "overall_leaderboard,,Ranker,average,40.1",
    )  # fmt: skip
    assert cells(made) == pytest.approx({
        ("BM25", "", "ndcg@10"): 0.145, ("BM25", "earth-science", "ndcg@10"): 0.272,
        ("SBERT", "", "ndcg@10"): 0.149, ("BM25 (gpt4_reason)", "", "ndcg@10"): 0.27,
        ("Ranker", "", "ndcg@10"): 0.401,
    })  # fmt: skip
    overall = made[made["group"] == ""].set_index("model")
    assert overall["rank"].to_dict() == {
        "BM25": 2,
        "SBERT": 1,
        "BM25 (gpt4_reason)": 1,
        "Ranker": 1,
    }
    assert set(made["source"]) == {"AQ-MedAI/Diver, README"}
    assert overall["protocol"]["Ranker"] == "reported: overall leaderboard"
    assert made["ci_low"].isna().all() and made["rank_low"].isna().all()
    for by in ("overall", "group", "condition"):
        assert len(view(made, by))


def test_r2meds_sets_are_groups_and_only_a_whole_row_has_a_mean(tmp_path: Path) -> None:
    whole = [f"nv,base,{name},{0.1 * i},,,,0.5,0.3,0.9,nv" for i, name in enumerate(R2MED)]
    part = "bge,rerank,Biology,0.2,,,nv/top_10,,,,nv"
    made = tidy(tmp_path, f"{R2},model_name_in_json", *whole, part)
    found = cells(made)
    assert found["nv", "", "ndcg@10"] == pytest.approx(0.35)
    assert found["nv", "", "recall@10"] == pytest.approx(0.5)
    again = cells(tidy(tmp_path, f"{R2},model_name_in_json", *whole, whole[-1], part))
    assert again == found, "a row that is repeated counts once"
    assert found["bge over nv's 10", "Biology", "ndcg@10"] == 0.2
    assert not any(model.startswith("bge") and not group for model, group, _ in found)
    assert set(made["metric"]) == {"ndcg@10", "recall@10"}, "others are other measures than ours"
    assert set(made["source"]) == {"R2MED/R2MED, results; overall: the mean of its sets"}


def test_a_file_with_its_own_source_keeps_it_and_the_general_layout_still_reads(
    tmp_path: Path,
) -> None:
    made = tidy(tmp_path, f"{BRIGHT},source", "t,original,A,average,10,B 2024")
    assert set(made["source"]) == {"B 2024"}
    made = tidy(
        tmp_path, "model,dataset,condition,metric,value,source,attribute,group",
        "m,d,clean,ndcg@10,0.5,A,,", "m,d,clean,ndcg@10,0.4,A,split,x",
    )  # fmt: skip
    assert cells(made) == {("m", "", "ndcg@10"): 0.5, ("m", "x", "ndcg@10"): 0.4}


@pytest.mark.parametrize(
    ("head", "row", "message"),
    [
        (BRIGHT, "t,original,A,chemistry,1", r"published.csv:2: dataset: expected a split of BRIGHT"),
        (BRIGHT, "t,original,A,pony,high", r"published.csv:2: ndcg_at_10_x100: expected a finite number, found 'high'"),
        (R2, "a,base,Law,0.1,,,,,,", r"published.csv:2: dataset: expected a set of R2MED, found 'Law'"),
        (BRIGHT, "t,original,,pony,1", r"published.csv:2: expected a value for model, found none"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_its_line(
    tmp_path: Path, head: str, row: str, message: str
) -> None:
    with pytest.raises(BadData, match=message):
        tidy(tmp_path, head, row)


@needs_real
def test_the_published_averages_of_bright_are_means_of_their_splits() -> None:
    made = table(read_reported(REAL["bright"], TASK))
    found = cells(made)
    systems = {model for model, group, _ in found if not group}
    assert len(systems) == 35
    for model in systems:
        mean = sum(found[model, split, "ndcg@10"] for split in FAMILIES) / len(FAMILIES)
        assert found[model, "", "ndcg@10"] == pytest.approx(mean, abs=0.0015), model


@needs_real
def test_the_published_rerankers_of_r2med_are_below_their_first_stage() -> None:
    found = cells(table(read_reported(REAL["r2med"], TASK)))
    means = {model: 100 * value for (model, group, metric), value in found.items()
             if not group and metric == "ndcg@10"}  # fmt: skip
    assert means["nv"] == pytest.approx(31.43, abs=0.005)
    over = sorted((v for model, v in means.items() if " over " in model), reverse=True)
    assert over == pytest.approx([29.93, 26.47, 25.55], abs=0.005)


@needs_real
def test_the_command_shows_them_without_any_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["leaderboard", "--results", str(tmp_path), "--task", "bright"]
    for path in REAL.values():
        words += ["--reported", str(path)]
    assert main([*words, "--figures", str(tmp_path / "figures")]) == 0
    assert "rankllama" in capsys.readouterr().out
    assert (tmp_path / "figures/bright/r2med-groups.png").is_file()

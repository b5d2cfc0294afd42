"""Results of lm-evaluation-harness and MTEB: in the layouts of all their versions, never guessed."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from benchsuite.boards.reported import read_reported
from benchsuite.boards.table import table
from benchsuite.cli import main
from benchsuite.estimation import Code
from tests.toys import MEAN, install

HELLASWAG = {
    "alias": "hellaswag", "acc,none": 0.31, "acc_stderr,none": 0.0046,
    "acc_norm,none": 0.4, "acc_norm_stderr,none": "N/A",
}  # fmt: skip


def lm_eval(**changed: Any) -> dict[str, Any]:
    value = {
        "results": {"hellaswag": HELLASWAG}, "group_subtasks": {"hellaswag": []}, "configs": {},
        "versions": {"hellaswag": 1.0}, "n-shot": {"hellaswag": 10},
        "higher_is_better": {"hellaswag": {"acc": True, "acc_norm": True}},
        "n-samples": {"hellaswag": {"original": 10042, "effective": 10042}},
        "config": {"model": "hf", "model_args": "pretrained=lab/small,dtype=float16"},
        "git_hash": "abc", "model_name": "lab/small",
    }  # fmt: skip
    return {**value, **changed}


def written(folder: Path, name: str, value: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def imported(folder: Path, *words: object) -> pd.DataFrame:
    out = folder / "reported.csv"
    assert main(["import", *map(str, words), "--out", str(out)]) == 0
    return pd.read_csv(out, keep_default_na=False, dtype=str)


def cells(rows: pd.DataFrame, *keys: str) -> dict[Any, float]:
    return {row[:-1]: float(row[-1]) for row in rows[[*keys, "value"]].itertuples(index=False)}


def test_a_published_standard_error_becomes_an_interval_that_says_so(tmp_path):
    rows = imported(tmp_path, written(tmp_path, "results.json", lm_eval()))
    assert cells(rows, "model", "metric") == {
        ("lab/small", "acc"): 0.31, ("lab/small", "acc_norm"): 0.4
    }  # fmt: skip
    made = table(read_reported(tmp_path / "reported.csv")).set_index("metric")
    row = made.loc["acc"]
    # Wilson's interval of a share whose standard error is not √(p(1-p)/n)
    half = stats.t.ppf(0.975, 10041) * 0.0046
    pull = half**2 / (0.31 * 0.69)
    middle, reach = (0.31 + pull / 2) / (1 + pull), (half**2 + pull**2 / 4) ** 0.5 / (1 + pull)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((middle - reach, middle + reach))
    assert row["interval"] == "reported" and row["n"] == 10042
    assert next(one.code for one in row["note"]) == Code.REPORTED_ERROR
    assert pd.isna(made.loc["acc_norm", "ci_low"]) and made.loc["acc_norm", "interval"] == ""


def test_shots_version_filter_and_prompt_keep_numbers_apart(tmp_path):
    strict = {"exact_match,strict-match": 0.2, "exact_match,flexible-extract": 0.3}
    rows = imported(
        tmp_path,
        written(tmp_path, "a.json", lm_eval(results={"gsm8k": strict}, versions={"gsm8k": 3})),
        written(tmp_path, "b.json", lm_eval(chat_template_sha="0123456789abcdef")),
    )
    assert set(rows["protocol"]) == {
        "reported: lm-eval (version 3, filter strict-match)",
        "reported: lm-eval (version 3, filter flexible-extract)",
        "reported: lm-eval (version 1.0, shots 10, chat template 01234567)",
    }


def test_a_task_in_a_group_with_metrics_is_a_part_of_the_group_s_dataset(tmp_path):
    value = lm_eval(
        results={
            "mmlu": {"acc,none": 0.5}, "mmlu_stem": {"acc,none": 0.4},
            "mmlu_anatomy": {"acc,none": 0.0}, "arc": {"acc,none": 0.6},
        },
        group_subtasks={"mmlu": ["mmlu_stem"], "mmlu_stem": ["mmlu_anatomy"], "mine": ["arc"]},
    )  # fmt: skip
    rows = imported(tmp_path, written(tmp_path, "results.json", value))
    assert list(zip(rows["dataset"], rows["group"], strict=True)) == [
        ("mmlu", ""), ("mmlu", "mmlu_stem"), ("mmlu", "mmlu_anatomy"), ("arc", "")
    ]  # fmt: skip


def test_results_from_before_0_4_have_directions_and_a_model(tmp_path, capsys):
    value = {
        "results": {
            "lambada": {"ppl": 5.1, "ppl_stderr": 0.1, "acc": 0.6, "acc_stderr": 0.01, "odd": 3.0}
        },
        "versions": {"lambada": 0},
        "config": {"model": "gpt2", "model_args": "pretrained=gpt2-xl,revision=main"},
    }
    rows = imported(tmp_path, written(tmp_path, "old.json", value))
    assert dict(zip(rows["metric"], rows["higher_is_better"], strict=True)) == {
        "ppl": "no", "acc": "yes"
    }  # fmt: skip
    assert set(rows["model"]) == {"gpt2-xl"}
    assert "left out: odd: the file does not say whether more of it is better" in (
        capsys.readouterr().out
    )


def test_what_is_no_number_is_left_out_with_the_reason(tmp_path, capsys):
    value = lm_eval(results={"hellaswag": {"acc,none": "N/A", "acc_norm,none": 0.4}})
    rows = imported(tmp_path, written(tmp_path, "results.json", value))
    assert list(rows["metric"]) == ["acc_norm"]
    assert 'left out: hellaswag acc: no number, but "N/A"' in capsys.readouterr().out


def test_a_task_of_ours_gives_its_own_names_to_the_numbers(tmp_path, monkeypatch, capsys):
    install(monkeypatch, MEAN)
    path = written(tmp_path, "results.json", lm_eval())
    rows = imported(tmp_path, path, "--task", "toy-mean", "--map", "metric:acc=accuracy")
    assert cells(rows, "task", "metric") == {("toy-mean", "accuracy"): 0.31}
    assert "left out: acc_norm: task toy-mean has no such metric" in capsys.readouterr().out
    (board,) = read_reported(tmp_path / "reported.csv")
    assert board.identity.task == "toy-mean"


def test_two_numbers_for_one_cell_are_refused_with_both_places(tmp_path, capsys):
    first = written(tmp_path, "a.json", lm_eval())
    again = lm_eval(results={"hellaswag": {**HELLASWAG, "acc,none": 0.32}})
    words = [str(first), str(written(tmp_path, "b.json", again)), "--out", str(tmp_path / "x.csv")]
    assert main(["import", *words]) == 65
    told = capsys.readouterr().err
    assert "b.json: hellaswag: acc: model 'lab/small': found 0.32 after 0.31" in told
    assert "a.json" in told and not (tmp_path / "x.csv").exists()


def subset(name: str, value: float) -> dict[str, Any]:
    about = {"hf_subset": name, "languages": ["eng-Latn"], "main_score": value}
    return {**about, "ndcg_at_10": value, "map_at_1000": 0.1, "nauc_ndcg_at_10_std": -0.1}


def mteb(task: str, **splits: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "dataset_revision": "a1", "task_name": task, "mteb_version": "2.1.0", "scores": splits,
        "evaluation_time": 12.5, "kg_co2_emissions": None,
    }  # fmt: skip


def test_the_folders_or_the_card_of_mteb_name_the_model(tmp_path):
    value = mteb("Banking77Classification", test=[subset("default", 0.8)])
    written(tmp_path, "lab__a/r1/Banking77Classification.json", value)
    written(tmp_path, "copied/here/Banking77Classification.json", value)
    written(tmp_path, "copied/model_meta.json", {"name": "lab/b", "revision": "r2"})
    whole = {"model_name": "lab/c", "model_revision": None, "task_results": [value]}
    written(tmp_path, "c.json", whole)
    rows = imported(tmp_path, tmp_path)
    assert cells(rows, "model", "metric", "source") == {
        ("lab/a", "main_score", "MTEB 2.1.0, revision r1"): 0.8,
        ("lab/b", "main_score", "MTEB 2.1.0, revision r2"): 0.8,
        ("lab/c", "main_score", "MTEB 2.1.0"): 0.8,
    }


def test_a_file_of_mteb_without_its_model_asks_for_it(tmp_path, capsys):
    path = written(tmp_path, "x.json", mteb("STS12", test=[subset("default", 0.8)]))
    assert main(["import", str(path)]) == 65
    assert "expected model_meta.json in a folder above" in capsys.readouterr().err
    assert set(imported(tmp_path, path, "--model", "mine")["model"]) == {"mine"}


def test_results_of_mteb_before_1_11_are_read(tmp_path):
    sts = {
        "mteb_dataset_name": "STS12", "mteb_version": "1.0.2", "dataset_revision": "a",
        "test": {"cos_sim": {"spearman": 0.7}, "main_score": 0.7, "evaluation_time": 3.2},
    }  # fmt: skip
    massive = {
        "mteb_dataset_name": "Massive", "mteb_version": "1.0.2", "dataset_revision": "a",
        "validation": {"en": {"main_score": 0.6}, "de": {"main_score": 0.5}, "evaluation_time": 9},
    }  # fmt: skip
    rows = imported(tmp_path, written(tmp_path, "a.json", sts), written(tmp_path, "b.json", massive),
                    "--model", "m")  # fmt: skip
    assert cells(rows, "dataset", "group", "protocol") == {
        ("STS12", "", "reported: mteb STS12"): 0.7,
        ("Massive", "en", "reported: mteb Massive (validation)"): 0.6,
        ("Massive", "de", "reported: mteb Massive (validation)"): 0.5,
    }

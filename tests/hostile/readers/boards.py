"""Readers of numbers that others published, and of what a person says to a gate or a board."""

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Final

from benchsuite.boards.imports.lm_eval import is_lm_eval, read_lm_eval
from benchsuite.boards.imports.mteb import is_mteb, read_mteb
from benchsuite.boards.reported import read_reported
from benchsuite.files.text import json_value
from benchsuite.gates.policy import rules_of
from benchsuite.publishing.export.citation import read_citation
from benchsuite.runs.log import LOG, Accepted, Number, Told, read_log
from tests.toys import MEAN

from .reader import Reader, as_json

REPORTED: Final = (
    b"model,dataset,condition,metric,value,stderr,n,attribute,group,source\n"
    b"m,numbers,clean,accuracy,0.5,0.1,9,,,A 2020\nm,numbers,clean,accuracy,0.4,,,size,big,A 2020\n"
)
LM_EVAL: Final = {
    "results": {"hellaswag": {"alias": "h", "acc,none": 0.31, "acc_stderr,none": 0.004}},
    "group_subtasks": {"hellaswag": []}, "configs": {}, "versions": {"hellaswag": 1.0},
    "n-shot": {"hellaswag": 10}, "higher_is_better": {"hellaswag": {"acc": True}},
    "n-samples": {"hellaswag": {"original": 10, "effective": 10}},
    "config": {"model": "hf", "model_args": "pretrained=lab/small"}, "model_name": "lab/small",
}  # fmt: skip
MTEB: Final = {
    "task_name": "SciFact", "dataset_revision": "a", "mteb_version": "1.2",
    "scores": {"test": [{"main_score": 0.5, "ndcg_at_10": 0.5, "hf_subset": "default", "languages": ["eng"]}]},
    "evaluation_time": 3.0,
}  # fmt: skip


def harness(path: Path) -> None:
    value = json_value(path)
    if is_lm_eval(value):
        read_lm_eval(path, value)
    if is_mteb(value):
        read_mteb(path, value, "m")


POLICY: Final = b"""mode = "detect"
alpha = 0.05
metrics = ["ndcg@10"]
conditions = ["clean"]

[margin]
"ndcg@10" = 0.02

[equity]
max_gap = 0.1
"""
PROJECT: Final = b"""[project]
name = "mine"

[tool.benchsuite.gate]
alpha = 0.01
"""
CITED: Final = b"""cff-version: 1.2.0
title: A board
authors:
  - given-names: Ann
    family-names: Lee
  - name: A group
license: [MIT]
url: https://example.org
date-released: 2026-11-28
version: 1.0
"""


@cache
def log_line() -> bytes:
    number = Number("accuracy", "clean", 0.5, 0.4, 0.6, 0.05, 9, 9)
    told = Told("ann", "2026-11-28T20:15:00Z", "why")
    one = Accepted("t", "d", "m", told, "r", "0" * 64, "a", (number,), "1" * 64, (number,))
    return as_json(asdict(one)) + b"\n"


READERS: Final = (
    Reader("reported", "a.csv", REPORTED, lambda p: read_reported(p, MEAN)),
    Reader("lm-eval", "a.json", as_json(LM_EVAL), harness),
    Reader("MTEB", "a.json", as_json(MTEB), harness),
    Reader("policy of a gate", "benchsuite.gate.toml", POLICY, rules_of),
    Reader("policy in a project", "pyproject.toml", PROJECT, rules_of),
    Reader("citation", "CITATION.cff", CITED, read_citation),
    Reader("log of baselines", LOG, log_line(), lambda p: read_log(p.parent)),
)

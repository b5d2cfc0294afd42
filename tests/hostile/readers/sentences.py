"""Readers of pairs of sentences and of questions about people."""

from pathlib import Path
from typing import Final

from benchsuite_tasks.stereotypes.datasets.bbq import bbq
from benchsuite_tasks.stereotypes.datasets.pairs import crows_pairs
from benchsuite_tasks.sts.datasets.files import sts

from .reader import Reader, as_json

QUESTION: Final = {
    "example_id": 0, "question_index": "1", "question_polarity": "neg", "context_condition": "ambig",
    "category": "Age", "context": "Two waited.", "question": "Who?", "ans0": "A", "ans1": "B", "ans2": "?", "label": 2,
    "answer_info": {"ans0": ["a", "old"], "ans1": ["b", "nonOld"], "ans2": ["?", "unknown"]},
    "additional_metadata": {"stereotyped_groups": ["old"]},
}  # fmt: skip


def judged_pairs(path: Path) -> None:
    sts(str(path)).samples()


READERS: Final = (
    Reader("BBQ", "Age.jsonl", as_json(QUESTION), lambda p: bbq(str(p))),
    Reader(
        "CrowS-Pairs",
        "a.csv",
        b"sent_more,sent_less,bias_type\nthis,that,age\n",
        lambda p: crows_pairs(str(p)),
    ),
    Reader(
        "judged pairs",
        "pairs.tsv",
        b"sentence1\tsentence2\tscore\na\tb\t3\nb\tc\t1\n",
        judged_pairs,
    ),
    Reader(
        "SemEval's pairs",
        "STS.input.a.txt",
        b"a b\tc\nd\te\n",
        judged_pairs,
        (("STS.gs.a.txt", b"4\n\n"),),
    ),
)

"""What models said elsewhere, as JSON lines: log-probabilities, or an answer.

    {"id": "7", "scores": [-41.2, -43.0]}     of the texts in the order in which `export` shows them
    {"id": "Age/7", "answer": "Not known"}    an answer, or its place among the texts

Rows of BBQ with a column of answers, as its authors publish them, need no id.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, near
from benchsuite.files.text import finite, json_lines

from .datasets.bbq import question_id


def read_predictions(path: Path, dataset: Dataset, column: str = "answer") -> dict[str, Any]:
    """The log-probabilities (k,) of each sample, or the place of the answer, -1 for none of them.

    column  what holds the answer
    Raises BadData, with file and line, for a row without either, and one of no sample.
    """
    texts = {sample.id: sample.inputs["texts"] for sample in dataset.samples()}
    found: dict[str, Any] = {}
    for where, row in json_lines(path):
        name = str(row["id"]) if "id" in row else question_id(where, row)
        if name not in texts or name in found:
            raise BadData(f"{where}: expected each sample once, found '{name}'{near(name, texts)}")
        said, answer = row.get("scores"), row.get(column)
        if isinstance(said, list) and all(finite(one) is not None for one in said):
            found[name] = said
        elif isinstance(answer, str):
            ends = [text.casefold().endswith(f" {answer.casefold()}") for text in texts[name]]
            found[name] = ends.index(True) if sum(ends) == 1 else -1
        elif isinstance(answer, int) and answer in range(-1, len(texts[name])):
            found[name] = answer
        else:
            there = f"found {', '.join(row)}{near(column, row)}"
            raise BadData(f"{where}: expected `scores`, or an answer as `{column}`, {there}")
    return found


def write_predictions(table: pd.DataFrame, model: str) -> str:
    """The lines that `read_predictions` reads."""
    rows = zip(table["sample_id"], table["scores"], table["chosen"], strict=True)
    said = (
        {"id": name, **({"scores": list(scores)} if len(scores) else {"answer": int(chosen)})}
        for name, scores, chosen in rows
    )
    return "".join(f"{json.dumps(line)}\n" for line in said)

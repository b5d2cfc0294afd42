"""What models say of options, as JSON lines: a score for each one, or the one that they chose.

{"id": "7", "scores": [-41.2, -43.0]}     of the options in the order in which they are shown
{"id": "7", "answer": "Not known"}        an option, or the end of one; or its place
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.errors import BadData, near
from benchsuite.files.text import Row, finite, json_lines

Shares = NDArray[np.float64]
Choice = int | list[float]
"""The place of the chosen option, -1 for none of them; or a score for each."""


def choices_of(
    path: Path,
    options: Mapping[str, Sequence[str]],
    name: Callable[[str, Row], str],
    column: str = "answer",
) -> dict[str, Choice]:
    """The choices of a file by id. An answer that is no option, or fits two, is -1.

    options  what is chosen from, by id
    name     (file:line, row) -> the id of a row that has none
    column   what holds the answer
    Raises BadData, with file and line, for a row without scores or answer, an unknown id, and one
    that occurs twice.
    """
    found: dict[str, Choice] = {}
    for where, row in json_lines(path):
        key = str(row["id"]) if "id" in row else name(where, row)
        if key not in options or key in found:
            raise BadData(f"{where}: expected each sample once, found '{key}'{near(key, options)}")
        found[key] = _choice(where, row, options[key], column)
    return found


def _choice(where: str, row: Row, options: Sequence[str], column: str) -> Choice:
    scores, answer = row.get("scores"), row.get(column)
    if isinstance(scores, list) and all(finite(one) is not None for one in scores):
        return [float(one) for one in scores]
    if isinstance(answer, str):
        ends = [f" {text.casefold()}".endswith(f" {answer.casefold()}") for text in options]
        return ends.index(True) if sum(ends) == 1 else -1
    if isinstance(answer, int) and answer in range(-1, len(options)):
        return answer
    there = f"found {', '.join(row)}{near(column, row)}"
    raise BadData(f"{where}: expected `scores`, or an answer as `{column}`, {there}")


def chosen_of(said: int | Sequence[float], options: int) -> tuple[Shares, dict[str, Any]]:
    """Each option's share of the choice (options,), and the columns that `write_choices` reads.

    Options that tie for the best score share the choice; nothing has a share of -1.
    Raises BadData for another number of scores.
    """
    scores = np.asarray(said, np.float64)
    if scores.shape not in ((), (options,)):
        raise BadData(f"expected {options} scores, found an array of shape {scores.shape}")
    best = scores == scores.max() if scores.ndim else np.arange(options) == scores
    place = int(best.argmax()) if best.any() else -1
    row = {"scores": scores.tolist() if scores.ndim else [], "chosen": place}
    return best / max(int(best.sum()), 1), row


def write_choices(table: pd.DataFrame, model: str) -> dict[str, bytes]:
    """The file that `choices_of` reads, by its name, of statistics with `scores` and `chosen`."""
    rows = zip(table["sample_id"], table["scores"], table["chosen"], strict=True)
    lines = [
        {"id": key, **({"scores": [*scores]} if len(scores) else {"answer": int(chosen)})}
        for key, scores, chosen in rows
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    return {"predictions.jsonl": text.encode()}

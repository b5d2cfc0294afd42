"""SugarCrepe's published answers of a chat model, in both orders of the options, as one file.

    benchsuite report answers subset=FILE first=FILE second=FILE --out DIR
    benchsuite report answers subset=FOLDER first=FOLDER second=FOLDER --out DIR

Each order is a repeat, so that `consistency` is that over orders.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pandas as pd

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

from ..datasets.sugarcrepe import sugarcrepe
from ..formats import answer_line, read_predictions
from ..measure import Answer, Prediction


def answers(
    runs: Sequence[Statistics],
    progress: Progress,
    subset: str,
    first: str,
    second: str,
    subsets: str = "",
) -> Report:
    """The file of answers in both orders, and how many chose the right caption in each of them.

    subset         SugarCrepe's file of captions, or its folder of several
    first, second  the model's answers with the right caption as option (1), and as option (2)
    subsets        those of the folder that were asked about, with `+` between them; by default all
    Raises BadData where a file is none of these, or an answer is missing.
    """
    path = Path(subset)
    folder, asked = (path.parent, path.stem) if path.is_file() else (path, subsets)
    dataset = sugarcrepe(str(folder), subsets=asked)
    orders = [_answers(Path(given), dataset) for given in (first, second)]
    keys = [sample.id for sample in dataset.samples()]
    lines = [answer_line(key, [a for order in orders for a in order[key]]) for key in keys]
    right = [sum(a.chosen == a.right for a in chain(*order.values())) for order in orders]
    table = pd.DataFrame({"answers": [first, second], "groups": len(keys), "right": right})
    name = path.stem if path.is_file() else "answers"
    return Report({name: table}, {f"{name}.jsonl": "".join(lines).encode()})


def _answers(path: Path, dataset: Dataset) -> dict[str, tuple[Answer, ...]]:
    """The answers to each group. Raises BadData where there are scores instead."""
    found = read_predictions(path, dataset)
    answers = {key: one.answers for key, one in found.items() if isinstance(one, Prediction)}
    if len(answers) < len(found):
        raise BadData(f"{path}: expected answers, found scores")
    return answers

"""SugarCrepe's published answers of a chat model, in both orders of the options, as one score file.

    benchsuite report answers subset=FILE first=FILE second=FILE --out DIR

Each order is a repeat, so that `consistency` is that over orders.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchsuite.errors import BadData
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

from ..datasets.sugarcrepe import captions_of
from ..formats import read_answers, score_line


def answers(
    runs: Sequence[Statistics], progress: Progress, subset: str, first: str, second: str
) -> Report:
    """The score file of a subset, and how many answers chose the right caption in each order.

    subset         SugarCrepe's file of captions
    first, second  the model's answers with the right caption as option (1), and as option (2)
    Raises BadData where a file is none of these, or an answer is missing.
    """
    captions, paths = captions_of(Path(subset)), [Path(first), Path(second)]
    orders = [read_answers(path, captions) for path in paths]
    for path, order in zip(paths, orders, strict=True):
        for key in captions:
            if key not in order:
                raise BadData(f"{path}: expected an answer to '{key}' of {subset}, found none")
    name = Path(subset).stem
    lines = [score_line(f"{name}/{key}", [[order[key]] for order in orders]) for key in captions]
    right = [sum(order[key][0] > 0 for key in captions) for order in orders]
    table = pd.DataFrame({"answers": [*map(str, paths)], "groups": len(captions), "right": right})
    return Report({name: table}, {f"{name}.jsonl": "".join(lines).encode()})

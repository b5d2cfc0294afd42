"""Answers of chat models to SugarCrepe, as its authors publish them: (1) or (2), in either order.

A file has {id: {answer: {free_form_answer, multiple_choice_answer}, caption, negative_caption}}. A
free answer counts as an option where it names that one alone; `multiple_choice_answer` is the
caption that it then stands for, from which the order of the options is read.

    python -m benchsuite_tasks.compositional.answers subset.json ORDER_1/subset.json ORDER_2/...

writes the score file of both orders, each a repeat, whose `consistency` is that over orders.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData

from .command import run
from .files import json_file, string

CAPTIONS = ("caption", "negative_caption")


def choices(path: Path, known: Mapping[str, Sequence[str]]) -> dict[str, list[float]]:
    """{id: [score of the right caption, of the negative one]}: 1 for the chosen, 0 where unparsed.

    known  the two captions of each group by id: ids are bare numbers, in every subset the same
    Raises BadData where the file is none of answers, its options have no order, or a row is of
    other captions than its group's.
    """
    rows = json_file(path)
    named = {k: r for k, r in rows.items() if isinstance(r, dict)} if isinstance(rows, dict) else {}
    if not named or not all(isinstance(row.get("answer"), dict) for row in named.values()):
        raise BadData(f"{path}: expected answers by id, found another file")
    for key in (key for key in named if key in known):
        for name, caption in zip(CAPTIONS, known[key], strict=True):
            if named[key].get(name, caption) != caption:
                raise BadData(
                    f"{path}: {key}: {name}: expected '{caption}', found '{named[key][name]}'"
                )
    options = {key: _option(row["answer"].get("free_form_answer")) for key, row in named.items()}
    right = _right_option(path, named, options)
    scores = {0: [0.0, 0.0], right: [1.0, 0.0], 3 - right: [0.0, 1.0]}
    return {key: scores[option] for key, option in options.items()}


def _option(answer: Any) -> int:
    text = str(answer)
    named = [number for number in (1, 2) if f"({number})" in text]
    return named[0] if len(named) == 1 else 0


def _right_option(
    path: Path, rows: Mapping[str, Mapping[str, Any]], options: Mapping[str, int]
) -> int:
    """The number of the right option, which the file has to agree on."""
    found = set()
    for key, row in rows.items():
        chosen = row["answer"].get("multiple_choice_answer")
        if options[key] and chosen in (row.get("caption"), row.get("negative_caption")):
            found.add(options[key] if chosen == row["caption"] else 3 - options[key])
    if len(found) != 1:
        raise BadData(f"{path}: expected one order of the options, found {len(found)}")
    return int(found.pop())


def main(arguments: Sequence[str]) -> int:
    """Write the score file of a subset's answers in several orders."""
    subset, *paths = (Path(word) for word in arguments)
    rows = json_file(subset)
    if not isinstance(rows, dict):
        raise BadData(f"{subset}: expected an object by id, found {type(rows).__name__}")
    groups = {key: row for key, row in rows.items() if isinstance(row, dict)}
    known = {k: [string(f"{subset}: {k}", row, c) for c in CAPTIONS] for k, row in groups.items()}
    orders = [choices(path, known) for path in paths]
    for key in known:
        for path, order in zip(paths, orders, strict=True):
            if key not in order:
                raise BadData(f"{path}: expected an answer to '{key}' of {subset}, found none")
        row = {"id": f"{subset.stem}/{key}", "source_scores": [[order[key]] for order in orders]}
        print(json.dumps(row))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(run(main, sys.argv[1:], "SUBSET ANSWERS ..."))

"""The answers of chat models that SugarCrepe's authors publish, a file for each subset.

Its name ends with the subset's: {id: {answer: {free_form_answer, multiple_choice_answer}, caption,
negative_caption}}. A free answer counts as an option, (1) or (2), where it names that one alone;
`multiple_choice_answer` is the caption that it then stands for, from which the order of the options
is read.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchsuite.dataset import Sample
from benchsuite.errors import BadData

from ..datasets.sugarcrepe import CAPTIONS, subsets_of
from ..measure import Answer
from .answers import answer_of


def named_subset(path: Path, samples: Mapping[str, Sample]) -> str:
    """The dataset's only subset, or that which the file's name ends with: `gpt4v-swap_obj.json`.

    Raises BadData where there is no such subset.
    """
    known, stem = subsets_of(samples.values()), path.name.removesuffix(".gz").removesuffix(".json")
    fits = known if len(known) == 1 else [name for name in known or [stem] if stem.endswith(name)]
    if not fits:
        raise BadData(
            f"{path}: expected a name that ends with the subset's: "
            f"{', '.join(f'{name}.json' for name in known)}"
        )
    return max(fits, key=len)


def sugarcrepe_answers(
    path: Path, entries: Mapping[str, Any], known: Mapping[str, Sequence[str]]
) -> dict[str, Answer]:
    """The answer to each group of a file, by its id there.

    known  the two captions of each group by id: ids are bare numbers, in every subset the same
    Raises BadData where the file is none of answers, its options have no order, or a row is of
    other captions than its group's.
    """
    named = {key: row for key, row in entries.items() if isinstance(row, dict)}
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
    return {
        key: answer_of(
            f"{path}: {key}", {"asked": "text", "number": 1, "right": right, "chosen": option}
        )
        for key, option in options.items()
    }


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

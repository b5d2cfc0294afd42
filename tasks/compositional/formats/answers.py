"""Answers to questions with two options: a table of them, and the scores that they stand for."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.errors import BadData
from benchsuite.files.marks import Marks
from benchsuite.files.table import csv_rows
from benchsuite.files.text import record_of

from ..datasets.groups import Truth
from ..measure import Answer, Prediction
from ..metrics import ASKED, Scores

COLUMNS = ("id", "question", "number", "correct", "chosen")
OPTIONS: Mapping[str, int] = {"a": 1, "b": 2, "first": 1, "second": 2, "1": 1, "2": 2}
"""The place of an option, by what it is called."""
SHAPES = ((1, 2), (2, 2))
UNKNOWN = Marks()


def choices(path: Path) -> Iterator[tuple[str, str, Answer]]:
    """The place, the group and the answer of each row of a table; none chosen: it was unread.

    Raises BadData for a row that is no such answer.
    """
    for where, row in csv_rows(path, COLUMNS):
        right, chosen = (_place(f"{where}: {key}", row[key]) for key in ("correct", "chosen"))
        number = int(row["number"]) if row["number"].isdecimal() else row["number"]
        fields = {"asked": row["question"], "number": number, "right": right, "chosen": chosen}
        yield where, row["id"], answer_of(where, fields)


def _place(where: str, option: str) -> int:
    place = 0 if UNKNOWN.unknown(option) else OPTIONS.get(option.casefold())
    if place is None:
        raise BadData(f"{where}: expected one of {', '.join(OPTIONS)}, found '{option}'")
    return place


def answer_of(where: str, fields: Any) -> Answer:
    """The answer of an object. Raises BadData for another, and where none can be the right one."""
    answer = record_of(Answer, where, fields)
    if answer.chosen and not answer.right:
        raise BadData(f"{where}: right: expected the place of the right option, found none")
    return answer


def answers_of(row: Mapping[Any, Any]) -> list[Answer]:
    """The answers that a row of statistics holds."""
    where = f"group '{row['sample_id']}'"
    each = np.reshape(np.asarray(row["answers"], dtype=np.int64), (-1, 4)).tolist()
    return [
        answer_of(where, {"asked": ASKED[asked], "number": n, "right": right, "chosen": chosen})
        for asked, n, right, chosen in each
    ]


def prediction_of(where: str, answers: Sequence[Answer], truth: Truth) -> Prediction:
    """What a group's answers say of it: 1 for the pair that is chosen, 0 for the others.

    The n-th answers to all of its questions are the n-th repeat.
    Raises BadData where a question was not answered, or not as often as the others.
    """
    if truth.shape not in SHAPES:
        raise BadData(
            f"{where}: expected one image or two, and two captions, for answers, "
            f"found {truth.shape[0]} and {truth.shape[1]}"
        )
    repeats = _repeats(where, answers, _questions(truth.shape[0]))
    texts, images = (
        np.stack([_scores(asked, each, truth) for each in repeats])[:, None] for asked in ASKED
    )
    several = truth.shape[0] > 1
    return Prediction(
        scores=texts,
        by_caption=images if several else None,
        questions=len(answers),
        unread=sum(not answer.chosen for answer in answers),
        answers=tuple(answers),
    )


def _questions(images: int) -> list[tuple[str, int]]:
    """Which caption fits each image, and with several of them which image fits each caption."""
    return [(asked, n) for asked in ASKED[:images] for n in (1, 2)[:images]]


def _repeats(
    where: str, answers: Sequence[Answer], questions: Sequence[tuple[str, int]]
) -> list[list[Answer]]:
    by_question: dict[tuple[str, int], list[Answer]] = {question: [] for question in questions}
    for answer in answers:
        if (answer.asked, answer.number) not in by_question:
            raise BadData(f"{where}: no question is '{answer.asked} {answer.number}'")
        by_question[answer.asked, answer.number].append(answer)
    most = max(1, *map(len, by_question.values()))
    for (asked, number), given in by_question.items():
        if len(given) < most:
            raise BadData(
                f"{where}: expected {most} answers to each question, found {len(given)} to "
                f"'{asked} {number}'; predictions=FOLDER reads several files as one run"
            )
    return [list(each) for each in zip(*by_question.values(), strict=True)]


def _scores(asked: str, answers: Sequence[Answer], truth: Truth) -> Scores:
    """(m, k) as shown: of the answers to one kind of question."""
    scores = np.zeros(truth.shape, dtype=np.float32)
    for answer in answers:
        if answer.asked == asked and answer.chosen:
            scores[_pair(answer, truth)] = 1
    return truth.as_shown(scores)


def _pair(answer: Answer, truth: Truth) -> tuple[int, int]:
    """The image and the caption, in the source's order, that an answer puts together."""
    place, right = answer.number - 1, answer.chosen == answer.right
    if answer.asked == "text":
        caption = truth.matching[place]
        return place, caption if right else 1 - caption
    image = truth.matching.index(place)
    return image if right else 1 - image, place

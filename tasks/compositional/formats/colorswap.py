"""The answers of chat models that ColorSwap's authors publish, read as their `vlm_eval.py` does.

Two files a model: `text-<model>.json`, which caption an image presents, option (A) or (B); and
`image-<model>.json`, whether the first or the second image fits a caption. Each is a list of
{id, log_1, response_image_1, ...}: `log_1` has the options and `correct_answer`. An entry with an
`error` has no answer.

An answer names an option where a rule below says so of this option, and of the other one none does.
The rules are those of Top34051/colorswap, whose reading the published accuracies have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData
from benchsuite.files.text import record, string

from ..measure import Answer
from .answers import answer_of

HALVES: Mapping[str, str] = {"text-": "image-", "image-": "text-"}
"""How the names of a model's two files begin."""


@dataclass(frozen=True)
class Kind:
    """A kind of question, and what an entry of its file calls things.

    subject  what a question is about;   names  the options, as `correct_answer` has them
    captions  the keys of the captions in the log of a question
    """

    asked: str
    subject: str
    names: tuple[str, str]
    captions: tuple[str, ...]

    def response(self, number: int) -> str:
        """The key of an answer."""
        return f"response_{self.subject}_{number}"


SAID = (
    "image presents ({letter})", "image presents option ({letter})",
    "image presents option {letter}", "it would imply ({letter})",
    "it could metaphorically represent ({letter})", "it is ({letter})",
    "this image presents {caption}",
)  # fmt: skip
"""What an answer says of the caption that it chooses, capitals aside."""
BEGUN = ("{letter})", "({letter})", "Option {letter}", "Option ({letter})")
"""How an answer begins that chooses a caption by its letter."""
ALIGNED = (
    "{name} image better aligns", "{name} image aligns better", "the {name} image is more relevant"
)  # fmt: skip
"""What an answer says of the image that it chooses, capitals aside."""
SMALL = (" a ", " an ", " the ", " with ", " and ")
"""Words that a caption may lose in an answer."""

TEXT = Kind("text", "image", ("A", "B"), ("caption_1", "caption_2"))
IMAGE = Kind("image", "caption", ("first", "second"), ("caption",))


def with_other_half(path: Path) -> list[Path]:
    """The file, and that of the other kind of question where it stands beside it."""
    beside = [
        path.with_name(other + path.name.removeprefix(one))
        for one, other in HALVES.items()
        if path.name.startswith(one)
    ]
    return [path, *(file for file in beside if file.is_file())]


def colorswap_answers(
    path: Path, entries: Sequence[Any], captions: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, Answer]]:
    """The place, the group and the answer to each question of a file.

    captions  of each group of the dataset, which the questions have to be about
    Raises BadData where the file is none of answers, or asks about other captions.
    """
    rows = [record(f"{path}: entry {n}", entry) for n, entry in enumerate(entries)]
    kind = next((k for k in (TEXT, IMAGE) if any(k.response(1) in row for row in rows)), None)
    if kind is None:
        raise BadData(
            f"{path}: expected answers, {TEXT.response(1)} or {IMAGE.response(1)}, found none"
        )
    for place, row in enumerate(rows):
        key = str(row.get("id"))
        for number in (1, 2):
            where = f"{path}: entry {place}: question {number}"
            known = captions.get(key, ())
            yield where, key, _answer(where, row, kind, number, known)


def _answer(
    where: str, row: Mapping[str, Any], kind: Kind, number: int, known: Sequence[str]
) -> Answer:
    right = chosen = 0
    if "error" not in row:
        log = record(f"{where}: log_{number}", row.get(f"log_{number}"))
        about = [string(where, log, key) for key in kind.captions]
        for caption in about if known else ():
            if _plain(caption) not in map(_plain, known):
                raise BadData(f"{where}: expected a caption of the group, found '{caption}'")
        right = _correct(where, log, kind)
        response = string(where, row, kind.response(number))
        chosen = chosen_caption(response, about) if kind is TEXT else chosen_image(response)
    fields = {"asked": kind.asked, "number": number, "right": right, "chosen": chosen}
    return answer_of(where, fields)


def _correct(where: str, log: Mapping[str, Any], kind: Kind) -> int:
    correct = string(where, log, "correct_answer")
    if correct not in kind.names:
        raise BadData(
            f"{where}: correct_answer: expected {' or '.join(kind.names)}, found '{correct}'"
        )
    return kind.names.index(correct) + 1


def _plain(caption: str) -> str:
    return " ".join(caption.split())


def chosen_caption(answer: str, captions: Sequence[str]) -> int:
    """The place of the one caption, (A) or (B), that an answer names; 0 where it names none."""
    named = [
        _names_caption(answer, (TEXT.names[mine], captions[mine]), (TEXT.names[o], captions[o]))
        for mine, o in ((0, 1), (1, 0))
    ]
    return _only(named)


def chosen_image(answer: str) -> int:
    """The place of the one image, the first or the second, that an answer names; else 0."""
    said = answer.lower()
    named = [
        (mine in said and other not in said) or any(t.format(name=mine) in said for t in ALIGNED)
        for mine, other in (IMAGE.names, IMAGE.names[::-1])
    ]
    return _only(named)


def _only(named: Sequence[bool]) -> int:
    return named.index(True) + 1 if sum(named) == 1 else 0


def _names_caption(answer: str, mine: tuple[str, str], other: tuple[str, str]) -> bool:
    (letter, caption), (other_letter, other_caption) = mine, other
    said, small = answer.lower(), letter.lower()
    by_letter = f"option {small}" in said or f"option ({small})" in said
    return (
        answer == letter
        or _alone(answer, caption, other_caption)
        or _alone(*map(_bare, (answer, caption, other_caption)))
        or any(t.format(letter=small, caption=caption.lower()) in said for t in SAID)
        or any(answer.startswith(begun.format(letter=letter)) for begun in BEGUN)
        or (by_letter and f"{other_letter.lower()})" not in said)
    )


def _alone(answer: str, caption: str, other: str) -> bool:
    """Whether an answer has a caption, and not the other one, capitals aside."""
    said = answer.lower()
    return caption.lower() in said and other.lower() not in said


def _bare(text: str) -> str:
    for word in SMALL:
        text = text.replace(word, " ")
    for word in SMALL[:3]:
        text = text.removeprefix(word.lstrip())
    return text

"""Answers that language models were sampled for, in files: JSON lines or CSV.

A row is a question with its list of answers, or one answer. Names of keys count in lower case, with
`_` for blanks. The samples of lm-evaluation-harness (`doc_id`, `doc`, `target`, `resps`) and the
outputs of Qwen2.5-Math's evaluation (`idx`, `gt`, `pred`, `score`) are read as they are.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from benchsuite.errors import BadData, near
from benchsuite.files.sources import files_of
from benchsuite.files.table import csv_rows
from benchsuite.files.text import identifier, json_lines, number

IDS: Final = ("id", "question_id", "problem_id", "doc_id", "idx")
TEXTS: Final = ("question", "problem", "prompt")
TARGETS: Final = ("target", "gt", "correct_answer")
SAMPLES: Final = ("samples", "pred", "resps")
JUDGED: Final = ("correct", "score")
VERDICTS: Final = {"1": True, "true": True, "0": False, "false": False, "": None}
"""What a CSV says of an answer."""
_LAST = re.compile(r"####|answer\s+is:?|\\boxed\s*(?=\{)", re.IGNORECASE)
_NOISE = re.compile(r"\\left|\\right|\\[!,;: $]|\\text(?=\{)|[$*\s]")
_FRACTION = re.compile(r"\\[dt]?frac(?:\{([^{}]*)\}|(\d))(?:\{([^{}]*)\}|(\d))", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40}|\d{1,40}/0*[1-9]\d{0,40})", re.ASCII)


@dataclass(frozen=True)
class Sampled:
    """A sampled answer, and whether it is right; None for what is not told.

    answer  empty where the model gave none, or none was found in its text
    """

    answer: str | None
    correct: bool | None = None


@dataclass(frozen=True)
class Asked:
    """A row: `id` of the question, and all that it says."""

    where: str
    id: str
    fields: Mapping[str, Any]

    def text(self, *names: str) -> str:
        """The first of these values that the row has; empty for none of them, and for null."""
        found = _first(self.fields, names)
        return "" if found is None else str(found)

    @property
    def question(self) -> str:
        """What was asked."""
        return self.text(*TEXTS)

    @property
    def target(self) -> str | None:
        """The right answer; None where the row has none.

        `answer` is the right one in a row without `correct`, which would judge it.
        """
        judged = "correct" in self.fields and self.listed is None
        return self.text(*TARGETS, *(() if judged else ("answer",))) or None

    @property
    def temperature(self) -> float | None:
        """The temperature of the sampling; None where the row has none."""
        told = self.text("temperature")
        return number(self.where, "temperature", told) if told else None

    @property
    def listed(self) -> Any:
        """The row's list of answers, of a CSV `answer 1`, `answer 2`, …; None where it has none."""
        names = (f"answer_{n + 1}" for n in range(len(self.fields)))
        numbered = [self.fields[name] for name in names if name in self.fields]
        return _first(self.fields, SAMPLES) or numbered or None

    @property
    def samples(self) -> list[Sampled]:
        """The sampled answers; the row itself where it has no list of them.

        Raises BadData for what is no answer.
        """
        given, judged = self.listed, _first(self.fields, JUDGED)
        if given is None:
            return [_sampled(self.where, self.fields)]
        if not isinstance(given, list):
            raise BadData(f"{self.where}: expected a list of answers, found {given!r:.60}")
        flat = [one for part in given for one in (part if isinstance(part, list) else [part])]
        told = judged if isinstance(judged, list) and len(judged) == len(flat) else None
        return [
            _sampled(self.where, one if isinstance(one, Mapping) else {"answer": one, **right})
            for one, right in zip(flat, _judged(told, len(flat)), strict=True)
        ]


def answers_of(path: Path) -> Iterator[Asked]:
    """The rows of a file, or of all files of a folder or pattern.

    Of lm-evaluation-harness's rows, one for each question and filter, those of one filter are read.
    """
    kept = None
    for file in files_of(path) or [path]:
        for where, row in (csv_rows if ".csv" in file.suffixes else json_lines)(file):
            doc = row.get("doc")
            every = {**(doc if isinstance(doc, Mapping) else {}), **row}
            named = {key.lower().replace(" ", "_"): value for key, value in every.items()}
            filtered = named.get("filter") if "resps" in named else kept
            kept = kept or filtered
            if filtered == kept:
                key = Asked(where, "", named).text(*IDS)
                yield Asked(where, identifier(where, key), named)


def _judged(told: list[Any] | None, count: int) -> list[dict[str, Any]]:
    return [{"correct": right} for right in told] if told else [{}] * count


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((fields[name] for name in names if name in fields), None)


def _sampled(where: str, one: Mapping[str, Any]) -> Sampled:
    text, right = one.get("answer"), one.get("correct")
    right = VERDICTS.get(right.lower(), right) if isinstance(right, str) else right
    if not isinstance(text, str | int | float | None) or right not in (None, 0, 1):
        raise BadData(f"{where}: expected an answer, or `correct` 0 or 1, found {dict(one)!r:.90}")
    if right is None and "answer" not in one:
        raise BadData(
            f"{where}: expected `answer` or `correct`, found {', '.join(one) or 'nothing'}"
        )
    answer = "" if text is None else str(text)
    return Sampled(answer if "answer" in one else None, None if right is None else bool(right))


def samples_of(path: Path, known: Collection[str]) -> dict[float | None, dict[str, list[Sampled]]]:
    """The sampled answers of each question in `known`, by temperature; None where it is not told.

    Raises BadData for a question that is missing at any of them, and for one that is not known.
    """
    found: dict[float | None, dict[str, list[Sampled]]] = defaultdict(lambda: defaultdict(list))
    for row in answers_of(path):
        if row.id not in known:
            raise BadData(
                f"{row.where}: expected a question of the dataset, found '{row.id}'"
                f"{near(row.id, known)}"
            )
        found[row.temperature][row.id] += row.samples
    for hot, answers in found.items():
        if missing := {*known} - {*answers}:
            at = "" if hot is None else f" at temperature {hot:g}"
            raise BadData(
                f"{path}: expected all {len(known)} questions{at}, found {len(answers)} "
                f"without '{min(missing)}'"
            )
    return {hot: dict(answers) for hot, answers in found.items()}


def normal(answer: str) -> str:
    r"""The answer as it is compared: what follows the last `\boxed`, `####` or "answer is", if any.

    LaTeX's spacing, dollars and blanks go; `\frac{a}{b}` is a/b. Numbers are exact: 0.50 is 1/2,
    033 is 33 and 1,000 is 1000. Other texts are compared in lower case, and nothing is computed.
    """
    ends = [found.end() for found in _LAST.finditer(answer)]
    text = answer[ends[-1] :] if ends else answer
    text = _braced(text.strip()).partition("\n")[0].partition(". ")[0]
    text = _braced(_FRACTION.sub(r"\1\2/\3\4", _NOISE.sub("", text))).rstrip(".").casefold()
    text = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    return str(Fraction(text)) if _NUMBER.fullmatch(text) else text


def _braced(text: str) -> str:
    """What stands between a brace at the start and the one that closes it; or else the text."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return text[1:place] if place else text
    return text[1:]

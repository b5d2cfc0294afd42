"""BBQ (Parrish et al., Findings of ACL 2022): questions with three answers, as JSON lines."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchsuite.dataset import Dataset, Sample, in_memory
from benchsuite.errors import BadData
from benchsuite.files.choices import Choice, choices_of
from benchsuite.files.sources import files_of
from benchsuite.files.table import csv_rows
from benchsuite.files.text import Row, integer, json_lines, record, string, strings

from ..measure import Truth
from ..metrics import QUESTIONS


def bbq(path: str, name: str = "bbq") -> Dataset:
    """The questions of `DIR/*.jsonl`, or of one file; a template's questions are one cluster.

    The stereotype is at the `target_loc` of BBQ's `additional_metadata.csv` beside them, or else of
    `stereotyped_groups`. Questions without one count in no bias score.
    """
    files = files_of(Path(path)) if Path(path).is_dir() else [Path(path)]
    tables = [row for file in files if file.suffix == ".csv" for _, row in csv_rows(file)]
    known = {f"{row['category']}/{row['example_id']}": row["target_loc"] for row in tables}
    lines = (line for file in files if file.suffix != ".csv" for line in json_lines(file))
    samples = [_question(where, row, known) for where, row in lines]
    return replace(in_memory(name, samples), metrics=QUESTIONS)


def read_predictions(path: Path, dataset: Dataset, column: str = "answer") -> dict[str, Choice]:
    """What was said elsewhere of a sample's texts; rows of BBQ may have it, in a column."""
    texts = {sample.id: sample.inputs["texts"] for sample in dataset.samples()}
    return choices_of(path, texts, _id, column)


def _id(where: str, row: Row) -> str:
    return f"{string(where, row, 'category')}/{row.get('example_id')}"


def _question(where: str, row: Row, known: Mapping[str, str]) -> Sample:
    name, text, right = _id(where, row), partial(string, where, row), row.get("label", "")
    info = record(f"{where}: answer_info", row.get("answer_info"))
    more = record(f"{where}: additional_metadata", row.get("additional_metadata"))
    kinds = [{word.casefold() for word in strings(where, info, f"ans{n}")} for n in range(3)]
    unknown = [place for place, kind in enumerate(kinds) if "unknown" in kind]
    if len(unknown) != 1 or integer(where, "label", right) not in range(3):
        raise BadData(f"{where}: expected one answer of kind 'unknown', and a label of 0 to 2")
    groups = {group.casefold() for group in strings(where, more, "stereotyped_groups")}
    there = [str(n) == known[name] if name in known else bool(groups & kinds[n]) for n in range(3)]
    # A question that is not negative suggests the stereotype by its other answer.
    bias, context, polarity = map(text, ("category", "context_condition", "question_polarity"))
    both = sorted({0, 1, 2} - {*unknown}, key=lambda n: there[n] != (polarity == "neg"))
    first, second = both if there[both[0]] != there[both[1]] else (-1, -1)
    asked = f"{text('context')} {text('question')}"
    return Sample(
        name, {"texts": tuple(f"{asked} {text(f'ans{n}')}" for n in range(3))},
        Truth(first, second, int(right), unknown[0]),
        {"bias": bias, "context": context, "polarity": polarity},
        f"{bias}/{row.get('question_index')}",
    )  # fmt: skip

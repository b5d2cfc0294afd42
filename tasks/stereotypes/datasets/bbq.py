"""BBQ (Parrish et al., Findings of ACL 2022): questions with three answers, as JSON lines."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchsuite.dataset import Dataset, Sample, in_memory
from benchsuite.errors import BadData
from benchsuite.files.sources import files_of
from benchsuite.files.table import csv_rows
from benchsuite.files.text import Row, integer, json_lines, record, string, strings

from ..measure import Truth
from ..metrics import QUESTIONS

TARGETS = "additional_metadata.csv"


def bbq(path: str, name: str = "bbq") -> Dataset:
    """The questions of `DIR/*.jsonl`, or of one file; a template's questions are one cluster.

    The stereotyped answer is where BBQ's `additional_metadata.csv` beside them has `target_loc`, or
    else the one of `stereotyped_groups`. Questions without one count in no bias score.
    """
    files = files_of(Path(path)) if Path(path).is_dir() else [Path(path)]
    tables = [row for file in files if file.name == TARGETS for _, row in csv_rows(file)]
    known = {f"{row['category']}/{row['example_id']}": row["target_loc"] for row in tables}
    lines = (line for file in files if file.name != TARGETS for line in json_lines(file))
    samples = [_question(where, row, known) for where, row in lines]
    return replace(in_memory(name, samples), metrics=QUESTIONS)


def question_id(where: str, row: Row) -> str:
    """The id of a row of BBQ: its example ids are unique within a category."""
    return f"{string(where, row, 'category')}/{row.get('example_id')}"


def _question(where: str, row: Row, known: Mapping[str, str]) -> Sample:
    name, right = question_id(where, row), integer(where, "label", row.get("label", ""))
    info = record(f"{where}: answer_info", row.get("answer_info"))
    kinds = [{word.casefold() for word in strings(where, info, f"ans{n}")} for n in range(3)]
    unknown = [place for place, kind in enumerate(kinds) if "unknown" in kind]
    if len(unknown) != 1 or right not in range(3):
        raise BadData(f"{where}: expected one answer of kind 'unknown', and a label of 0 to 2")
    more = record(f"{where}: additional_metadata", row.get("additional_metadata"))
    groups = {group.casefold() for group in strings(where, more, "stereotyped_groups")}
    named = [place for place, kind in enumerate(kinds) if groups & kind]
    named = [place for place in range(3) if known[name] == str(place)] if name in known else named
    polarity, context = (string(where, row, k) for k in ("question_polarity", "context_condition"))
    # A question that is not negative suggests the stereotype by its other answer.
    first, second = sorted(
        {0, 1, 2} - {*unknown}, key=lambda p: (p in named) != (polarity == "neg")
    )
    targeted = len({first, second} & {*named}) == 1
    asked = f"{string(where, row, 'context')} {string(where, row, 'question')}"
    return Sample(
        id=name,
        inputs={"texts": tuple(f"{asked} {string(where, row, f'ans{n}')}" for n in range(3))},
        truth=Truth(first if targeted else -1, second if targeted else -1, right, unknown[0]),
        attributes={
            "bias": string(where, row, "category"),
            "context": context,
            "polarity": polarity,
        },
        cluster=f"{row['category']}/{row.get('question_index')}",
    )

"""Tables of other people, with commas or plain tabs: rows with the place in every message."""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from benchsuite.errors import BadData, near

from .text import decoded, numbered_lines, text_of


def csv_rows(
    path: Path, columns: Collection[str] = (), unheaded: Sequence[str] = ()
) -> list[tuple[str, dict[str, str]]]:
    """The rows of a CSV file below its header, each with `file:line`; all texts are stripped.

    unheaded  the names of the columns of a file whose first line holds none of them. The file may
              be one of C4.5: a line `| ...` is a comment, and a point ends a row

    Commas, semicolons, tabs or bars separate the columns, as the header shows. Names of columns
    are in Unicode's composed form. Columns without a name and rows without a value are left out.
    A column may occur twice if both are the same in every row.
    Raises BadData for two columns of one name that differ, one of `columns` that is missing, a row
    with too many or too few fields, and a file without rows.
    """
    text = _without_c45(decoded(path)) if unheaded else decoded(path)
    if "\0" in text:
        raise BadData(f"{path}: expected text, found a NUL byte; save the file as CSV in UTF-8")
    told = re.match(r"sep=(.)\r?\n", text)  # Excel's own line
    separator = told[1] if told else _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True,
                        skipinitialspace=separator != "\t")  # fmt: skip
    try:
        if told:
            next(reader)
        first = next((row for row in reader if any(row)), [])
        header, data = [composed(name) for name in first], list[list[str]]()
        if unheaded and not {*unheaded} & {*header}:
            header, data = [*unheaded], [first]
        _check_header(path, header, columns)
        rows, line = [], reader.line_num + (0 if data else 1)
        for fields in chain(data, reader):
            if any(field.strip() for field in fields):
                rows.append((f"{path}:{line}", _row(f"{path}:{line}", header, fields)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadData(f"{path}:{reader.line_num}: expected CSV, found: {error}") from error
    if not rows:
        raise BadData(f"{path}: expected at least one row below the header, found none")
    return rows


def _without_c45(text: str) -> str:
    """A file of C4.5 as CSV: comments are empty lines, and no point ends a row."""
    return re.sub(r"^\|.*|\.[ \t]*\r?$", "", text, flags=re.MULTILINE)


def _separator(text: str) -> str:
    """What separates the columns of a header: the most frequent of `,`, `;`, `|` and tab."""
    header = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").partition("\n")[0])
    return max(",;\t|", key=header.count)


def composed(text: str) -> str:
    """A text in Unicode's composed form, without blanks around it."""
    return unicodedata.normalize("NFC", text.strip())


def _check_header(path: Path, header: list[str], columns: Collection[str]) -> None:
    named = dict.fromkeys(name for name in header if name)
    for name in columns:
        if name not in named:
            raise BadData(f"{path}: expected the column '{name}', found none{near(name, named)}")


def _row(where: str, header: list[str], fields: list[str]) -> dict[str, str]:
    if len(fields) != len(header):
        raise BadData(f"{where}: expected {len(header)} fields, found {len(fields)}")
    row: dict[str, str] = {}
    for name, field in zip(header, fields, strict=True):
        value = field.strip()
        if name and row.setdefault(name, value) != value:
            raise BadData(f"{where}: expected each column once, found '{name}' twice, with "
                          f"'{row[name][:60]}' and '{value[:60]}'")  # fmt: skip
    return row


def tab_rows(
    path: Path, columns: Mapping[str, Sequence[str]], needed: Collection[str], places: Sequence[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a table with tabs in which quotes mean nothing, each with `file:line`.

    columns  what headers call each column, the usual name first; rows have those that are there
    needed   the columns without which a table is refused
    places   the columns of a file without a header, '' for one that does not count; a file has none
             where its first line has none of the names, and as many fields

    Raises BadData for a column that is missing, and a row with too few fields.
    """
    rows = [(f"{path}:{number}", line.split("\t")) for number, line in numbered_lines(path)]
    header = rows[0][1]
    found = {c: header.index(n) for c, known in columns.items() for n in known if n in header}
    if not found and len(header) >= len(places):
        found = {column: place for place, column in enumerate(places) if column}
    else:
        del rows[0]
    for column in needed:
        if column not in found:
            raise BadData(f"{path}: expected the column '{column}'{near(column, header)}")
    for where, fields in rows:
        if len(fields) <= max(found.values()):
            raise BadData(f"{where}: expected {len(header)} fields, found {len(fields)}")
        yield where, {column: fields[place] for column, place in found.items()}


def beside(path: Path, other: Path) -> list[tuple[str, str, str]]:
    """The lines of a file, each with `file:line` and the line of another that belongs to it.

    Raises BadData where one has more lines. A line may be empty.
    """
    lines, others = (text_of(file).removesuffix("\n").split("\n") for file in (path, other))
    if len(lines) != len(others):
        raise BadData(f"{other}: expected {len(lines)} lines as {path}, found {len(others)}")
    pairs = enumerate(zip(lines, others, strict=True), start=1)
    return [(f"{path}:{number}", *both) for number, both in pairs]

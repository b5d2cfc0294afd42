"""A table in the format that a file or a terminal asks for."""

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from benchsuite.errors import WrongCall, near
from benchsuite.files.write import write_bytes
from benchsuite.publish.escape import in_markdown, in_spreadsheet
from benchsuite.publish.notes import in_words


def markdown(table: pd.DataFrame) -> str:
    """A GitHub table; numbers right, with three decimals, pipes escaped."""
    columns = [in_markdown(str(name)) for name in table.columns]
    rule = ["--:" if pd.api.types.is_numeric_dtype(kind) else "---" for kind in table.dtypes]
    rows = [[_text(value) for value in row] for row in table.itertuples(index=False, name=None)]
    lines = [columns, rule, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.3f}" if isinstance(value, float) else in_markdown(str(value))


def _csv(table: pd.DataFrame) -> bytes:
    texts = [name for name, kind in table.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    safe = table.assign(**{str(name): table[name].map(_cell) for name in texts})
    text: str = safe.rename(columns=_cell).to_csv(index=False, lineterminator="\n")
    return text.encode()


def _cell(value: Any) -> Any:
    return in_spreadsheet(value) if isinstance(value, str) else value


def _json(table: pd.DataFrame) -> bytes:
    text = table.to_json(orient="records", indent=1, double_precision=15, force_ascii=False)
    return (text + "\n").encode()


def _parquet(table: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    table.to_parquet(sink, index=False, compression="zstd")
    return sink.getvalue()


FORMATS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "csv": _csv,
    "json": _json,
    "md": lambda table: markdown(table).encode(),
    "parquet": _parquet,
}


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write `table` in the format of the file's ending. Raises WrongCall for another ending."""
    write_bytes(path, encode(table, path.suffix.lstrip(".")))


def check_ending(path: Path) -> None:
    """Raise WrongCall unless tables can be written in the format of the file's ending."""
    _format(path.suffix.lstrip("."))


def encode(table: pd.DataFrame, ending: str) -> bytes:
    """`table` as csv, json, md (or markdown) or parquet. Raises WrongCall for another ending."""
    return _format(ending)(in_words(table))


def _format(ending: str) -> Callable[[pd.DataFrame], bytes]:
    ending = {"markdown": "md"}.get(ending, ending)
    if ending not in FORMATS:
        raise WrongCall(f"no format is called '{ending}'{near(ending, list(FORMATS))}")
    return FORMATS[ending]

"""A table in the format that a file or a terminal asks for."""

import io
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.cells import cell_len, set_cell_size

from benchsuite.errors import WrongCall, near
from benchsuite.estimation.wording import in_words
from benchsuite.files.write import write_bytes
from benchsuite.publishing.escape import in_json, in_markdown, in_spreadsheet
from benchsuite.publishing.tex import in_latex


@dataclass(frozen=True)
class Bold:
    """A cell that stands out where a format has bold letters."""

    text: str

    def __str__(self) -> str:
        return self.text


def markdown(table: pd.DataFrame, aligned: bool = False) -> str:
    """A GitHub table; numbers right, with three decimals, pipes escaped.

    `aligned` pads the cells, so that a person can read the text as it is.
    """
    columns = [in_markdown(str(name)) for name in table.columns]
    rule = ["--:" if pd.api.types.is_numeric_dtype(kind) else "---" for kind in table.dtypes]
    rows = [[_text(value) for value in row] for row in table.itertuples(index=False, name=None)]
    lines = [columns, rule, *rows]
    if aligned:
        widths = [max(cell_len(line[i]) for line in lines) for i in range(len(columns))]
        lines = [
            [set_cell_size(text, width) for text, width in zip(line, widths, strict=True)]
            for line in lines
        ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def latex(table: pd.DataFrame) -> str:
    """A LaTeX `tabular` of booktabs; numbers right, with three decimals, everything escaped."""
    kinds = ["r" if pd.api.types.is_numeric_dtype(kind) else "l" for kind in table.dtypes]
    rows = [_latex_row(values) for values in table.itertuples(index=False, name=None)]
    lines = [
        rf"\begin{{tabular}}{{{''.join(kinds)}}}",
        r"\toprule",
        _latex_row(table.columns),
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _latex_row(values: Iterable[Any]) -> str:
    cells = [_latex_cell(value) for value in values]
    # Behind the end of a row, TeX reads a bracket or a star as its option.
    guard = "{}" if cells[0].startswith(("[", "*")) else ""
    return rf"{guard}{' & '.join(cells)} \\"


def _latex_cell(value: Any) -> str:
    text = in_latex(plain(value))
    return rf"\textbf{{{text}}}" if isinstance(value, Bold) else text


def plain(value: object) -> str:
    """A cell as text: a float with three decimals, nothing for a missing value."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _text(value: object) -> str:
    return in_markdown(plain(value))


def _csv(table: pd.DataFrame) -> bytes:
    texts = [name for name, kind in table.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    safe = table.assign(**{str(name): table[name].map(_cell) for name in texts})
    text: str = safe.rename(columns=_cell).to_csv(index=False, lineterminator="\n")
    return text.encode()


def _cell(value: Any) -> Any:
    return in_spreadsheet(value) if isinstance(value, str) else value


def _json(table: pd.DataFrame) -> bytes:
    text = table.to_json(orient="records", indent=1, double_precision=15, force_ascii=False)
    return (in_json(text) + "\n").encode()


def _parquet(table: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    table.to_parquet(sink, index=False, compression="zstd")
    return sink.getvalue()


FORMATS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "csv": _csv,
    "json": _json,
    "md": lambda table: markdown(table).encode(),
    "parquet": _parquet,
    "tex": lambda table: latex(table).encode(),
}


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write `table` in the format of the file's ending. Raises WrongCall for another ending."""
    write_bytes(path, encode(table, path.suffix.lstrip(".")))


def check_ending(path: Path) -> None:
    """Raise WrongCall unless tables can be written in the format of the file's ending."""
    _format(path.suffix.lstrip("."))


def encode(table: pd.DataFrame, ending: str) -> bytes:
    """`table` as csv, json, md, parquet or tex. Raises WrongCall for another ending."""
    return _format(ending)(in_words(table))


def _format(ending: str) -> Callable[[pd.DataFrame], bytes]:
    ending = {"markdown": "md"}.get(ending, ending)
    if ending not in FORMATS:
        raise WrongCall(f"no format is called '{ending}'{near(ending, list(FORMATS))}")
    return FORMATS[ending]

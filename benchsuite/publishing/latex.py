"""Tables for a paper: LaTeX with booktabs, in bold the best and what ties with it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd

from benchsuite.boards.board import MEASURED
from benchsuite.files.write import slug
from benchsuite.publishing.escape import line
from benchsuite.publishing.formats import Bold, latex
from benchsuite.publishing.narrow import narrow
from benchsuite.publishing.pages import intervals_of_others
from benchsuite.publishing.site.boards import comes_with_the_task
from benchsuite.publishing.tex import in_latex
from benchsuite.publishing.views import (
    Cells,
    Names,
    headlines,
    names_apart,
    once,
    suite_names,
    view,
    without_value,
)
from benchsuite.publishing.words import cell, legend

PREAMBLE: Final = "% The preamble needs \\usepackage{booktabs}."
BOLD: Final = "Bold: the best, and each whose set of ranks includes the first"
STAND_IN: Final = "The dataset is a small stand-in that comes with the task: compare with no paper."
BRACKETS: Final = "Brackets are 95 % intervals"


def board_tables(table: pd.DataFrame, by: str, metric: str) -> str:
    """A view of each dataset of a tidy table, as floats of LaTeX with captions and labels.

    Numbers that others published stand in a table for each protocol: their ranks are not
    comparable. Their sources are comments.

    by, metric  as in `views.view`
    """
    return "\n".join([PREAMBLE, *_floats(names_apart(table), by, metric)])


def _floats(table: pd.DataFrame, by: str, metric: str) -> Iterator[str]:
    for task, rows in table.groupby("task", sort=False):
        names = suite_names(str(task))
        protocols = rows["protocol"].where(rows["source"] != MEASURED, "")
        for (dataset, protocol), part in rows.groupby(["dataset", protocols], sort=False):
            own = "" if by == "overall" else metric or headlines(part)[str(dataset)]
            about = [text for text in (str(task), str(dataset), str(protocol), by, own) if text]
            shown = once(view(part, by, metric, names, _cells(part)))
            if len(shown):
                yield from _sources(part) if protocol else ()
                yield from _tables(shown, about, _caption(part, shown, by, names))


def _cells(rows: pd.DataFrame) -> Cells:
    """What a cell shows: in bold what may be the best of several models."""
    alone = rows["run_id"].nunique() < 2

    def shown(row: Any) -> Any:
        return cell(row) if alone or not _may_be_best(row) else Bold(cell(row))

    return shown


def _may_be_best(row: Any) -> bool:
    """Whether the data does not rule out that a row is the best, or whether it is, without it."""
    low = row.rank if pd.isna(row.rank_low) else row.rank_low
    return bool(low == 1)


def _caption(part: pd.DataFrame, shown: pd.DataFrame, by: str, names: Names) -> list[str]:
    measured = bool((part["source"] == MEASURED).all())
    stand_in = comes_with_the_task(str(part["task"].iloc[0]), str(part["dataset"].iloc[0]))
    left_out = without_value(part) if by == "overall" else {}
    first = BRACKETS if measured else intervals_of_others(part)
    return [*([STAND_IN] if stand_in else ()), first, BOLD, *legend(shown, names, left_out)]


def _sources(part: pd.DataFrame) -> Iterator[str]:
    for model, source in part[["model", "source"]].drop_duplicates().itertuples(index=False):
        yield f"% {line(f'{model}: {source}')}"


def _tables(shown: pd.DataFrame, about: Sequence[str], told: Sequence[str]) -> Iterator[str]:
    for number, part in enumerate(narrow(shown), start=1):
        caption = in_latex(". ".join(text.rstrip(".") for text in (", ".join(about), *told)))
        label = "".join(c if c.isalnum() else "-" for c in slug("-".join(about)))
        if part.left_out:
            yield f"% {line(part.left_out)}"
        yield (
            "\\begin{table}\n\\centering\\footnotesize\\setlength{\\tabcolsep}{4pt}\n"
            f"\\caption{{{caption}.}}\n\\label{{tab:{label}-{number}}}\n"
            f"{latex(part.table)}\\end{{table}}\n"
        )

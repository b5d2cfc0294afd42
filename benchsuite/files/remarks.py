"""What a person should know of a table of attributes before they trust its groups and intervals."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from .attributes import Table
from .marks import NUMBER, mark_of

MOST_OF_ONE: Final = 50
"""A text with more rows than that, on average, tells no person or thing apart from others."""
FEW: Final = 12
"""Up to so many different values are categories, whatever they look like."""


_ENTITY = re.compile(
    r"(patient|subject|participant|person|donor|animal|mouse|case|study|exam|volume|video|slide)s?"
    r"[\s_.-]*(id|ids|no|nr|num|number|code|key|uid|name|hash)?",
    re.IGNORECASE,
)
"""What columns are called that say whose samples they are."""


def remarks(table: Table, names: Collection[str], clustered: bool, way: str = "") -> list[str]:
    """What a person should know of these attributes, and of columns that may be clusters.

    Marks that were taken as unknown, values that are spelled almost alike, and ids of patients that
    occur several times while every sample is a cluster of its own. `way` is how a person says what
    the cluster is; `dataset.cluster` if it is empty.
    """
    found, file = list[str](), table.path.name
    for name in names:
        if marks := table.marks.get(name):
            told = f"{sum(marks.values())} values count as unknown ({', '.join(marks)})"
            found.append(f"{file}: {name}: {told}; dataset.known=[...] keeps them")
        found += [
            f"{file}: {name}: {' and '.join(same)} look alike, and are different groups"
            for same in _look_alike(row.get(name, "") for row in table.rows.values())
        ]
    return found if clustered else [*found, *_repeated(table, way)]


def _look_alike(values: Iterable[str]) -> list[list[str]]:
    spelled: dict[str, dict[str, None]] = {}
    for value in values:
        spelled.setdefault(mark_of(value).casefold(), {})[f"'{value}'"] = None
    return [list(same) for same in spelled.values() if len(same) > 1]


def _repeated(table: Table, way: str) -> list[str]:
    """A line for the first column that seems to say whose samples belong together."""
    for column in table.columns:
        known = [row[column] for row in table.rows.values() if row[column]]
        number = len(set(known))
        if number < len(known) and looks_like_ids(column, known):
            return [
                f"{table.path.name}: {column}: {len(known)} samples are of {number}, but every "
                "sample counts as independent: intervals are too narrow, and gates too sure; "
                f"{way or f'dataset.cluster={column}'} draws those of one {column} together"
            ]
    return []


def looks_like_ids(column: str, values: Sequence[str]) -> bool:
    """Whether values tell persons or things apart, of which several samples may be.

    So says the column's name; or there are many values, each with a digit in a text, none of them
    in a large share of the samples.
    """
    number = len(set(values))
    if _ENTITY.fullmatch(column.strip()):
        return number > 2
    texts = all(re.search(r"\d", v) and not NUMBER.fullmatch(v) for v in set(values))
    return texts and number > FEW and len(values) <= MOST_OF_ONE * number

"""The attributes of images, from a table beside them, and which images belong together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData, WrongCall
from benchsuite.files.attributes import Join, Table, check_names, joined, read_attributes
from benchsuite.files.marks import Marks
from benchsuite.files.remarks import remarks

from ..measure import COLUMNS

KEY = "file_name"


@dataclass(frozen=True)
class Asked:
    """What a person says of a table of attributes; the datasets' options of the same names.

    file      the CSV; by default attributes.csv beside the images, if it is there
    groups    the columns that are attributes; by default all of them
    cluster   the column that says which images are drawn together; each by itself if it is empty
    missing   marks of values that are not known, beside the usual ones
    known     usual marks that are values here
    unlisted  what becomes of images without a row: refuse, keep (in no group), or skip
    needed    columns that the dataset itself reads, if they are there
    """

    file: str | None = None
    groups: Sequence[str] = ()
    cluster: str = ""
    missing: Sequence[Any] = ()
    known: Sequence[Any] = ()
    unlisted: str = "refuse"
    needed: Sequence[str] = ()


@dataclass(frozen=True)
class Described:
    """What a table says of images, by name; `skipped` are to be left out."""

    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


def described(folder: Path, images: Mapping[str, Sequence[str]], asked: Asked) -> Described:
    """What the table in a folder, or the one that is asked for, says of `images`.

    `images` gives what a row may call each, the best name first. Raises BadData as
    `read_attributes` and `joined`, for an attribute whose name the suite needs, and for a cluster
    that is not known.
    """
    path = Path(asked.file) if asked.file else folder / "attributes.csv"
    if not asked.file and not path.is_file():
        if asked.cluster or asked.groups:
            raise BadData(f"{path}: expected the table that has the columns, found no file")
        return Described()
    if isinstance(asked.groups, str):
        raise WrongCall(f"dataset.groups: expected a list ([{asked.groups}])")
    wanted = [*asked.groups, *filter(None, [asked.cluster])]
    table = read_attributes(path, KEY, wanted, Marks(asked.missing, asked.known))
    join = joined(table, images, asked.unlisted)
    names = [name for name in table.columns if _is_attribute(name, asked)]
    check_names(path, names, COLUMNS)
    notes = [*join.notes(), *remarks(table, names, clustered=bool(asked.cluster))]
    made = described_by(join, names, asked.unlisted, notes)
    return replace(made, clusters=_clusters(join, asked.cluster)) if asked.cluster else made


def _is_attribute(column: str, asked: Asked) -> bool:
    if asked.groups:
        return column in asked.groups or column in asked.needed
    return column != asked.cluster


def described_by(
    join: Join, names: Sequence[str], unlisted: str, warnings: Sequence[str]
) -> Described:
    """The known values of these attributes, by image, and which images are skipped."""
    rows = join.table.rows
    attributes = {
        image: {name: value for name in names if (value := rows[key].get(name, ""))}
        for image, key in join.rows.items()
    }
    skipped = frozenset(join.bare if unlisted == "skip" else ())
    return Described(attributes, skipped=skipped, warnings=tuple(warnings))


def _clusters(join: Join, column: str) -> dict[str, str]:
    table: Table = join.table
    for key in join.rows.values():
        if not table.rows[key][column]:
            raise BadData(f"{table.places[key]}: {column}: expected the cluster that the image "
                          "belongs to, found none")  # fmt: skip
    return {image: table.rows[key][column] for image, key in join.rows.items()}

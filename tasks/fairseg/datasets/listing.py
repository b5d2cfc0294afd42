"""What a table lists of a directory: the rows of a split, and the image of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.files.attributes import Join, check_names, joined, read_attributes
from benchsuite.files.images import IMAGES, by_stem
from benchsuite.files.marks import Marks
from benchsuite.files.names import forms
from benchsuite.files.remarks import remarks

from .columns import Columns, Rows


@dataclass(frozen=True)
class Listing:
    """The rows of a split and the image of each, by id; the join of the whole table.

    asked  the columns that a person names as attributes
    """

    join: Join
    rows: Rows
    images: dict[str, Path]
    asked: Sequence[str]

    def warnings(
        self, samples: Sequence[Sample], taken: Collection[str], clustered: bool
    ) -> tuple[str, ...]:
        """What to know of the attributes. Raises BadData for one whose name is `taken`."""
        names = sorted({name for sample in samples for name in sample.attributes})
        check_names(self.join.table.path, names, taken)
        shown = dict.fromkeys([*names, *self.asked])  # all values of one may be unknown
        return (*self.join.notes(), *remarks(self.join.table, list(shown), clustered))


def listing(root: Path, columns: Columns, marks: Marks, split: str, unlisted: str) -> Listing:
    """The images of `root/images` that `root/attributes.csv` lists, with their rows.

    A row names its image without suffix or with it; its folder is no part of the sample's id.
    Raises BadData as `joined`, and for a row without an image.
    """
    folder = root / "images"
    table = read_attributes(root / "attributes.csv", columns.id, columns.named, marks)
    files = [file.name for file in by_stem(folder, IMAGES).values()]
    join = joined(table, {one: _names(one) for one in files}, unlisted)
    rows = _rows(join, split, unlisted == "keep")
    found = {key: folder / name for name, key in join.rows.items()}
    found |= {Path(name).stem: folder / name for name in join.bare}
    for key in rows:
        if key not in found:
            raise BadData(f"{folder}: expected a file for '{key}' of attributes.csv, found none")
    asked = [*columns.groups, *columns.halves]
    images = {_sample_id(key): found[key] for key in rows}
    return Listing(join, {_sample_id(key): row for key, row in rows.items()}, images, asked)


def _names(file: str) -> tuple[str, ...]:
    path, bare, _, _, *below = forms(file)  # an id has no suffix as a rule
    return bare, path, *below


def _sample_id(key: str) -> str:
    return key.replace("\\", "/").rpartition("/")[2]


def _rows(join: Join, split: str, keep: bool) -> Rows:
    """The rows of the split, and where they are kept, those of images that have none."""
    rows, path = join.table.rows, join.table.path
    if split and not (split == "train" and "split" not in join.table.columns):
        found = {key: row for key, row in rows.items() if row.get("split") == split}
        if not found:
            values = sorted({row.get("split", "no column") for row in rows.values()})
            raise BadData(f"{path}: split: expected rows with '{split}', found {', '.join(values)}")
        return found
    unknown = dict.fromkeys(next(iter(rows.values())), "")
    return {**rows, **({Path(name).stem: unknown for name in join.bare} if keep else {})}

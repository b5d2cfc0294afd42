"""MMVP-VLM (Tong et al., arXiv 2401.06209): 135 groups of 2×2 in nine visual patterns.

A folder in the layout of MMVP/MMVP_VLM: `Questions.csv` with the columns Question ID, Type and
Statement, two neighbouring rows per group. Images are `MLLM_VLM Images/<Type>/<Question ID>.jpg`.
"""

from collections.abc import Mapping
from pathlib import Path

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.files.marks import Marks
from benchsuite.files.sources import inside
from benchsuite.files.table import csv_rows

from .groups import Group, of_files

COLUMNS = ("Question ID", "Type", "Statement")
IMAGES = "MLLM_VLM Images"


def mmvp_vlm(path: str, name: str = "mmvp-vlm") -> Dataset:
    """The groups, with the visual pattern as attribute `pattern`.

    Raises BadData where the number of rows is odd, or two rows of a group differ in their type.
    """
    folder = Path(path)
    file = folder / "Questions.csv"
    rows = csv_rows(file, COLUMNS)
    if len(rows) % 2:
        raise BadData(f"{file}: expected an even number of rows, two a group, found {len(rows)}")
    images = folder / IMAGES if (folder / IMAGES).is_dir() else folder
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return of_files(name, [_group(images, first, second) for first, second in pairs])


def _group(images: Path, *rows: tuple[str, Mapping[str, str]]) -> Group:
    (where, first), (_, second) = rows
    if first["Type"] != second["Type"]:
        raise BadData(
            f"{where}: expected two rows of one type, found "
            f"'{first['Type']}' and '{second['Type']}'"
        )
    both = (first, second)
    return Group(
        where=where,
        id=f"{first['Question ID']}-{second['Question ID']}",
        images=[inside(where, images, f"{q['Type']}/{q['Question ID']}.jpg") for q in both],
        captions=[q["Statement"] for q in both],
        attributes=Marks().without_unknown({"pattern": first["Type"]}),
    )

"""What a file is at first sight: by how it begins, without reading all of it."""

import math
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from benchsuite.errors import BadData
from benchsuite.files.packed import head_of
from benchsuite.files.text import number

HEAD: Final = 65536
"""Characters of a file that are looked at."""
BLANKS: Final = "\ufeff \t\r\n"
RUN_COLUMNS: Final = 6
"""Of a TREC run: query, Q0, document, rank, score, tag."""


def first_line(path: Path) -> str:
    """The first line of a file that is not blank."""
    return head_of(path, HEAD).lstrip(BLANKS).partition("\n")[0].rstrip(BLANKS)


def begins_as_json(path: Path) -> bool:
    """Whether a file begins with an object or a list of JSON."""
    return first_line(path).startswith(("{", "["))


def is_trec_run(path: Path) -> bool:
    """Whether the first line is one of a TREC run: a whole rank, then a score, in their places."""
    line = first_line(path)
    columns = line.split("\t") if line.count("\t") == RUN_COLUMNS - 1 else line.split()
    if len(columns) != RUN_COLUMNS or not columns[3].isdecimal():
        return False
    with suppress(BadData):
        return math.isfinite(number(str(path), "score", columns[4]))
    return False


def is_coco_results(path: Path) -> bool:
    """Whether a file is a list of detections as COCO has them."""
    head = head_of(path, HEAD).lstrip(BLANKS)
    keys = ("image_id", "category_id", "score")
    return head.startswith("[") and all(re.search(rf'"{key}"\s*:', head) for key in keys)

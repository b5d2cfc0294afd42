"""A contact sheet shows one picture under every condition: rows are names, columns severities."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Sample
from benchsuite.errors import WrongCall
from benchsuite.files.images import png_bytes
from benchsuite.files.write import write_bytes

MARGIN: Final = 8
"""Pixels around a picture."""
LABELS: Final = 190
"""Pixels of the column of names."""
TEXT: Final = 15
"""Height of the letters, in pixels."""

Pixels = NDArray[np.uint8]


def of_field(conditions: Iterable[Condition], field: str) -> list[Condition]:
    """The conditions that alter `field`. Raises WrongCall if there are none."""
    known = [condition for condition in conditions if condition.of == "inputs"]
    found = [condition for condition in known if condition.alter and condition.field == field]
    if not found:
        fields = ", ".join(sorted({c.field for c in known if c.field})) or "none"
        raise WrongCall(f"show: no condition alters '{field}' (fields that are altered: {fields})")
    return found


def write_sheet(
    path: Path, picture: Pixels, conditions: Sequence[Condition], seed: int, width: int
) -> None:
    """Write the contact sheet of `conditions` as a PNG; each picture on it is `width` pixels wide.

    A condition alters the picture at its own size; the result is then shrunk to be shown.
    """
    sheet = contact_sheet(picture, conditions, seed, width)
    write_bytes(path, png_bytes(np.asarray(sheet)))


def contact_sheet(
    picture: Pixels, conditions: Sequence[Condition], seed: int, width: int
) -> Image.Image:
    """The sheet: first a row with the picture as it is, then one row for each name."""
    rows: dict[str, list[Condition]] = {}
    for condition in conditions:
        rows.setdefault(f"{condition.kind}/{condition.name}", []).append(condition)
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    columns = max(max(1, c.severity) for c in conditions)
    grid = _Grid(width, height)
    sheet = Image.new("RGB", grid.corner(len(rows) + 1, columns + 1), "white")
    for column in range(1, columns + 1):
        _write(sheet, (grid.corner(0, column)[0], MARGIN), f"severity {column}")
    for row, members in enumerate([[CLEAN], *rows.values()]):
        left, top = MARGIN, grid.corner(row, 1)[1]
        _write(sheet, (left, top), f"{members[0].name or members[0].kind}\n{members[0].family}")
        for condition in members:
            altered = Image.fromarray(_altered(picture, condition, seed)).convert("RGB")
            shown = altered.resize((width, height), Image.Resampling.LANCZOS)
            sheet.paste(shown, grid.corner(row, max(1, condition.severity)))
    return sheet


@dataclass(frozen=True)
class _Grid:
    width: int
    height: int

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """Left and top of a picture; columns count from 1, as severities do."""
        left = LABELS + (column - 1) * (self.width + MARGIN)
        return left, TEXT + 2 * MARGIN + row * (self.height + MARGIN)


def _write(sheet: Image.Image, corner: tuple[int, int], text: str) -> None:
    ImageDraw.Draw(sheet).multiline_text(corner, text, "black", ImageFont.load_default(TEXT))


def _altered(picture: Pixels, condition: Condition, seed: int) -> Any:
    field = condition.field or "image"
    sample = Sample("picture", {field: picture}, truth=None)
    return condition.view(seed, "show", sample).fields[field]

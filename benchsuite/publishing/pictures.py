"""Pictures of samples on one sheet, each above its caption."""

import textwrap
from collections.abc import Sequence
from math import ceil
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchsuite.errors import WrongCall
from benchsuite.files.images import fitted, png_bytes
from benchsuite.publishing.escape import line
from benchsuite.publishing.sheet import MARGIN, TEXT
from benchsuite.task import Look

SIDE: Final = 320
"""Pixels of a picture's longer side."""
COLUMNS: Final = 4
LETTERS: Final = 40
"""Letters in a line of a caption."""
LINES: Final = 3
"""Lines of a caption."""


def sheet(looks: Sequence[tuple[str, Look]]) -> bytes:
    """A PNG of the pictures, from left to right, and their key. Raises WrongCall without any."""
    pictures = [(caption, look.picture) for caption, look in looks if look.picture is not None]
    if not pictures:
        raise WrongCall("samples: there is no picture to draw; FILE.html holds table and texts")
    columns = min(COLUMNS, len(pictures))
    step = SIDE + MARGIN
    row = step + LINES * (TEXT + 4)
    keys = "; ".join(dict.fromkeys(look.key for _, look in looks if look.key))
    lowest = MARGIN + ceil(len(pictures) / columns) * row
    size = (MARGIN + columns * step, lowest + (TEXT + 2 * MARGIN if keys else 0))
    made = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(made), ImageFont.load_default(TEXT)
    for place, (caption, picture) in enumerate(pictures):
        left, top = MARGIN + place % columns * step, MARGIN + place // columns * row
        shown = Image.fromarray(fitted(picture, SIDE, SIDE))
        made.paste(shown, (left, top))
        words = textwrap.wrap(line(caption), LETTERS)[:LINES]
        draw.multiline_text((left, top + SIDE + 2), "\n".join(words), "black", font)
    draw.text((MARGIN, lowest), line(keys), "black", font)
    return png_bytes(np.asarray(made))

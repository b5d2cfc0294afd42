"""What a group looks like: its images side by side, its captions, and the scores between them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import wrap
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, Sample
from benchsuite.task import SMALL, Look

from ..datasets.groups import Truth
from ..metrics import Scores, best_matching

TRUTH: Final = (0, 114, 178)
CHOSEN: Final = (245, 212, 128)
"""Blue of Okabe and Ito's set for a frame, and their orange, made light, for what is filled: the
right caption is framed and the chosen one is filled, so that nothing rests on colour alone."""
WIDE: Final = 1024
"""Pixels that images share where there are many."""
SIDE: Final = 192
"""Pixels of an image's side where there are few. A sheet shows a picture 320 pixels wide."""
CELL: Final = (76, 24)
"""Least width, and height, of a cell of the matrix in pixels."""
GAP: Final = 10
FONT: Final = 16
LETTERS: Final = 46
"""Of a line of a caption, of which three are shown."""
LEGEND: Final = "framed: the right caption; filled: that of the model's best matching"


def look(sample: Sample, view: Inputs, row: Mapping[str, Any], shared: Mapping[str, Any]) -> Look:
    """The images as the model sees them, the captions, and the matrix of scores.

    Image i stands in row i, and its caption in column i. Captions of no image come last. Scores are
    the mean over repeats. A dataset of embeddings or names has no images, and only the text.
    """
    group = _Group(sample.truth, view.fields, row["scores"])
    text = "\n".join(group.lines())
    if "images" not in view.fields:
        return Look(text)
    return Look(text, _drawn(group), LEGEND, _tiled(group))


@dataclass(frozen=True, eq=False)
class _Group:
    """A group in the order of its source; `stored` are its scores as a row of statistics."""

    truth: Truth
    fields: Mapping[str, Any]
    stored: Sequence[float]

    @cached_property
    def scores(self) -> Scores:
        """(m, k), the caption of image i in column i."""
        every = np.asarray(self.stored, dtype=np.float32).reshape(-1, *self.truth.shape)
        return np.asarray(every.mean(axis=0)[:, self.truth.columns], dtype=np.float32)

    @cached_property
    def chosen(self) -> list[int]:
        """The caption of each image in the best matching; -1 where two matchings are as good."""
        best, margin = best_matching(self.scores[None])
        found: list[int] = best[0].tolist()
        return found if margin[0] > 0 else [-1] * len(found)

    @property
    def images(self) -> list[NDArray[np.uint8]]:
        """uint8 RGB (H, W, 3) each."""
        return [np.asarray(self.fields["images"][p]) for p in np.argsort(self.truth.images)]

    @property
    def captions(self) -> list[str]:
        """The texts; letters stand for those of a dataset of embeddings."""
        if "captions" not in self.fields:
            return ["" for _ in self.truth.columns]
        place = np.argsort(self.truth.captions)
        shown = [self.fields["captions"][place[c]] for c in self.truth.columns]
        return [" ".join(caption.split()) for caption in shown]

    def named(self) -> Iterator[list[str]]:
        """The lines of each caption, behind its letter."""
        for column, caption in enumerate(self.captions):
            lines = wrap(caption, LETTERS, max_lines=3, placeholder=" …") or [""]
            yield [f"{letter(column)}  {lines[0]}", *(f"    {line}" for line in lines[1:])]

    def lines(self) -> Iterator[str]:
        """The captions and the matrix: [ ] the right caption of an image, * the chosen one."""
        for caption in self.named():
            yield from (line.rstrip() for line in caption)
        yield "".join(
            [" " * 9, *(f"{letter(c):>10}  " for c in range(len(self.captions)))]
        ).rstrip()
        for i, row in enumerate(self.scores):
            cells = []
            for c, score in enumerate(row):
                text = f"[{score:.5g}]" if c == i else f"{score:.5g} "
                cells.append(f"{text:>11}{'*' if self.chosen[i] == c else ' '}")
            yield f"image {i + 1:<3}{''.join(cells)}".rstrip()
        yield "[ ] the right caption, * the model's best matching"


def letter(column: int) -> str:
    """`A` for the first caption, `Z` for the 26th, and `27` for the next."""
    return chr(ord("A") + column) if column < 26 else str(column + 1)


def _drawn(group: _Group) -> NDArray[np.uint8]:
    from PIL import Image, ImageDraw, ImageFont

    captions = [line for caption in group.named() for line in caption]
    rows, columns = group.scores.shape
    side = min(SIDE, WIDE // rows)
    font = ImageFont.load_default(FONT)
    wide = max(CELL[0], *(int(font.getlength(f"{s:.5g}")) + 2 * GAP for s in group.scores.flat))
    width = max(rows * (side + GAP), wide * (columns + 1), LETTERS * FONT // 2) + GAP
    below = side + 2 * GAP + FONT
    height = below + len(captions) * (FONT + 4) + CELL[1] * (rows + 1) + 2 * GAP
    canvas = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(canvas)
    for i, image in enumerate(group.images):
        tile = _sized(image, side)
        left = GAP + i * (side + GAP)
        canvas.paste(tile, (left, GAP))
        draw.text((left, side + GAP), f"{i + 1}", "black", font)
    for n, line in enumerate(captions):
        draw.text((GAP, below + n * (FONT + 4)), line, "black", font)
    _matrix(draw, group, font, (wide, below + len(captions) * (FONT + 4) + GAP))
    return np.asarray(canvas)


def _tiled(group: _Group) -> NDArray[np.uint8]:
    """The images alone, each above the letters of its right caption and of the chosen one."""
    from PIL import Image, ImageDraw, ImageFont

    columns = math.ceil(math.sqrt(len(group.images)))
    step, font = SMALL // columns, ImageFont.load_default(FONT)
    side = step - GAP // 2
    high = side + FONT + GAP
    canvas = Image.new("RGB", (SMALL, math.ceil(len(group.images) / columns) * high), "white")
    draw = ImageDraw.Draw(canvas)
    for i, image in enumerate(group.images):
        left, top = i % columns * step, i // columns * high
        canvas.paste(_sized(image, side), (left, top))
        for place, column in enumerate([i, group.chosen[i]]):
            if column < 0:  # a tie chooses nothing
                continue
            x, y = left + place * 2 * FONT, top + side + 2
            box = (x + 2, y, x + 2 * FONT - 4, y + FONT + 4)
            draw.rectangle(box, **({"fill": CHOSEN} if place else {"outline": TRUTH, "width": 3}))
            draw.text((x + FONT - 1, y + 2), letter(column), "black", font, anchor="ma")
    return np.asarray(canvas)


def _sized(image: NDArray[np.uint8], side: int) -> Any:
    """Pillow's image whose longer side has so many pixels; small ones are grown."""
    from PIL import Image

    made = Image.fromarray(image).convert("RGB")
    scale = side / max(made.size)
    size = (max(1, round(made.width * scale)), max(1, round(made.height * scale)))
    return made.resize(size, Image.Resampling.BICUBIC)


def _matrix(draw: Any, group: _Group, font: Any, place: tuple[int, int]) -> None:
    """Draw the scores; `place`: the width of a cell, and where the matrix begins."""
    (wide, top), high = place, CELL[1]
    for i, row in enumerate([None, *group.scores]):
        y = top + i * high
        if row is not None:
            draw.text((GAP, y + 2), f"image {i}", "black", font)
        for c in range(len(group.captions)):
            x = GAP + (c + 1) * wide
            text = letter(c) if row is None else f"{row[c]:.5g}"
            box = (x, y + 1, x + wide - 6, y + high - 3)
            if row is not None and group.chosen[i - 1] == c:
                draw.rectangle(box, CHOSEN)
            if row is not None and c == i - 1:
                draw.rectangle(box, outline=TRUTH, width=3)
            draw.text((x + wide - 12, y + 2), text, "black", font, anchor="ra")

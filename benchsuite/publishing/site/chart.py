"""A figure of a site: a picture as inline SVG, and the table behind it.

A picture has no colour of its own. Its parts have classes, which `pages/charts.css` colours by the
variables below, for a light and a dark page. Whoever shows a picture outside a site adds that file.

    --c0 … --c7   series, in the order of Okabe and Ito (2008); class `c0` … `c7` on a part or group
    --ink         text and what stands out; class `ink`
    --faint       secondary text, and series that are not named; class `faint`
    --rule        axes, ticks and lines of the grid; class `rule`
    --band        what chance allows, and rows that are alike; class `band`
    --paper       the page behind a picture; class `paper`
"""

from dataclasses import dataclass

import pandas as pd

__all__ = ["Chart"]


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure of a board.

    name     the name of its table's files, unique on a page: `curves`
    title    what a heading says
    caption  what it shows, in a sentence with the main number; also the picture's description
    svg      the picture: no script, no outside reference, text as text
    table    what is drawn, one row per mark
    """

    name: str
    title: str
    caption: str
    svg: str
    table: pd.DataFrame

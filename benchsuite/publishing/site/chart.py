"""A figure of a site: a picture as inline SVG, and the table behind it.

A picture has no colour of its own. Its parts have classes, which `pages/charts.css` colours by the
variables below, for a light and a dark page. The page's own style defines those that it shares.

    --c0 … --c7   series, in the order of Okabe and Ito (2008), as dark or bright as 3:1 on the page
                  needs; defined in `charts.css`. Class `c0` … `c7` on a part
    --ink         text, and lines that matter (class `mark`)
    --faint       secondary text, series that are not named (class `faint`), ranks (class `bar`)
    --rule        lines of the grid (class `rule`), and what chance gives (class `chance`)
    --band        behind rows that are alike; class `band`
    --paper       the page: the inside of a hollow dot

A part of a series is `line`, `thin`, `pale` or `wide`; `dot`, `hollow` or `area`. The cells of a
heat map are `s0` … `s8`, steps of cividis that are the same on every page.
"""

from dataclasses import dataclass

import pandas as pd


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

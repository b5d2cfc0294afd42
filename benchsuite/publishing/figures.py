"""Figures: one way to draw and to write them, so that the same data gives the same bytes."""

import io
import os
import sys
import warnings
from typing import Any, Final

from benchsuite.errors import needing
from benchsuite.publishing.escape import line

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Colours that people with a colour vision deficiency tell apart (Okabe and Ito 2008)."""
MARKERS: Final = "osD^vP"
"""One for each round of the colours, so that no two series look alike."""

LONGEST: Final = 48
"""Characters of a name in a figure: its beginning, and its end."""


def in_figure(name: str) -> str:
    """A name as one printable line that leaves room for the figure."""
    told = line(name)
    if len(told) <= LONGEST:
        return told
    return f"{told[: LONGEST - LONGEST // 3 - 1]}…{told[-(LONGEST // 3) :]}"


_UNSTAMPED: Final = {
    "png": {"Software": ""},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
"""A file of the format without what matplotlib would note beside the picture."""


def pyplot() -> Any:
    """matplotlib's pyplot: without a display, or as the person or a notebook has chosen.

    Raises NotAvailable where it is not installed.
    """
    with needing("a figure", "benchsuite[figures]"):
        import matplotlib as mpl
    if "MPLBACKEND" not in os.environ and "matplotlib.pyplot" not in sys.modules:
        mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "benchsuite"
    mpl.rcParams["pdf.fonttype"] = 42  # journals refuse the fonts of type 3
    mpl.rcParams["text.parse_math"] = False  # names come from other people's files
    from cycler import cycler
    from matplotlib import pyplot as plt

    mpl.rcParams["axes.prop_cycle"] = cycler(color=COLOURS)

    return plt


def image_bytes(figure: Any, ending: str = "png", dpi: int = 120) -> bytes:
    """The figure as an image file, without date or software; the figure is closed."""
    sink = io.BytesIO()
    with warnings.catch_warnings():
        # A box stands for a character that no font here has: the page has the name as text.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        figure.savefig(sink, format=ending, dpi=dpi, metadata=_UNSTAMPED[ending])
    pyplot().close(figure)
    return sink.getvalue()

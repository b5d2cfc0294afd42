"""Figures: one way to draw and to write them, so that the same data gives the same bytes."""

import io
from typing import Any

from benchsuite.errors import needing


def pyplot() -> Any:
    """matplotlib's pyplot, without a display. Raises NotAvailable where it is not installed."""
    with needing("a figure", "benchsuite[figures]"):
        import matplotlib as mpl
    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "benchsuite"
    from matplotlib import pyplot as plt

    return plt


def image_bytes(figure: Any, ending: str = "png", dpi: int = 120) -> bytes:
    """The figure as an image file, without date or software; the figure is closed."""
    sink = io.BytesIO()
    metadata = {"Date": None} if ending == "svg" else {"Software": ""}
    figure.savefig(sink, format=ending, dpi=dpi, metadata=metadata)
    pyplot().close(figure)
    return sink.getvalue()

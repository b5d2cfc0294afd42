"""Maps that a run's statistics keep as PNGs, and folders of such maps: predictions, one a file."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from benchsuite.dataset import Dataset, Lazy
from benchsuite.errors import BadData

from .images import Pixels, read_image
from .maps import maps_by_stem, read_grey
from .names import in_folders, matched
from .sources import Embedded


def kept_map(png: bytes) -> Pixels:
    """The map, uint8 (H, W), that a row of statistics keeps as a PNG."""
    return read_image(Embedded("a kept map", png))


def write_maps(column: str, table: pd.DataFrame, model: str) -> dict[str, bytes]:
    """The maps that a column of a run's statistics keeps, by file: `ID.png`.

    Raises BadData for statistics of an earlier version, which keep none.
    """
    if column not in table:
        raise BadData(f"statistics: expected the column '{column}', found none: the run is of an "
                      "earlier version; run its command again")  # fmt: skip
    done = table[table["error"] == ""]
    return {f"{key}.png": png for key, png in zip(done["sample_id"], done[column], strict=True)}


def read_maps(path: Path, dataset: Dataset) -> Mapping[str, Any]:
    """The grey maps `path/FOLDER/NAME.png` of the samples FOLDER/NAME, read when needed.

    Raises BadData where one lacks.
    """
    files = matched(path, in_folders(path, maps_by_stem), [one.id for one in dataset.samples()])
    return Lazy({key: partial(read_grey, file) for key, file in files.items()})

"""What a sample looks like: the truth's outlines and the prediction's in its image."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchsuite.dataset import Inputs, Sample
from benchsuite.files.kept import kept_map
from benchsuite.task import SMALL, Look

from ..measure import IGNORED, Structures

KEY = "thick, blue: truth; dashed, orange: prediction"


def look(sample: Sample, view: Inputs, row: Mapping[str, Any], shared: Mapping[str, Any]) -> Look:
    """The image with the edges of its labels, and a line of scores for each structure.

    Pixels that are ignored are dark.
    """
    from .outlines import drawn  # OpenCV takes time to import, and few calls draw

    structures = Structures(**shared["structures"])
    stored, found = sample.truth["labels"], kept_map(row["label_map"])
    ignored = (stored == IGNORED) & ("ignore" in shared)
    shown = (view.fields["image"], np.where(ignored, 0, stored), found, ignored)
    named = [name for name in structures.labels if name not in shared.get("absent", ())]
    areas = structures.areas(found)
    scores = (
        f"{name}: Dice {row[f'dice_{name}']:.2f}, IoU {row[f'iou_{name}']:.2f}, HD95 "
        f"{row[f'hd95_{name}']:.1f} px; {areas[name]} pixels found, {row[f'area_{name}']} true"
        for name in named
    )
    return Look("\n".join(scores), drawn(*shown), KEY, drawn(*shown, side=SMALL))

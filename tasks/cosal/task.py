"""The task `cosal`: co-salient object detection, the object that the images of a group share.

Inputs are `image`, uint8 RGB (H, W, 3), and its `seat`; the truth is `mask`, bool (H, W).
"""

from functools import partial
from pathlib import Path

from benchsuite.condition import CLEAN
from benchsuite.perturb import fewer, image
from benchsuite.publishing.panels import look_at_map
from benchsuite.task import Plug, Task

from .datasets.groups import ORIGINS
from .formats import read_maps, write_maps
from .measure import METRICS, measure

_HERE = "benchsuite_tasks.cosal"

TASK = Task(
    name="cosal",
    version=1,
    summary="co-salient objects: max-F, S-measure and MAE of the object that a group shares",
    measure=measure,
    metrics=METRICS,
    datasets={
        "groups-mini": Plug("generated groups of images", f"{_HERE}.datasets.groups:groups_mini"),
        "folders": Plug("CoCA's layout, by class", f"{_HERE}.datasets.groups:folders"),
        "coco": Plug("photographs by COCO's class", f"{_HERE}.datasets.groups:by_category"),
    },
    models={"colours": Plug("contrast of colours", f"{_HERE}.models.together:colours")},
    own=Plug("a function: a group's images to their maps", "benchsuite.learning.together:own_maps"),
    conditions=(CLEAN, *fewer.conditions(), *image.conditions()),
    suite_names=image.SUITE_NAMES,
    redrawn=lambda *how: (*image.clean_and_corrupted(*how), *fewer.conditions()),
    origins=ORIGINS,
    read_predictions=read_maps,
    write_predictions=partial(write_maps, "map"),
    predictions_in_folders=True,
    look=partial(look_at_map, {"S-measure": "s", "MAE": "mae"}),
    conf=Path(__file__).parent / "conf",
    extra="image",
)

"""The task `fairseg`: segment an image, and see who gets the worse segmentation.

A sample is an image. Its input is `image`, uint8 (H, W) grey or (H, W, 3) RGB; its truth is a label
map, uint8 (H, W), 0 is background; a prediction is a label map of the same size. What the labels
mean belongs to the dataset (`structures`), and so do the metrics that it has (`metrics`).
"""

from pathlib import Path

from benchsuite.condition import CLEAN
from benchsuite.perturb import image
from benchsuite.task import Plug, Task

from .draw import draw
from .measure import measure
from .metrics import metric, sample_metrics
from .predictions import read_masks
from .structures import OPTIC

HERE = "benchsuite_tasks.fairseg"

TASK = Task(
    name="fairseg",
    version=1,
    summary="segmentation: Dice, IoU, HD95 of each structure, and how groups share them",
    measure=measure,
    metrics=tuple(metric(name) for name in sample_metrics(OPTIC)),
    metric=metric,
    datasets={
        "fundus-mini": Plug(
            "generated fundus images: optic rim and cup", f"{HERE}.data:fundus_mini"
        ),
        "masks": Plug(
            "a directory of your own: images, label maps or COCO, a CSV of attributes",
            f"{HERE}.folder:masks",
        ),
        "harvard-fairseg": Plug(
            "Harvard-FairSeg, 10,000 subjects: npz files as they are given out",
            f"{HERE}.harvard:harvard_fairseg",
        ),
    },
    models={
        "unet-mini": Plug(
            "a small U-Net, of this repository or trained", f"{HERE}.models.unet:UNet"
        ),
        "sam": Plug("Segment Anything, by a declared prompt", f"{HERE}.models.sam:Sam"),
        "torch": Plug(
            "a declared architecture, your weights", f"{HERE}.models.checkpoint:Checkpoint"
        ),
    },
    conditions=(CLEAN, *image.conditions()),
    redrawn=image.clean_and_corrupted,
    train={
        "unet-mini": Plug(
            "loss=erm, febs or group-dro, over the groups of one attribute",
            f"{HERE}.train:train_unet",
        ),
    },
    draw=draw,
    crossed=(("race", "gender"),),
    read_predictions=read_masks,
    predictions_in_folders=True,
    conf=Path(__file__).parent / "conf",
    extra="fairseg",
)

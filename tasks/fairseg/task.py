"""The task `fairseg`: segment an image, and see who gets the worse segmentation.

A sample is an image. Its input is `image`, uint8 (H, W) grey or (H, W, 3) RGB. Its truth is a label
map, uint8 (H, W), 0 is background. A prediction is a label map of the same size. The dataset says
what the labels mean (`structures`), and which metrics it has.
"""

from functools import partial
from pathlib import Path

from benchsuite.condition import CLEAN
from benchsuite.files.kept import write_maps
from benchsuite.perturb import image
from benchsuite.task import Plug, Task

from .datasets.origins import ORIGINS
from .formats import read_masks
from .measure import OPTIC, measure, perfect
from .metrics import sample_metrics
from .reports.figures import draw
from .reports.look import look
from .reports.papers import PAPERS

HERE = "benchsuite_tasks.fairseg"

TASK = Task(
    name="fairseg",
    version=1,
    summary="segmentation: Dice, IoU, HD95 of each structure, and how groups share them",
    measure=measure,
    perfect=perfect,
    metrics=sample_metrics(OPTIC),
    datasets={
        "fundus-mini": Plug(
            "generated fundus images: optic rim and cup", f"{HERE}.datasets.mini:fundus_mini"
        ),
        "masks": Plug(
            "a directory of your own: images, label maps or COCO, a CSV of attributes",
            f"{HERE}.datasets.masks:masks",
        ),
        "harvard-fairseg": Plug(
            "Harvard-FairSeg, 10,000 subjects: npz files in their authors' layout",
            f"{HERE}.datasets.harvard:harvard_fairseg",
        ),
    },
    origins=ORIGINS,
    papers=PAPERS,
    models={
        "unet-mini": Plug(
            "a small U-Net, of this repository or trained", f"{HERE}.models.unet:UNet"
        ),
        "sam": Plug("Segment Anything, by a declared prompt", f"{HERE}.models.sam:Sam"),
        "torch": Plug("a declared architecture, your weights", f"{HERE}.models.network:Network"),
    },
    own=Plug(
        "a segmenter of your own: a function, a network with its transforms, transformers'",
        f"{HERE}.models.own.model:own",
    ),
    conditions=(CLEAN, *image.conditions()),
    suite_names=image.SUITE_NAMES,
    condition_aliases=image.ALIASES,
    redrawn=image.clean_and_corrupted,
    train={
        "unet-mini": Plug(
            "loss=erm, febs or group-dro, over the groups of one attribute",
            f"{HERE}.training.recipe:train_unet",
        ),
    },
    reports={
        "fairlearn": Plug(
            "means by group, difference and ratio as fairlearn computes them",
            f"{HERE}.reports.frame:fairlearn_report",
        ),
        "leave-one-out": Plug(
            "how scores of groups, their gap and the differences of runs stand without any cluster",
            f"{HERE}.reports.leave_one_out:leave_one_out",
        ),
    },
    draw=draw,
    look=look,
    crossed=(("race", "gender"),),
    read_predictions=read_masks,
    write_predictions=partial(write_maps, "label_map"),
    predictions_in_folders=True,
    conf=Path(__file__).parent / "conf",
    extra="fairseg",
)

"""The task `instance_segmentation`: find the objects of an image, with their classes and masks.

A sample is an image. Its inputs are `image`, uint8 RGB (H, W, 3), read when it is asked for. Its
truth is `height`, `width` and `annotations` as COCO has them, masks as compressed RLE. A prediction
is `Detections`. The statistics hold what became of each detection at each of COCO's IoU thresholds.
Average precision under any weights follows from them.
"""

from pathlib import Path
from typing import Final

from benchsuite.condition import CLEAN
from benchsuite.files.sight import is_coco_results
from benchsuite.perturb import image
from benchsuite.task import Plug, Task

from .datasets.origins import ORIGINS, contents
from .formats import read_results, write_results
from .measure import measure, perfect
from .metrics import METRICS
from .reports.look import look
from .reports.papers import PAPERS

HERE = "benchsuite_tasks.instance_segmentation"

ALIASES: Final = {
    name: prefix + ours
    for kind, called, prefix in (("segm", "mask", ""), ("bbox", "box", "box-"))
    for theirs, ours in {
        "AP": "AP", "AP50": "AP50", "AP75": "AP75", "APs": "AP-small", "APm": "AP-medium",
        "APl": "AP-large", "AR1": "AR1", "AR10": "AR10", "AR100": "AR100", "ARs": "AR-small",
        "ARm": "AR-medium", "ARl": "AR-large", "mAP": "AP", "mAP50": "AP50", "mAP75": "AP75",
    }.items()
    for name in (f"{kind}_{theirs}", f"{called} {theirs}", f"{theirs} {called}")
}  # fmt: skip
"""The names that MMDetection and its kin, and the headers of tables, give to these figures."""

TASK = Task(
    name="instance_segmentation",
    version=1,
    summary="instance segmentation: average precision of masks and boxes",
    measure=measure,
    perfect=perfect,
    metrics=METRICS,
    datasets={
        "scenes-mini": Plug(
            "generated scenes of textured objects; domains night and sketch",
            f"{HERE}.datasets.mini:scenes_mini",
        ),
        "coco": Plug(
            "a directory of your own: images, and annotations in COCO's format",
            f"{HERE}.datasets.coco:coco",
        ),
        "cityscapes": Plug(
            "Cityscapes in its own layout, with COCO's classes",
            f"{HERE}.datasets.driving:cityscapes",
        ),
        "bdd100k": Plug(
            "BDD100K's instance segmentation in its own layout, with COCO's classes",
            f"{HERE}.datasets.driving:bdd100k",
        ),
        "bbbc038": Plug(
            "nuclei of the 2018 Data Science Bowl (CC0), in its own layout or in COCO's",
            f"{HERE}.datasets.nuclei:bbbc038",
        ),
        "pennfudan": Plug(
            "pedestrians of the Penn-Fudan database, in its own layout",
            f"{HERE}.datasets.pennfudan:pennfudan",
        ),
    },
    origins=ORIGINS,
    papers=PAPERS,
    contents=contents,
    models={
        "mini": Plug(
            "a compact Mask R-CNN, of this repository or trained", f"{HERE}.models.mini:Mini"
        ),
        "torchvision": Plug(
            "torchvision's Mask R-CNN: COCO's weights, a file, or at random",
            f"{HERE}.models.torchvision:TorchVision",
        ),
        "transformers": Plug(
            "Mask2Former or MaskFormer: a directory, or a repository of the Hub",
            f"{HERE}.models.transformers:Transformers",
        ),
        "detectron2": Plug("any config of detectron2", f"{HERE}.models.detectron2:Detectron2"),
    },
    train={
        "mini": Plug("the compact Mask R-CNN, on one core", f"{HERE}.training.train:train_mini")
    },
    own=Plug(
        "a detector of your own: torchvision's, detectron2's, transformers', supervision's, YOLO's",
        f"{HERE}.models.own.model:own",
    ),
    conditions=(CLEAN, *image.conditions()),
    suite_names=image.SUITE_NAMES,
    redrawn=image.clean_and_corrupted,
    read_predictions=read_results,
    recognised={"COCO results": is_coco_results},
    write_predictions=write_results,
    look=look,
    conf=Path(__file__).parent / "conf",
    extra="instance-segmentation",
    protocol="COCO",
    aliases=ALIASES,
    condition_aliases=image.ALIASES,
    reports={
        "anatomy": Plug(
            "how detections fail: kinds of errors, boundaries, classes",
            f"{HERE}.reports.anatomy:anatomy",
        )
    },
)

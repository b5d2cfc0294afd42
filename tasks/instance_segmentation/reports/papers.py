"""The papers of the task, as commands that make their tables anew."""

from typing import Final

from benchsuite.task import Paper, Redo

_RUN: Final = ("run", "task=instance_segmentation")
_COCO: Final = (
    "dataset=coco",
    "dataset.path=data/coco/annotations/instances_val2017.json",
    "dataset.images=data/coco/val2017",
)
_DETECTRON2: Final = "detectron2, from its own repository"
_DESIGNS: Final = ",".join(
    f"detectron2/{name}"
    for name in (
        "mask_rcnn_R_50_FPN_3x", "mask_rcnn_R_50_FPN_3x_gn", "mask_rcnn_R_50_FPN_3x_syncbn",
        "scratch_mask_rcnn_R_50_FPN_3x_gn", "mask_rcnn_R_101_FPN_3x",
        "mask_rcnn_X_101_32x8d_FPN_3x", "cascade_mask_rcnn_R_50_FPN_3x",
    )
)  # fmt: skip
_STREETS: Final = (
    "{cityscapes: {kind: cityscapes, path: data/cityscapes}, "
    "bdd100k: {kind: bdd100k, path: data/bdd100k}}"
)
_DRIVING: Final = "[person,bicycle,car,motorcycle,bus,train,truck]"

PAPERS: Final = {
    "coco-c": Paper(
        title="Benchmarking Robustness in Object Detection (Michaelis et al. 2019)",
        address="https://arxiv.org/abs/1907.07484",
        steps=(
            Redo(
                "P, mPC and rPC of Mask R-CNN on COCO-C, with the holdout corruptions",
                (
                    *_RUN, *_COCO, "model=detectron2/mask_rcnn_R_50_FPN_3x",
                    "conditions=clean,imagecorruptions,imagecorruptions-holdout",
                    "backend=imagecorruptions", "model.device=cuda",
                ),
            ),
        ),
        needs=(_DETECTRON2, "imagecorruptions-imaug", "a GPU"),
        differs=(
            "the weights are detectron2's of three times the schedule, and the paper's are others",
            "its detectors of boxes alone, and its trainings on stylised images, are left out",
        ),
    ),
    "segmentation-robustness": Paper(
        title="Robustness of instance segmentation models (arXiv 2109.01123)",
        address="https://arxiv.org/abs/2109.01123",
        steps=(
            Redo(
                "AP under corruptions, by backbone, norm, initialisation and head",
                (
                    *_RUN, *_COCO, f"model={_DESIGNS}", "conditions=clean,imagecorruptions",
                    "model.device=cuda",
                ),
            ),
            Redo(
                "AP on street scenes of other data sets, by the same factors",
                (
                    *_RUN, *_COCO, f"model={_DESIGNS}", "conditions=clean,domain",
                    f"dataset.only={_DRIVING}", f"dataset.domains={_STREETS}", "model.device=cuda",
                ),
            ),
        ),
        needs=(_DETECTRON2, "a GPU"),
        differs=(
            "the paper's tables were not at hand: factors and domains are those of its abstract",
            "single-stage models are left out: detectron2's zoo has none with masks",
        ),
    ),
}  # fmt: skip
"""By the name that `benchsuite papers` gives them."""

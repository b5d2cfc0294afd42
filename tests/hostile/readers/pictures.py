"""Readers of images, arrays and masks, and of the datasets that consist of them."""

import pickle
from pathlib import Path
from typing import Final

import numpy as np

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.files import arrays, coco, images, maps, masks
from benchsuite.files.kept import read_maps
from benchsuite_tasks.cosal.datasets.groups import by_category, folders
from benchsuite_tasks.fairseg.datasets.harvard import read_attributes as harvard_attributes
from benchsuite_tasks.fairseg.datasets.harvard import read_disc_cup, read_fundus
from benchsuite_tasks.fairseg.datasets.masks import masks as masks_dataset
from benchsuite_tasks.instance_segmentation.datasets.coco import coco as coco_dataset
from benchsuite_tasks.instance_segmentation.formats import read_results

from .reader import LABELS, PICTURE, Reader, as_json, each, npy, npz, picture

RLE: Final = masks.encoded(LABELS)
ANNOTATIONS: Final = {
    "images": [
        {"id": 7, "file_name": "a.png", "height": 12, "width": 9},
        {"id": "b", "file_name": "b.png", "height": 12, "width": 9},
    ],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 3, "iscrowd": 0, "area": 20.0, "bbox": [1, 1, 5, 4],
         "segmentation": [[1, 1, 6, 1, 6, 5, 1, 5]]},
        {"id": 2, "image_id": 7, "category_id": 1, "iscrowd": 1, "area": 9, "bbox": [0, 0, 3, 3],
         "segmentation": {"size": [12, 9], "counts": [10, 20, 78]}},
        {"id": 3, "image_id": "b", "category_id": 1, "area": 9, "bbox": [0, 0, 3, 3],
         "segmentation": RLE},
    ],
    "categories": [{"id": 3, "name": "car"}, {"id": 1, "name": "person"}],
}  # fmt: skip
PICTURES: Final = (("images/a.png", picture("PNG")), ("images/b.png", picture("PNG")))
RESULTS: Final = [
    {"image_id": 7, "category_id": 3, "score": 0.5, "bbox": [1, 1, 5, 4],
     "segmentation": [[1, 1, 6, 1, 6, 5, 1, 5]]},
    {"image_id": "b", "category_id": 1, "score": 0.25, "segmentation": RLE},
]  # fmt: skip


def annotations(path: Path) -> None:
    for image in coco.read(path, objects=True).images:
        for annotation in image.objects():
            image.mask(annotation)


def detections(path: Path) -> object:
    return read_results(path, coco_dataset(str(path.parent)))


MASKS: Final = (
    ("images/a.png", picture("PNG")),
    ("masks/a.png", picture("PNG", LABELS % 2)),
    ("attributes.csv", b"id,race,patient\na,x,p1\n"),
)


def masks_folder(path: Path) -> None:
    root = path.parent if path.name in ("attributes.csv", "annotations.json") else path.parents[1]
    made = masks_dataset(str(root), groups=["race"])
    for sample in made.samples():
        dict(sample.inputs), dict(sample.truth)


FUNDUS: Final = {
    "slo_fundus": LABELS * 80.0,
    "disc_cup_mask": -LABELS.astype(np.int8),
    **{k: np.array(1) for k in ("age", "gender", "race", "ethnicity", "language", "maritalstatus")},
}
FORMATS: Final = {
    "a.png": picture("PNG"), "a.jpg": picture("JPEG"), "a.tif": picture("TIFF"),
    "lzw.tif": picture("TIFF", compression="tiff_lzw"), "a.bmp": picture("BMP"),
    "a.gif": picture("GIF"), "a.webp": picture("WEBP"), "a.ppm": picture("PPM"),
    "deep.png": picture("PNG", LABELS.astype(np.uint16) * 9000),
    "palette.png": picture("PNG", LABELS), "rgba.png": picture("PNG", np.dstack([PICTURE, LABELS])),
}  # fmt: skip


def looked_at(path: Path) -> None:
    """An image by each of its readers: what one refuses, another may read."""
    for read in (images.image_size, images.read_image, images.read_rgb, maps.read_map, maps.read_grey, maps.read_codes):  # fmt: skip
        try:
            read(path)
        except BadData:
            continue


def array_read(path: Path) -> None:
    found = arrays.read_npy(path)
    maps.whole_numbers(found, "map")


CLASSES: Final = (
    ("image/cat/1.jpg", picture("JPEG")),
    ("gt/cat/1.png", picture("PNG", (LABELS > 0).astype(np.uint8) * 255)),
)
"""Photographs and masks in a folder for each class."""


def seen(dataset: Dataset) -> None:
    for sample in dataset.samples():
        sample.inputs["image"], sample.truth["mask"]


def maps_of_classes(path: Path) -> None:
    found = read_maps(path.parents[1], folders(str(path.parents[2])))
    for key in found:
        maps.grey(found[key])


READERS: Final = (
    Reader("COCO", "annotations.json", as_json(ANNOTATIONS), annotations, PICTURES),
    Reader(
        "COCO dataset",
        "annotations.json",
        as_json(ANNOTATIONS),
        lambda p: coco_dataset(str(p.parent)),
        PICTURES,
    ),
    Reader(
        "COCO by category",
        "annotations.json",
        as_json(ANNOTATIONS),
        lambda p: seen(by_category(str(p.parent), least=0.0, smallest=1)),
        PICTURES,
    ),
    *each("a folder for each class", CLASSES, lambda p: seen(folders(str(p.parents[2])))),
    Reader("maps of classes", "maps/cat/1.png", CLASSES[1][1], maps_of_classes, CLASSES),
    Reader(
        "detections",
        "results.json",
        as_json(RESULTS),
        detections,
        (("annotations.json", as_json(ANNOTATIONS)), *PICTURES),
    ),
    Reader(
        "masks from COCO",
        "annotations.json",
        as_json(
            {
                **ANNOTATIONS,
                "images": ANNOTATIONS["images"][:1],
                "annotations": ANNOTATIONS["annotations"][:2],
            }
        ),
        masks_folder,
        (MASKS[0], MASKS[2]),
    ),
    *each("masks", MASKS, masks_folder),
    *(Reader(f"image {name}", name, content, looked_at) for name, content in FORMATS.items()),
    Reader("npy", "a.npy", npy(LABELS), array_read),
    Reader("npy map", "a.npy", npy(LABELS.astype(float)), maps.read_map),
    Reader("npz", "a.npz", npz(a=LABELS, b=np.array(["x", "é"])), arrays.read_npz),
    Reader("npz of stored arrays", "a.npz", npz(False, a=LABELS, b=np.array(3)), arrays.read_npz),
    Reader("npz member", "a.npz", npz(a=LABELS), lambda p: arrays.read_member(p, ["a"])),
    Reader(
        "pickle",
        "a.pkl",
        pickle.dumps({"a": LABELS, "b": np.float64(2), "c": "x"}, 2),
        arrays.read_pickled,
    ),
    Reader(
        "Harvard",
        "a.npz",
        npz(**FUNDUS),
        lambda p: (read_fundus(p), read_disc_cup(p), harvard_attributes(p)),
    ),
)

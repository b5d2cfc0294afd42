"""Small datasets in their upstream layouts."""

import json

import numpy as np
from PIL import Image

SIZE = (40, 60)


def rectangle(top: int, left: int, height: int, width: int, size=SIZE):
    mask = np.zeros(size, np.uint8)
    mask[top : top + height, left : left + width] = 1
    return mask


def annotation(key=1, image=7, category=3, **more):
    return {
        "id": key, "image_id": image, "category_id": category, "iscrowd": 0, "area": 200.0,
        "bbox": [10, 5, 20, 10], "segmentation": [[10, 5, 30, 5, 30, 15, 10, 15]], **more,
    }  # fmt: skip


def write_image(path, size=SIZE, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def write_coco(folder, annotations=None, images=None, **more):
    folder.mkdir(parents=True, exist_ok=True)
    images = images or [{"id": 7, "file_name": "a.png", "height": 40, "width": 60}]
    content = {
        "images": images,
        "annotations": [annotation()] if annotations is None else annotations,
        "categories": [{"id": 3, "name": "car"}, {"id": 1, "name": "person"}],
        **more,
    }
    (folder / "annotations.json").write_text(json.dumps(content))
    for number, image in enumerate(images):
        write_image(
            folder / "images" / image["file_name"], (image["height"], image["width"]), number
        )
    return folder


def only_truth(dataset, domain=""):
    (sample,) = dataset.samples(domain)
    return sample, sample.truth["annotations"]


def write_cityscapes(root, labels):
    folder = root / "gtFine" / "val" / "ulm"
    folder.mkdir(parents=True)
    Image.fromarray(labels.astype(np.uint16)).save(
        folder / "ulm_000000_000019_gtFine_instanceIds.png"
    )
    write_image(root / "leftImg8bit" / "val" / "ulm" / "ulm_000000_000019_leftImg8bit.png")
    return root

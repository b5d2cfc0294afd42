"""JPEG images of 640 x 480 with objects, in COCO's layout, for measurements of pace."""

import json
from pathlib import Path

import cv2
import numpy as np

CLASSES = ("person", "car", "dog")
HEIGHT, WIDTH, OBJECTS = 480, 640, 6


def photographs(folder: Path, count: int) -> Path:
    """The folder, with `count` images of ellipses on a textured ground, and their outlines."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    images, annotations = [], []
    for number in range(1, count + 1):
        picture = cv2.resize(rng.integers(0, 256, (30, 40, 3), np.uint8), (WIDTH, HEIGHT))
        for _ in range(OBJECTS):
            centre = rng.integers((60, 60), (WIDTH - 60, HEIGHT - 60)).tolist()
            axes = rng.integers(20, 60, 2).tolist()
            outline = cv2.ellipse2Poly(centre, axes, int(rng.integers(180)), 0, 360, 10)
            cv2.fillPoly(picture, [outline], rng.integers(0, 256, 3).tolist())
            x, y, w, h = cv2.boundingRect(outline)
            annotations.append({
                "id": len(annotations) + 1, "image_id": number, "category_id": int(rng.integers(3)) + 1,
                "segmentation": [outline.ravel().tolist()], "bbox": [x, y, w, h],
                "area": float(cv2.contourArea(outline)), "iscrowd": 0,
            })  # fmt: skip
        name = f"{number:06d}.jpg"
        cv2.imwrite(str(folder / "images" / name), picture)
        images.append({"id": number, "file_name": name, "height": HEIGHT, "width": WIDTH})
    categories = [{"id": k, "name": name} for k, name in enumerate(CLASSES, start=1)]
    told = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(told))
    return folder

"""Small directories of exactly the layouts that the loaders read."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

Write = Callable[..., Path]


def circle(size: int, radius: float) -> np.ndarray:
    y, x = np.mgrid[:size, :size]
    return np.hypot(y - size / 2, x - size / 2) < radius


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Twelve slices of six patients; every third is empty."""
    return write_slices(tmp_path)


@pytest.fixture(scope="module")
def slices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, for tests that write nothing there."""
    return write_slices(tmp_path_factory.mktemp("slices"))


def write_slices(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    rng = np.random.default_rng(0)
    rows = []
    for i in range(12):
        name = f"s{i:02d}"
        mask = circle(24, 0 if i % 3 == 0 else 4 + i % 5).astype(np.uint8)
        image = np.clip(90 * mask + rng.normal(90, 9, mask.shape), 0, 255).astype(np.uint8)
        Image.fromarray(image).save(tmp_path / "images" / f"{name}.png")
        Image.fromarray(mask).save(tmp_path / "masks" / f"{name}.png")
        rows.append({"id": name, "patient": f"p{i // 2}", "race": "ab"[i // 2 % 2],
                     "institution": "AB"[i // 6], "age": str(30 + i), "split": "test" if i > 5 else "train"})  # fmt: skip
    rows[0]["race"] = rows[1]["race"] = ""
    write_csv(tmp_path / "attributes.csv", rows)
    return tmp_path


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_coco(root: Path) -> None:
    """COCO polygons and RLE instead of a directory's masks: two categories, one of two instances."""
    from pycocotools import mask

    images, annotations = [], []
    for number, path in enumerate(sorted((root / "images").iterdir())):
        images.append({"id": number, "file_name": path.name, "height": 24, "width": 24})
        disc = np.asfortranarray(circle(24, 6).astype(np.uint8))
        rle = mask.encode(disc)
        segmentation = {"size": rle["size"], "counts": rle["counts"].decode()}
        annotations.append({"image_id": number, "category_id": 3, "segmentation": segmentation})
        square = [[1, 1, 5, 1, 5, 5, 1, 5]]
        annotations.append({"image_id": number, "category_id": 3, "segmentation": square})
        annotations.append(
            {
                "image_id": number,
                "category_id": 7,
                "segmentation": [[19, 19, 23, 19, 23, 23, 19, 23]],
            }
        )
    categories = [{"id": 7, "name": "vessel"}, {"id": 3, "name": "nucleus"}]
    held = {"images": images, "annotations": annotations, "categories": categories}
    (root / "annotations.json").write_text(json.dumps(held))
    shutil.rmtree(root / "masks")


def npz(path: Path, **changes: Any) -> None:
    """A file as Harvard-FairSeg gives it out; a change to None takes the key away."""
    rim, cup = circle(40, 12), circle(40, 6)
    fields: dict[str, Any] = {
        "slo_fundus": np.full((40, 40), 80.0) + 40 * rim,
        "disc_cup_mask": -(rim.astype(np.int8) + cup),
        "age": np.array(22_500), "gender": np.array(1), "race": np.array(2),
        "ethnicity": np.array(-1), "language": np.array(0), "maritalstatus": np.array(3),
    }  # fmt: skip
    fields |= changes
    np.savez_compressed(path, **{k: v for k, v in fields.items() if v is not None})


@pytest.fixture
def harvard(tmp_path: Path) -> Path:
    """Six subjects in the upstream layout, four of them in the test list."""
    names = [f"data_{i:05d}.npz" for i in range(6)]
    for i, name in enumerate(names):
        npz(tmp_path / name, race=np.array(i % 3), gender=np.array(i % 2))
    (tmp_path / "test.txt").write_text("\n".join(names[:4]) + "\n")
    (tmp_path / "train.txt").write_text("\n".join(names[4:]) + "\n")
    return tmp_path

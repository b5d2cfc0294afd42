"""From a model's labels to the category ids of the dataset that it is measured on."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadModel

UNMAPPED = -1
"""Stands for a label that is no class of the dataset: its detections are left out."""

SAME = {
    "aeroplane": "airplane",
    "diningtable": "dining table",
    "motorbike": "motorcycle",
    "pottedplant": "potted plant",
    "sofa": "couch",
    "tv/monitor": "tv",
    "tvmonitor": "tv",
}
"""COCO's names of classes that PASCAL VOC calls otherwise."""


def category_ids(model: str, names: Sequence[str], classes: Mapping[int, str]) -> NDArray[np.int64]:
    """The dataset's category id of each of a model's labels (L,); UNMAPPED where it has none.

    names    the class of each label; an empty one stands for a label that is no class
    classes  the dataset's names by category id

    Classes correspond by name, since ids differ: COCO's have gaps, and a model's labels have none.
    If every name is empty, the labels correspond to the classes in the order of the ids, as
    detectron2 trains; there must be as many. Raises BadModel if nothing corresponds.
    """
    if not any(names):
        return _in_order(model, len(names), classes)
    found = matched(names, classes)
    if (found == UNMAPPED).all():
        raise BadModel(
            f"model {model}: expected a class of the dataset ({_some(classes.values())}), "
            f"found {_some(names)}"
        )
    return found


def matched(names: Iterable[str], classes: Mapping[int, str]) -> NDArray[np.int64]:
    """The dataset's category id of each name (L,); UNMAPPED where no class has it."""
    ids = {_plain(name): key for key, name in classes.items()}
    return np.array([ids.get(_plain(name), UNMAPPED) for name in names], dtype=np.int64)


def _in_order(model: str, labels: int, classes: Mapping[int, str]) -> NDArray[np.int64]:
    if labels != len(classes):
        raise BadModel(
            f"model {model}: its {labels} labels have no names, and the dataset has "
            f"{len(classes)} classes: name them"
        )
    return np.array(sorted(classes), dtype=np.int64)


def _plain(name: str) -> str:
    plain = " ".join(name.lower().replace("_", " ").split())
    return SAME.get(plain, plain)


def _some(names: object) -> str:
    listed = [name for name in names if name]  # type: ignore[attr-defined]
    return ", ".join(listed[:5]) + (", …" if len(listed) > 5 else "")

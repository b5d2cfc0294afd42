"""COCO's classes, and what the classes of driving data sets are in COCO.

Names and ids come from the data sets' own documentation: COCO 2017's annotations; Cityscapes'
`helpers/labels.py` (Cordts et al. 2016); BDD100K's instance segmentation format (Yu et al. 2020);
LVIS v1 (Gupta et al. 2019).
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

COCO: Final = MappingProxyType({
    1: "person", 2: "bicycle", 3: "car", 4: "motorcycle", 5: "airplane", 6: "bus", 7: "train",
    8: "truck", 9: "boat", 10: "traffic light", 11: "fire hydrant", 13: "stop sign",
    14: "parking meter", 15: "bench", 16: "bird", 17: "cat", 18: "dog", 19: "horse", 20: "sheep",
    21: "cow", 22: "elephant", 23: "bear", 24: "zebra", 25: "giraffe", 27: "backpack",
    28: "umbrella", 31: "handbag", 32: "tie", 33: "suitcase", 34: "frisbee", 35: "skis",
    36: "snowboard", 37: "sports ball", 38: "kite", 39: "baseball bat", 40: "baseball glove",
    41: "skateboard", 42: "surfboard", 43: "tennis racket", 44: "bottle", 46: "wine glass",
    47: "cup", 48: "fork", 49: "knife", 50: "spoon", 51: "bowl", 52: "banana", 53: "apple",
    54: "sandwich", 55: "orange", 56: "broccoli", 57: "carrot", 58: "hot dog", 59: "pizza",
    60: "donut", 61: "cake", 62: "chair", 63: "couch", 64: "potted plant", 65: "bed",
    67: "dining table", 70: "toilet", 72: "tv", 73: "laptop", 74: "mouse", 75: "remote",
    76: "keyboard", 77: "cell phone", 78: "microwave", 79: "oven", 80: "toaster", 81: "sink",
    82: "refrigerator", 84: "book", 85: "clock", 86: "vase", 87: "scissors", 88: "teddy bear",
    89: "hair drier", 90: "toothbrush",
})  # fmt: skip
"""COCO's 80 classes by category id."""

RIDER_POLICIES: Final = ("ignore", "as-person", "drop")
"""What becomes of `rider`, a class that COCO lacks. `ignore`: a person found there counts neither
way. `drop`: a person found there is a false positive."""


@dataclass(frozen=True)
class Mapped:
    """A data set's class in COCO. If `ignored`, it marks regions that count neither way."""

    category: int
    ignored: bool = False


def cityscapes(rider: str) -> dict[int, Mapped]:
    """Cityscapes' label ids. Caravans and trailers are regions where a car or truck is ignored."""
    return {
        24: Mapped(1), 26: Mapped(3), 27: Mapped(8), 28: Mapped(6), 31: Mapped(7), 32: Mapped(4),
        33: Mapped(2), 29: Mapped(3, ignored=True), 30: Mapped(8, ignored=True),
        **_rider(25, rider),
    }  # fmt: skip


def bdd100k(rider: str) -> dict[int, Mapped]:
    """BDD100K's category ids of instance segmentation, 1 to 8."""
    return {
        1: Mapped(1), 3: Mapped(3), 4: Mapped(8), 5: Mapped(6), 6: Mapped(7), 7: Mapped(4),
        8: Mapped(2), **_rider(2, rider),
    }  # fmt: skip


LVIS: Final = MappingProxyType({793: 1, 94: 2, 207: 3, 703: 4, 173: 6, 1115: 7, 1123: 8})
"""LVIS v1's ids of the driving classes -> COCO's."""

DRIVING: Final = (1, 2, 3, 4, 6, 7, 8)


def _rider(label: int, policy: str) -> dict[int, Mapped]:
    return {
        "ignore": {label: Mapped(1, ignored=True)},
        "as-person": {label: Mapped(1)},
        "drop": {},
    }[policy]

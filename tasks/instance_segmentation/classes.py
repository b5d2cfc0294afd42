"""COCO's classes, and how the driving data sets' map to them.

Names and ids are those of the data sets' own documentation: COCO 2017's annotations; Cityscapes'
`helpers/labels.py` (Cordts et al. 2016); BDD100K's instance segmentation format (Yu et al. 2020);
LVIS v1 (Gupta et al. 2019).
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

COCO: Final = MappingProxyType(
    dict(
        zip(
            [*range(1, 12), *range(13, 26), 27, 28, *range(31, 45), *range(46, 66), 67, 70,
             *range(72, 83), *range(84, 91)],
            (
                "person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light|"
                "fire hydrant|stop sign|parking meter|bench|bird|cat|dog|horse|sheep|cow|elephant|"
                "bear|zebra|giraffe|backpack|umbrella|handbag|tie|suitcase|frisbee|skis|snowboard|"
                "sports ball|kite|baseball bat|baseball glove|skateboard|surfboard|tennis racket|"
                "bottle|wine glass|cup|fork|knife|spoon|bowl|banana|apple|sandwich|orange|broccoli|"
                "carrot|hot dog|pizza|donut|cake|chair|couch|potted plant|bed|dining table|toilet|"
                "tv|laptop|mouse|remote|keyboard|cell phone|microwave|oven|toaster|sink|"
                "refrigerator|book|clock|vase|scissors|teddy bear|hair drier|toothbrush"
            ).split("|"),
            strict=True,
        )
    )
)  # fmt: skip
"""COCO's 80 classes by category id."""

RIDER_POLICIES: Final = ("ignore", "as-person", "drop")
"""What becomes of `rider`, which COCO lacks: a region where a person counts neither way, a person, or
nothing, which makes every person found there a false positive."""


@dataclass(frozen=True)
class Mapped:
    """What a data set's class is in COCO: a category id, and whether it only marks regions that
    count neither way."""

    category: int
    ignored: bool = False


def cityscapes(rider: str) -> dict[int, Mapped]:
    """Cityscapes' label ids. Caravans and trailers are regions where a car or truck is ignored."""
    return {
        24: Mapped(1), 26: Mapped(3), 27: Mapped(8), 28: Mapped(6), 31: Mapped(7), 32: Mapped(4),
        33: Mapped(2), 29: Mapped(3, ignored=True), 30: Mapped(8, ignored=True), **_rider(25, rider),
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

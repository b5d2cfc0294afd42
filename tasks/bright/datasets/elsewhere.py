"""What MTEB and published tables call BRIGHT's and R2MED's parts.

MTEB's names are those of its tasks, splits and subsets. `BrightRetrieval` leaves excluded documents
in the rankings, and MTEB's later tasks of a split each take them out: two protocols.
"""

from typing import Final

from benchsuite.task import Elsewhere

from .bright import FAMILIES, STACKEXCHANGE
from .r2med import SETS

LONG: Final = (*STACKEXCHANGE, "pony")
"""The splits that have whole pages."""
TITLES: Final = {
    "biology": "Biology", "earth-science": "EarthScience", "economics": "Economics",
    "psychology": "Psychology", "robotics": "Robotics", "stackoverflow": "Stackoverflow",
    "sustainable-living": "SustainableLiving", "leetcode": "Leetcode", "pony": "Pony",
    "aops": "Aops", "theoremqa-questions": "TheoremQAQuestions",
    "theoremqa-theorems": "TheoremQATheorems",
}  # fmt: skip
"""What MTEB's tasks call the splits."""
SHORT: Final = {
    "biology": ("Bio.",), "earth-science": ("Earth.", "Earth S."), "economics": ("Econ.",),
    "psychology": ("Psy.", "Psych."), "robotics": ("Rob.", "Robot."),
    "stackoverflow": ("Stack.", "Stack", "Stack O."), "sustainable-living": ("Sus.", "Sust."),
    "leetcode": ("Leet.",), "aops": ("AoPS",), "theoremqa-questions": ("TheoQ.", "ThQ."),
    "theoremqa-theorems": ("TheoT.", "ThT."), "pony": ("Pony",),
}  # fmt: skip
"""What the columns of published tables call them."""
OLDER, LATER = "reported: mteb BrightRetrieval", "reported: mteb split tasks"
OLDER_LONG = "reported: mteb BrightLongRetrieval"
OF_R2MED = "reported: mteb R2MED tasks"


def _split(dataset: str, name: str, protocol: str = "") -> Elsewhere:
    return Elsewhere(dataset, "split", name, protocol)


ELSEWHERE: Final[dict[tuple[str, ...], Elsewhere]] = {
    ("BRIGHT",): Elsewhere("bright"),
    ("R2MED",): Elsewhere("r2med"),
    **{
        ("BrightRetrieval", "standard", split.replace("-", "_")): _split("bright", split, OLDER)
        for split in FAMILIES
    },
    **{
        ("BrightRetrieval", "long", split.replace("-", "_")): _split("bright-long", split, OLDER)
        for split in LONG
    },
    **{
        ("BrightLongRetrieval", "long", split.replace("-", "_")):
            _split("bright-long", split, OLDER_LONG)
        for split in LONG
    },
    **{
        (f"Bright{title}Retrieval",): _split("bright", split, LATER)
        for split, title in TITLES.items()
    },
    **{
        (f"Bright{TITLES[split]}LongRetrieval",): _split("bright-long", split, LATER)
        for split in LONG
    },
    **{
        (f"R2MED{name.replace('-', '')}Retrieval",): _split("r2med", name, OF_R2MED)
        for name in SETS
    },
    **{("bright", split): _split("bright", split) for split in FAMILIES},
    **{("bright", name): _split("bright", key) for key, names in SHORT.items() for name in names},
    **{("r2med", name): _split("r2med", name) for name in SETS},
}  # fmt: skip

"""`applicants-mini`: generated people of two groups whose marks tell the group, too."""

from benchsuite.condition import generator
from benchsuite.dataset import Dataset
from benchsuite.files.tabular import Roles, tabular


def applicants_mini(name: str = "applicants-mini", seed: int = 0, size: int = 1500) -> Dataset:
    """So many generated people: marks tell who is able; more men and Blue people are."""
    tests, groups = [f"test {n}" for n in range(1, 7)], ("race", "sex")
    draw, rows, truths = generator("applicants-mini", 1, seed), [], []
    for place in range(1, size + 1):
        sex, race = ("Female", "Male")[draw.integers(2)], ("Blue", "Red")[draw.random() < 0.3]
        able = draw.normal(0.6 * (sex == "Male") + 0.4 * (race == "Blue"), 1)
        marks = [f"{mark:.2f}" for mark in draw.normal(able, [0.5, 0.5, 0.5, 2, 2, 2])]
        row = {"age": str(draw.integers(18, 65)), "sex": sex, "race": race}
        rows.append((f"person {place}", row | dict(zip(tests, marks, strict=True))))
        truths.append(float(able > 0.8))
    roles = Roles(["age", *tests], groups=groups, crossed=groups, sorts=("age", "sex"))
    return tabular(name, rows, roles, truths, "generated people")

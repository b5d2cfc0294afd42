"""`insurance-mini`: generated people whose charges follow another line in each group."""

from benchsuite.condition import generator
from benchsuite.dataset import Dataset
from benchsuite.files.tabular import Roles, scaled, tabular

GROUPS = ("age", "sex", "smoker")
AGES = {"young": 0.0, "middle": 36.0, "old": 51.0}


def insurance_mini(name: str = "insurance-mini", seed: int = 0, size: int = 600) -> Dataset:
    """So many generated people: smokers' charges rise with BMI, those of others with age."""
    draw = generator("insurance-mini", 1, seed)
    rows = []
    for place in range(1, size + 1):
        age, bmi, smokes = int(draw.integers(18, 65)), draw.normal(30, 6), draw.random() < 0.2
        charges = draw.exponential(2000) + (1400 * bmi - 20000 if smokes else 200 * age - 1000)
        row = {"age": str(age), "bmi": f"{bmi:.1f}", "smoker": "yes" if smokes else "no"}
        row |= {"sex": str(draw.choice(["female", "male"])), "charges": f"{charges:.2f}"}
        rows.append((f"person {place}", row))
    roles = Roles(("age", "bmi"), (), GROUPS, {"age": AGES}, GROUPS, ("age", "smoker"))
    return tabular(name, rows, roles, scaled(rows, "charges").tolist(), "generated people")

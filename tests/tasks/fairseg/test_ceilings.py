"""What a perfect model gets by each protocol: the reference's own makes gaps between groups."""

import re
from collections import defaultdict

import numpy as np
import pytest
import yaml

from benchsuite_tasks.fairseg.measure import measure, perfect
from benchsuite_tasks.fairseg.task import TASK

from .shared import ROOT, SHARED

STATISTICS = ROOT / "benchsuite/estimation/STATISTICS.md"


def perfect_dice(protocol: str) -> dict[str, float]:
    """The Dice of a perfect model on the slices of lgg-mri: of all, and of each institution."""
    made = yaml.safe_load((ROOT / "tasks/fairseg/conf/dataset/lgg-mri.yaml").read_text())
    made |= {"path": str(SHARED / "lgg_mri"), "protocol": protocol, "estimand": "samples"}
    dataset = TASK.dataset(made.pop("kind"), **made)
    scores = defaultdict(list)
    for sample in dataset.samples():
        row = measure(sample, perfect(sample, dataset.shared), dataset.shared)
        for name in ("", sample.attributes["institution"]):
            scores[name].append(row["dice"])
    return {name: float(np.mean(values)) for name, values in scores.items()}


@pytest.mark.skipif(not (SHARED / "lgg_mri").is_dir(), reason=f"{SHARED}/lgg_mri is not there")
def test_the_reference_s_protocol_holds_a_perfect_model_down_as_the_page_says():
    assert set(perfect_dice("strict").values()) == {1.0}
    found = perfect_dice("fairseg")
    whole = found.pop("")
    told = re.search(r"Dice (\.\d+), and (\.\d+) to (\.\d+) by institution", STATISTICS.read_text())
    assert [float(text) for text in told.groups()] == [
        round(value, 3) for value in (whole, min(found.values()), max(found.values()))
    ]

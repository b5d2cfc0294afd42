"""COCO's cap holds a perfect detector down in dense images, and the gate blames no model for it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample, in_memory
from benchsuite.estimation import Code
from benchsuite.files.masks import encoded
from benchsuite.gates.equity import Policy, equity_gate
from benchsuite.gates.verdict import Verdict
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics
from benchsuite_tasks.instance_segmentation.measure import perfect
from benchsuite_tasks.instance_segmentation.metrics import metrics_of
from benchsuite_tasks.instance_segmentation.task import TASK

SIDE = 240
SHARED: dict[str, Any] = {"classes": {1: "cell"}}
COUNTS = {"dense": (150, 132, 171, 120), "sparse": (20, 35, 12, 50)}


def annotation(place: int) -> dict[str, Any]:
    y, x = 12 * (place // 20), 12 * (place % 20)
    mask = np.zeros((SIDE, SIDE))
    mask[y : y + 8, x : x + 8] = 1
    return {"id": place, "category_id": 1, "iscrowd": 0, "area": 64.0, "bbox": [x, y, 8, 8],
            "segmentation": encoded(mask)}  # fmt: skip


OBJECTS = [annotation(place) for place in range(171)]
SAMPLES = {
    f"{crowding}{number}": Sample(
        f"{crowding}{number}",
        {"image": 0},
        {"height": SIDE, "width": SIDE, "annotations": OBJECTS[: counts[number % 4]]},
        {"crowding": crowding},
    )
    for crowding, counts in COUNTS.items()
    for number in range(16)
}
CROWDS = in_memory("crowds", list(SAMPLES.values()), SHARED)


@dataclass(frozen=True)
class Finds:
    """A detector that finds every object, but for those of which `misses` says so."""

    name: str
    misses: Callable[[str, int], bool] = field(default=lambda crowding, place: False)
    fingerprint: str = "0"

    def predict(self, state, inputs):
        return [self._of(SAMPLES[one.id]) for one in inputs]

    def _of(self, sample):
        found = perfect(sample, SHARED)
        crowding = sample.attributes["crowding"]
        return found.taken(
            np.flatnonzero([not self.misses(crowding, i) for i in range(len(found))])
        )


def judged(root, model, cap=100):
    dataset, task = CROWDS, TASK
    if cap != 100:
        dataset = replace(CROWDS, shared={**SHARED, "max_detections": cap})
        task = replace(TASK, metrics=metrics_of(cap))
    directory = evaluate(Run(task, dataset, model, (CLEAN,)), root, replicates=200)
    found = run_statistics(directory)
    return equity_gate([found], Policy(replicates=400)), found


def test_a_perfect_detector_passes_though_its_dense_images_score_less(tmp_path):
    outcome, found = judged(tmp_path, Finds("perfect"))
    assert outcome.verdict == Verdict.PASS
    (gap,) = outcome.judged
    assert gap.worst == "dense" and gap.value > 0.2 and gap.low == 0
    assert any("a perfect model gets dense 0." in remark for remark in outcome.remarks)
    blind = equity_gate([replace(found, ceilings={})], Policy(replicates=400))
    assert blind.verdict == Verdict.FAIL


def test_a_detector_that_misses_half_of_dense_images_still_fails(tmp_path):
    model = Finds("half", lambda crowding, place: crowding == "dense" and place % 2 == 0)
    outcome, _ = judged(tmp_path, model)
    assert outcome.verdict == Verdict.FAIL
    assert "dense worse than sparse" in outcome.line


def test_with_a_cap_that_fits_no_ceiling_binds(tmp_path):
    outcome, _ = judged(tmp_path, Finds("perfect"), cap=200)
    assert outcome.verdict == Verdict.PASS
    assert outcome.judged[0].value == pytest.approx(0)
    assert outcome.remarks == ()


def test_a_board_has_the_ceiling_of_each_figure_and_group(tmp_path):
    evaluate(Run(TASK, CROWDS, Finds("perfect"), (CLEAN,)), tmp_path, replicates=200)
    table = leaderboard(tmp_path)
    keys = ["condition", "attribute", "group", "metric"]
    values, ceilings = (
        table[table["form"] == form].set_index(keys) for form in ("value", "ceiling")
    )
    valued = values[values["value"].notna()]
    assert set(ceilings.index) == set(valued.index)
    assert ceilings["value"].to_numpy() == pytest.approx(valued["value"][ceilings.index].to_numpy())
    short = ceilings["note"].map(lambda notes: Code.FALLS_SHORT in [one.code for one in notes])
    assert short["clean", "crowding", "dense", "AP"]
    assert not short["clean", "crowding", "sparse", "AP"]

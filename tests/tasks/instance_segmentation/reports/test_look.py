"""The look of a sample: what was there and what was predicted, in one picture."""

from dataclasses import dataclass

import numpy as np
import pytest

from benchsuite.dataset import Inputs, Sample, in_memory
from benchsuite.files.masks import encoded
from benchsuite.publishing.outlines import PREDICTION, SIDE, TRUTH
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics
from benchsuite.task import SMALL, load_task
from benchsuite_tasks.instance_segmentation.formats import Detections
from benchsuite_tasks.instance_segmentation.measure import measure
from benchsuite_tasks.instance_segmentation.reports.look import look
from tests.tasks.instance_segmentation.layouts import rectangle

SIZE = (40, 60)
SHARED = {"classes": {1: "cat", 2: "dog"}}
CAT, DOG = rectangle(5, 5, 12, 20), rectangle(20, 30, 15, 20)


def annotation(label, mask, **more):
    (top, left), (bottom, right) = np.argwhere(mask).min(0), np.argwhere(mask).max(0) + 1
    box = [float(left), float(top), float(right - left), float(bottom - top)]
    return {
        "id": label, "category_id": label, "iscrowd": 0, "area": float(mask.sum()), "bbox": box,
        "segmentation": encoded(mask), **more,
    }  # fmt: skip


def sample_of(annotations, key="a"):
    image = np.full((*SIZE, 3), 120, dtype=np.uint8)
    truth = {"height": SIZE[0], "width": SIZE[1], "annotations": annotations}
    return Sample(key, {"image": image}, truth)


def predicted(*found, masks=True):
    boxes = [annotation(label, mask)["bbox"] for label, _, mask in found]
    return Detections(
        np.array([label for label, _, _ in found], dtype=np.int64),
        np.array([score for _, score, _ in found], dtype=np.float64),
        np.array(boxes, dtype=np.float64).reshape(-1, 4),
        tuple(encoded(mask) for _, _, mask in found) if masks else None,
    )


def look_of(sample, prediction):
    row = measure(sample, prediction, SHARED)
    return look(sample, Inputs(sample.id, sample.inputs), row, SHARED)


def places(picture, colour):
    """The places of a colour, as (left, top, right, bottom) in the image's pixels."""
    rows, columns = np.nonzero((picture == colour).all(axis=2))
    assert len(rows)
    scale = SIDE / max(SIZE)
    return columns.min() / scale, rows.min() / scale, columns.max() / scale, rows.max() / scale


BOTH = [annotation(1, CAT), annotation(2, DOG)]


def test_truth_and_prediction_are_outlined_where_they_are():
    shown = look_of(sample_of(BOTH[1:]), predicted((2, 0.75, rectangle(20, 30, 15, 10))))
    assert shown.picture.shape == (round(SIDE * 40 / 60), SIDE, 3)
    left, top, right, _ = places(shown.picture, TRUTH)
    assert (left, top, right) == pytest.approx((30, 20, 50), abs=1)
    left, _, right, bottom = places(shown.picture, PREDICTION)
    assert left == pytest.approx(30, abs=1)
    assert bottom == pytest.approx(35, abs=1)
    assert shown.text.splitlines()[1:] == ["dog 0.75: IoU 0.50"]


def test_a_small_picture_has_outlines_and_no_names():
    shown = look_of(sample_of(BOTH), predicted((2, 0.75, DOG), (1, 0.5, CAT)))
    assert max(shown.small.shape) == SMALL
    scale = SMALL / max(SIZE)
    inside = shown.small[
        round(22 * scale) : round(33 * scale), round(32 * scale) : round(48 * scale)
    ]
    assert (inside == 120).all()  # where the large picture has the name of the dog
    for colour in (TRUTH, PREDICTION):
        assert (shown.small == colour).all(axis=2).any()


def test_the_best_predictions_are_drawn_and_say_what_they_met():
    weak = [(1, 0.1 + i / 100, rectangle(2 * i, 0, 2, 4)) for i in range(5)]
    shown = look_of(sample_of(BOTH), predicted((1, 0.5, CAT), (1, 0.75, DOG), *weak))
    lines = shown.text.splitlines()
    assert lines[0].startswith("2 objects; the 3 of 7 predictions")
    assert lines[1:] == ["cat 0.75: no object", "cat 0.50: IoU 0.95", "cat 0.14: no object"]


def test_boxes_are_drawn_where_predictions_or_truth_have_no_masks():
    shown = look_of(sample_of(BOTH), predicted((1, 0.5, CAT), masks=False))
    assert shown.text.splitlines()[1:] == ["cat 0.50: IoU 0.95"]
    left, *_ = places(shown.picture, PREDICTION)
    assert left == pytest.approx(5, abs=1)
    boxes = [annotation(2, DOG, segmentation=None)]
    shown = look_of(sample_of(boxes), predicted((2, 0.5, DOG)))
    assert places(shown.picture, TRUTH)[0] == pytest.approx(30, abs=1)


def test_an_image_without_objects_or_predictions_is_shown_too():
    shown = look_of(sample_of([]), predicted())
    assert shown.text.startswith("0 objects; the 0 of 0")
    assert (shown.picture == 120).all()


def test_crowds_are_named_and_the_view_is_left_as_it_was():
    sample = sample_of([annotation(1, CAT, iscrowd=1)])
    plain = look_of(sample_of([annotation(1, CAT)]), predicted())
    assert not np.array_equal(look_of(sample, predicted()).picture, plain.picture)
    assert (sample.inputs["image"] == 120).all()


@dataclass(frozen=True)
class Fixed:
    """Finds the cat, as a box or as a mask."""

    masks: bool
    name: str = "fixed"

    @property
    def fingerprint(self):
        return f"fixed {self.masks}"

    def predict(self, state, inputs):
        return [predicted((1, 0.5, CAT), masks=self.masks) for _ in inputs]


def rows_of(table):
    return [dict(zip(table, row, strict=True)) for row in table.itertuples(index=False)]


@pytest.mark.parametrize("masks", [True, False])
def test_a_finished_run_has_all_that_a_look_needs(masks, tmp_path):
    task = load_task("instance_segmentation")
    data = in_memory("cats", [sample_of(BOTH, "a"), sample_of(BOTH[1:], "b")], SHARED)
    known = task.known_conditions(data)
    names = ("clean", "corruption/brightness/3")
    run = Run(task, data, Fixed(masks), tuple(known[name] for name in names))
    statistics = run_statistics(evaluate(run, tmp_path, replicates=10))
    shown = [
        look(sample, known[name].view(0, "cats", sample), row, SHARED)
        for name in names
        for sample, row in zip(data.samples(), rows_of(statistics.tables[name]), strict=True)
    ]
    assert [one.text.splitlines()[1] for one in shown] == [
        "cat 0.50: IoU 0.95", "cat 0.50: no object"
    ] * 2  # fmt: skip
    assert not np.array_equal(shown[0].picture, shown[2].picture)

"""The look of a sample: its edges as they are and as they were predicted, and its scores."""

import numpy as np
import pytest

from benchsuite.boards.looks import looks
from benchsuite.dataset import Inputs, Sample, in_memory
from benchsuite.publishing.outlines import PREDICTION, SIDE, TRUTH
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics
from benchsuite.task import SMALL, load_task
from benchsuite_tasks.fairseg.measure import OPTIC, measure
from benchsuite_tasks.fairseg.reports.look import look

SIZE = (40, 60)
SHARED = {"structures": OPTIC.shared(), "protocol": "strict", "size_edges": []}


def labels_of(*boxes):
    """A label map with the box (top, left, bottom, right) of label 1, 2 …"""
    made = np.zeros(SIZE, np.uint8)
    for label, (top, left, bottom, right) in enumerate(boxes, start=1):
        made[top:bottom, left:right] = label
    return made


NERVE = labels_of((8, 10, 32, 40), (14, 20, 26, 30))


def look_of(truth, found, image=None, shared=SHARED):
    grey = np.full(SIZE, 120, np.uint8) if image is None else image
    sample = Sample("a", {"image": grey}, {"labels": truth})
    return look(sample, Inputs("a", sample.inputs), measure(sample, found, shared), shared)


def places(picture, colour):
    """Rows and columns of a colour, in the image's pixels."""
    rows, columns = np.nonzero((picture == colour).all(axis=2))
    return rows * max(SIZE) / SIDE, columns * max(SIZE) / SIDE


def test_edges_are_drawn_where_they_are():
    picture = look_of(NERVE, labels_of((4, 30, 20, 50))).picture
    assert picture.shape == (round(SIDE * 40 / 60), SIDE, 3)
    rows, columns = places(picture, TRUTH)
    box = (rows.min(), columns.min(), rows.max(), columns.max())
    assert box == pytest.approx((8, 10, 32, 40), abs=0.5)
    inner = (rows > 12) & (rows < 28) & (columns > 17) & (columns < 33)
    assert (rows[inner].min(), columns[inner].max()) == pytest.approx((14, 30), abs=0.5)
    rows, columns = places(picture, PREDICTION)
    box = (rows.min(), columns.min(), rows.max(), columns.max())
    assert box == pytest.approx((4, 30, 20, 50), abs=0.7)


def test_lines_of_a_small_picture_are_seen_at_192_pixels():
    small = look_of(NERVE, labels_of((4, 30, 20, 50))).small
    assert max(small.shape) == SMALL
    for colour, least in ((TRUTH, 3), (PREDICTION, 2)):
        (inside,) = np.nonzero((small[:, :, :] == colour).all(axis=2).sum(axis=0) > SMALL // 10)
        assert len(inside) >= 2 * least  # a left and a right edge, each so many pixels wide


def test_each_structure_has_a_line_of_scores():
    shown = look_of(NERVE, labels_of((8, 10, 32, 40)))
    rim, cup, disc = shown.text.splitlines()
    assert "truth" in shown.key and "prediction" in shown.key
    assert rim.startswith("rim: Dice 0.91, IoU 0.83, HD95 ")
    assert rim.endswith("720 pixels found, 600 true")
    assert cup == "cup: Dice 0.00, IoU 0.00, HD95 72.1 px; 0 pixels found, 120 true"
    assert disc == "disc: Dice 1.00, IoU 1.00, HD95 0.0 px; 720 pixels found, 720 true"


def test_images_in_colours_and_without_structures_are_shown():
    image = np.random.default_rng(0).integers(0, 256, (*SIZE, 3)).astype(np.uint8)
    kept = image.copy()
    empty = labels_of()
    picture = look_of(empty, empty, image).picture
    for colour in (TRUTH, PREDICTION):
        assert not (picture == colour).all(axis=2).any()
    assert np.ptp(picture.astype(int), axis=2).max() > 50
    assert np.array_equal(image, kept)


def test_what_is_ignored_is_dark_and_has_no_edge():
    truth = NERVE.copy()
    truth[:, 45:] = 255
    shown = look_of(truth, NERVE, shared={**SHARED, "ignore": 255})
    assert (shown.picture[:, -100:] == 40).all()
    assert (shown.picture[-20:, :100] == 120).all()
    assert places(shown.picture, TRUTH)[1].max() == pytest.approx(40, abs=0.5)


class Fixed:
    name = fingerprint = "fixed"

    def predict(self, state, inputs):
        return [NERVE for _ in inputs]


def test_a_finished_run_has_all_that_a_look_needs(tmp_path):
    task = load_task("fairseg")
    image = np.random.default_rng(0).integers(0, 256, SIZE).astype(np.uint8)
    data = in_memory("n", [Sample(k, {"image": image}, {"labels": NERVE}) for k in "ab"], SHARED)
    names = ("clean", "corruption/brightness/3")
    conditions = tuple(task.known_conditions(data)[name] for name in names)
    directory = evaluate(Run(task, data, Fixed(), conditions), tmp_path, replicates=20)
    clean, brighter = looks(run_statistics(directory), data, [(name, "b") for name in names])
    assert clean.text == brighter.text
    assert clean.text.startswith("rim: Dice 1.00")
    assert brighter.picture.mean() > clean.picture.mean() + 10

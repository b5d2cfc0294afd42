"""Average precision is pycocotools', and under weights that of the images repeated."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.dataset import Sample
from benchsuite.estimation import Code, Pooled, Weights, interval, note
from benchsuite.estimation.cells import Group
from benchsuite.estimation.wording import worded
from benchsuite.files.masks import encoded
from benchsuite.runs.disparity import shown
from benchsuite.runs.forms import Form
from benchsuite_tasks.instance_segmentation.formats import Detections
from benchsuite_tasks.instance_segmentation.measure import measure, perfect
from benchsuite_tasks.instance_segmentation.metrics import (
    METRICS,
    Precision,
    Recall,
    metrics_of,
    over_classes,
    records,
)
from benchsuite_tasks.instance_segmentation.reports.anatomy import by_class
from tests.tasks.instance_segmentation.reference import (
    FIGURES,
    Case,
    boundary_reference,
    random_case,
    reference,
)

BY_NAME = {metric.name: metric for metric in METRICS}
KINDS = {"segm": "", "bbox": "box-"}


def estimates(metric, table, replicates=0, groups=None):
    weights = Weights(0, "images", replicates)
    groups = np.ones((len(table), 1), bool) if groups is None else groups
    return metric.finish(metric.accumulate(table, weights, groups), weights)


def value(name: str, table: pd.DataFrame) -> float:
    return estimates(BY_NAME[name], table)[0].value


def block() -> dict[str, object]:
    """The mask of a rectangle of 30 × 40 pixels."""
    mask = np.zeros((130, 150), bool)
    mask[20:50, 10:50] = True
    return encoded(mask)


def without(case: Case) -> Case:
    """The same images without any detection."""
    none = Detections(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 4)), ())
    return Case(case.size, case.classes, case.annotations, dict.fromkeys(case.annotations, none))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 10_000), digits=st.sampled_from([1, 6]))
@settings(max_examples=25, deadline=None)
def test_every_figure_is_pycocotools_own(kind, seed, digits):
    case = random_case(seed, digits=digits)
    table, expected = case.table(), reference(case, kind).stats
    for name, theirs in zip(FIGURES, expected, strict=True):
        ours = value(KINDS[kind] + name, table)
        if theirs == -1:
            assert np.isnan(ours), (name, "pycocotools has no value")
        else:
            assert ours == pytest.approx(theirs, abs=1e-9), name


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_boundary_ap_is_that_of_faster_coco_eval(seed):
    case = random_case(seed)
    expected = boundary_reference(case)
    assert value("boundary-AP", case.table()) == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_a_ragged_contour_costs_boundary_ap_and_not_ap50():
    exact, ragged = (np.zeros((240, 240)) for _ in range(2))
    exact[20:120, 20:120], ragged[23:117, 23:117] = 1, 1
    for found, clean in ((exact, True), (ragged, False)):
        table = one_object(exact, found)
        assert value("AP50", table) == pytest.approx(1)
        assert (value("boundary-AP", table) == pytest.approx(1)) == clean


def one_object(true: np.ndarray, found: np.ndarray) -> pd.DataFrame:
    """The statistics of an image with one object and one detection."""
    masks = [encoded(mask) for mask in (true, found)]
    box = [20.0, 20.0, 100.0, 100.0]
    truth = [{"id": 1, "category_id": 1, "iscrowd": 0, "area": 1e4, "bbox": box,
              "segmentation": masks[0]}]  # fmt: skip
    seen = Detections(np.ones(1, np.int64), np.ones(1), np.array([box]), (masks[1],))
    sample = Sample("a", {}, {"height": 240, "width": 240, "annotations": truth})
    row = measure(sample, seen, {"classes": {1: "cell"}})
    return pd.DataFrame([{"sample_id": "a", "cluster": "a", **row}])


@pytest.mark.parametrize("seed", range(4))
def test_the_figure_of_each_class_is_pycocotools_own(seed):
    case = random_case(seed)
    made = reference(case, "segm")
    precision = made.eval["precision"][:, :, :, 0, -1].mean(axis=(0, 1))
    expected = {c: p for c, p in zip(case.classes, precision, strict=True) if p > -1}
    assert by_class(case.table(), Precision()) == pytest.approx(expected, abs=1e-9)
    recall = made.eval["recall"][:, :, 0, 1].mean(axis=0)
    expected = {c: r for c, r in zip(case.classes, recall, strict=True) if r > -1}
    assert by_class(case.table(), Recall(10)) == pytest.approx(expected, abs=1e-9)


@given(seed=st.integers(0, 10_000), data=st.data())
@settings(max_examples=20, deadline=None)
def test_a_weight_counts_as_so_many_copies_of_the_image(seed, data):
    case = random_case(seed)
    weights = data.draw(st.lists(st.integers(0, 3), min_size=6, max_size=6))
    repeated = case.copies(dict(zip(case.annotations, weights, strict=True)))
    for figure, name in ((Precision(), "AP"), (Precision((0,)), "AP50"), (Recall(100), "AR100")):
        found = figure(records(case.table(), "mask", "all"), np.array([weights], np.float64))
        mean = np.nanmean(found) if not np.isnan(found).all() else np.nan
        if not any(len(found) for found in repeated.detections.values()):
            # No detection scores 0, where there is an object; pycocotools crashes on an empty list.
            assert mean == 0 or np.isnan(mean)
            continue
        theirs = reference(repeated, "segm").stats[FIGURES.index(name)]
        assert (-1 if np.isnan(mean) else mean) == pytest.approx(theirs, abs=1e-9), name


def test_the_order_in_which_a_model_lists_its_detections_does_not_matter():
    case = random_case(3, digits=1, found=20)
    rng = np.random.default_rng(0)
    shuffled = {}
    for image, found in case.detections.items():
        order = rng.permutation(len(found))
        masks = tuple(found.masks[i] for i in order)
        shuffled[image] = Detections(
            found.labels[order], found.scores[order], found.boxes[order], masks
        )
    other = Case(case.size, case.classes, case.annotations, shuffled)
    for metric in METRICS:
        ours, theirs = value(metric.name, other.table()), value(metric.name, case.table())
        assert ours == theirs or (np.isnan(ours) and np.isnan(theirs)), metric.name


def test_only_the_first_hundred_detections_of_a_class_and_image_count():
    case = random_case(5, images=2, objects=3, found=4, classes=1)
    found = case.detections[0]
    many = np.repeat(np.arange(len(found)), 60)
    rng = np.random.default_rng(0)
    crowded = Detections(
        found.labels[many],
        rng.random(len(many)),
        found.boxes[many],
        tuple(found.masks[i] for i in many),
    )
    case = Case(case.size, case.classes, case.annotations, {0: crowded, 1: case.detections[1]})
    assert len(many) > 100
    assert value("AP", case.table()) == pytest.approx(reference(case, "segm").stats[0], abs=1e-9)


def test_an_annotation_id_of_zero_is_matched_like_any_other():
    mask, box = block(), [10.0, 20.0, 40.0, 30.0]
    found = {
        "id": 0,
        "category_id": 1,
        "iscrowd": 0,
        "area": 1200.0,
        "bbox": box,
        "segmentation": mask,
    }
    perfect = Detections(np.array([1]), np.array([0.9]), np.array([box]), (mask,))
    table = Case((130, 150), (1,), {0: [found]}, {0: perfect}).table()
    assert value("AP", table) == pytest.approx(1, abs=1e-12)
    assert value("box-AP", table) == pytest.approx(1, abs=1e-12)


def test_no_detection_at_all_scores_zero_and_no_object_at_all_has_no_value():
    case = random_case(7)
    empty = without(case)
    for name in ("AP", "AP50", "AR100", "box-AP"):
        found = estimates(BY_NAME[name], empty.table(), replicates=50)[0]
        assert found.value == 0
    bare = Case(case.size, case.classes, {key: [] for key in case.annotations}, case.detections)
    found = estimates(BY_NAME["AP"], bare.table(), replicates=50)[0]
    assert np.isnan(found.value)
    assert worded(found.notes) == "no object of any class"


def test_false_positives_of_a_class_without_objects_are_free_as_in_coco():
    case = random_case(11)
    extra = {
        image: Detections(
            np.append(found.labels, 9), np.append(found.scores, 0.99),
            np.vstack([found.boxes, [10, 20, 40, 30]]), (*found.masks, block()),
        )
        for image, found in case.detections.items()
    }  # fmt: skip
    with_nine = Case(case.size, (1, 2, 3, 9), case.annotations, extra)
    assert value("AP", with_nine.table()) == value("AP", case.table())


def test_a_group_has_the_figure_of_its_own_images_alone():
    case = random_case(13, images=12)
    table = case.table()
    members = np.arange(12) % 3 == 0
    groups = np.column_stack([np.ones(12, bool), members, np.zeros(12, bool)])
    whole, group, nobody = estimates(BY_NAME["AP"], table, 40, groups)
    alone = Case(
        case.size,
        case.classes,
        {i: case.annotations[i] for i in np.flatnonzero(members)},
        case.detections,
    )
    assert group.value == pytest.approx(reference(alone, "segm").stats[0], abs=1e-9)
    assert whole.value != group.value
    assert len(group.replicates) == 40
    assert np.isnan(nobody.value)
    assert worded(nobody.notes) == "n=0"


def test_replicates_are_those_of_the_weights_and_merging_tables_changes_nothing():
    table = random_case(17, images=20).table()
    weights = Weights(3, "images", 60)
    metric = BY_NAME["AP"]
    whole = estimates_of(metric, [table], weights)
    parts = estimates_of(metric, [table[:7], table[7:]], weights)
    shuffled = estimates_of(metric, [table.sample(frac=1, random_state=0)], weights)
    assert np.array_equal(whole.replicates, parts.replicates)
    assert np.array_equal(whole.replicates, shuffled.replicates)
    every = weights(table["cluster"].tolist()).astype(np.float64)
    drawn = Precision()(records(table, "mask", "all"), every)
    expected = np.array([np.nanmean(row) for row in drawn])
    assert whole.value == pytest.approx(expected[0], abs=1e-15)
    np.testing.assert_allclose(whole.replicates, expected[1:], atol=1e-6)
    assert interval(whole).low < whole.value < interval(whole).high


def estimates_of(metric: Pooled, tables, weights):
    states = [
        metric.accumulate(t.reset_index(drop=True), weights, np.ones((len(t), 1), bool))
        for t in tables
    ]
    state = states[0]
    for other in states[1:]:
        state = metric.merge(state, other)
    return metric.finish(state, weights)[0]


def test_figures_of_size_and_recall_have_no_replicates_and_say_how_far_to_trust_them():
    table = random_case(19).table()
    found = estimates(BY_NAME["AP-small"], table, 50)[0]
    assert not len(found.replicates)
    assert "under 300 images" in worded(found.notes)
    assert "biased upward: " in worded(found.notes)
    asked = over_classes("AR100", Recall(100), drawn="everybody")
    assert len(estimates(asked, table, 50)[0].replicates) == 50


def test_boxes_alone_have_figures_of_boxes_and_say_why_there_are_none_of_masks():
    case = random_case(23)
    bare = {
        image: Detections(found.labels, found.scores, found.boxes, None)
        for image, found in case.detections.items()
    }
    table = Case(case.size, case.classes, case.annotations, bare).table()
    assert value("box-AP", table) == value("box-AP", case.table())
    masks = estimates(BY_NAME["AP"], table, 50)[0]
    assert np.isnan(masks.value)
    assert worded(masks.notes) == "no mask in predictions or truth of 6 of 6 samples"


def test_a_sample_that_failed_makes_the_figure_missing():
    table = random_case(29).table().astype(object)
    columns = [c for c in table.columns if c not in ("sample_id", "cluster")]
    table.loc[2, columns] = None
    assert worded(estimates(BY_NAME["AP"], table)[0].notes) == "1 of 6 samples missing"


def test_an_ignored_object_counts_neither_way():
    case = random_case(31, images=8)
    ignored = {
        image: [{**a, "iscrowd": int(a["category_id"] == 2 or a["iscrowd"])} for a in rows]
        for image, rows in case.annotations.items()
    }
    crowds = {
        image: [a for a in rows if a["category_id"] != 2]
        for image, rows in case.annotations.items()
    }
    # a class of which every object is ignored has no figure: the others' mean is left
    other = Case(case.size, case.classes, ignored, case.detections)
    fewer = Case(case.size, case.classes, crowds, case.detections)
    assert value("AP", other.table()) == value("AP", fewer.table())


def crowded(*counts, found=None):
    """Statistics of images with so many objects of a class each, all found, in rows of 20."""
    rows = []
    for number, count in enumerate(counts):
        places = [(12 * (i // 20), 12 * (i % 20)) for i in range(count)]
        truth = [
            {"id": i, "category_id": 1, "iscrowd": 0, "area": 64.0, "bbox": [x, y, 8, 8],
             "segmentation": encoded(square(y, x))}
            for i, (y, x) in enumerate(places)
        ]  # fmt: skip
        seen = Detections(
            np.ones(count, np.int64),
            np.linspace(0.9, 0.5, count),
            np.array([one["bbox"] for one in truth], float).reshape(-1, 4),
            tuple(one["segmentation"] for one in truth),
        )
        sample = Sample(str(number), {}, {"height": 240, "width": 240, "annotations": truth})
        row = measure(sample, seen, {"classes": {1: "cell"}, **(found or {})})
        rows.append({"sample_id": sample.id, "cluster": sample.id, **row})
    return pd.DataFrame(rows)


def square(y, x):
    made = np.zeros((240, 240))
    made[y : y + 8, x : x + 8] = 1
    return made


@pytest.mark.parametrize("counts", [(150, 20), (225,), (101, 100, 300)])
def test_where_the_cap_binds_the_note_says_what_a_perfect_detector_gets(counts):
    table = crowded(*counts)
    for name in ("AP", "AP50", "F1", "AP-small", "AR100", "AR-small", "box-AP"):
        (found,) = estimates(BY_NAME[name], table)
        (held,) = [one for one in found.notes if one.code == Code.CAPPED]
        over = sum(count > 100 for count in counts)
        assert held.arguments[:4] == (over, len(counts), max(counts), 100)
        assert found.value == pytest.approx(held.arguments[4], abs=1e-12) != 1
    assert "100 detections count" in worded(found.notes)
    for name in ("AR1", "AR10"):
        (found,) = estimates(BY_NAME[name], table)
        assert Code.CAPPED not in [one.code for one in found.notes]


def test_with_a_cap_that_fits_a_perfect_detector_is_perfect_and_no_note_says_otherwise():
    table = crowded(150, 20, found={"max_detections": 150})
    for metric in metrics_of(150):
        (found,) = estimates(metric, table)
        if metric.name in ("AP", "AP-small", "AR-small", "box-AP"):
            assert found.value == pytest.approx(1, abs=1e-12)
            assert Code.CAPPED not in [one.code for one in found.notes]
    by_name = {metric.name: metric for metric in metrics_of(150)}
    assert estimates(by_name["AP"], table)[0].value == estimates(BY_NAME["AP"], table)[0].value
    (found,) = estimates(by_name["AR100"], table)
    assert found.value == pytest.approx(120 / 170)


@pytest.mark.parametrize("count", [255, 256, 300])
def test_an_image_may_have_more_detections_than_a_byte_counts(count):
    table = crowded(count, found={"max_detections": 300})
    assert value("AP-small", table) == pytest.approx(1)
    assert len(table.loc[0, "scores"]) == count


@given(seed=st.integers(0, 10_000), cap=st.integers(1, 6))
@settings(max_examples=20, deadline=None)
def test_a_perfect_detector_finds_what_counts_and_no_other_finds_more(seed, cap):
    case = random_case(seed, objects=8)
    shared = {"classes": {key: str(key) for key in case.classes}, "max_detections": cap}
    rows, found = [], []
    for image, annotations in case.annotations.items():
        truth = {"height": case.size[0], "width": case.size[1], "annotations": annotations}
        sample = Sample(f"{image:012d}", {}, truth)
        every = [*annotations_of(annotations), *annotations_of(annotations, crowds=True)]
        assert len(perfect(sample, shared)) == len(annotations_of(annotations)) <= len(every)
        both = (perfect(sample, shared), case.detections[image])
        for kept, one in zip((rows, found), both, strict=True):
            row = measure(sample, one, shared)
            kept.append({"sample_id": sample.id, "cluster": sample.id, **row})
    table, model = pd.DataFrame(rows), pd.DataFrame(found)
    most = sum(len(annotations_of(rows)) for rows in case.annotations.values())
    for name in ("AP", "AP50", "AR100", "box-AP", "box-AR100"):
        best = value(name, table)
        assert most == 0 or value(name, model) <= best + 1e-9, name
        fits = all((row["positives"][: len(row["classes"])] <= cap).all() for row in rows)
        assert not most or (best == pytest.approx(1)) == fits, name


def annotations_of(rows, crowds=False):
    """The annotations that are crowd regions, or those that are objects."""
    return [one for one in rows if bool(one["iscrowd"]) == crowds]


def test_a_gap_says_which_groups_the_cap_holds_down():
    groups = np.ones((4, 3), bool)
    groups[2:, 1] = groups[:2, 2] = False
    _, dense, sparse = estimates(BY_NAME["AP"], crowded(150, 150, 20, 20), groups=groups)
    rows = {
        Group(("crowding",), (name,)): replace(one, clusters=9)
        for name, one in (("dense", dense), ("sparse", sparse))
    }
    short = [group for group in rows if group.value == "dense"]
    found = shown(rows, (0.0, 1.0), True, short=short)
    gap = next(one for one in found if one.form == Form.GAP)
    assert gap.notes[-1] == note(Code.CEILINGS, "dense")[0]
    assert "a perfect model falls short: dense" in worded(gap.notes)


def test_an_object_that_has_only_a_box_is_measured_by_boxes_alone():
    truth = [
        {"id": 1, "category_id": 1, "iscrowd": 0, "area": 64.0, "bbox": [0, 0, 8, 8],
         "segmentation": None}
    ]  # fmt: skip
    seen = Detections(
        np.ones(1, np.int64), np.ones(1), np.array([[0.0, 0, 8, 8]]), (encoded(square(0, 0)),)
    )
    sample = Sample("b", {}, {"height": 240, "width": 240, "annotations": truth})
    row = {"sample_id": "b", "cluster": "b", **measure(sample, seen, {"classes": {1: "cell"}})}
    table = pd.concat([crowded(3), pd.DataFrame([row])], ignore_index=True)
    assert estimates(BY_NAME["box-AP"], table)[0].value == 1
    (masks,) = estimates(BY_NAME["AP"], table)
    assert np.isnan(masks.value)
    assert worded(masks.notes) == "no mask in predictions or truth of 1 of 2 samples"

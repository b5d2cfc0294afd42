"""YOLO's raw outputs: every layout gives what a slow and obvious decoder gives."""

import numpy as np
import pytest
import torch

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, BadModel, WrongCall
from benchsuite.files.masks import decoded
from benchsuite.model import State
from benchsuite.task import load_task
from benchsuite_tasks.instance_segmentation.models.own.heads import ANCHORS

TASK = load_task("instance_segmentation")
CLASSES = {3: "cat", 8: "dog"}
NAMES = ["dog", "bird", "cat"]
SIZE, MASKS = (64, 96), 5
IMAGE = np.random.default_rng(5).integers(0, 256, (50, 90, 3), dtype=np.uint8)
PLACES = {s: (SIZE[0] // s, SIZE[1] // s) for s in (8, 16, 32)}


def own(given, **options):
    options = {"classes": NAMES, "size": list(SIZE), "score": 0.05, **options}
    return TASK.own(object=given, name="mine", fingerprint="v1", convention="yolo", **options)


def found(given, shared=None, image=IMAGE, **options):
    shared = {"classes": CLASSES, "max_detections": 30, **(shared or {})}
    (one,) = own(given, **options).predict(State(shared), [Inputs("i", {"image": image})])
    return one


def head(seed=0):
    """Logits of YOLOv5's grids (3, places, 5 + C + M), and prototypes (M, h, w)."""
    random = np.random.default_rng(seed)
    grids = []
    for high, wide in PLACES.values():
        grid = random.normal(0, 1.5, (3, high * wide, 5 + len(NAMES) + MASKS))
        grid[..., 4] -= 3
        grids.append(grid.astype(np.float32))
    prototypes = random.normal(0, 1, (MASKS, SIZE[0] // 4, SIZE[1] // 4)).astype(np.float32)
    return grids, prototypes


def soft(values):
    return 1 / (1 + np.exp(-np.asarray(values, dtype=np.float64)))


def joined(grids):
    """YOLOv5's rows (N, 5 + C + M), place by place: boxes in pixels and scores in 0..1."""
    rows = []
    for grid, (stride, (high, wide)), anchors in zip(grids, PLACES.items(), ANCHORS, strict=True):
        for anchor in range(3):
            for place in range(high * wide):
                raw = grid[anchor, place]
                x = (2 * soft(raw[0]) - 0.5 + place % wide) * stride
                y = (2 * soft(raw[1]) - 0.5 + place // wide) * stride
                w, h = (2 * soft(raw[2:4])) ** 2 * anchors[anchor]
                rows.append([x, y, w, h, *soft(raw[4:-MASKS]), *raw[-MASKS:]])
    return np.array(rows, dtype=np.float32)


def plain(rows, prototypes, iou=0.6, score=0.05, most=30, image=IMAGE):
    """(category id, score, box, mask) of YOLOv5's rows, by class and descending score."""
    height, width = image.shape[:2]
    scale = min(SIZE[0] / height, SIZE[1] / width)
    high, wide = round(height * scale), round(width * scale)
    top, left = (SIZE[0] - high) // 2, (SIZE[1] - wide) // 2
    made = []
    for label, key in ((0, 8), (2, 3)):
        kept = []
        for row in sorted(rows.astype(np.float64), key=lambda r: -r[4] * r[5 + label]):
            x, y, w, h = row[:4]
            box = np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
            if row[4] * row[5 + label] > score and all(overlap(box, b) <= iou for b, _, _ in kept):
                kept.append((box, row[4] * row[5 + label], row[-MASKS:]))
        for box, value, coefficients in kept[:most]:
            x0, x1 = np.clip((box[[0, 2]] - left) * width / wide, 0, width)
            y0, y1 = np.clip((box[[1, 3]] - top) * height / high, 0, height)
            cells = soft(np.einsum("m,mhw->hw", coefficients, prototypes))
            mask = np.zeros((height, width), dtype=bool)
            for r in range(height):
                for c in range(width):
                    if x0 <= c + 0.5 < x1 and y0 <= r + 0.5 < y1:
                        u = ((c + 0.5) * wide / width + left) / 4 - 0.5
                        v = ((r + 0.5) * high / height + top) / 4 - 0.5
                        mask[r, c] = bilinear(cells, v, u) > 0.5
            made.append((key, value, (x0, y0, x1 - x0, y1 - y0), mask))
    return made


def overlap(a, b):
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    both = np.prod(np.clip(high - low, 0, None))
    return both / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - both)


def bilinear(cells, v, u):
    v, u = np.clip(v, 0, cells.shape[0] - 1), np.clip(u, 0, cells.shape[1] - 1)
    r, c = min(int(v), cells.shape[0] - 2), min(int(u), cells.shape[1] - 2)
    top = cells[r, c] * (1 - (u - c)) + cells[r, c + 1] * (u - c)
    bottom = cells[r + 1, c] * (1 - (u - c)) + cells[r + 1, c + 1] * (u - c)
    return top * (1 - (v - r)) + bottom * (v - r)


def assert_same(detections, expected):
    assert len(detections) == len(expected) > 3
    parts = (detections.labels, detections.scores, detections.boxes, detections.masks)
    for label, score, box, mask, one in zip(*parts, expected, strict=True):
        assert (label, score) == pytest.approx(one[:2], abs=1e-5)
        assert box == pytest.approx(one[2], abs=1e-3)
        # A probability within rounding of one half may fall on either side.
        assert (decoded(mask) != one[3]).sum() <= 2


GRIDS, PROTOTYPES = head()
ROWS = joined(GRIDS)
EXPECTED = plain(ROWS, PROTOTYPES)
PARTS = ROWS / np.array([SIZE[1], SIZE[0]] * 2 + [1] * (ROWS.shape[1] - 4), dtype=np.float32)
LAST = PROTOTYPES.transpose(1, 2, 0)
LAYOUTS = {
    "grids of ncnn": [*GRIDS, PROTOTYPES.reshape(MASKS, -1)],
    "grids with rows and columns": [
        PROTOTYPES[None],
        *(g.reshape(1, 3, *p, -1) for g, p in zip(GRIDS, PLACES.values(), strict=True)),
    ],
    "rows": [ROWS[None], PROTOTYPES[None]],
    "rows without a batch, prototypes first": (PROTOTYPES, ROWS),
    "parts of the input, channels last": {"boxes": PARTS[None], "masks": LAST[None]},
    "columns": [ROWS.T[None], PROTOTYPES[None]],
    "doubles": [ROWS[None].astype(np.float64), LAST],
    "a network's nested lists": [ROWS[None], [PROTOTYPES[None], GRIDS]],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_yolov5_gives_what_the_slow_decoder_gives(layout):
    assert_same(found(lambda image: LAYOUTS[layout]), EXPECTED)


def without_objectness():
    """YOLOv8's head: a place has one candidate, and no objectness."""
    places = sum(high * wide for high, wide in PLACES.values())
    few = ROWS[np.linspace(0, len(ROWS) - 1, places).astype(int)]
    scored = np.concatenate([few[:, :4], few[:, 4:5] * few[:, 5:-MASKS], few[:, -MASKS:]], axis=1)
    few = few.copy()
    few[:, 4], few[:, 5:-MASKS] = 1, scored[:, 4:-MASKS]
    return scored, few


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("parts", [False, True])
def test_yolov8_has_no_objectness(turned, parts):
    scored, few = without_objectness()
    if parts:
        scored = scored / ([SIZE[1], SIZE[0]] * 2 + [1] * (scored.shape[1] - 4))
    outputs = [(scored.T if turned else scored)[None], LAST[None]]
    assert_same(found(lambda image: outputs), plain(few, PROTOTYPES))


def test_an_object_tells_its_size_and_its_names():
    class Told:
        size, names = SIZE, {2: "cat", 0: "dog", 1: "bird"}

        def __call__(self, image):
            assert image.shape == (1, 3, *SIZE)
            return [ROWS, PROTOTYPES]

    assert_same(found(Told(), size=None, classes=None), EXPECTED)


def test_a_network_of_torch_gets_a_tensor():
    class Network(torch.nn.Module):
        def forward(self, image):
            assert image.dtype == torch.float32 and image.shape == (1, 3, *SIZE)
            return torch.from_numpy(ROWS)[None], torch.from_numpy(PROTOTYPES)[None]

    assert_same(found(Network()), EXPECTED)


@pytest.mark.parametrize("shape", [(50, 90), (90, 50), (64, 96), (300, 451), (7, 400)])
@pytest.mark.parametrize("rect", [False, True])
def test_the_letterbox_keeps_proportions_in_the_middle_of_grey(shape, rect):
    seen = []

    def network(image):
        seen.append(image)
        places = [image.shape[2] * image.shape[3] // s**2 for s in (8, 16, 32)]
        rows = np.zeros((sum(places), 4 + 3 + MASKS), dtype=np.float32)
        return [rows, np.zeros((MASKS, image.shape[2] // 4, image.shape[3] // 4), np.float32)]

    white = np.full((*shape, 3), 255, dtype=np.uint8)
    assert not len(found(network, image=white, rect=rect))
    (image,) = seen
    sides = image.shape[2:]
    assert image.dtype == np.float32 and all(side % 32 == 0 for side in sides)
    assert sides == SIZE or (rect and max(s - t for s, t in zip(sides, SIZE, strict=True)) <= 0)
    inside = image[0, 0] == 1
    assert np.allclose(image[0][:, ~inside], 114 / 255)
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    high, wide = len(rows), len(columns)
    assert inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    assert (high, wide) == tuple(
        max(1, round(s * min(SIZE[0] / shape[0], SIZE[1] / shape[1]))) for s in shape
    )
    for first, count, side in ((rows[0], high, sides[0]), (columns[0], wide, sides[1])):
        assert first == (side - count) // 2


def test_options_decide_what_stays():
    few = found(lambda image: [ROWS, PROTOTYPES], iou=0.3, score=0.2)
    assert_same(few, plain(ROWS, PROTOTYPES, iou=0.3, score=0.2))
    capped = found(lambda image: [ROWS, PROTOTYPES], shared={"max_detections": 2})
    assert np.bincount(capped.labels)[[3, 8]].tolist() == [2, 2]


def test_other_anchors_make_other_boxes():
    doubled = [[[2 * side for side in anchor] for anchor in of] for of in ANCHORS]
    ours = found(lambda image: [*GRIDS, PROTOTYPES], iou=1.0)
    theirs = found(lambda image: [*GRIDS, PROTOTYPES], iou=1.0, anchors=doubled)
    assert not np.allclose(ours.boxes, theirs.boxes)


def test_equal_scores_keep_the_larger_box():
    rows = np.zeros((0, 4 + 3 + MASKS), dtype=np.float32)
    boxes = [[40, 30, 20, 20], [40, 30, 22, 22], [40, 30, 21, 21]]
    places = sum(high * wide for high, wide in PLACES.values())
    rows = np.zeros((places, 4 + 3 + MASKS), dtype=np.float32)
    rows[:3, :4], rows[:3, 4] = boxes, 0.5
    one = found(lambda image: [rows, PROTOTYPES])
    assert len(one) == 1
    assert one.boxes[0, 2] == pytest.approx(22 * 90 / 96, rel=0.05)


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ([ROWS], "expected prototypes"),
        ([PROTOTYPES], "expected .*N.* or grids"),
        ([ROWS, ROWS, PROTOTYPES], "one array of candidates"),
        ([ROWS[:100], PROTOTYPES], "expected 126 or .* candidates for 96 x 64 pixels, found 100"),
        ([GRIDS[0], PROTOTYPES], "expected 3 grids"),
        ([(100 * ROWS).astype(np.int8), PROTOTYPES], "scale of quantised ones, found int8"),
        ([np.where(ROWS > 0.5, np.nan, ROWS), PROTOTYPES], "finite"),
        ([np.abs(ROWS) * 9, PROTOTYPES], "scores in 0..1, after the sigmoid"),
        ([ROWS[:, : 5 + MASKS], PROTOTYPES], "expected 5 values, a score for each class"),
        ([ROWS, PROTOTYPES, np.zeros((0, 4), dtype=np.float32)], "found none in .*'size'"),
        ("text", "expected numbers"),
    ],
)
def test_outputs_of_no_known_layout_are_refused_in_one_line(outputs, said):
    with pytest.raises(BadData, match=said):
        found(lambda image: outputs)


def test_square_prototypes_of_as_many_channels_are_not_guessed():
    cubes = np.zeros((16, 16, 16), dtype=np.float32)
    rows = np.zeros((84, 4 + 3 + 16), dtype=np.float32)
    with pytest.raises(BadData, match=r"channels first or last\? \(M, h w\) is clear"):
        found(lambda image: [rows, cubes], size=64)
    assert not len(found(lambda image: [rows, cubes.reshape(16, -1)], size=64))


def test_labels_without_names_must_be_named():
    with pytest.raises(BadModel, match="its 3 labels have no names"):
        found(lambda image: [ROWS, PROTOTYPES], classes=None)
    with pytest.raises(BadModel, match="expected names of the labels 0 to 2"):
        found(lambda image: [ROWS, PROTOTYPES], classes=["cat", "dog"])


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"limit": 5}, "limit: expected for another kind"),
        ({"size": [640, 640, 3]}, "size: expected pixels"),
        ({"size": "wide"}, "size: expected pixels"),
        ({"score": "low"}, "score: expected a number"),
        ({"iou": 60}, "iou: expected a number"),
        ({"anchors": [[10, 13]]}, "anchors: expected for each stride"),
        ({"anchors": [[[1, 2], [3]]]}, "anchors: expected for each stride"),
    ],
)
def test_an_option_that_does_not_fit_is_a_wrong_call(option, said):
    with pytest.raises(WrongCall, match=said):
        own(lambda image: None, **option)

"""The metrics of 100,000 groups of 2×2, against a loop over groups that reads numbers one by one."""

from collections.abc import Iterator

import numpy as np

from benchsuite_tasks.compositional import metrics as rules
from tests.perf import Ratio, cpu_seconds

GROUPS = 100_000
LOOPED = 2_000
"""Groups of the peer that are timed: its time is proportional to them."""


def loop(scores: object, threshold: float) -> list[float]:
    """Each group by itself, as the code of arXiv 2510.07632 does it: tensors, and `.item()`."""
    import torch

    assert isinstance(scores, torch.Tensor)
    counts = [0.0] * 6
    for s in scores:
        text = bool((s[0, 0] > s[0, 1]).item() and (s[1, 1] > s[1, 0]).item())
        image = bool((s[0, 0] > s[1, 0]).item() and (s[1, 1] > s[0, 1]).item())
        margin = (s[0, 0] + s[1, 1] - s[0, 1] - s[1, 0]).item()
        each = [(s[0, 0] > s[0, 1]).item(), (s[1, 1] > s[1, 0]).item()]
        found = (text, image, text and image, sum(each) / 2, margin > 0, abs(margin) >= threshold)
        counts = [count + float(one) for count, one in zip(counts, found, strict=True)]
    return [count / len(scores) for count in counts]


def at_once(scores: rules.Scores, threshold: float) -> list[float]:
    labels, margins = rules.best_matching(scores)
    each = (rules.text_score, rules.image_score, rules.group_score, rules.individual_match)
    matched = (labels == np.arange(2)).all(axis=1) & (margins > 0)
    return [float(rule(scores).mean()) for rule in each] + [
        float(matched.mean()),
        float((margins >= threshold).mean()),
    ]


def measure() -> Iterator[Ratio]:
    import torch

    scores = np.random.default_rng(0).normal(size=(GROUPS, 2, 2)).astype(np.float32)
    few = torch.from_numpy(scores[:LOOPED])
    np.testing.assert_allclose(loop(few, 1.0), at_once(scores[:LOOPED], 1.0), atol=1e-9)
    scaled = cpu_seconds(lambda: loop(few, 1.0)) * GROUPS / LOOPED
    ours = cpu_seconds(lambda: at_once(scores, 1.0))
    name = f"metrics and pseudo-labels of {GROUPS:,} groups of 2×2"
    yield Ratio(name, "a loop over groups with .item()", ours, scaled, 100.0)

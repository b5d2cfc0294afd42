"""The task `compositional`: match the images of a group with its captions.

A sample is a group of m images and k >= m captions, one caption right for each image (2×2:
Winoground; 1×k: SugarCrepe). Its inputs are `images` and `captions`, or `image_features` (m, d) and
`text_features` (k, d), in keyed order, and `cluster`, which held-out halves keep whole; a
prediction is the (m, k) matrix of scores, higher is better, or a `Prediction` with the matrices of
an adaptation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.condition import CLEAN, Alter, Condition
from benchsuite.dataset import Dataset, Sample
from benchsuite.perturb import image, text
from benchsuite.task import Plug, Task

from . import group, scores
from .figures import draw
from .files import read_predictions, write_predictions
from .metrics import METRICS, statistics
from .prediction import by_truth, checked


def measure(sample: Sample, prediction: Any, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The statistics of a group: its score matrix in the source's order, and what metrics need.

    Raises BadData where a score is not a finite number, or the matrix has another shape.
    """
    shape = group.shape(sample.truth)
    found = checked(f"group '{sample.id}'", prediction, shape)
    last = group.in_source_order(found.scores[:, -1], sample.truth)
    return {
        "images": shape[0],
        "captions": shape[1],
        "scores": last.ravel().tolist(),
        **statistics(by_truth(found, sample.truth)),
    }


def chance(dataset: Dataset) -> dict[str, float]:
    """What independent random scores get on the dataset, by metric: the mean over its groups."""
    shapes = [group.shape(sample.truth) for sample in dataset.samples()]
    each = [scores.chance(*shape) for shape in shapes]
    several = [shape[0] > 1 for shape in shapes]
    return {
        name: float(np.mean([row[name] for row in each]))
        for name in each[0]
        if name != "image_score" or all(several)
    }


@dataclass(frozen=True)
class Each:
    """An alteration of one value as one of a list of them."""

    alter: Alter

    def __call__(self, values: Any, severity: int, generator: np.random.Generator) -> list[Any]:
        """Each value altered in turn, with the one generator."""
        return [self.alter(value, severity, generator) for value in values]


def _of_lists(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple(replace(c, alter=Each(c.alter)) for c in conditions if c.alter is not None)


def conditions(backend: str = "benchsuite", textures: str = "") -> tuple[Condition, ...]:
    """Clean, every image of a group corrupted, every caption perturbed."""
    images = image.conditions("images", backend, textures)
    return (CLEAN, *_of_lists(images), *_of_lists(text.conditions("captions")))


_HERE = "benchsuite_tasks.compositional"

TASK = Task(
    name="compositional",
    version=2,
    summary="image-text matching in groups: GroupScore, GroupMatch, and gains of adapting to tests",
    measure=measure,
    metrics=METRICS,
    datasets={
        "shapes-mini": Plug(
            "generated scenes of shapes, 480 groups of 2x2 and 240 of 1x4",
            f"{_HERE}.data.shapes:shapes_mini",
        ),
        "winoground-features": Plug(
            "embeddings of Winoground's images and captions, with its tags, from a folder",
            f"{_HERE}.data.features:winoground_features",
        ),
        "winoground": Plug(
            "Winoground, from a folder or the Hub (gated)", f"{_HERE}.data.winoground:winoground"
        ),
        "mmvp-vlm": Plug("MMVP-VLM, from a folder", f"{_HERE}.data.mmvp:mmvp_vlm"),
        "colorswap": Plug("ColorSwap, from a folder", f"{_HERE}.data.colorswap:colorswap"),
        "whatsup": Plug(
            "What's Up A or B, 1x4 or 2x2, from a folder", f"{_HERE}.data.whatsup:whatsup"
        ),
        "sugarcrepe": Plug(
            "SugarCrepe, 1x2, from a folder, with or without COCO's images",
            f"{_HERE}.data.sugarcrepe:sugarcrepe",
        ),
        "pairs": Plug("groups of your own, a JSONL file", f"{_HERE}.data.pairs:pairs"),
    },
    models={
        "dual-mini": Plug(
            "a small dual encoder for generated scenes", f"{_HERE}.models.dual_mini:DualMini"
        ),
        "pretrained": Plug(
            "CLIP or SigLIP by transformers, a directory or a repository of the Hub",
            f"{_HERE}.models.pretrained:Pretrained",
        ),
        "open-clip": Plug(
            "open_clip, a directory, a repository of the Hub, or an architecture's weights",
            f"{_HERE}.models.open_clip:OpenClip",
        ),
        "mllm": Plug(
            "a multimodal language model by transformers: the probability of yes",
            f"{_HERE}.models.mllm:Mllm",
        ),
        "chat": Plug(
            "a multimodal chat model behind an endpoint: the probability of yes",
            f"{_HERE}.models.chat:Chat",
        ),
        "adapted": Plug(
            "a dual encoder adapted to the groups: TTM and SimpleMatch",
            f"{_HERE}.models.adapted:adapted",
        ),
        "features": Plug(
            "the dataset's own embeddings: 100 · cosine", f"{_HERE}.models.features:Features"
        ),
    },
    conditions=conditions(),
    redrawn=conditions,
    read_predictions=read_predictions,
    write_predictions=write_predictions,
    conf=Path(__file__).parent / "conf",
    extra="compositional",
    chance=chance,
    draw=draw,
    train={
        "dual-mini": Plug("CLIP's loss on generated scenes", f"{_HERE}.training:train_dual_mini"),
    },
)

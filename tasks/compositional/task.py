"""The task `compositional`: match the images of a group with its captions.

A sample is m images and k >= m captions, one right for each image. Inputs, in keyed order: `images`
and `captions`, or `image_features` (m, d) and `text_features` (k, d); `cluster`. A prediction is
the (m, k) matrix of scores, or a `Prediction` of an adaptation.
"""

from pathlib import Path

from benchsuite.perturb.image import ALIASES, SUITE_NAMES
from benchsuite.task import Plug, Task

from .conditions import conditions
from .datasets.origins import ORIGINS, contents
from .formats import read_predictions, write_predictions
from .measure import measure, perfect
from .metrics import METRICS, chance_on
from .reports.figures import CURVES
from .reports.look import look
from .reports.papers import PAPERS

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
            f"{_HERE}.datasets.mini:shapes_mini",
        ),
        "winoground-features": Plug(
            "embeddings of Winoground's images and captions, with its tags, from a folder",
            f"{_HERE}.datasets.features:winoground_features",
        ),
        "winoground": Plug(
            "Winoground, from a folder or the Hub (gated)",
            f"{_HERE}.datasets.winoground:winoground",
        ),
        "mmvp-vlm": Plug("MMVP-VLM, from a folder", f"{_HERE}.datasets.mmvp:mmvp_vlm"),
        "colorswap": Plug("ColorSwap, from a folder", f"{_HERE}.datasets.colorswap:colorswap"),
        "whatsup": Plug("What's Up A or B, from a folder", f"{_HERE}.datasets.whatsup:whatsup"),
        "sugarcrepe": Plug(
            "SugarCrepe, 1x2, from a folder, with or without COCO's images",
            f"{_HERE}.datasets.sugarcrepe:sugarcrepe",
        ),
        "pairs": Plug("groups of your own, a JSONL file", f"{_HERE}.datasets.pairs:pairs"),
    },
    own=Plug(
        "an object that encodes images and captions, or scores them",
        f"{_HERE}.models.own.factory:own",
    ),
    origins=ORIGINS,
    papers=PAPERS,
    contents=contents,
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
    suite_names=SUITE_NAMES,
    condition_aliases=ALIASES,
    redrawn=conditions,
    read_predictions=read_predictions,
    predictions_in_parts=True,
    write_predictions=write_predictions,
    conf=Path(__file__).parent / "conf",
    extra="compositional",
    chance=chance_on,
    perfect=perfect,
    draw=CURVES,
    look=look,
    train={
        "dual-mini": Plug("CLIP's loss on scenes", f"{_HERE}.training.dual_mini:train_dual_mini")
    },
    reports={
        "adaptation": Plug(
            "what adapting gains, by setting and protocol: tables and curves",
            f"{_HERE}.reports.adaptation:adaptation",
        ),
        "by-condition": Plug(
            "what adapting gains under each condition", f"{_HERE}.reports.by_condition:by_condition"
        ),
        "step-cost": Plug(
            "what a training step costs, by the part of CLIP ViT-B/16 that is trained",
            f"{_HERE}.reports.step_cost:step_cost",
        ),
        "answers": Plug(
            "SugarCrepe's published answers in both orders of the options, as one file",
            f"{_HERE}.reports.answers:answers",
        ),
    },
)

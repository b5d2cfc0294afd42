"""What a step of Test-Time Matching costs, by what is trained: CLIP ViT-B/16 at random weights.

    benchsuite report step-cost task=compositional groups=16 batch=16

One epoch over groups of 2×2, on one thread of the CPU, in seconds of it. Each choice runs in a
process of its own, one after the other: the peak of memory is its own.
"""

import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchsuite.dataset import Inputs
from benchsuite.errors import NotAvailable, WrongCall
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

if TYPE_CHECKING:
    from ..models.adaptation.tower import Tower
    from ..models.two_towers import TwoTowers

CHOICES = ("all", "blocks", "projections", "adapter")
BLOCKS = 2
SIDE = 224
RATE = 1e-5


@dataclass(frozen=True)
class Cost:
    """Of one choice: seconds to run what is frozen, once; seconds a step; MiB at the peak."""

    part: str
    trained: int
    frozen_s: float
    step_s: float
    peak_mib: float


def step_cost(
    runs: Sequence[Statistics], progress: Progress, groups: int = 16, batch: int = 16
) -> Report:
    """The cost of every choice, with so many groups and groups a step. It needs no run.

    Raises WrongCall where a number is below 1.
    """
    for name, number in (("groups", groups), ("batch", batch)):
        if number < 1:
            raise WrongCall(f"{name}: expected a whole number of 1 or more, found {number}")
    rows: list[Cost] = []
    for part in CHOICES:
        progress("parts", len(rows), len(CHOICES))
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
            rows.append(apart.submit(measure, part, groups, batch).result())
    progress("parts", len(rows), len(CHOICES))
    return Report({"step_cost": pd.DataFrame(rows)})


def measure(part: str, groups: int, batch: int) -> Cost:
    """One epoch over `groups` random groups of 2×2, `batch` a step."""
    import torch

    from ..models.adaptation.loop import BETAS, Optimize
    from ..models.adaptation.recipe import Recipe
    from ..models.adaptation.tower import cached

    torch.set_num_threads(1)
    tower = _tower(part)
    start = time.process_time()
    cache = cached(tower, list(_groups(groups)))
    frozen = time.process_time() - start
    module = tower.reset(0)
    trained = [p for p in module.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, betas=BETAS, fused=True)
    recipe = Recipe(iterations=1, epochs=1, rate=RATE, batch=batch)
    units = list(np.arange(2 * groups).reshape(groups, 2))
    start = time.process_time()
    Optimize(tower, module, optimizer, recipe, 0, 0)(cache, units, np.arange(2 * groups))
    return Cost(
        part=part,
        trained=sum(p.numel() for p in trained),
        frozen_s=frozen,
        step_s=(time.process_time() - start) / -(-groups // batch),
        peak_mib=_peak_mib(),
    )


def _peak_mib() -> float:
    """The most memory that this process has held so far, in MiB."""
    if sys.platform == "win32":
        raise NotAvailable("report step-cost: Windows does not tell a process's peak of memory")
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024


def _groups(count: int) -> Iterator[Inputs]:
    key = np.random.default_rng(0)
    for number in range(count):
        images = list(key.integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8))
        yield Inputs(str(number), {"images": images, "captions": [f"{number} a", f"{number} b"]})


def _tower(part: str) -> "Tower":
    from ..models.adaptation.tower import AdapterTower
    from ..models.trained_part import trained_part

    towers = clip_b16()
    if part == "adapter":
        return AdapterTower(_Frozen(towers), "linear", 0)  # type: ignore[arg-type]
    return trained_part(towers, part, BLOCKS)


def clip_b16() -> "TwoTowers":
    """The towers of CLIP ViT-B/16 (arXiv 2103.00020, table 20) at random weights.

    Its word pieces are not here: a caption is 77 tokens drawn by its characters.
    """
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    from ..models.pretrained_net import two_towers

    torch.manual_seed(0)
    net = CLIPModel(CLIPConfig(vision_config={"patch_size": 16}, projection_dim=512)).eval()
    length = net.config.text_config.max_position_embeddings

    def tokenize(captions: Sequence[str], **_: Any) -> dict[str, Any]:
        keys = [np.random.default_rng(list(caption.encode())) for caption in captions]
        drawn = np.stack([key.integers(0, 49408, length) for key in keys])
        return {
            "input_ids": torch.from_numpy(drawn),
            "attention_mask": torch.ones(drawn.shape, dtype=torch.int64),
        }

    return two_towers(net, CLIPImageProcessor(), tokenize)


@dataclass(frozen=True, eq=False)
class _Frozen:
    towers: "TwoTowers"

    @property
    def head(self) -> Any:
        return self.towers.head

    def encode(self, inputs: Sequence[Inputs]) -> Any:
        return self.towers.encode(inputs, batch=32)

"""What a step of Test-Time Matching costs, by what is trained: CLIP ViT-B/16 at random weights.

    python -m benchsuite_tasks.compositional.cost [GROUPS [BATCH]]

One epoch over 16 groups of 2×2, 16 a step by default, on one thread of the CPU, in seconds of it.
Each choice runs in a process of its own, one after the other: the peak of memory is its own.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall
from benchsuite.publish.terminal import print_table

from .command import run

if TYPE_CHECKING:
    from .adaptation.tower import Tower
    from .models.two_towers import TwoTowers

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


def measure(part: str, groups: int, batch: int) -> Cost:
    """One epoch over `groups` random groups of 2×2, `batch` a step."""
    import torch

    from .adaptation.loop import BETAS, Optimize
    from .adaptation.recipe import Recipe
    from .adaptation.tower import cached

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
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _groups(count: int) -> Iterator[Inputs]:
    key = np.random.default_rng(0)
    for number in range(count):
        images = list(key.integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8))
        yield Inputs(str(number), {"images": images, "captions": [f"{number} a", f"{number} b"]})


def _tower(part: str) -> "Tower":
    from .adaptation.tower import AdapterTower
    from .models.trained_part import trained_part

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

    from .models.pretrained_net import two_towers

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


def main(words: list[str]) -> int:
    """Measure every choice, each in a process of its own, and print the table."""
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise WrongCall(f"expected whole numbers of 1 or more, found {' '.join(words)}")
    groups = int(words[0]) if words else 16
    batch = int(words[1]) if words[1:] else groups
    rows = [_apart(part, groups, batch) for part in CHOICES]
    title = f"CLIP ViT-B/16, {groups} groups of 2×2, {batch} a step"
    print_table(pd.DataFrame(rows), title)
    return 0


def _one(part: str, groups: str, batch: str) -> None:
    print(json.dumps(asdict(measure(part, int(groups), int(batch)))))  # noqa: T201


def _apart(part: str, groups: int, batch: int) -> dict[str, Any]:
    command = [sys.executable, "-m", __spec__.name, "--one", part, str(groups), str(batch)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _one(*sys.argv[2:])
    else:
        sys.exit(run(main, sys.argv[1:], "[GROUPS] [BATCH]"))

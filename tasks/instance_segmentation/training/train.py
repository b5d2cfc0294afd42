"""The training recipe of the compact Mask R-CNN: one process, one CPU core, resumable.

A step is a pure function of the weights and of (seed, step). So a training that was stopped and
continued gives the same bytes as one that was not.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from torch import Tensor
from torchvision.ops import masks_to_boxes

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, Sample, digest
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.masks import decoded
from benchsuite.learning.card import Card, Data, write_card
from benchsuite.learning.checkpoint import read_checkpoint, write_checkpoint
from benchsuite.learning.weights import MODEL
from benchsuite.runs.work import fixed_threads
from benchsuite.task import Progress

from ..models.compact import compact_mask_rcnn
from ..models.masks import shrunk
from ..models.mini import Settings, write
from ..models.rcnn import as_tensor
from .augment import Scene, augmented, check_augmentation

CHECKPOINT = "checkpoint.safetensors"
CHECKPOINT_STEPS = 25
"""Steps between checkpoints."""
WARM_UP = 0.15
"""Share of the steps in which the learning rate rises."""
CLIPPED = 5.0
"""Largest norm of a gradient."""
SMALLEST = 9
"""Pixels of a crop's smallest instance that is learnt from."""


@dataclass(frozen=True)
class Recipe:
    """Everything that the result of a training depends on, beside the data.

    norm      the norm layer: batch or group
    seed      of weights, order and augmentation
    steps     of `batch` crops of `crop`×`crop` pixels each
    size      longest side in pixels to which images are shrunk, in training and ever after
    rate      peak of the learning rate: AdamW, rising linearly, falling as a cosine
    augment   geometry, colour or invert
    only      train on one group, `modality=fluorescence`, or on all others, `modality!=histology`;
              empty for all samples
    """

    norm: str
    seed: int
    steps: int
    batch: int
    crop: int
    size: int
    rate: float
    augment: str
    only: str


def train_mini(
    dataset: Dataset,
    out: Path,
    progress: Progress,
    norm: str = "group",
    seed: int = 0,
    steps: int = 800,
    batch: int = 4,
    crop: int = 256,
    size: int = 256,
    rate: float = 2e-3,
    augment: str = "invert",
    only: str = "",
    licence: str = "",
    threads: int = 1,
) -> None:
    """Train on `dataset`; write `model.safetensors` and `card.json` under `out`.

    `licence` is that of the data, for the card. A second call continues after the last checkpoint.
    Raises WrongCall for an option out of range, BadData for a checkpoint of another training.
    """
    check_augmentation(augment)
    # YAML reads 2e-3 as text.
    recipe = Recipe(norm, seed, steps, batch, crop, size, float(rate), augment, only)
    samples = chosen(dataset.samples(), only)
    out.mkdir(parents=True, exist_ok=True)
    with fixed_threads(threads):
        training = _Training(dataset, samples, recipe, out)
        training.resume()
        training.run(progress)
        training.publish(licence)


def chosen(samples: Sequence[Sample], only: str) -> list[Sample]:
    """The samples of the group `only`, by sorted id; all for an empty name.

    `attribute=value` names the group's members, `attribute!=value` all other samples.
    """
    left, _, value = only.partition("=")
    attribute, outside = left.removesuffix("!"), left.endswith("!")
    member = {s.id: s.attributes.get(attribute) == value for s in samples}
    kept = [s for s in samples if not only or member[s.id] != outside]
    if not kept or (only and not any(member.values())):
        raise WrongCall(f"only: expected attribute=value of some samples, found '{only}'")
    return sorted(kept, key=lambda sample: sample.id)


def learning_rate(step: int, steps: int, peak: float) -> float:
    """One cycle: rises linearly to `peak`, then falls to 0 as half a cosine."""
    warm = max(1.0, WARM_UP * steps)
    if step < warm:
        return peak * (step + 1) / (warm + 1)
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1.0, steps - warm)))


class _Training:
    """Weights, optimiser and the losses so far."""

    def __init__(
        self, dataset: Dataset, samples: Sequence[Sample], recipe: Recipe, out: Path
    ) -> None:
        self.dataset, self.samples, self.recipe, self.out = dataset, samples, recipe, out
        self.categories = sorted(dataset.shared["classes"])
        self.key = digest([asdict(recipe), dataset.fingerprint])
        with torch.random.fork_rng():
            torch.manual_seed(recipe.seed)
            self.network = compact_mask_rcnn(len(self.categories), recipe.norm)
        self.network.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=recipe.rate)
        self.losses: list[float] = []
        self.scene = lru_cache(maxsize=1024)(self._scene)

    def _scene(self, index: int) -> Scene:
        return scene_of(self.samples[index], self.categories, self.recipe.size)

    def run(self, progress: Progress) -> None:
        """The steps that are left."""
        self.network.train()
        for step in range(len(self.losses), self.recipe.steps):
            self.losses.append(self.step(step))
            progress("train", step + 1, self.recipe.steps)
            if (step + 1) % CHECKPOINT_STEPS == 0:
                self.save()

    def step(self, step: int) -> float:
        """One step; returns its loss."""
        images, targets = self.crops(step)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(step, self.recipe.steps, self.recipe.rate)
        with torch.random.fork_rng():
            # torchvision samples anchors and regions by the global generator.
            torch.manual_seed(int(digest([self.recipe.seed, step])[:15], 16))
            loss = sum(self.network(images, targets).values())
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIPPED)
        self.optimizer.step()
        found = float(loss.detach())
        if not math.isfinite(found):
            raise BadData(f"{self.out}: the loss of step {step} is not finite; lower the rate")
        return found

    def crops(self, step: int) -> tuple[list[Tensor], list[dict[str, Tensor]]]:
        """The images and targets of a step: each epoch is a permutation of the samples."""
        recipe = self.recipe
        made = []
        for row in range(step * recipe.batch, (step + 1) * recipe.batch):
            random = generator("train", recipe.seed, row)
            index = epoch_order(recipe.seed, row // len(self.samples), len(self.samples))
            scene = self.scene(int(index[row % len(self.samples)]))
            made.append(targeted(augmented(scene, recipe.crop, recipe.augment, random)))
        images, targets = zip(*made, strict=True)
        return list(images), list(targets)

    def save(self) -> None:
        """Publish a checkpoint."""
        losses = torch.tensor(self.losses, dtype=torch.float64)
        path = self.out / CHECKPOINT
        write_checkpoint(path, self.key, self.network, self.optimizer, {"losses": losses})

    def resume(self) -> None:
        """Take up the last checkpoint, if there is one."""
        path = self.out / CHECKPOINT
        if more := read_checkpoint(path, self.key, self.network, self.optimizer):
            self.losses = more["losses"].tolist()

    def publish(self, licence: str) -> None:
        """Write weights and card."""
        recipe = self.recipe
        classes = tuple(self.dataset.shared["classes"][key] for key in self.categories)
        settings = Settings(classes, recipe.norm, recipe.size, recipe.augment)
        write(self.out / MODEL, self.network, settings)
        card = Card(
            model="compact Mask R-CNN of torchvision's classes",
            licence="Apache-2.0, as this repository; the data's licence may forbid more",
            parameters=sum(p.numel() for p in self.network.parameters()),
            data=Data(
                self.dataset.name,
                self.dataset.fingerprint,
                self.dataset.note,
                licence,
                len(self.samples),
            ),
            recipe=asdict(recipe),
            figures={"loss": _course(self.losses)},
            libraries={"torch": torch.__version__, "torchvision": torchvision.__version__},
        )
        write_card(self.out, card)


def _course(losses: Sequence[float]) -> list[float]:
    """The mean loss of each tenth of the training."""
    return [round(float(part.mean()), 4) for part in np.array_split(losses, 10) if len(part)]


@lru_cache(maxsize=4)
def epoch_order(seed: int, epoch: int, samples: int) -> NDArray[np.int64]:
    """The order of the samples in an epoch."""
    return generator("epoch", seed, epoch).permutation(samples)


def scene_of(sample: Sample, categories: Sequence[int], size: int) -> Scene:
    """A sample as it is trained on: shrunk to `size`, each pixel owned by one instance.

    Where instances overlap, the smaller one owns the pixel. Crowds are background here, as in the
    usual recipes.
    """
    annotations = [a for a in sample.truth["annotations"] if not a["iscrowd"]]
    annotations.sort(key=lambda annotation: -annotation["area"])
    image = shrunk(np.asarray(sample.inputs["image"]), size)
    owner = np.zeros((sample.truth["height"], sample.truth["width"]), dtype=np.int16)
    for index, annotation in enumerate(annotations, start=1):
        owner[decoded(annotation["segmentation"])] = index
    resized = cv2.resize(owner, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    labels = [1 + categories.index(a["category_id"]) for a in annotations]
    return Scene(image, np.asarray(resized, dtype=np.int16), np.array(labels, dtype=np.int64))


def targeted(scene: Scene) -> tuple[Tensor, dict[str, Tensor]]:
    """The image as float (3, H, W) in 0..1, and torchvision's boxes, labels and masks."""
    ids, pixels = np.unique(scene.owner, return_counts=True)
    ids = ids[(ids > 0) & (pixels >= SMALLEST)]
    masks = scene.owner[None] == ids[:, None, None]
    # torchvision's boxes end at the last pixel, and its detector's beyond it.
    boxes = masks_to_boxes(torch.from_numpy(masks)) + torch.tensor([0.0, 0.0, 1.0, 1.0])
    return as_tensor(scene.image), {
        "boxes": boxes,
        "labels": torch.from_numpy(scene.labels[ids - 1]),
        "masks": torch.from_numpy(masks.astype(np.uint8)),
    }

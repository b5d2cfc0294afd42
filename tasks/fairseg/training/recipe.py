"""Training of `unet-mini`: deterministic on a CPU, and continued where it was stopped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, Sample, digest
from benchsuite.errors import WrongCall, one_of
from benchsuite.files.write import write_bytes
from benchsuite.learning.card import Card, Data, write_card
from benchsuite.learning.checkpoint import read_checkpoint, write_checkpoint
from benchsuite.task import Progress

from ..measure import Structures
from ..models.unet import Net, prepared, weights_file
from . import losses

SHIFT = 8
"""Pixels by which an image is moved at most, as augmentation."""
DRO_STEP = 0.01
"""η of group DRO, as its authors set it."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained: all that the weights depend on, beside the data."""

    loss: str
    attribute: str
    epochs: int
    seed: int
    batch: int
    rate: float
    size: int


@dataclass(frozen=True, eq=False)
class Examples:
    """Training examples: images float32 (N, S, S), labels uint8 (N, S, S), groups int64 (N,)."""

    images: NDArray[np.float32]
    labels: NDArray[np.uint8]
    groups: NDArray[np.int64]
    names: tuple[str, ...]


def train_unet(
    dataset: Dataset,
    out: Path,
    progress: Progress,
    loss: str = "erm",
    attribute: str = "race",
    epochs: int = 16,
    seed: int = 0,
    batch: int = 16,
    rate: float = 4e-3,
    size: int = 128,
) -> None:
    """Train on every sample; where samples have a `fold`, one network per fold on the others.

    Writes `model.safetensors` (or `fold-F.safetensors`) and `card.json` to `out`. An earlier call
    of the same recipe is continued. The card's `folds` tell the fold whose network has not seen a
    cluster; '' if there are no folds.
    Raises WrongCall for an unknown loss, an attribute that no sample has, a size that the network's
    strides do not divide, or ignored pixels.
    """
    one_of("loss", loss, losses.LOSSES)
    if size % 8:
        raise WrongCall(f"size: expected a multiple of 8, found {size}")
    if "ignore" in dataset.shared:
        raise WrongCall("dataset.ignore: expected none, as the loss counts every pixel")
    recipe = Recipe(loss, attribute, epochs, seed, batch, rate, size)
    samples = sorted(dataset.samples(), key=lambda sample: sample.id)
    classes = Structures(**dataset.shared["structures"]).classes
    examples = _examples(samples, recipe)
    folds = [str(sample.inputs.get("fold", "")) for sample in samples]
    figures = {}
    for fold in sorted(set(folds)):
        chosen = np.array([f != fold or not fold for f in folds])
        key = digest(["unet-mini", asdict(recipe), dataset.fingerprint, folds, fold])
        training = Training(recipe, classes, out / weights_file(fold), key, progress)
        figures[fold or "all"] = training.run(_only(examples, chosen))
    held_out = {s.cluster_id: fold for s, fold in zip(samples, folds, strict=True)}
    write_card(out, _card(dataset, recipe, classes, figures, held_out))


def _card(
    dataset: Dataset,
    recipe: Recipe,
    classes: int,
    figures: Mapping[str, Mapping[str, float]],
    folds: Mapping[str, str],
) -> Card:
    return Card(
        model="unet-mini",
        licence="Apache-2.0, as this repository; the data's licence may forbid more",
        parameters=sum(one.numel() for one in Net(classes).parameters()),
        data=Data(dataset.name, dataset.fingerprint, dataset.note),
        recipe=asdict(recipe),
        network={"classes": classes, "size": recipe.size},
        figures=figures,
        libraries={"torch": torch.__version__},
        folds=folds,
    )


def _examples(samples: Sequence[Sample], recipe: Recipe) -> Examples:
    values = [sample.attributes.get(recipe.attribute, "") for sample in samples]
    names = tuple(sorted({value for value in values if value}))
    if not names and recipe.loss != "erm":
        raise WrongCall(f"attribute: no sample has the attribute '{recipe.attribute}'")
    size = (recipe.size, recipe.size)
    images = np.empty((len(samples), *size), np.float32)
    labels = np.empty((len(samples), *size), np.uint8)
    for i, sample in enumerate(samples):
        images[i] = prepared(sample.inputs["image"], recipe.size)
        labels[i] = cv2.resize(sample.truth["labels"], size, interpolation=cv2.INTER_NEAREST)
    groups = np.array([names.index(value) if value else -1 for value in values], np.int64)
    return Examples(images, labels, groups, names)


def _only(examples: Examples, chosen: NDArray[np.bool_]) -> Examples:
    return Examples(
        examples.images[chosen], examples.labels[chosen], examples.groups[chosen], examples.names
    )


@dataclass(frozen=True)
class Training:
    """The training of one network, whose weights go to `target`; `key` names it."""

    recipe: Recipe
    classes: int
    target: Path
    key: str
    progress: Progress

    def run(self, examples: Examples) -> dict[str, float]:
        """Train, or continue, and write the weights; what the card says of it."""
        torch.set_num_threads(1)
        torch.manual_seed(self.recipe.seed)
        network = Net(self.classes)
        optimiser = torch.optim.AdamW(network.parameters(), lr=self.recipe.rate, weight_decay=1e-2)
        path = self.target.with_suffix(".checkpoint")
        state = read_checkpoint(path, self.key, network, optimiser) or _begin(examples)
        network.train()
        for epoch in range(int(state["epoch"]), self.recipe.epochs):
            self._shown(epoch)
            total, shares = _epoch(
                network, optimiser, examples, self.recipe, epoch, state["shares"]
            )
            state = _state(epoch + 1, total, shares)
            write_checkpoint(path, self.key, network, optimiser, state)
        self._shown(self.recipe.epochs)
        write_bytes(self.target, save(network.state_dict()))
        return {"images": len(examples.images), "last_loss": round(float(state["loss"]), 5)}

    def _shown(self, epoch: int) -> None:
        self.progress(f"{self.recipe.loss} {self.target.stem}", epoch, self.recipe.epochs)


def _begin(examples: Examples) -> dict[str, torch.Tensor]:
    groups = len(examples.names) + 1
    return _state(0, 0.0, torch.full((groups,), 1 / groups))


def _state(epoch: int, loss: float, shares: torch.Tensor) -> dict[str, torch.Tensor]:
    return {
        "epoch": torch.tensor(epoch),
        "loss": torch.tensor(loss, dtype=torch.float64),
        "shares": shares,
    }


def _epoch(
    network: Net,
    optimiser: torch.optim.Optimizer,
    examples: Examples,
    recipe: Recipe,
    epoch: int,
    shares: torch.Tensor,
) -> tuple[float, torch.Tensor]:
    rng = generator("unet-mini", recipe.seed, epoch)
    batches = list(_batches(len(examples.images), recipe.batch, rng))
    total = 0.0
    for number, chosen in enumerate(batches):
        done = (epoch + number / len(batches)) / recipe.epochs
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * rate_at(done)
        images, labels = _augmented(examples.images[chosen], examples.labels[chosen], rng)
        groups = torch.from_numpy(examples.groups[chosen])
        logits = network(torch.from_numpy(images)[:, None])
        target = torch.from_numpy(labels.astype(np.int64))
        loss, shares = _loss(recipe.loss, logits, target, groups, shares)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        total += float(loss.detach())
    return total / len(batches), shares


def rate_at(done: float) -> float:
    """The learning rate's share at `done` in [0, 1]: a warm-up of a tenth, then half a cosine."""
    return done / 0.1 if done < 0.1 else 0.5 * (1 + float(np.cos(np.pi * (done - 0.1) / 0.9)))


def _batches(count: int, size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    order = rng.permutation(count)
    # A last batch of half the size or less is left out: its batch norm would be a lottery.
    for start in range(0, max(count - size // 2, 1), size):
        yield order[start : start + size]


def _augmented(
    images: NDArray[np.float32], labels: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    images, labels = images.copy(), labels.copy()
    for i in range(len(images)):
        dy, dx = rng.integers(-SHIFT, SHIFT + 1, 2)
        flip = rng.random() < 0.5
        for stack in (images, labels):
            moved = np.roll(stack[i], (dy, dx), (0, 1))
            stack[i] = moved[:, ::-1] if flip else moved
    return images, labels


def _loss(
    name: str,
    logits: torch.Tensor,
    labels: torch.Tensor,
    groups: torch.Tensor,
    shares: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    if name == "febs":
        return losses.febs(logits, labels, groups), shares
    if name == "group-dro":
        found = losses.group_losses(logits, labels, groups)
        return losses.group_dro(found, shares, DRO_STEP)
    return losses.erm(logits, labels), shares

"""Training of `unet-mini`: deterministic on a CPU, and continued where it was stopped."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, Sample, digest
from benchsuite.errors import BadData, WrongCall

from . import losses
from .data import one_of
from .models.unet import Net, prepared, weights_file
from .structures import Structures

Progress = Callable[[str, int, int], None]
SHIFT = 8
"""Pixels by which an image is moved at most, as augmentation."""
DRO_STEP = 0.01
"""η of group DRO, as its authors set it."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained; everything that the weights depend on beside the data."""

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
    """Train on every sample, or, where samples have a `fold`, one model a fold on the others.

    Writes `model.safetensors` (or `fold-F.safetensors`) and `card.json` to `out`; what was finished
    by an earlier call of the same recipe is kept. The card's `clusters` tell the fold whose network
    has not seen a cluster; '' where every network has.
    Raises WrongCall for an unknown loss, an attribute that no sample has, or a size that the
    network's strides do not divide.
    """
    one_of("loss", loss, losses.LOSSES)
    if size % 8:
        raise WrongCall(f"size: expected a multiple of 8, found {size}")
    recipe = Recipe(loss, attribute, epochs, seed, batch, rate, size)
    samples = sorted(dataset.samples(), key=lambda sample: sample.id)
    classes = Structures(**dataset.shared["structures"]).classes
    examples = _examples(samples, recipe)
    folds = [str(sample.inputs.get("fold", "")) for sample in samples]
    figures = {}
    for fold in sorted(set(folds)):
        chosen = np.array([f != fold or not fold for f in folds])
        target = out / weights_file(fold)
        key = digest([asdict(recipe), dataset.fingerprint, folds, fold])
        figures[fold or "all"] = _trained(_only(examples, chosen), recipe, classes, target, key,
                                          progress)  # fmt: skip
    card = {
        "model": "unet-mini",
        "network": {"classes": classes, "size": size},
        "data": {"dataset": dataset.name, "fingerprint": dataset.fingerprint, "note": dataset.note},
        "licence": "Apache-2.0, as this repository; the data's licence may forbid more",
        "recipe": asdict(recipe),
        "groups": list(examples.names),
        "folds": sorted(set(folds) - {""}),
        "clusters": {s.cluster_id: fold for s, fold in zip(samples, folds, strict=True)},
        "figures": figures,
    }
    (out / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


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


def _trained(
    examples: Examples, recipe: Recipe, classes: int, target: Path, key: str, progress: Progress
) -> dict[str, float]:
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    network = Net(classes)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=1e-2)
    checkpoint = Progressed(target.with_suffix(".checkpoint"), key)
    shares = torch.full((len(examples.names) + 1,), 1 / (len(examples.names) + 1))
    begun, shares = checkpoint.restore(network, optimiser, shares)
    network.train()
    for epoch in range(begun, recipe.epochs):
        progress(f"{recipe.loss} {target.stem}", epoch, recipe.epochs)
        total, shares = _epoch(network, optimiser, examples, recipe, epoch, shares)
        checkpoint.save(network, optimiser, shares, epoch + 1, total)
    progress(f"{recipe.loss} {target.stem}", recipe.epochs, recipe.epochs)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), target)
    return {"images": float(len(examples.images)), "last_loss": round(checkpoint.loss, 5)}


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


class Progressed:
    """The state of a training after an epoch, in one file of safetensors."""

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = path, key
        self.loss = 0.0

    def save(
        self,
        network: Net,
        optimiser: torch.optim.Optimizer,
        shares: torch.Tensor,
        epoch: int,
        loss: float,
    ) -> None:
        """Replace the file by this state."""
        self.loss = loss
        tensors = {f"net/{name}": t for name, t in network.state_dict().items()}
        for index, state in optimiser.state_dict()["state"].items():
            tensors |= {f"opt/{index}/{name}": t for name, t in state.items()}
        tensors["shares"] = shares
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        save_file({n: t.contiguous().clone() for n, t in tensors.items()}, new,
                  {"key": self._key, "epoch": str(epoch), "loss": repr(loss)})  # fmt: skip
        new.replace(self._path)

    def restore(
        self, network: Net, optimiser: torch.optim.Optimizer, shares: torch.Tensor
    ) -> tuple[int, torch.Tensor]:
        """Take up the state of the file: (epochs done, shares); (0, shares) where there is none.

        Raises BadData where the file is that of another recipe or dataset.
        """
        if not self._path.exists():
            return 0, shares
        head = _metadata(self._path)
        if head.get("key") != self._key:
            raise BadData(f"{self._path}: the checkpoint of another recipe or dataset; "
                          "choose another folder, or remove it")  # fmt: skip
        tensors = load_file(self._path)
        network.load_state_dict(_under(tensors, "net/"))
        state = optimiser.state_dict()
        state["state"] = _by_parameter(_under(tensors, "opt/"))
        optimiser.load_state_dict(state)
        self.loss = float(head["loss"])
        return int(head["epoch"]), tensors["shares"]


def _metadata(path: Path) -> Mapping[str, str]:
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata() or {})


def _under(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def _by_parameter(tensors: Mapping[str, torch.Tensor]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        index, _, key = name.partition("/")
        found.setdefault(int(index), {})[key] = tensor
    return found

"""`unet-mini`: a U-Net of 0.08 million parameters, small enough to train on one core.

Its first convolution has stride 2, and its logits are enlarged at the end, so nothing is computed
at full resolution. It sees grey images, each with its own mean and deviation taken out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F  # noqa: N812

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData
from benchsuite.files.hashes import content_hash
from benchsuite.files.text import json_object, record, record_of
from benchsuite.files.write import slug
from benchsuite.learning.card import CARD, Card
from benchsuite.learning.finite import check_output
from benchsuite.learning.weights import load_weights, weights_folder
from benchsuite.model import State

WEIGHTS = Path(__file__).parents[1] / "weights"
WIDTHS = (16, 32, 48)


class Net(nn.Module):  # type: ignore[misc, unused-ignore]
    """Grey images float32 (B, 1, H, W), H and W multiples of 8 -> logits (B, classes, H, W)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        a, b, c = WIDTHS
        self.first = nn.Sequential(_layer(1, a, 2), _layer(a, a))
        self.second = nn.Sequential(_layer(a, b, 2), _layer(b, b))
        self.third = nn.Sequential(_layer(b, c, 2), _layer(c, c))
        self.up_second = _layer(c + b, b)
        self.up_first = _layer(b + a, a)
        self.head = nn.Conv2d(a, classes, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        fine = self.first(images)
        middle = self.second(fine)
        coarse = self.third(middle)
        middle = self.up_second(torch.cat([_twice(coarse), middle], dim=1))
        fine = self.up_first(torch.cat([_twice(middle), fine], dim=1))
        return _twice(self.head(fine))


def _layer(channels: int, out: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(channels, out, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out), nn.ReLU(inplace=True))


def _twice(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def prepared(image: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
    """An image, uint8 (H, W) or (H, W, 3), as the network sees it: float32 (size, size)."""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if grey.shape != (size, size):
        grey = cv2.resize(grey, (size, size), interpolation=cv2.INTER_AREA)
    pixels = grey.astype(np.float32)
    return np.asarray((pixels - pixels.mean()) / max(float(pixels.std()), 1.0), np.float32)


@dataclass(frozen=True)
class UNet:
    """The model. `weights` is a folder that training wrote, or a name of those that ship.

    A folder with one network per fold is a cross-validated model: the fold picks the network.
    In a dataset without folds, a sample whose cluster no network has seen goes to one of them by
    lot, keyed by the cluster.
    Raises BadData if the folder has no model, a fold is not one of the training's, or a network
    would predict what its card says it was trained on.
    """

    weights: str = "erm"
    name: str = "unet-mini"

    @property
    def factors(self) -> Mapping[str, str]:
        """The recipe's loss and seed."""
        return {key: str(self._card.recipe[key]) for key in ("loss", "seed")}

    @cached_property
    def folder(self) -> Path:
        """Where the weights lie."""
        return weights_folder(WEIGHTS, self.weights)

    @cached_property
    def _card(self) -> Card:
        path = self.folder / CARD
        held = json_object(path)
        return record_of(Card, str(path), _renewed(path, held) if "groups" in held else held)

    @property
    def fingerprint(self) -> str:
        """A hash of the card's network and the weights."""
        files = {path.name: content_hash(path) for path in self._files().values()}
        return digest(["unet-mini", self._card.network, files])

    def _files(self) -> dict[str, Path]:
        folds = sorted(set(self._card.folds.values()) - {""})
        return {fold: self.folder / weights_file(fold) for fold in folds or [""]}

    @cached_property
    def _networks(self) -> dict[str, Net]:
        return {fold: self._network(path) for fold, path in self._files().items()}

    def _network(self, path: Path) -> Net:
        network = Net(self._card.network["classes"])
        load_weights(path, network)
        network.eval()
        return network

    def networks(self) -> list[Net]:
        """One network a fold, or the only one."""
        return [*self._networks.values()]

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[NDArray[np.uint8]]:
        """Label maps uint8 (H, W) of `image` uint8 (H, W) or (H, W, 3)."""
        clusters = state.shared.get("clusters", {})
        folds = [self._fold(one, clusters.get(one.id, one.id)) for one in inputs]
        found: dict[int, NDArray[np.uint8]] = {}
        for fold in self._networks:
            mine = [i for i, own in enumerate(folds) if own == fold]
            some = [inputs[i] for i in mine]
            found |= dict(zip(mine, self._labels(self._networks[fold], some), strict=True))
        return [found[i] for i in range(len(inputs))]

    def _fold(self, one: Inputs, cluster: str) -> str:
        folds, fold = sorted(self._networks), str(one.fields.get("fold", ""))
        held_out = self._card.folds.get(cluster)
        if held_out is None and not fold:
            return folds[int(digest(["network", cluster]), 16) % len(folds)]
        if fold and fold in folds and held_out in (None, fold):
            return fold
        given = f"fold '{fold}'" if fold else "no fold"
        if held_out is None:
            expected = "no fold (dataset.folds=)" if folds == [""] else f"a fold of {folds}"
        elif held_out:
            expected = f"fold '{held_out}', whose network has not seen its cluster '{cluster}'"
        else:
            expected = "a cluster that training has not seen"
            given = f"'{cluster}', which is in the training data"
        raise BadData(f"sample '{one.id}': {self.folder}: expected {expected}, found {given}")

    def _labels(self, network: Net, inputs: Sequence[Inputs]) -> list[NDArray[np.uint8]]:
        if not inputs:
            return []
        size, images = self._card.network["size"], [one.fields["image"] for one in inputs]
        batch = torch.from_numpy(np.stack([prepared(image, size) for image in images])[:, None])
        with torch.inference_mode():
            logits = network(batch)
            for one, own in zip(inputs, logits, strict=True):
                check_output(f"sample '{one.id}'", own)
            return [_enlarged(one, i.shape[:2]) for one, i in zip(logits, images, strict=True)]


def _renewed(path: Path, card: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a card that an earlier version wrote, as those of a card now."""
    folds = card.get("clusters", {})
    if card.get("folds") and not folds:
        raise BadData(f"{path}: clusters: expected the fold of each, found none; "
                      "train again, in another folder")  # fmt: skip
    data = {"name": "", **record(f"{path}: data", card.get("data"))}
    data["name"] = data.pop("dataset", data["name"])
    same = ("model", "licence", "recipe", "network", "figures")
    kept = {key: card[key] for key in same if key in card}
    return {**kept, "parameters": 0, "data": data, "folds": folds}  # nobody counted them then


def weights_file(fold: str) -> str:
    """The file of the network that has not seen a fold; an empty fold means the only network."""
    return f"fold-{slug(fold)}.safetensors" if fold else "model.safetensors"


def _enlarged(logits: torch.Tensor, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    if logits.shape[1:] != shape:
        logits = F.interpolate(logits[None], shape, mode="bilinear", align_corners=False)[0]
    labels: NDArray[np.uint8] = logits.argmax(dim=0).to(torch.uint8).numpy()
    return labels

"""`mini`: the compact Mask R-CNN with weights that the training command wrote."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.image_list import ImageList

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadModel
from benchsuite.files.hashes import sha256
from benchsuite.files.text import parsed, record_of
from benchsuite.files.write import write_bytes
from benchsuite.learning.card import CARD, read_card
from benchsuite.learning.weights import MODEL, fill, read_header, read_tensors, weights_folder
from benchsuite.model import State

from ..formats import CAP, MAX_DETECTIONS, Detections
from .categories import category_ids
from .compact import compact_mask_rcnn
from .design import design
from .masks import rgb, shrunk
from .rcnn import as_tensor, detections, regions

SHIPPED = Path(__file__).parents[1] / "weights"
"""The trained weights that come with the task, a folder each."""
STRIDE = 32
"""Images are padded to a multiple of the coarsest level's stride."""


@dataclass(frozen=True)
class Settings:
    """What the tensors do not say about the network.

    classes: names of the labels 1, 2, ...   norm: `batch` or `group`.   size: longest side in
    pixels to which images are shrunk.   augment: the augmentation of the training.
    """

    classes: tuple[str, ...]
    norm: str
    size: int
    augment: str


@dataclass(frozen=True)
class Mini:
    """The compact Mask R-CNN.

    weights: the name of a folder that comes with the task, or the path of one that `train` wrote.
    """

    name: str = "mini"
    weights: str = "scenes-gn"

    @property
    def fingerprint(self) -> str:
        """Covers the file of weights, not its place."""
        return digest(["compact-mask-rcnn", 1, sha256(self._folder / MODEL)])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors, and from the card: what it was trained on, and the training's seed."""
        settings = _settings(self._folder / MODEL)
        factors = design(
            "two",
            "compact residual network, 4 stages, FPN",
            settings.norm,
            "random",
            settings.augment,
            str(settings.size),
        )
        return factors | _training(self._folder)

    @property
    def _folder(self) -> Path:
        return weights_folder(SHIPPED, self.weights)

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Detections]:
        """Detections in each input's `image`, uint8 (H, W, 3), as many as count."""
        most = state.shared.get(CAP, MAX_DETECTIONS)
        network, settings = _network(self._folder / MODEL, most)
        ids = category_ids(self.name, settings.classes, state.shared["classes"])
        with torch.inference_mode():
            return [_detect(network, settings.size, row, ids) for row in inputs]


def _detect(network: MaskRCNN, size: int, row: Inputs, ids: NDArray[np.int64]) -> Detections:
    image = rgb(row.fields["image"], row.id)
    tensor = network.transform.normalize(as_tensor(shrunk(image, size)))
    seen = (int(tensor.shape[1]), int(tensor.shape[2]))
    batch = network.transform.batch_images([tensor], STRIDE)
    batch = batch.contiguous(memory_format=torch.channels_last)
    found = regions(network, ImageList(batch, [seen]), row.id)
    return detections(found, seen, image.shape, ids)


def write(path: Path, network: MaskRCNN, settings: Settings) -> None:
    """Write weights as float16, and `settings` into the header of the same file."""
    tensors = {
        name: tensor.detach().half().contiguous()
        for name, tensor in network.state_dict().items()
        if tensor.is_floating_point()
    }
    write_bytes(path, save(tensors, {"settings": json.dumps(asdict(settings))}))


@lru_cache(maxsize=8)
def _settings(path: Path) -> Settings:
    header = read_header(path)
    if "settings" not in header:
        raise BadModel(f"{path}: expected weights that `benchsuite train` wrote, found others")
    return record_of(Settings, f"{path}: settings", parsed(str(path), header["settings"]))


def _training(folder: Path) -> dict[str, str]:
    if not (folder / CARD).is_file():
        return {}
    card = read_card(folder)
    only, seed = card.recipe.get("only", ""), card.recipe.get("seed")
    told = {} if seed is None else {"seed": str(seed)}
    return {"training_data": f"{card.data.name} {only}".strip(), **told}


@lru_cache(maxsize=2)
def _network(path: Path, most: int) -> tuple[MaskRCNN, Settings]:
    settings = _settings(path)
    network = compact_mask_rcnn(len(settings.classes), settings.norm, most)
    tensors = {name: tensor.float() for name, tensor in read_tensors(path).items()}
    fill(network, tensors, str(path))
    return network.to(memory_format=torch.channels_last).eval(), settings

"""`mini`: the compact Mask R-CNN with weights that the training command wrote."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.image_list import ImageList

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, NotAvailable, near
from benchsuite.model import Arrays, PreparesOn, State, no_arrays

from ..formats import Detections
from .categories import category_ids
from .compact import compact_mask_rcnn
from .design import design
from .masks import rgb, shrunk
from .rcnn import as_tensor, detections, regions
from .weights import sha256

WEIGHTS = "model.safetensors"
CARD = "card.json"
SHIPPED = Path(__file__).parents[1] / "weights"
"""The trained weights that come with the task, a folder each."""
STRIDE = 32
"""Images are padded to a multiple of the coarsest level's stride."""


@dataclass(frozen=True)
class Settings:
    """What the weights do not say of themselves.

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
        """Covers the weights and what lies in their file; not the place."""
        return digest(["compact-mask-rcnn", 1, sha256(self._path)])

    @property
    def prepares_on(self) -> PreparesOn:
        """Nothing."""
        return "nothing"

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors, and from the card: what it was trained on, and the training's seed."""
        settings = _settings(self._path)
        factors = design(
            "two",
            "compact residual network, 4 stages, FPN",
            settings.norm,
            "random",
            settings.augment,
            str(settings.size),
        )
        return factors | _training(self._path.with_name(CARD))

    @property
    def _path(self) -> Path:
        folder = SHIPPED / self.weights
        if not folder.is_dir():
            folder = Path(self.weights)
        if not (folder / WEIGHTS).is_file():
            known = [path.parent.name for path in SHIPPED.glob(f"*/{WEIGHTS}")]
            raise NotAvailable(
                f"model.weights: expected a folder with {WEIGHTS} or shipped weights, "
                f"found '{self.weights}'{near(self.weights, known)}"
            )
        return folder / WEIGHTS

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """Nothing."""
        return no_arrays()

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Detections]:
        """Detections in each input's `image`, uint8 (H, W, 3)."""
        network, settings = _network(self._path)
        ids = category_ids(self.name, settings.classes, state.shared["classes"])
        with torch.inference_mode():
            return [
                _detect(network, settings.size, rgb(row.fields["image"], row.id), ids)
                for row in inputs
            ]


def _detect(
    network: MaskRCNN, size: int, image: NDArray[np.uint8], ids: NDArray[np.int64]
) -> Detections:
    tensor = network.transform.normalize(as_tensor(shrunk(image, size)))
    seen = (int(tensor.shape[1]), int(tensor.shape[2]))
    batch = network.transform.batch_images([tensor], STRIDE)
    batch = batch.contiguous(memory_format=torch.channels_last)
    found = regions(network, ImageList(batch, [seen]))
    return detections(found, seen, image.shape, ids)


def write(path: Path, network: MaskRCNN, settings: Settings) -> None:
    """Write weights as float16, and `settings` into the header of the same file."""
    tensors = {
        name: tensor.detach().half().contiguous()
        for name, tensor in network.state_dict().items()
        if tensor.is_floating_point()
    }
    save_file(tensors, path, metadata={"settings": json.dumps(asdict(settings))})


@lru_cache(maxsize=8)
def _settings(path: Path) -> Settings:
    try:
        with safe_open(path, "pt") as file:
            found: dict[str, Any] = json.loads((file.metadata() or {})["settings"])
        return Settings(**{**found, "classes": tuple(found["classes"])})
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BadData(
            f"{path}: expected weights that `benchsuite train` wrote, "
            f"found none ({type(error).__name__})"
        ) from error


def _training(card: Path) -> dict[str, str]:
    if not card.is_file():
        return {}
    try:
        found = json.loads(card.read_text(encoding="utf-8"))
        recipe = found["recipe"]
        data = f"{found['data']['dataset']} {recipe['only']}".strip()
        return {"training_data": data, "seed": str(recipe["seed"])}
    except (ValueError, KeyError, TypeError) as error:
        raise BadData(f"{card}: expected the card of a training, found {error!r}") from error


@lru_cache(maxsize=2)
def _network(path: Path) -> tuple[MaskRCNN, Settings]:
    settings = _settings(path)
    network = compact_mask_rcnn(len(settings.classes), settings.norm)
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    missing, unexpected = network.load_state_dict(tensors, strict=False)
    wrong = [name for name in missing if not name.endswith("num_batches_tracked")] + unexpected
    if wrong:
        raise BadData(f"{path}: expected the compact Mask R-CNN's tensors; '{wrong[0]}' is not")
    return network.to(memory_format=torch.channels_last).eval(), settings

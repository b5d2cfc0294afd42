"""Mask2Former and MaskFormer of transformers, for instances.

Inference follows Mask2Former's own code (Cheng et al. 2022, arXiv 2112.01527, appendix). A score is
the class's score times the mean probability inside the mask; the best `limit` pairs of query and
class are kept. transformers' post-processing differs: it scales every mask to 384×384, padding
included.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadModel, WrongCall, near
from benchsuite.files.masks import encoded
from benchsuite.learning.device import check_device
from benchsuite.learning.finite import check_output
from benchsuite.learning.hub import content, located, one_line, pretrained
from benchsuite.learning.inference import weight_of
from benchsuite.model import State

from ..formats import Detections
from .categories import UNMAPPED, category_ids
from .design import UNKNOWN, design
from .masks import rgb

CLASSES = {
    "mask2former": "Mask2FormerForUniversalSegmentation",
    "maskformer": "MaskFormerForInstanceSegmentation",
}
"""The model types that are read, and transformers' classes of them."""


@dataclass(frozen=True)
class Transformers:
    """A Mask2Former or MaskFormer from a directory in transformers' layout, or from the Hub.

    path        the directory, or the Hub's id (`facebook/mask2former-swin-tiny-coco-instance`)
    revision    of the Hub's repository: a commit, to be safe; the newest by default
    limit       detections of an image, at most
    factors_of  how it was trained, by the factor's name
    """

    name: str = "transformers"
    path: str = ""
    revision: str | None = None
    limit: int = 100
    device: str = "cpu"
    factors_of: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if not self.path:
            raise WrongCall("model.path: expected a directory or a Hub id, found none")

    @property
    def fingerprint(self) -> str:
        """Covers weights, configuration and preprocessing; not the place they come from."""
        return digest(["transformers", 2, self.limit, content(located(self.path, self.revision))])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        config = _config(located(self.path, self.revision))
        backbone = getattr(config, "backbone_config", None)
        kind = getattr(backbone, "model_type", None) or UNKNOWN
        known = design("queries", kind, "batch" if kind == "resnet" else "layer")
        return {**known, **(self.factors_of or {})}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Detections]:
        """Detections in each input's `image`, uint8 (H, W, 3), one image at a time."""
        loaded = _load(located(self.path, self.revision), self.device)
        ids = category_ids(self.name, loaded.names, state.shared["classes"])
        with torch.inference_mode():
            return [detect(loaded, row, ids, self.limit) for row in inputs]


@dataclass(frozen=True)
class Loaded:
    """A network with its image processor, and the names of its labels 0, 1, ..."""

    processor: Any
    network: Any
    names: tuple[str, ...]


def _config(folder: Path) -> Any:
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise BadModel(
            f"{folder}: expected config.json of transformers ({type(error).__name__})"
        ) from error
    if config.model_type not in CLASSES:
        raise BadModel(
            f"{folder / 'config.json'}: model_type: expected one of {', '.join(CLASSES)}, "
            f"found '{config.model_type}'{near(config.model_type, CLASSES)}"
        )
    return config


@lru_cache(maxsize=1)
def _load(folder: Path, device: str) -> Loaded:
    import transformers

    check_device(device)
    config = _config(folder)
    kind = getattr(transformers, CLASSES[config.model_type])
    network = pretrained(kind, folder, "Mask2Former or MaskFormer")
    try:
        processor = transformers.AutoImageProcessor.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise BadModel(f"{folder}: expected an image processor, found {one_line(error)}") from error
    return Loaded(processor, network.to(device), names_of(config))


def names_of(config: Any) -> tuple[str, ...]:
    """Names of the labels 0, 1, ...; empty where transformers made them up."""
    names = [config.id2label[label] for label in range(len(config.id2label))]
    made_up = names == [f"LABEL_{label}" for label in range(len(names))]
    return ("",) * len(names) if made_up else tuple(names)


def detect(loaded: Loaded, row: Inputs, ids: NDArray[np.int64], limit: int) -> Detections:
    """The `limit` best detections in an input's `image`; `ids` are category ids of the labels."""
    image = rgb(row.fields["image"], row.id)
    ready = loaded.processor(images=[image.copy()], return_tensors="pt")
    pixels, present = ready["pixel_values"], ready["pixel_mask"][0]
    found = loaded.network(pixel_values=pixels.to(weight_of(loaded.network)))
    check_output(f"sample '{row.id}'", [found.class_queries_logits, found.masks_queries_logits])
    logits = functional.interpolate(
        found.masks_queries_logits.cpu().float(),
        size=pixels.shape[-2:],
        mode="bilinear",
        align_corners=False,
    )
    # The processor pads below and to the right.
    rows, columns = int(present[:, 0].sum()), int(present[0].sum())
    logits = logits[:, :, :rows, :columns]
    return instances(
        found.class_queries_logits[0].cpu().float(), logits[0], image.shape[:2], ids, limit
    )


def instances(
    classes: Tensor, masks: Tensor, size: tuple[int, ...], ids: NDArray[np.int64], limit: int
) -> Detections:
    """The detections of Q queries: class logits (Q, 1 + L, `nothing` last), mask logits (Q, h, w).

    size: height and width of the image.   ids: the dataset's category ids of the L labels.
    """
    scores = classes.softmax(-1)[:, :-1]
    best, order = scores.flatten().sort(descending=True, stable=True)
    best, order = best[:limit], order[:limit]
    labels = ids[(order % scores.shape[1]).numpy()]
    chosen = masks[torch.div(order, scores.shape[1], rounding_mode="floor")]
    grown = functional.interpolate(chosen[None], size=size, mode="bilinear", align_corners=False)[0]
    inside = grown > 0
    pixels = inside.flatten(1).sum(1)
    certain = (grown.sigmoid() * inside).flatten(1).sum(1) / (pixels + 1e-6)
    kept = (pixels > 0).numpy() & (labels != UNMAPPED)
    seen = inside.numpy()[kept]
    scores = (best * certain).double().numpy()[kept]
    return Detections(labels[kept], scores, tight_boxes(seen), tuple(map(encoded, seen)))


def tight_boxes(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The boxes (D, 4) around masks (D, H, W) that are not empty: x, y, width, height."""
    sides = []
    for axis in (1, 2):
        line = np.asarray(masks.any(axis))
        first, last = line.argmax(1), line.shape[1] - line[:, ::-1].argmax(1)
        sides.append((first, last - first))
    (left, width), (top, height) = sides
    return np.stack([left, top, width, height], axis=1).astype(np.float64)

"""Segment Anything through transformers, prompted by a declared rule.

A rule places boxes or a point by the image's size alone. There is a box for each label, the largest
for label 1. A point would be the same for all labels: it asks for the last label alone, and every
row says so. Only `oracle-box` looks at the truth: the dataset hands over the boxes of the labels
that are there (`dataset.oracle=box`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, BadModel, WrongCall, one_of
from benchsuite.learning.device import check_device
from benchsuite.learning.finite import check_output
from benchsuite.learning.hub import content, located, pretrained
from benchsuite.model import State

from ..datasets.common import BOXES
from ..measure import Structures
from .preprocessing import with_channels

PROMPTS = ("centre-box", "centre-point", "oracle-box")


@dataclass(frozen=True)
class Sam:
    """A SAM checkpoint as a model of one or several labels.

    path    a directory that transformers wrote (config.json, preprocessor_config.json, safetensors)
            or such a repository of the Hub
    revision  of the repository: a commit, to be safe; the newest by default
    prompt  centre-box: a box around the middle of the image; centre-point: the middle itself, for
            the last label alone; oracle-box: the truth's boxes
    share   the side of a centre-box as a share of the image's; for label k it is share^k
    Raises BadData if the directory holds no such model, or the dataset gives no oracle prompt.
    """

    path: str
    prompt: str = "centre-box"
    share: float = 0.5
    device: str = "cpu"
    name: str = "sam"
    revision: str | None = None

    def __post_init__(self) -> None:
        check_device(self.device)
        one_of("model.prompt", self.prompt, PROMPTS)
        if not 0 < self.share <= 1:
            raise WrongCall(f"model.share: expected a share above 0, at most 1, found {self.share}")

    @property
    def factors(self) -> Mapping[str, str]:
        """The rule of its prompts, and what every row must say of it."""
        said = {"protocol": "one point: the last label alone"}
        rule = {"prompt": self.prompt, "share": f"{self.share:g}"}
        return {**rule, **(said if self.prompt == "centre-point" else {})}

    @property
    def fingerprint(self) -> str:
        """A hash of the model's files and the rule."""
        return digest([content(located(self.path, self.revision)), self.prompt, self.share])

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        from transformers import SamModel, SamProcessor

        folder = located(self.path, self.revision)
        model = pretrained(SamModel, folder, "a SAM model")
        try:
            processor = SamProcessor.from_pretrained(folder, local_files_only=True)
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise BadModel(f"{folder}: expected a SAM processor, found: {reason}") from error
        return model.to(self.device), processor

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[NDArray[np.uint8]]:
        """Label maps uint8 (H, W); a later, smaller label lies over an earlier one."""
        structures = Structures(**state.shared["structures"])
        return [self._labels(one, structures.classes - 1) for one in inputs]

    def _labels(self, one: Inputs, labels: int) -> NDArray[np.uint8]:
        image = one.fields["image"]
        rgb = with_channels(image, 3)
        found = np.zeros(image.shape[:2], np.uint8)
        for label, given in self._prompts(one, image.shape[:2], labels):
            found[self._mask(one.id, rgb, given)] = label
        return found

    def _prompts(
        self, one: Inputs, size: tuple[int, ...], labels: int
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        if self.prompt != "oracle-box":
            first = 1 if self.prompt == "centre-box" else labels
            for label in range(first, labels + 1):
                yield label, prompt(self.prompt, size, self.share**label)
            return
        if BOXES not in one.fields:
            raise BadData(f"sample '{one.id}': expected an oracle prompt (dataset.oracle=box), "
                          "found none")  # fmt: skip
        for label, *box in one.fields[BOXES].tolist():
            yield label, {"input_boxes": [[box]]}

    def _mask(
        self, sample: str, image: NDArray[np.uint8], given: Mapping[str, Any]
    ) -> NDArray[np.bool_]:
        model, processor = self._loaded
        batch = processor(image, return_tensors="pt", **given)
        sizes = batch.pop("original_sizes"), batch.pop("reshaped_input_sizes")
        with torch.inference_mode():
            masks = model(**batch.to(self.device), multimask_output=False).pred_masks.cpu()
        check_output(f"sample '{sample}'", masks)
        (full,) = processor.image_processor.post_process_masks(masks, *sizes)
        return np.asarray(full[0, 0].numpy(), np.bool_)


def prompt(rule: str, size: tuple[int, ...], share: float) -> dict[str, Any]:
    """The processor's prompt, in pixels x, y, of an image of that height and width."""
    height, width = size
    if rule == "centre-point":
        return {"input_points": [[[width / 2, height / 2]]]}
    left, top = width * (1 - share) / 2, height * (1 - share) / 2
    return {"input_boxes": [[[left, top, width - left, height - top]]]}

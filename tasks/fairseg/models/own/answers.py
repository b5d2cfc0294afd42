"""What a person's own model returns for an image, checked and made a label map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812

from benchsuite.errors import BadData, BadModel, WrongCall
from benchsuite.learning.finite import check_output

from ..outputs import held_in, labels_of

WANTED = "a label map (H, W) of whole numbers, or logits (C, H, W) of floats"


@dataclass(frozen=True)
class Answers:
    """How answers become label maps.

    threshold  a single channel is label 1 above it: 0 for logits, 0.5 for probabilities, 127 for
               grey values; None reads label maps and logits, and refuses what may be either
    labels     the dataset's label of each label or channel of the model; empty: they are the same
    resize     logits of another size become the image's, bilinearly
    """

    threshold: float | None = None
    labels: tuple[tuple[int, int], ...] = ()
    resize: bool = False

    def label_map(self, answer: Any, size: tuple[int, int], classes: int) -> NDArray[np.int64]:
        """The label map, int64 (H, W), of an answer for an image of `size`.

        classes  how many labels the dataset has, background included

        Raises BadData for what is no label map and no logits, numbers that are not finite, another
        size, and labels without a name; BadModel for logits that could be read in several ways.
        """
        found = tensor_of(answer)
        are_labels = found.ndim == 2 and self.threshold is None and _is_whole(found)
        if are_labels:
            labels = np.asarray(found.numpy(), np.int64)
        else:
            labels = labels_of(self._logits(found, size, classes), self.threshold or 0.0)
        if labels.shape != size:
            hint = "" if are_labels else " (model.resize=true resizes logits)"
            raise BadData(f"expected the image's size {size}, found {labels.shape}{hint}")
        return self._named(labels)

    def _logits(self, found: torch.Tensor, size: tuple[int, int], classes: int) -> torch.Tensor:
        logits = found
        if found.ndim == 2 and (found.is_floating_point() or self.threshold is not None):
            logits = found[None] if found.is_floating_point() else found.float()[None]
        if logits.ndim != 3 or not logits.is_floating_point():
            kind = str(found.dtype).removeprefix("torch.")
            raise BadData(f"expected {WANTED}, found {kind} {tuple(found.shape)}")
        check_output("the answer", logits)
        self._check_channels(logits, classes)
        if self.resize and logits.shape[1:] != size:
            return F.interpolate(logits[None], size, mode="bilinear", align_corners=False)[0]
        return logits

    def _check_channels(self, logits: torch.Tensor, classes: int) -> None:
        channels = len(logits)
        if channels == 1 and self.threshold is None and logits.min() >= 0 and logits.max() <= 1:
            raise BadModel("a single channel of values in 0 to 1 may hold probabilities or logits: "
                           "say model.threshold=0.5 for probabilities, 0 for logits")  # fmt: skip
        if self.labels or channels == classes or (channels == 1 and classes == 2):
            return
        raise BadModel(f"expected logits ({classes}, H, W), a channel for each label from 0, the "
                       f"background, to {classes - 1}, found {tuple(logits.shape)}: model.labels "
                       "says which label each channel is")  # fmt: skip

    def _named(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        if not self.labels:
            return labels
        known = {0: 0, **dict(self.labels)}
        made = np.zeros_like(labels)
        for label in np.unique(labels).tolist():
            if label not in known:
                raise BadData(f"label {label}: expected one of {', '.join(map(str, sorted(known)))}"
                              "; name it in model.labels")  # fmt: skip
            made[labels == label] = known[label]
        return made


def tensor_of(answer: Any) -> torch.Tensor:
    """An answer as a tensor on the CPU: whole numbers (H, W), or whatever it is.

    The logits of a dict or of a list of one count. Axes of length one in front are left out where
    two, or for logits three, remain. Raises BadData for what is no array of numbers.
    """
    held = held_in(answer)
    if torch.is_tensor(held):
        found = held.detach().cpu().as_subclass(torch.Tensor)
    else:
        try:
            found = torch.as_tensor(np.array(held))
        except Exception as error:  # arrays of others raise their own
            raise BadData(f"expected {WANTED}, found {_kind(held)}") from error
    found = found.float() if found.is_floating_point() and found.itemsize < 4 else found
    axes = 3 if found.is_floating_point() else 2
    while found.ndim > axes and len(found) == 1:
        found = found[0]
    # networks whose largest channel was taken already keep its axis, and floats
    return found[0] if found.ndim == 3 and len(found) == 1 and _is_whole(found) else found


def _kind(found: Any) -> str:
    """What an answer is: its type, and what it holds."""
    if isinstance(found, Mapping):
        return f"{type(found).__name__} with the keys {', '.join(map(str, found))}"
    parts = [type(one).__name__ for one in found[:4]] if isinstance(found, list | tuple) else []
    return type(found).__name__ + (f" of {', '.join(parts)}" if parts else "")


def _is_whole(found: torch.Tensor) -> bool:
    """Whether these are labels: whole numbers, of whatever type, that are not below 0."""
    if found.is_complex():
        return False
    return not found.is_floating_point() or bool(((found >= 0) & (found == found.round())).all())


def labels_given(labels: Any) -> tuple[tuple[int, int], ...]:
    """The pairs of a model's label and the dataset's, of a mapping, or of a list from 0.

    Raises WrongCall for anything else.
    """
    if labels is None:
        return ()
    if isinstance(labels, np.ndarray):
        labels = labels.tolist()
    if not isinstance(labels, Mapping | Sequence) or isinstance(labels, str):
        raise WrongCall(f"model.labels: expected a mapping or a list of labels, found {labels!r}")
    pairs = labels.items() if isinstance(labels, Mapping) else enumerate(labels)
    return tuple((_label(own), _label(dataset)) for own, dataset in pairs)


def _label(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal():
        raise WrongCall(f"model.labels: expected labels, whole numbers from 0, found {value!r}")
    return int(value)

"""From the labels of a person's own model to category ids of the dataset; nothing is guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData, BadModel, WrongCall

from ...formats import MAX_DETECTIONS
from ..categories import UNMAPPED, category_ids, matched

Label = int | str
Given = Sequence[str] | Mapping[Label, str | int]
"""Names in the order of the labels; or by label a name, a category id, or '' for no class.

A list names the labels 1, 2, ... in torchvision's convention, and 0, 1, ... in others.
"""
BACKGROUND = ("__background__", "background")
"""Names of the label 0 in torchvision's convention. A list that begins with one counts from 0."""
OPTION = "model_options={'classes': [...]}"


@dataclass(frozen=True)
class Told:
    """What a model says of its labels: the first one, how many there are, and their names.

    count  0 where it does not say
    names  empty where it does not say; an empty name stands for a label that is no class
    """

    first: int
    count: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Classes:
    """The classes of a model, and those of the dataset that it is measured on.

    given    what the person says of the labels; it goes before what the model says
    dataset  the dataset's names by category id
    most     how many detections of a class and image count
    """

    model: str
    given: Given
    dataset: Mapping[int, str]
    most: int = MAX_DETECTIONS

    def ids(self, labels: NDArray[Any], told: Told) -> NDArray[np.int64]:
        """The category id of each label (D,), a number or a name; UNMAPPED where it is no class.

        Raises BadData for a label that nobody named.
        """
        if not len(labels):
            return np.zeros(0, dtype=np.int64)
        named = labels.dtype.kind == "U"
        known = self._by_name(labels.tolist()) if named else self._by_number(told)
        for label in labels.tolist():
            if label not in known:
                raise BadData(
                    f"label {label!r}: expected one of {_some(known or self.dataset.values())}; "
                    f"name it in {OPTION}, or give it '' to leave its detections out"
                )
        return np.array([known[label] for label in labels.tolist()], dtype=np.int64)

    def table(self, told: Told) -> NDArray[np.int64]:
        """The category ids (L,) of all labels of a model that says how many it has."""
        known = self._by_number(told)
        return np.array([known[told.first + i] for i in range(told.count)], dtype=np.int64)

    def _by_number(self, told: Told) -> dict[Label, int]:
        names = _by_label(self.given, told.first)
        if not names and any(told.names):
            names = dict(enumerate(told.names, told.first))
        if not names:
            return self._unnamed(told)
        self._check_all(names, told)
        texts = [self._text(label, name) for label, name in names.items()]
        ids = category_ids(self.model, texts, self.dataset)
        background: dict[Label, int] = {0: UNMAPPED} if told.first and told.count else {}
        return {**background, **dict(zip(names, ids.tolist(), strict=True))}

    def _check_all(self, names: Mapping[Label, Any], told: Told) -> None:
        """Raises BadModel where a model says how many labels it has, and others are named."""
        last = told.first + told.count - 1
        spare = {0} if told.first else set()  # the background
        if told.count and {*names} - spare != {*range(told.first, last + 1)}:
            raise BadModel(
                f"model {self.model}: classes: expected names of the labels {told.first} to {last} "
                f"('' for no class), found those of {_some(names)}"
            )

    def _unnamed(self, told: Told) -> dict[Label, int]:
        """Labels without names: in the order of the ids, where nothing else can be meant."""
        same = told.first == 1 and sorted(self.dataset) == [*range(1, len(self.dataset) + 1)]
        if not told.count and not same:
            raise BadModel(
                f"model {self.model}: nothing says which class of the dataset "
                f"({_some(self.dataset.values())}) a label is: give {OPTION}, or a mapping by label"
            )
        count = told.count or len(self.dataset)
        ids = category_ids(self.model, [""] * count, self.dataset)
        return dict(enumerate(ids.tolist(), told.first))

    def _by_name(self, labels: Sequence[str]) -> dict[Label, int]:
        """Of these labels, those that the person named, or that are classes of the dataset."""
        given = _by_label(self.given, 0)
        spoken = {**{name: name for name in given.values()}, **given}
        texts = [self._text(label, spoken.get(label, label)) for label in labels]
        found = zip(labels, matched(texts, self.dataset).tolist(), strict=True)
        return {label: key for label, key in found if key != UNMAPPED or label in spoken}

    def _text(self, label: Label, name: str | int) -> str:
        if isinstance(name, str):
            return name
        if name not in self.dataset:
            raise WrongCall(
                f"classes: label {label!r}: expected a category id of the dataset "
                f"({_some(self.dataset)}), found {name}"
            )
        return self.dataset[name]


def checked(given: Any) -> Given:
    """What a person gives as `classes`, with numbers as numbers: files and commands have texts.

    None stands for nothing. Raises WrongCall for anything but names or a mapping from labels.
    """
    if given is None:
        return ()
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if isinstance(given, Mapping):
        made = {_number(label): "" if name is None else name for label, name in given.items()}
        wrong = [one for one in made.values() if not isinstance(one, str | int | np.integer)]
    elif isinstance(given, str) or not isinstance(given, Sequence):
        raise WrongCall(f"classes: expected a list of names or a mapping, found {given!r}")
    else:
        wrong = [one for one in given if not isinstance(one, str)]
        if not wrong:
            return tuple(given)
    if wrong:
        raise WrongCall(f"classes: expected the name of a class, found {wrong[0]!r}")
    return {label: int(n) if not isinstance(n, str) else n for label, n in made.items()}


def _number(label: Any) -> Label:
    try:
        return int(str(label))
    except ValueError:
        return str(label)


def _by_label(given: Given, first: int) -> dict[Label, str | int]:
    if isinstance(given, Mapping):
        return dict(given)
    return dict(enumerate(given, 0 if given and given[0].lower() in BACKGROUND else first))


def _some(values: Any) -> str:
    listed = [str(value) for value in values if value != ""]
    return ", ".join(listed[:8]) + (", …" if len(listed) > 8 else "")

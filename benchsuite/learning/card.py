"""The card of trained weights, `card.json` beside them: one schema for every task."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchsuite.files.text import json_object, record_of
from benchsuite.files.write import write_json

CARD = "card.json"


@dataclass(frozen=True)
class Data:
    """What was trained on. samples: how many, where the training chose among them."""

    name: str
    fingerprint: str
    note: str = ""
    licence: str = ""
    samples: int | None = None


@dataclass(frozen=True)
class Card:
    """What is known of weights.

    licence    of the weights
    recipe     the training's options
    network    what the weights do not say of the network
    figures    what the training measured
    libraries  their versions
    folds      the fold whose network has not seen a cluster, by the cluster's id
    """

    model: str
    licence: str
    parameters: int
    data: Data
    recipe: Mapping[str, Any]
    network: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    folds: Mapping[str, str] = field(default_factory=dict)


def write_card(folder: Path, card: Card) -> None:
    """Publish `card.json` in the folder of the weights."""
    write_json(folder / CARD, asdict(card))


def read_card(folder: Path) -> Card:
    """The card of the folder's weights. Raises BadData for none or another schema."""
    path = folder / CARD
    return record_of(Card, str(path), json_object(path))

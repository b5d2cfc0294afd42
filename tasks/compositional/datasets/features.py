"""Winoground as embeddings: no image and no caption, but what a dual encoder made of them.

A folder with one `*.npz` that holds `image` and `text`, float32 (N, 2, d); `tags.csv` with the
columns of Winoground's own table (`id`, `tag`, `secondary_tag`, `collapsed_tag`,
`num_main_preds`); and, if there, `diwan_tags.json`, {id: [difficulty, ...]} after Diwan et al.
(arXiv 2211.00768).
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, near
from benchsuite.files.arrays import read_member
from benchsuite.files.marks import Marks
from benchsuite.files.table import csv_rows
from benchsuite.files.text import json_object, strings

from .groups import Group, of_features

TAG_COLUMNS = ("secondary_tag", "collapsed_tag", "num_main_preds")
SECONDARY = ("Pragmatics", "Series", "Symbolic", "Morpheme-Level")
"""Winoground's secondary tags, of which an example may have several (arXiv 2204.03162)."""
DIWAN = (
    "Ambiguously Correct",
    "Complex Reasoning",
    "Non Minimal",
    "Unusual Image",
    "Unusual Text",
    "Visually Difficult",
)
"""Difficulty tags, of which an example may have several or none (arXiv 2211.00768)."""


def winoground_features(path: str, name: str = "winoground-features") -> Dataset:
    """Winoground's 2×2 groups as embeddings, with its tags as attributes.

    Raises BadData where a file is missing, malformed, or of another length than the others.
    """
    folder = Path(path)
    images, texts = _embeddings(_only(folder, "*.npz"))
    tags = csv_rows(folder / "tags.csv", ("id", *TAG_COLUMNS))
    tagged = folder / "diwan_tags.json"
    difficulty = diwan(tagged, {row["id"] for _, row in tags}) if tagged.exists() else {}
    if len(tags) != len(images):
        raise BadData(f"{folder}: expected {len(images)} rows in tags.csv, found {len(tags)}")
    groups = [
        Group(
            where=where,
            id=row["id"],
            images=image,
            captions=text,
            attributes={**attributes(row), **difficulty.get(row["id"], {})},
        )
        for (where, row), image, text in zip(tags, images, texts, strict=True)
    ]
    return of_features(name, groups)


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise BadData(f"{folder}: expected one file {pattern}, found {len(found)}")
    return found[0]


def _embeddings(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    found = [read_member(path, [key]) for key in ("image", "text")]
    if any(array.dtype.kind not in "fiu" for array in found):
        raise BadData(f"{path}: expected arrays of numbers, found {found[0].dtype}")
    arrays = [np.asarray(array, dtype=np.float32) for array in found]
    for array in arrays:
        if array.ndim != 3 or array.shape[1] != 2 or array.shape != arrays[0].shape:
            raise BadData(f"{path}: expected two arrays (N, 2, d), found {array.shape}")
        if not np.isfinite(array).all():
            raise BadData(f"{path}: expected finite numbers, found NaN or infinity")
    return arrays[0], arrays[1]


def attributes(row: Mapping[str, Any]) -> dict[str, str]:
    """Winoground's tags of an example as attributes, without those that are not known."""
    secondary = [tag.strip() for tag in str(row["secondary_tag"] or "").split(",")]
    plain = {"tag": str(row["collapsed_tag"]), "main_predicates": str(row["num_main_preds"])}
    return {
        **Marks().without_unknown(plain),
        **{_attribute(tag): _yes(tag in secondary) for tag in SECONDARY},
    }


def diwan(path: Path, examples: Collection[str]) -> dict[str, dict[str, str]]:
    """Difficulty tags by id as attributes.

    Raises BadData where there is no such file, and for an id that is not one of `examples`.
    """
    found = json_object(path)
    for key in found:
        if key not in examples:
            raise BadData(f"{path}: expected ids of examples, found '{key}'{near(key, examples)}")
    return {key: _difficulty(strings(str(path), found, key)) for key in found}


def _difficulty(tags: Sequence[str]) -> dict[str, str]:
    each = {_attribute(tag): _yes(tag in tags) for tag in DIWAN}
    return {**each, "no_difficulty": _yes(not tags)}


def _attribute(tag: str) -> str:
    return tag.lower().replace(" ", "_").replace("-", "_")


def _yes(condition: bool) -> str:
    return "yes" if condition else "no"

"""`harvard-fairseg`: the 10,000 subjects of Harvard-FairSeg, in the layout of its authors.

    data_00001.npz …         an image, its mask, six attributes; read one at a time, without pickle
    train.txt, test.txt      names of files, a line each

The authors send the data on request, for non-commercial research (CC BY-NC-ND 4.0):
https://ophai.hms.harvard.edu/datasets/harvard-fairseg10k/
"""

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Constant, Dataset, Lazy, Sample, digest
from benchsuite.errors import BadData
from benchsuite.files.arrays import read_member
from benchsuite.files.hashes import content_hash
from benchsuite.files.text import text_of

from ..measure import OPTIC, Labels
from ..metrics import sample_metrics
from .common import described, shared

KEYS = {
    "image": ("slo_fundus", "fundus_slo"),
    "labels": ("disc_cup_mask", "disc_cup"),
    "age": ("age",),
    "gender": ("gender",),
    "race": ("race",),
    "ethnicity": ("ethnicity", "hispanic"),
    "language": ("language",),
    "maritalstatus": ("maritalstatus",),
}
"""The keys of an npz file; both spellings are in use."""
CODES = {
    "gender": {0: "Female", 1: "Male"},
    "race": {0: "Asian", 1: "Black", 2: "White"},
    "ethnicity": {0: "Non-Hispanic", 1: "Hispanic"},
    "language": {0: "English", 1: "Spanish", 2: "Other"},
    "maritalstatus": {0: "Married or partnered", **dict.fromkeys((1, 2, 3, 4), "Other")},
}
"""The code book; -1 is unknown. Marital status is binarised as in the reference."""
UNKNOWN = -1
DAYS_A_YEAR = 365
OLD = 60
"""Years of age at which the reference splits."""
OLDEST = 130
"""An age above that is in days, as the reference's code takes it."""


def harvard_fairseg(
    path: str,
    name: str = "harvard-fairseg",
    split: str = "test",
    lists: str = "",
    protocol: str = "strict",
    oracle: str = "",
    alpha: float = 1.0,
) -> Dataset:
    """The files of a folder that `<lists or path>/<split>.txt` names.

    Raises BadData for a file that is missing, lacks a key, holds objects (pickles), or has
    impossible codes, labels, ages or grey values.
    """
    root = Path(path)
    files = _listed(root, Path(lists) if lists else root, split)
    samples, areas, digests = [], [], []
    for file in files:
        areas.append(_areas(file))
        samples.append(_sample(file))
        digests.append(digest([file.stem, content_hash(file)]))
    common = shared(OPTIC, protocol, areas)
    made = Dataset(
        name=name if split == "test" else f"{name}-{split}",
        fingerprint=digest([sorted(digests), common]),
        load=Constant(tuple(samples)),
        shared=common,
        population=f"harvard-fairseg/{split}",
        note=f"{len(samples)} subjects",
    )
    return described(made, protocol, sample_metrics, oracle, alpha)


def _listed(root: Path, lists: Path, split: str) -> list[Path]:
    named = lists / f"{split}.txt"
    names = text_of(named).split()
    present = {file.name: file for file in root.glob("*.npz")}
    for line, one in enumerate(names, start=1):
        if one not in present:
            raise BadData(f"{named}:{line}: expected a file of {root}, found no '{one}'")
    if not names or len(set(names)) < len(names):
        raise BadData(f"{named}: expected names that occur once, found {len(names)} names, "
                      f"{len(set(names))} of them different")  # fmt: skip
    return [present[one] for one in sorted(names)]


def _sample(file: Path) -> Sample:
    return Sample(
        id=file.stem,
        inputs=Lazy({"image": partial(read_fundus, file)}),
        truth=Lazy({"labels": partial(read_disc_cup, file)}),
        attributes=read_attributes(file),
    )


def _areas(file: Path) -> dict[str, int]:
    labels, shape = read_disc_cup(file), read_fundus(file).shape
    if labels.shape != shape[:2]:
        raise BadData(f"{file}: expected an image and a mask of one size, found {shape} and "
                      f"{labels.shape}")  # fmt: skip
    return OPTIC.areas(labels)


def read_fundus(file: Path) -> NDArray[np.uint8]:
    """The image, uint8 (H, W). Raises BadData unless its values are grey values, 0 to 255."""
    image = read_member(file, KEYS["image"])
    if image.ndim != 2 or image.size == 0 or image.dtype.kind not in "uif":
        raise BadData(f"{file}: slo_fundus: expected a grey image (H, W), found {image.dtype} "
                      f"{image.shape}")  # fmt: skip
    low, high = float(image.min()), float(image.max())
    # Fractions of 1 would all be rounded to 0 or 1.
    fractions = image.dtype.kind == "f" and 0 < high <= 1
    if fractions or not (low >= 0 and high <= 255):
        raise BadData(f"{file}: slo_fundus: expected grey values 0 to 255, found {low:g} to "
                      f"{high:g}")  # fmt: skip
    return np.round(image).astype(np.uint8)


def read_disc_cup(file: Path) -> Labels:
    """The label map, uint8 (H, W): the file's -1 is the rim (1), its -2 the cup (2)."""
    raw = read_member(file, KEYS["labels"])
    if raw.ndim != 2 or not set(np.unique(raw).tolist()) <= {0, -1, -2, 1, 2}:
        found = np.unique(raw)[:5].tolist()
        raise BadData(f"{file}: disc_cup_mask: expected a mask (H, W) of 0, -1 and -2, found "
                      f"{raw.shape} of {found}")  # fmt: skip
    return np.abs(raw.astype(np.int64)).astype(np.uint8)


def read_attributes(file: Path) -> dict[str, str]:
    """The known attributes of a file."""
    found = {name: _decoded(file, name, book) for name, book in CODES.items()}
    age = _number(file, "age")
    if age != UNKNOWN and not 0 <= age < math.inf:
        raise BadData(f"{file}: age: expected years or days, or {UNKNOWN}, found {age:g}")
    years = age / DAYS_A_YEAR if age > OLDEST else age
    found["age"] = "" if age == UNKNOWN else f"under {OLD}" if years < OLD else f"{OLD} and over"
    return {name: value for name, value in found.items() if value}


def _decoded(file: Path, name: str, book: Mapping[int, str]) -> str:
    code = _number(file, name)
    if code != UNKNOWN and code not in book:
        known = ", ".join(str(k) for k in (UNKNOWN, *book))
        raise BadData(f"{file}: {name}: expected a code of {known}, found {code:g}")
    return book.get(int(code), "")


def _number(file: Path, name: str) -> float:
    value = read_member(file, KEYS[name])
    if value.size != 1 or value.dtype.kind not in "biuf":
        raise BadData(f"{file}: {name}: expected one number, found {value.dtype} {value.shape}")
    return float(value.reshape(())[()])

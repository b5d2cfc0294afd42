"""Datasets from annotated images of any layout: lazy samples, a fingerprint, domains."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchsuite.dataset import CLEAN_DOMAIN, Dataset, Sample, check, digest
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.coco import Key
from benchsuite.files.hashes import content_hash
from benchsuite.files.images import Size

from ..formats import CAP, MAX_DETECTIONS
from ..metrics import metrics_of
from .images import Annotation, Picture, Truth, fitted

WITHOUT_IMAGES = "images are not there: predictions can be scored, models cannot run"


@dataclass(frozen=True)
class Entry:
    """An annotated image as a layout has it.

    image    the file; it may be absent where predictions are scored
    source   makes the annotations at the image's own `size`
    content  a hash of what the annotations are made of
    fault    what is wrong with one of them, if that is known; `source` raises it
    cluster  what the image is drawn together with; by itself if it is empty
    """

    id: str
    image: Path
    size: Size
    source: Callable[[], list[Annotation]]
    content: str
    image_id: Key = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    cluster: str = ""


@dataclass(frozen=True)
class Loaded:
    """Loads the samples of each domain; worker processes can unpickle it."""

    domains: Mapping[str, tuple[Sample, ...]]

    def __call__(self, domain: str) -> Sequence[Sample]:
        return self.domains[domain]


def assembled(
    name: str,
    entries: Sequence[Entry],
    shared: Mapping[str, Any],
    max_side: int | None = None,
    domains: Mapping[str, Sequence[Entry]] | None = None,
    protocol: str = "",
) -> Dataset:
    """A dataset of these entries; its fingerprint hashes the bytes of images and annotations.

    Images with a side over `max_side` are made smaller, and their truth with them. Domains hold
    other images than the dataset. Every row shows `protocol`. Raises BadData if there is no entry,
    an id occurs twice, or some images are missing. If all are missing, predictions can be scored.
    """
    if max_side is not None and max_side < 1:
        raise WrongCall(f"max_side: expected pixels, found {max_side}")
    every = {CLEAN_DOMAIN: entries, **(domains or {})}
    here = [entry for part in every.values() for entry in part]
    images = _image_hashes(here)
    made = {key: tuple(_sample(entry, max_side) for entry in part) for key, part in every.items()}
    for samples in made.values():
        check(name, samples)
    rows = [
        [key, e.id, dict(e.attributes), images[e.image], e.content, *filter(None, [e.cluster])]
        for key, part in every.items()
        for e in sorted(part, key=lambda e: e.id)
    ]
    absent = "" if any(images.values()) else WITHOUT_IMAGES
    return Dataset(
        name=name,
        fingerprint=digest([rows, shared, max_side]),
        load=Loaded(made),
        shared=shared,
        domains=tuple(domains or ()),
        unrelated=tuple(domains or ()),
        note="; ".join(part for part in (_scaled(max_side), absent) if part),
        protocol="; ".join(filter(None, [protocol, _cap_of(shared)])),
        metrics=metrics_of(shared.get(CAP, MAX_DETECTIONS), shared["classes"]),
        faults=tuple(e.fault for e in here if e.fault),
    )


def capped(shared: Mapping[str, Any], most: int) -> dict[str, Any]:
    """What a dataset shares, with another number of detections that count than COCO's.

    Raises WrongCall for a number under 1.
    """
    if type(most) is not int or most < 1:
        raise WrongCall(f"dataset.max_detections: expected a whole number from 1, found {most!r}")
    return {**shared, **({CAP: most} if most != MAX_DETECTIONS else {})}


def _cap_of(shared: Mapping[str, Any]) -> str:
    return f"at most {shared[CAP]} detections of a class" if CAP in shared else ""


def _scaled(max_side: int | None) -> str:
    return f"longest side at most {max_side}" if max_side else ""


def _sample(entry: Entry, max_side: int | None) -> Sample:
    size = fitted(entry.size, max_side)
    return Sample(
        id=entry.id,
        inputs=Picture(entry.image, entry.size, size),
        truth=Truth(entry.image_id or entry.id, entry.size, size, entry.source),
        attributes=entry.attributes,
        cluster=entry.cluster,
    )


def _image_hashes(entries: Sequence[Entry]) -> dict[Path, str]:
    found = {e.image: content_hash(e.image) if e.image.is_file() else "" for e in entries}
    missing = [path for path, hashed in found.items() if not hashed]
    if missing and len(missing) < len(found):
        raise BadData(
            f"{missing[0]}: expected an image, found no file "
            f"({len(missing)} of {len(found)} images are missing)"
        )
    return found


def with_domains(dataset: Dataset, others: Mapping[str, Dataset]) -> Dataset:
    """The dataset with others as its domains: other images of the same classes.

    Raises BadData if a category id means two things.
    """
    shared = dict(dataset.shared)
    for other in others.values():
        shared = _joined(dataset.name, shared, other)
    samples = {name: tuple(other.samples()) for name, other in others.items()}
    return replace(
        dataset,
        fingerprint=digest([dataset.fingerprint, {n: o.fingerprint for n, o in others.items()}]),
        load=Loaded({CLEAN_DOMAIN: tuple(dataset.samples()), **samples}),
        shared=shared,
        domains=tuple(others),
        unrelated=tuple(others),
        faults=(*dataset.faults, *(fault for one in others.values() for fault in one.faults)),
        note=_said(dataset.note, {n: o.note for n, o in others.items()}),
        protocol=_said(dataset.protocol, {n: o.protocol for n, o in others.items()}),
        warnings=tuple(line for one in (dataset, *others.values()) for line in one.warnings),
    )


def _said(own: str, others: Mapping[str, str]) -> str:
    theirs = [f"{name}: {text}" for name, text in others.items() if text]
    return "; ".join([own, *theirs] if own else theirs)


def _joined(name: str, shared: Mapping[str, Any], other: Dataset) -> dict[str, Any]:
    classes = {**shared["classes"]}
    for key, theirs in other.shared["classes"].items():
        if classes.setdefault(key, theirs) != theirs:
            raise BadData(
                f"dataset {name}: class {key}: expected '{classes[key]}' in every domain, "
                f"found '{theirs}' in {other.name}"
            )
    if other.shared.get(CAP) != shared.get(CAP):
        raise BadData(
            f"dataset {name}: max_detections: expected {shared.get(CAP, MAX_DETECTIONS)} in every "
            f"domain, found {other.shared.get(CAP, MAX_DETECTIONS)} in {other.name}"
        )
    unscored = {**other.shared.get("unscored", {}), **shared.get("unscored", {})}
    return {
        **other.shared, **shared, "classes": classes,
        "unscored": {key: label for key, label in unscored.items() if key not in classes},
    }  # fmt: skip


def subset_of(entries: Sequence[Entry], count: int | None) -> list[Entry]:
    """`count` entries: a systematic sample of them by attributes, then by a hash of the id.

    Every combination of attributes keeps its share to within one image. The ids alone decide which
    images are drawn. Raises WrongCall if there are fewer images.
    """
    if count is None:
        return list(entries)
    if not 0 < count <= len(entries):
        raise WrongCall(f"subset: expected 1 to {len(entries)} images, found {count}")
    ordered = sorted(
        entries, key=lambda e: (sorted(e.attributes.items()), digest(["subset", e.id]))
    )
    return [ordered[int((i + 0.5) * len(ordered) / count)] for i in range(count)]

"""`masks`: any directory of images, label maps and a table of attributes.

images/ID.png            8 bits, grey or RGB (also jpg, tif, bmp, webp, gif)
masks/ID.png             a label map, 0 is background (also npy, tif, bmp, gif), or
annotations.json         COCO: the union of each category's instances
attributes.csv           one row per sample: id, attributes, perhaps a cluster and a split
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NoReturn

from benchsuite.dataset import Constant, Dataset, Sample, digest
from benchsuite.errors import BadData, WrongCall, one_of
from benchsuite.files.attributes import read_rows
from benchsuite.files.hashes import content_hash
from benchsuite.files.images import IMAGES, by_stem, read_image
from benchsuite.files.maps import maps_by_stem

from ..formats import Reading
from ..measure import Labels, Structures
from ..metrics import cluster_metrics, sample_metrics
from .columns import Columns, Rows, attributes, clusters
from .columns import folds as folds_of
from .common import Lazy, described, shared
from .unions import Unions, read_unions

METRICS = {"samples": sample_metrics, "clusters": cluster_metrics}
"""The metrics of each `estimand`."""


@dataclass(frozen=True)
class Pair:
    """An image and how its label map is loaded; `digest` names the content of both."""

    image: Path
    labels: Callable[[], Labels]
    digest: str

    def looked_at(self, known: Structures) -> "Seen":
        """What is seen of the pair; its fault if it cannot be read, or does not fit together."""
        try:
            labels = self.labels()
            size = read_image(self.image, labels.shape).shape[:2]
            if labels.shape != size:
                raise BadData(f"{self.image}: expected an image and a mask of one size, found "
                              f"{size} and {labels.shape}")  # fmt: skip
        except BadData as error:
            return Seen({}, partial(_refuse, str(error)), partial(_refuse, str(error)), str(error))
        image = partial(read_image, self.image, labels.shape)
        return Seen(known.areas(labels), image, self.labels)


@dataclass(frozen=True)
class Seen:
    """A pair that was looked at: the pixels of its structures, and what loads image and labels.

    The loaders of a pair with a `fault` raise it, so that it is the failure of its sample alone.
    """

    areas: Mapping[str, int]
    image: Callable[[], Any]
    labels: Callable[[], Labels]
    fault: str = ""


def _refuse(fault: str) -> NoReturn:
    raise BadData(fault)


def masks(
    path: str,
    name: str = "masks",
    id: str = "id",  # noqa: A002 - the option's name on the command line
    cluster: str = "",
    groups: Sequence[str] = (),
    halves: Sequence[str] = (),
    crossed: Sequence[Sequence[str]] = (),
    structures: Mapping[str, Sequence[int]] | None = None,
    reported: Sequence[str] = (),
    ratio: Sequence[str] = (),
    binary: bool = False,
    threshold: float | None = None,
    ignore: int | None = None,
    split: str = "",
    folds: str | int = "",
    estimand: str = "samples",
    protocol: str = "strict",
    oracle: str = "",
) -> Dataset:
    """A directory of that layout; `conf/dataset/masks.yaml` explains the options.

    Raises BadData for whatever is malformed, missing, unknown, or occurs twice.
    """
    one_of("dataset.estimand", estimand, METRICS)
    _check_lists(groups=groups, halves=halves, reported=reported, ratio=ratio)
    columns = Columns(id, cluster, groups, halves)
    table = _table(Path(path) / "attributes.csv", columns, split)
    wanted = _Truth(Path(path), structures, tuple(reported), tuple(ratio))
    known = wanted.known()
    reading = Reading(known.classes, binary, threshold, ignore)
    pairs = wanted.pairs(table, known, reading)
    seen = {key: pair.looked_at(known) for key, pair in pairs.items()}
    samples = _samples(table, columns, seen, str(folds))
    common = shared(known, protocol, [one.areas for one in seen.values() if not one.fault])
    common |= reading.shared
    made = Dataset(
        name=name,
        fingerprint=digest([_identities(samples, pairs), common]),
        load=Constant(tuple(samples)),
        shared=common,
        note=f"{len(samples)} samples of {Path(path).name}",
        crossed=_crossed(crossed, samples),
        faults=tuple(one.fault for one in seen.values() if one.fault),
    )
    said = "; ".join(filter(None, [_said(protocol, str(folds)), reading.protocol]))
    return described(made, said, METRICS[estimand], oracle)


def _check_lists(**options: Sequence[str]) -> None:
    for key, value in options.items():
        if isinstance(value, str):
            raise WrongCall(f"dataset.{key}: expected a list ([{value}]), found '{value}'")


def _crossed(
    wanted: Sequence[Sequence[str]], samples: Sequence[Sample]
) -> tuple[tuple[str, ...], ...]:
    known = sorted({name for sample in samples for name in sample.attributes})
    for axis in wanted:
        if isinstance(axis, str) or len(axis) < 2:
            raise WrongCall(
                f"dataset.crossed: expected lists of attributes ([[a, b]]), found {axis}"
            )
        for name in axis:
            one_of("dataset.crossed", name, known)
    return tuple(tuple(axis) for axis in wanted)


def _table(path: Path, columns: Columns, split: str) -> Rows:
    rows = read_rows(path, columns.id, columns.named)
    if not split or (split == "train" and "split" not in next(iter(rows.values()))):
        return rows
    found = {key: row for key, row in rows.items() if row.get("split") == split}
    if not found:
        values = sorted({row.get("split", "no column") for row in rows.values()})
        raise BadData(f"{path}: split: expected rows with '{split}', found {', '.join(values)}")
    return found


@dataclass(frozen=True)
class _Truth:
    """Where the label maps of a directory come from, and what they show."""

    root: Path
    structures: Mapping[str, Sequence[int]] | None
    reported: tuple[str, ...]
    ratio: tuple[str, ...]

    @cached_property
    def unions(self) -> Unions | None:
        """COCO's annotations; None if the truth is label maps."""
        if not (self.root / "annotations.json").exists():
            return None
        if (self.root / "masks").exists():
            raise BadData(f"{self.root}: expected masks/ or annotations.json, found both")
        return read_unions(self.root / "annotations.json")

    def known(self) -> Structures:
        """The structures that are asked for; by default label 1, or the categories."""
        default = self.unions.structures if self.unions else {"structure": [1]}
        labels = self.structures or default
        if not isinstance(labels, Mapping):
            raise BadData(f"dataset.structures: expected {{name: [labels]}}, found {labels!r}")
        plain = {str(name): union for name, union in labels.items()}
        known = Structures(plain, self.reported or tuple(plain), self.ratio)
        if self.unions and known.classes > 1 + len(default):
            raise BadData(f"dataset.structures: expected labels 1 to {len(default)}, one a category"
                          f" of {self.unions.file.path}, found {known.classes - 1}")  # fmt: skip
        return known

    def pairs(self, rows: Rows, known: Structures, reading: Reading) -> dict[str, Pair]:
        """The image and label map of each row."""
        images = _looked_up(self.root / "images", rows, by_stem(self.root / "images", IMAGES))
        if self.unions:
            if reading.ignore is not None:
                raise WrongCall("dataset.ignore: expected masks/, as a label map alone has ignored "
                                f"pixels, found {self.unions.file.path}")  # fmt: skip
            kept = {label for union in known.labels.values() for label in union}
            return {
                key: Pair(image, union, digest([content_hash(image), digest(union.content)]))
                for key, image in images.items()
                for union in [self.unions.of(image.name, kept)]
            }
        maps = _looked_up(self.root / "masks", rows, maps_by_stem(self.root / "masks"))
        return {
            key: Pair(
                image,
                partial(reading.read, maps[key]),
                digest([content_hash(image), content_hash(maps[key])]),
            )
            for key, image in images.items()
        }


def _looked_up(folder: Path, rows: Rows, files: Mapping[str, Path]) -> dict[str, Path]:
    names = {path.name: path for path in files.values()}
    found = {key: path for key in rows if (path := files.get(key) or names.get(key))}
    for key in rows:
        if key not in found:
            raise BadData(f"{folder}: expected a file for '{key}' of attributes.csv, found none")
    return found


def _samples(rows: Rows, columns: Columns, seen: Mapping[str, Seen], wanted: str) -> list[Sample]:
    of, values = clusters(rows, columns), attributes(rows, columns)
    fold = folds_of(rows, columns, wanted) if wanted else {}
    return [
        Sample(
            id=key,
            inputs=Lazy({"image": one.image, **_fold(fold, key)}),
            truth=Lazy({"labels": one.labels}),
            attributes=values[key],
            cluster=of[key],
        )
        for key, one in seen.items()
    ]


def _fold(fold: Mapping[str, str], key: str) -> dict[str, Any]:
    return {"fold": partial(str, fold[key])} if fold else {}


def _said(protocol: str, folds: str) -> str:
    if not folds:
        return protocol
    return f"{protocol}; cv{folds}" if folds.isdigit() else f"{protocol}; leave one {folds} out"


def _identities(samples: Sequence[Sample], pairs: Mapping[str, Pair]) -> list[Any]:
    rows = [[s.id, s.cluster_id, dict(s.attributes), pairs[s.id].digest] for s in samples]
    return sorted(digest(row) for row in rows)

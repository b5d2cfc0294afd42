"""`masks`: any directory of images, label maps and a table of attributes.

images/ID.png            8 bits, grey or RGB (also jpg, tif, bmp)
masks/ID.png             a label map, 0 is background (also npy, tif, bmp), or
annotations.json         COCO: the union of each category's instances
attributes.csv           one row per sample: id, attributes, perhaps a cluster and a split
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchsuite.dataset import Constant, Dataset, Sample, digest
from benchsuite.errors import BadData, WrongCall, one_of
from benchsuite.files.attributes import (
    Join,
    Marks,
    check_names,
    joined,
    read_attributes,
    remarks,
)
from benchsuite.files.hashes import content_hash
from benchsuite.files.images import IMAGES, MAPS, by_stem, read_image
from benchsuite.files.names import forms, matched

from ..formats import read_labels
from ..measure import Labels, Structures
from ..metrics import cluster_metrics, sample_metrics
from .columns import Columns, Rows, attributes, clusters
from .columns import folds as folds_of
from .common import Lazy, described, shared
from .unions import read_unions

METRICS = {"samples": sample_metrics, "clusters": cluster_metrics}
"""The metrics of each `estimand`."""


@dataclass(frozen=True)
class Pair:
    """An image and how its label map is loaded; `digest` names the content of both."""

    image: Path
    labels: Callable[[], Labels]
    digest: str

    def area(self, known: Structures) -> float:
        """The pixels of the reported structures. Raises BadData if image and map do not fit."""
        labels, size = self.labels(), read_image(self.image).shape[:2]
        if labels.shape != size:
            raise BadData(f"{self.image}: expected an image and a mask of one size, found {size} "
                          f"and {labels.shape}")  # fmt: skip
        return float(sum(int(known.mask(labels, name).sum()) for name in known.reported))


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
    missing: Sequence[Any] = (),
    known: Sequence[Any] = (),
    unlisted: str = "refuse",
    split: str = "",
    folds: str | int = "",
    estimand: str = "samples",
    protocol: str = "strict",
    oracle: str = "",
) -> Dataset:
    """A directory of that layout; `conf/dataset/masks.yaml` explains the options."""
    one_of("dataset.estimand", estimand, METRICS)
    _check_lists(groups=groups, halves=halves, reported=reported, ratio=ratio)
    columns = Columns(id, cluster, groups, halves)
    join = _joined(Path(path), columns, Marks(missing, known), unlisted)
    rows = _rows(join, split, unlisted == "keep")
    wanted = _Truth(Path(path), structures, tuple(reported), tuple(ratio), binary)
    shown, pairs = wanted.pairs(_images(join, rows))
    samples = _samples(rows, columns, pairs, str(folds))
    areas = [pair.area(shown) for pair in pairs.values()]
    common = shared(shown, protocol, areas) | {"binary": binary}
    made = Dataset(
        name=name, fingerprint=digest([_identities(samples, pairs), common]),
        load=Constant(tuple(samples)), shared=common, crossed=_crossed(crossed, samples),
        note=f"{len(samples)} samples of {Path(path).name}",
        warnings=_warnings(join, samples, shown, clustered=bool(cluster)),
    )  # fmt: skip
    return described(made, _said(protocol, str(folds)), METRICS[estimand](shown), oracle)


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


def _joined(root: Path, columns: Columns, marks: Marks, unlisted: str) -> Join:
    """The table's rows and the images: a row names its image without suffix, or with it."""
    table = read_attributes(root / "attributes.csv", columns.id, columns.named, marks)
    files = [file.name for file in by_stem(root / "images", IMAGES).values()]
    return joined(table, {one: (forms(one)[1], forms(one)[0]) for one in files}, unlisted)


def _warnings(
    join: Join, samples: Sequence[Sample], shown: Structures, clustered: bool
) -> tuple[str, ...]:
    """What to know of the attributes. Raises BadData for one with the name of a statistic."""
    names = sorted({name for sample in samples for name in sample.attributes})
    check_names(join.table.path, names, shown.columns)
    return (*join.notes(), *remarks(join.table, names, clustered))


def _rows(join: Join, split: str, keep: bool) -> Rows:
    """The rows of the split, and where they are kept, those of images that have none."""
    rows, path = join.table.rows, join.table.path
    if split and not (split == "train" and "split" not in join.table.columns):
        found = {key: row for key, row in rows.items() if row.get("split") == split}
        if not found:
            values = sorted({row.get("split", "no column") for row in rows.values()})
            raise BadData(f"{path}: split: expected rows with '{split}', found {', '.join(values)}")
        return found
    unknown = dict.fromkeys(join.table.columns, "")
    return {**rows, **({Path(name).stem: unknown for name in join.bare} if keep else {})}


def _images(join: Join, rows: Rows) -> dict[str, Path]:
    """The image of each row. Raises BadData where there is none."""
    folder = join.table.path.parent / "images"
    found = {key: folder / name for name, key in join.rows.items()}
    found |= {Path(name).stem: folder / name for name in join.bare}
    for key in rows:
        if key not in found:
            raise BadData(f"{folder}: expected a file for '{key}' of attributes.csv, found none")
    return {key: found[key] for key in rows}


@dataclass(frozen=True)
class _Truth:
    """Where the label maps of a directory come from, and what they show."""

    root: Path
    structures: Mapping[str, Sequence[int]] | None
    reported: tuple[str, ...]
    ratio: tuple[str, ...]
    binary: bool

    def pairs(self, images: Mapping[str, Path]) -> tuple[Structures, dict[str, Pair]]:
        """The structures, and the image and label map of each sample."""
        if (self.root / "annotations.json").exists():
            if (self.root / "masks").exists():
                raise BadData(f"{self.root}: expected masks/ or annotations.json, found both")
            return self._of_annotations(images)
        known = self._structures({"structure": [1]})
        folder = self.root / "masks"
        maps = matched(folder, by_stem(folder, MAPS), [image.stem for image in images.values()])
        return known, {
            key: Pair(
                image,
                partial(read_labels, maps[image.stem], known.classes, self.binary),
                digest([content_hash(image), content_hash(maps[image.stem])]),
            )
            for key, image in images.items()
        }

    def _of_annotations(self, images: Mapping[str, Path]) -> tuple[Structures, dict[str, Pair]]:
        unions = read_unions(self.root / "annotations.json")
        known, categories = self._structures(unions.structures), len(unions.structures)
        if known.classes > 1 + categories:
            raise BadData(f"dataset.structures: expected labels 1 to {categories}, one a category "
                          f"of {unions.file.path}, found {known.classes - 1}")  # fmt: skip
        kept = {label for union in known.labels.values() for label in union}
        maps = {key: unions.of(image.name, kept) for key, image in images.items()}
        return known, {
            key: Pair(image, maps[key], digest([content_hash(image), digest(maps[key].content)]))
            for key, image in images.items()
        }

    def _structures(self, default: Mapping[str, Sequence[int]]) -> Structures:
        labels = self.structures or default
        if not isinstance(labels, Mapping):
            raise BadData(f"dataset.structures: expected {{name: [labels]}}, found {labels!r}")
        plain = {str(name): union for name, union in labels.items()}
        return Structures(plain, self.reported or tuple(plain), self.ratio)


def _samples(rows: Rows, columns: Columns, pairs: Mapping[str, Pair], wanted: str) -> list[Sample]:
    of, values = clusters(rows, columns), attributes(rows, columns)
    fold = folds_of(rows, columns, wanted) if wanted else {}
    return [
        Sample(
            id=key,
            inputs=Lazy({"image": partial(read_image, pair.image), **_fold(fold, key)}),
            truth=Lazy({"labels": pair.labels}),
            attributes=values[key],
            cluster=of[key],
        )
        for key, pair in pairs.items()
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

"""`masks`: any directory of images, label maps and a table of attributes.

images/ID.png            8 bits, grey or RGB (also jpg, tif, bmp, webp, gif)
masks/ID.png             a label map, 0 is background (also npy, tif, bmp, gif), or
annotations.json         COCO: the union of each category's instances
attributes.csv           one row per sample: id, attributes, perhaps a cluster and a split
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NoReturn

from benchsuite.dataset import Dataset, Lazy, Sample, digest, of_files
from benchsuite.errors import BadData, WrongCall, one_of
from benchsuite.files.hashes import content_hash
from benchsuite.files.images import read_image
from benchsuite.files.maps import maps_by_stem
from benchsuite.files.marks import Marks
from benchsuite.files.names import matched

from ..formats import Reading
from ..measure import Labels, Structures
from ..metrics import cluster_metrics, sample_metrics
from .columns import Columns, Rows, attributes, clusters
from .columns import folds as folds_of
from .common import described, shared
from .listing import listing
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
            refuse = partial(_refuse, str(error))
            return Seen({}, refuse, refuse, self.digest, str(error))
        image = partial(read_image, self.image, labels.shape)
        return Seen(known.areas(labels), image, self.labels, self.digest)


@dataclass(frozen=True)
class Seen:
    """A pair that was looked at: the pixels of its structures, and what loads image and labels.

    The loaders of a pair with a `fault` raise it, so that it is the failure of its sample alone.
    """

    areas: Mapping[str, int]
    image: Callable[[], Any]
    labels: Callable[[], Labels]
    digest: str
    fault: str = ""


def _refuse(fault: str) -> NoReturn:
    raise BadData(fault)


def masks(
    path: str,
    name: str = "masks",
    id: str = "id",  # noqa: A002 - the option's name on the command line
    cluster: str = "",
    groups: Sequence[str] = (), halves: Sequence[str] = (),
    crossed: Sequence[Sequence[str]] = (),
    structures: Mapping[str, Sequence[int]] | None = None,
    reported: Sequence[str] = (), ratio: Sequence[str] = (),
    binary: bool = False, threshold: float | None = None, ignore: int | None = None,
    missing: Sequence[Any] = (), known: Sequence[Any] = (), unlisted: str = "refuse",
    split: str = "",
    folds: str | int = "",
    estimand: str = "samples",
    protocol: str = "strict",
    oracle: str = "",
    alpha: float = 1.0,
) -> Dataset:  # fmt: skip
    """A directory of that layout; `conf/dataset/masks.yaml` explains the options."""
    one_of("dataset.estimand", estimand, METRICS)
    _check_lists(groups=groups, halves=halves, reported=reported, ratio=ratio)
    columns = Columns(id, cluster, groups, halves)
    listed = listing(Path(path), columns, Marks(missing, known), split, unlisted)
    wanted = _Truth(Path(path), structures, tuple(reported), tuple(ratio))
    shown = wanted.known()
    reading = Reading(shown.classes, binary, threshold, ignore)
    pairs = wanted.pairs(listed.images, shown, reading)
    seen = {key: pair.looked_at(shown) for key, pair in pairs.items()}
    samples = _samples(listed.rows, columns, seen, str(folds))
    common = shared(shown, protocol, [one.areas for one in seen.values() if not one.fault])
    common |= reading.shared
    warnings = listed.warnings(samples, shown.columns, clustered=bool(cluster))
    made = replace(
        _dataset(name, Path(path).name, samples, seen, common),
        faults=tuple(one.fault for one in seen.values() if one.fault),
        crossed=_crossed(crossed, samples),
        warnings=warnings,
    )
    said = "; ".join(filter(None, [_said(protocol, str(folds)), reading.protocol]))
    return described(made, said, METRICS[estimand], oracle, alpha)


def _dataset(
    name: str, folder: str, samples: Sequence[Sample], seen: Mapping[str, Seen], common: Any
) -> Dataset:
    contents = {key: one.digest for key, one in seen.items()}
    return of_files(name, samples, contents, common, f"{len(samples)} samples of {folder}")


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

    def pairs(
        self, images: Mapping[str, Path], known: Structures, reading: Reading
    ) -> dict[str, Pair]:
        """Each image with its label map."""
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
        folder = self.root / "masks"
        maps = matched(folder, maps_by_stem(folder), [image.stem for image in images.values()])
        return {
            key: Pair(
                image,
                partial(reading.read, maps[image.stem]),
                digest([content_hash(image), content_hash(maps[image.stem])]),
            )
            for key, image in images.items()
        }


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

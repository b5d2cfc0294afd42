"""`masks`: any directory of images, label maps and a table of attributes.

images/ID.png            8 bits, grey or RGB (also jpg, tif, bmp)
masks/ID.png             a label map, 0 is background (also npy, tif, bmp), or
annotations.json         COCO: the union of each category's instances
attributes.csv           a row a sample: id, attributes, perhaps a cluster and a split
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchsuite.dataset import Constant, Dataset, Sample, digest
from benchsuite.errors import BadData, WrongCall

from . import coco
from .data import described, one_of, shared
from .files import (
    IMAGES,
    MAPS,
    Lazy,
    by_stem,
    file_digest,
    image_size,
    read_image,
    read_labels,
)
from .metrics import cluster_metrics, sample_metrics
from .structures import Labels, Structures
from .table import Columns, attributes, clusters, folds, read_rows

ESTIMANDS = ("samples", "clusters")


@dataclass(frozen=True)
class Pair:
    """An image and how its label map is loaded; `digest` names the bytes of both."""

    image: Path
    labels: partial[Labels]
    digest: str


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
    split: str = "",
    folds: str | int = "",
    estimand: str = "samples",
    protocol: str = "strict",
    oracle: str = "",
) -> Dataset:
    """A directory of that layout.

    id, cluster, groups, halves  columns of attributes.csv (`table.Columns`)
    crossed      attributes that are crossed to groups, too: [["race", "gender"]]
    structures   {name: labels}; {"structure": [1]}, or COCO's categories, by default
    reported     the structures of the headline; all by default
    binary       whatever is not 0 in a label map is 1
    split        only the rows whose column `split` says so; a table without one is all `train`
    folds        a number of folds, or a column: each sample's fold picks a cross-validated network
    estimand     samples: every sample weighs the same; clusters: every cluster does, and only
                 samples that have the structure count
    oracle       box: the inputs hold the truth's boxes, for models that take an oracle prompt
    Raises BadData for whatever is malformed, missing, unknown, or occurs twice.
    """
    one_of("dataset.estimand", estimand, ESTIMANDS)
    _check_lists(groups=groups, halves=halves, reported=reported, ratio=ratio)
    root = Path(path)
    columns = Columns(id, cluster, tuple(groups), tuple(halves))
    rows = _of_split(root / "attributes.csv", read_rows(root / "attributes.csv", columns), split)
    known, pairs = _pairs(root, rows, structures, reported, ratio, binary)
    areas = [_area(key, pair, known) for key, pair in pairs.items()]
    samples = _samples(rows, columns, pairs, str(folds))
    common = shared(known, protocol, areas) | {"binary": binary}
    made = Dataset(
        name=name,
        fingerprint=digest([_identities(samples, pairs), common]),
        load=Constant(tuple(samples)),
        shared=common,
        note=f"{len(samples)} samples of {root.name}",
        crossed=_crossed(crossed, samples),
    )
    says = "; ".join(filter(None, [protocol, _folds_name(str(folds))]))
    named = sample_metrics(known) if estimand == "samples" else cluster_metrics(known)
    return described(made, says, named, oracle)


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


def _of_split(path: Path, rows: dict[str, dict[str, str]], split: str) -> dict[str, dict[str, str]]:
    if not split or (split == "train" and "split" not in next(iter(rows.values()))):
        return rows
    found = {key: row for key, row in rows.items() if row.get("split") == split}
    if not found:
        values = sorted({row.get("split", "no column") for row in rows.values()})
        raise BadData(f"{path}: split: expected rows with '{split}', found {', '.join(values)}")
    return found


def _pairs(
    root: Path,
    rows: Mapping[str, Mapping[str, str]],
    structures: Mapping[str, Sequence[int]] | None,
    reported: Sequence[str],
    ratio: Sequence[str],
    binary: bool,
) -> tuple[Structures, dict[str, Pair]]:
    images = _looked_up(root / "images", rows, by_stem(root / "images", IMAGES))
    annotations = root / "annotations.json"
    if annotations.exists():
        if (root / "masks").exists():
            raise BadData(f"{root}: expected masks/ or annotations.json, found both")
        unions = coco.read_unions(annotations)
        known = _structures(structures or unions.structures, reported, ratio)
        if known.classes > 1 + len(unions.categories):
            raise BadData(f"dataset.structures: expected labels 1 to {len(unions.categories)}, one "
                          f"a category of {annotations}, found {known.classes - 1}")  # fmt: skip
        kept = {label for union in known.labels.values() for label in union}
        labels = {key: unions.of(path.name, kept) for key, path in images.items()}
        digests = {key: digest(load.args[0]) for key, load in labels.items()}
    else:
        known = _structures(structures or {"structure": [1]}, reported, ratio)
        found = _looked_up(root / "masks", rows, by_stem(root / "masks", MAPS))
        labels = {k: partial(read_labels, p, known.classes, binary) for k, p in found.items()}
        digests = {key: file_digest(path) for key, path in found.items()}
    return known, {
        key: Pair(path, labels[key], digest([file_digest(path), digests[key]]))
        for key, path in images.items()
    }


def _structures(
    labels: Mapping[str, Sequence[int]], reported: Sequence[str], ratio: Sequence[str]
) -> Structures:
    if not isinstance(labels, Mapping):
        raise BadData(f"dataset.structures: expected {{name: [labels]}}, found {labels!r}")
    plain = {str(name): union for name, union in labels.items()}
    return Structures(plain, tuple(reported) or tuple(plain), tuple(ratio))


def _looked_up(
    folder: Path, rows: Mapping[str, Mapping[str, str]], files: Mapping[str, Path]
) -> dict[str, Path]:
    names = {path.name: path for path in files.values()}
    found = {key: path for key in rows if (path := files.get(key) or names.get(key))}
    for key in rows:
        if key not in found:
            raise BadData(f"{folder}: expected a file for '{key}' of attributes.csv, found none")
    return found


def _area(key: str, pair: Pair, known: Structures) -> float:
    labels: Labels = pair.labels()
    size = image_size(pair.image)
    if labels.shape != size:
        raise BadData(
            f"{pair.image}: expected an image and a mask of one size, found {size} and "
            f"{labels.shape} for '{key}'"
        )
    return float(sum(int(known.mask(labels, name).sum()) for name in known.reported))


def _samples(
    rows: Mapping[str, Mapping[str, str]],
    columns: Columns,
    pairs: Mapping[str, Pair],
    wanted: str,
) -> list[Sample]:
    of, values = clusters(rows, columns), attributes(rows, columns)
    fold = folds(rows, columns, wanted) if wanted else {}
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


def _folds_name(wanted: str) -> str:
    if not wanted:
        return ""
    return f"cv{wanted}" if wanted.isdigit() else f"leave one {wanted} out"


def _identities(samples: Sequence[Sample], pairs: Mapping[str, Pair]) -> list[Any]:
    rows = [[s.id, s.cluster_id, dict(s.attributes), pairs[s.id].digest] for s in samples]
    return sorted(digest(row) for row in rows)

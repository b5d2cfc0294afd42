"""The dataset `bbbc038`: nuclei of the 2018 Data Science Bowl, in its own layout or in COCO's.

BBBC038v1 (Caicedo et al. 2019, Nature Methods 16:1247), CC0. Microscopes, stains and magnifications
differ, so that one modality can be the dataset and the others its domains.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, WrongCall, near
from benchsuite.files.coco import read
from benchsuite.files.hashes import content_hash
from benchsuite.files.images import Size, image_size, read_image
from benchsuite.files.maps import foreground
from benchsuite.files.masks import Rle, encoded
from benchsuite.files.names import forms, normal

from .assembly import Entry, assembled, capped, subset_of
from .attributes import Asked, Described, described
from .coco import entries_of, image_folders, names_of
from .images import Annotation, annotation_of

NUCLEUS = 1
SHARED = {"classes": {NUCLEUS: "nucleus"}, "unscored": {}}
SPLIT = "split"
SPLITS = ("train", "test", "all")
MOST_NUCLEI = 500
"""Detections of an image that count. Images have up to 375 nuclei, and COCO's 100 would hold a
perfect model down in the dense ones alone."""


@dataclass(frozen=True)
class Masks:
    """Makes the annotations of an image in the upstream layout: a binary mask per nucleus."""

    paths: tuple[Path, ...]
    size: Size

    def __call__(self) -> list[Annotation]:
        """One annotation per file. Raises BadData for a mask of another size or without a pixel."""
        return [annotation_of(path.stem, NUCLEUS, self._mask(path), False) for path in self.paths]

    def _mask(self, path: Path) -> Rle:
        pixels = read_image(path)
        if pixels.ndim == 3:  # a mask in colours
            pixels = pixels.max(axis=2)
        if pixels.shape != self.size:
            raise BadData(f"{path}: expected {self.size} pixels as the image, found {pixels.shape}")
        if not pixels.any():
            raise BadData(f"{path}: expected the pixels of a nucleus, found none")
        return encoded(foreground(pixels, str(path)))


def bbbc038(
    path: str,
    name: str = "bbbc038",
    split: str = "test",
    source: str | None = None,
    by: str = "modality",
    max_side: int | None = None,
    subset: int | None = None,
    attributes: str | None = None,
    max_detections: int = MOST_NUCLEI,
    groups: Sequence[str] = (),
    cluster: str = "",
    missing: Sequence[Any] = (),
    known: Sequence[Any] = (),
    unlisted: str = "refuse",
) -> Dataset:
    """A folder with <id>/images/*.png and <id>/masks/*.png, or with COCO's annotations.json.

    split       train, test or all, by the attribute `split`; without it, all are test images
    source      a value of the attribute `by`: its images are the dataset, and those of every other
                value are a domain; by default all images are the dataset
    max_side    images with a longer side are made smaller, and the truth with them
    subset      a number of images, drawn by their ids within each combination of attributes
    attributes  a CSV by `file_name` (or <id>); by default attributes.csv in the folder, if any
    max_detections  how many detections of an image count; COCO's protocol has 100
    groups, cluster, missing, known, unlisted: see `attributes.Asked`

    Raises BadData, which names the file, for data that is not valid.
    """
    root = Path(path)
    if not root.is_dir():
        raise BadData(f"{root}: expected a folder of nuclei, found none")
    in_coco = (root / "annotations.json").is_file()
    asked = Asked(attributes, groups, cluster, missing, known, unlisted, needed=(SPLIT, by))
    entries, warnings = _coco(root, asked) if in_coco else _upstream(root, asked)
    chosen = subset_of(_of_split(root, entries, split), subset)
    clean, domains = _by_source(chosen, source, by)
    made = assembled(name, clean, capped(SHARED, max_detections), max_side, domains)
    return replace(made, warnings=warnings)


def _coco(root: Path, asked: Asked) -> tuple[list[Entry], tuple[str, ...]]:
    file = read(root / "annotations.json", objects=True)
    if list(file.categories) != [NUCLEUS]:
        raise BadData(f"{file.path}: categories: expected nucleus as 1, found {file.categories}")
    said = described(root, names_of(file.images), asked)
    made = entries_of(file.images, image_folders(file.path, None), said)
    return [replace(one, id=one.image.stem) for one in made], said.warnings


def _upstream(root: Path, asked: Asked) -> tuple[list[Entry], tuple[str, ...]]:
    folders = [folder for folder in sorted(root.glob("*")) if folder.is_dir()]
    if not folders:
        raise BadData(f"{root}: expected <id>/images and <id>/masks, or annotations.json")
    names = {one.name: (normal(one.name), *forms(_image(one).name)[2:4]) for one in folders}
    said = described(root, names, asked)
    entries = [_folder(folder, said) for folder in folders if folder.name not in said.skipped]
    return entries, said.warnings


def _image(folder: Path) -> Path:
    images = sorted((folder / "images").glob("*.png"))
    if len(images) != 1:
        raise BadData(f"{folder}/images: expected one PNG, found {len(images)}")
    return images[0]


def _folder(folder: Path, said: Described) -> Entry:
    image = _image(folder)
    if not (folder / "masks").is_dir():
        raise BadData(f"{folder}/masks: expected a folder of one PNG a nucleus, found none")
    masks = tuple(sorted((folder / "masks").glob("*.png")))
    size = image_size(image)
    return Entry(
        id=folder.name,
        image=image,
        size=size,
        source=Masks(masks, size),
        content=" ".join(content_hash(path) for path in masks),
        attributes=said.attributes.get(folder.name, {}),
        cluster=said.clusters.get(folder.name, ""),
    )


def _of_split(root: Path, entries: Sequence[Entry], split: str) -> list[Entry]:
    if split not in SPLITS:
        raise WrongCall(f"dataset.split: expected {', '.join(SPLITS)}, found '{split}'")
    known = any(SPLIT in one.attributes for one in entries)
    if split == "train" and not known:
        raise BadData(f"{root}: split=train: expected the attribute `{SPLIT}`, found none")
    kept = [e for e in entries if split == "all" or not known or e.attributes.get(SPLIT) == split]
    if not kept:
        values = sorted({e.attributes.get(SPLIT, "") or "no value" for e in entries})
        raise BadData(f"{root}: dataset.split={split}: expected images of that split, found "
                      f"{', '.join(values)} in the attribute `{SPLIT}`")  # fmt: skip
    return [
        replace(e, attributes={k: v for k, v in e.attributes.items() if k != SPLIT}) for e in kept
    ]


def _by_source(
    entries: Sequence[Entry], source: str | None, by: str
) -> tuple[Sequence[Entry], dict[str, list[Entry]]]:
    if source is None:
        return entries, {}
    parts: dict[str, list[Entry]] = {}
    for one in entries:
        parts.setdefault(one.attributes.get(by, ""), []).append(one)
    if lacking := parts.get(""):
        raise BadData(
            f"{lacking[0].image}: {by}: expected a value, which tells the source from the "
            f"domains, found none ({len(lacking)} of {len(entries)} images)"
        )
    if source not in parts:
        raise WrongCall(f"dataset.source: no image has {by} '{source}'{near(source, parts)}")
    clean = parts.pop(source)
    return clean, dict(sorted(parts.items()))

"""Images in groups of a class: `folders` of photographs, COCO `by_category`, and generated ones."""

from collections import Counter
from collections.abc import Callable, Iterable
from colorsys import hsv_to_rgb
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, Lazy, Sample, digest, of_files
from benchsuite.errors import one_of
from benchsuite.files import coco
from benchsuite.files.hashes import content_hash
from benchsuite.files.images import IMAGES, by_stem, read_rgb
from benchsuite.files.maps import maps_by_stem, read_mask
from benchsuite.files.names import in_folders, matched
from benchsuite.perturb.fewer import Seat
from benchsuite.task import Access, Origin, Part

GROUPS = 50

Shown = tuple[str, str, Callable[[], Any], Callable[[], Any], str]
"""The class, the id, the loaders of image and mask, and the hash of the photograph."""


def grouped(name: str, shown: Iterable[Shown], cluster: str = "group") -> Dataset:
    """The dataset of images by class; those of a `group`, or of one `photo`, are a cluster."""
    one_of("dataset.cluster", cluster, ("group", "photo"))
    known = sorted(shown, key=itemgetter(1))
    sizes, times = (Counter(one[k] for one in known) for k in (0, 4))
    places, samples, contents = Counter[str](), [], {}
    for group, key, image, mask, photo in known:
        seat, least = Seat(group, places[group], sizes[group]), 1 << sizes[group].bit_length() - 1
        about = {"class": group, "group_size": f"{least} to {2 * least - 1}"}
        about["in_other_groups"] = "yes" if times[photo] > 1 else "no"
        inputs, drawn = Lazy({"image": image, "seat": seat}), group if cluster == "group" else photo
        samples.append(Sample(key, inputs, Lazy({"mask": mask}), about, drawn))
        contents[key], places[group] = digest([photo, mask()]), places[group] + 1
    return of_files(name, samples, contents, note=f"{len(sizes)} groups, {len(times)} photographs")


def folders(path: str, name: str = "folders", images: str = "image", masks: str = "gt",
            cluster: str = "group") -> Dataset:  # fmt: skip
    """CoCA's layout: `image/CLASS/NAME.jpg` and `gt/CLASS/NAME.png`, under these names."""
    photos = in_folders(Path(path, images), partial(by_stem, suffixes=IMAGES))
    truths = matched(Path(path, masks), in_folders(Path(path, masks), maps_by_stem), photos)
    return grouped(name, [
        (photo.parent.name, key, partial(read_rgb, photo), partial(read_mask, truths[key]),
         content_hash(photo))
        for key, photo in photos.items()
    ], cluster)  # fmt: skip


def by_category(path: str, name: str = "coco", least: float = 0.005, smallest: int = 2,
                most: int = 12, cluster: str = "group") -> Dataset:  # fmt: skip
    """Groups of `smallest` to `most` photographs by category, which covers the share `least`."""
    file, groups = coco.read(coco.find(Path(path))), dict[str, list[Shown]]()
    places = coco.image_paths(file.images, (file.path.parent / "images", file.path.parent))
    for image, place in zip(file.images, places, strict=True):
        for category in sorted({one["category_id"] for one in image.objects()}):
            mask, group = partial(image.union, category), file.categories[category]
            if mask().mean() >= least:
                read, photo = partial(read_rgb, place, image.size), content_hash(place)
                made = group, f"{group}/{place.stem}", read, mask, photo
                groups.setdefault(group, []).append(made)
    large = [members[:most] for members in groups.values() if len(members) >= smallest]
    return grouped(name, [one for members in large for one in members], cluster)


def groups_mini(name: str = "groups-mini", images: int = 6, seed: int = 0) -> Dataset:
    """50 groups of so many images, each with the disc of its group and two of other groups."""
    return grouped(name, [
        (f"{group:02d}", f"{group:02d}/{n}", partial(scene, 0, *key), partial(scene, 1, *key),
         digest(key))
        for group in range(GROUPS) for n in range(images) for key in [(seed, group, n)]
    ])  # fmt: skip


def scene(part: int, seed: int, group: int, n: int) -> Any:
    """The image uint8 RGB (96, 96, 3), or as part 1 the mask (96, 96) of the group's disc."""
    draw = generator(seed, "groups-mini", group, n)
    y, x = (np.mgrid[:96, :96] + 0.5) / 96
    first, last = draw.uniform(60, 200, (2, 3))
    pixels = first + (last - first) * (x + y)[..., None] / 2
    others = (group + draw.choice(np.arange(1, GROUPS), 2, replace=False)) % GROUPS
    for one, quarter in zip((*others, group), draw.permutation(4), strict=False):
        across, down = draw.uniform(0.17, 0.33, 2) + np.array([quarter % 2, quarter // 2]) / 2
        mask = np.hypot(x - across, y - down) < draw.uniform(0.1, 0.17)
        pixels[mask] = hsv_to_rgb(one / GROUPS, 0.8, 120 + 80 * (one % 2)) + draw.normal(0, 12, 3)
    shown = np.clip(pixels + draw.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)
    return mask if part else shown


LAYOUT = (Part("*/*/*", "photographs and masks, each in a folder of its class"),)
ORIGINS = {
    "groups-mini": Origin("generated images", "Apache-2.0", Access.INCLUDED, public=True),
    "folders": Origin("photographs and masks of your own", "your own", Access.OWN, layout=LAYOUT),
    "coca": Origin("CoCA", "unknown", Access.OWN, "http://zhaozhang.net/coca.html", layout=LAYOUT),
    "cosal2015": Origin("CoSal2015", "unknown", Access.OWN, layout=LAYOUT),
    "coco": Origin("photographs with COCO's annotations", "your own", Access.OWN),
}

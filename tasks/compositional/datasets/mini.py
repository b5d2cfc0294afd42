"""`shapes-mini`: generated scenes in groups that differ by a swap.

2×2 groups: a scene, and the scene with the colours, sizes, counts or places of its two kinds of
object exchanged. 1×4 groups: a scene, and captions with every pairing of the two values (or with
the four relations).

The split is by content. A pair of colours with a pair of shapes, in any order, belongs either to
the training split or to the test split (a third of them, by hash).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, product

import numpy as np

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, digest
from benchsuite.errors import WrongCall, near

from .groups import Group, of_arrays
from .scenes import COLOURS, RELATIONS, SHAPES, Kind, Scene, caption, render, swapped

SWAPS = ("attribute", "relation", "count", "size")
SPLITS = {"test": (480, 240), "train": (6000, 0)}
"""Groups of 2×2 and of 1×4 by split."""
NOTE = "generated scenes; not comparable with a published benchmark"

Content = tuple[tuple[str, str], tuple[str, str]]


def shapes_mini(name: str = "shapes-mini", split: str = "test", seed: int = 0) -> Dataset:
    """480 groups of 2×2 and 240 of 1×4 for testing, or 6,000 of 2×2 for training.

    The attribute `swap` says what the captions of a group disagree on, `shape` how large it is.
    """
    if split not in SPLITS:
        raise WrongCall(
            f"dataset.split: expected test or train, found '{split}'{near(split, SPLITS)}"
        )
    pairs, choices = SPLITS[split]
    made = [*_groups(pairs, split, seed, _pair), *_groups(choices, split, seed, _choice)]
    return of_arrays(name if split == "test" else f"{name}-{split}", made, NOTE)


def _groups(
    count: int, split: str, seed: int, make: Callable[[Scene, str, np.random.Generator], Group]
) -> Iterator[Group]:
    contents = contents_of(split)
    for number in range(count):
        swap = SWAPS[number % len(SWAPS)]
        key = generator("shapes-mini", split, seed, make.__name__, number)
        made = make(_scene(contents[int(key.integers(len(contents)))], swap, key), swap, key)
        size = f"{len(made.images)}x{len(made.captions)}"
        yield replace(
            made,
            id=f"{swap}-{size}-{number // len(SWAPS):04d}",
            attributes={"swap": swap, "shape": size},
        )


def contents_of(split: str) -> list[Content]:
    """The pairs of colours with pairs of shapes that belong to the split."""
    every = product(combinations(COLOURS, 2), combinations(SHAPES, 2))
    return [c for c in every if (int(digest(list(c)), 16) % 3 == 0) == (split == "test")]


def _scene(content: Content, swap: str, key: np.random.Generator) -> Scene:
    colours, shapes = (key.permutation(pair).tolist() for pair in content)
    sizes = key.permutation(["small", "large"]).tolist() if swap == "size" else ["", ""]
    # Objects that are counted are between one and four of a kind, never as many of both.
    counts = (1 + key.choice(4, size=2, replace=False)).tolist() if swap == "count" else [0, 0]
    a, b = (Kind(*kind) for kind in zip(shapes, colours, sizes, counts, strict=True))
    relation = str(key.choice(list(RELATIONS))) if swap == "relation" else ""
    return Scene(a, b, relation)


_VALUE = {"attribute": "colour", "size": "size", "count": "count"}


def _pair(scene: Scene, swap: str, key: np.random.Generator) -> Group:
    if swap == "relation":
        other = Scene(scene.b, scene.a, scene.relation)
    else:
        other = swapped(scene, _VALUE[swap])
    return _made([scene, other], [scene, other], key)


def _choice(scene: Scene, swap: str, key: np.random.Generator) -> Group:
    if swap == "relation":
        others = [replace(scene, relation=r) for r in RELATIONS if r != scene.relation]
        return _made([scene], [scene, *others], key)
    what = _VALUE[swap]
    both = swapped(scene, what)
    same = [replace(scene, b=replace(scene.b, **{what: getattr(scene.a, what)})),
            replace(scene, a=replace(scene.a, **{what: getattr(scene.b, what)}))]  # fmt: skip
    return _made([scene], [scene, both, *same], key)


def _made(shown: list[Scene], said: list[Scene], key: np.random.Generator) -> Group:
    return Group(
        where="shapes-mini",
        id="",
        images=[render(scene, key) for scene in shown],
        captions=[caption(scene) for scene in said],
    )

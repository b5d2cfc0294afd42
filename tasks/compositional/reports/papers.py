"""The papers of the task, as commands that make their tables anew."""

from collections.abc import Iterator
from typing import Final

from benchsuite.task import Paper, Redo

_RUN: Final = ("run", "task=compositional", "conditions=clean")
_MODELS: Final = (
    "google/siglip-base-patch16-224", "google/siglip-large-patch16-256",
    "openai/clip-vit-base-patch32", "openai/clip-vit-base-patch16",
)  # fmt: skip
_AXES: Final = {"a": ("horizontal", "vertical"), "b": ("horizontal", "depth")}


def _sets() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The paper's sets of groups, each with the words of its dataset."""
    for name in ("winoground", "mmvp-vlm", "colorswap"):
        yield name, (f"dataset={name}", f"dataset.path=data/{name}")
    for subset, axes in _AXES.items():
        here = ("dataset=whatsup", "dataset.path=data/whatsup", f"dataset.subset={subset}")
        yield f"What's Up {subset.upper()}, 1x4", (*here, "dataset.shape=1x4")
        for axis in axes:
            yield (
                f"What's Up {subset.upper()}, 2x2, {axis}",
                (*here, "dataset.shape=2x2", f"dataset.axis={axis}"),
            )
    for subset in ("replace_rel", "swap_att", "swap_obj", "add_att"):
        yield (
            f"SugarCrepe, {subset}",
            (
                "dataset=sugarcrepe", "dataset.path=data/sugarcrepe", f"dataset.subsets={subset}",
                "dataset.images=data/coco/val2017",
            ),
        )  # fmt: skip


def _steps() -> Iterator[Redo]:
    for name, words in _sets():
        for path in _MODELS:
            called = path.rpartition("/")[2]
            yield Redo(
                f"{name}: raw scores of {called}",
                (*_RUN, *words, "model=pretrained", f"model.name={called}", f"model.path={path}"),
            )
            yield Redo(
                f"{name}: {called} after Test-Time Matching",
                (
                    *_RUN, *words, "model=pretrained-ttm", f"model.name={called}-ttm",
                    f"model.base.path={path}", "model.base.device=cuda",
                ),
            )  # fmt: skip
    for name in ("winoground", "mmvp-vlm", "colorswap"):
        yield Redo(
            f"{name}: one assignment over the whole set",
            (
                *_RUN, f"dataset={name}", f"dataset.path=data/{name}", "model=pretrained-ttm",
                "model.name=global-ttm", "model.matching=global", f"model.base.path={_MODELS[0]}",
                "model.base.device=cuda",
            ),
        )  # fmt: skip


PAPERS: Final = {
    "test-time-matching": Paper(
        title="Test-Time Matching (arXiv 2510.07632)",
        address="https://arxiv.org/abs/2510.07632",
        steps=tuple(_steps()),
        needs=("a GPU", "the models' repositories on the Hub, fetched before"),
        differs=(
            "settings are those of the script ttm.sh; the paper's table of settings by benchmark "
            "was not at hand",
            "the paper shows the best iteration by the labels; here the last iteration counts",
        ),
    ),
}
"""By the name that `benchsuite papers` gives them."""

"""Weights from disk: found by name, read without running anything, and checked as they load.

A network runs only on weights that are all there, in its own shapes, and finite. What a checkpoint
lacks would be drawn at random, and what a training blew up would rank by chance: both are refused
with the names of the tensors, whichever library loads them.
"""

import zipfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, is_tensor, load, nn

from benchsuite.errors import BadData, BadModel, NotAvailable, near, some_of
from benchsuite.files.limits import check_bytes
from benchsuite.learning.finite import check_finite

ENDING = ".safetensors"
MODEL = "model.safetensors"
"""The file of weights in a folder that a training wrote."""
DERIVED = (
    "inv_freq",
    "masked_bias",
    "num_batches_tracked",
    "position_ids",
    "relative_position_index",
)
"""Last names of buffers that follow from the configuration, or that inference does not read.

Weights may lack them or have them left over.
"""
Shape = tuple[int, ...]
_SHOWN = 5


def weights_folder(shipped: Path, name: str, inside: str = "") -> Path:
    """The folder of weights: `shipped/name/inside` where that ships, else the directory `name`.

    Raises NotAvailable, with the names that ship, where neither holds a file of weights.
    """
    own = shipped / name / inside
    if Path(name).name == name and _has_weights(own):
        return own
    if name and _has_weights(Path(name)):
        return Path(name)
    known = [path.name for path in shipped.glob("*") if _has_weights(path / inside)]
    raise NotAvailable(
        f"model.weights: expected shipped weights or a folder with *{ENDING}, "
        f"found '{name}'{near(name, known)}"
    )


def _has_weights(folder: Path) -> bool:
    return any(folder.glob(f"*{ENDING}"))


def load_weights(path: Path, module: nn.Module) -> None:
    """Load a safetensors file into the module. A pickle is refused: it can run code.

    Raises BadModel where the file is none, and for what `fill` refuses.
    """
    if path.suffix != ENDING:
        raise BadModel(f"{path}: expected weights as {ENDING}, found '{path.suffix}'")
    fill(module, read_tensors(path), str(path))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file, or of a torch checkpoint that holds nothing else.

    A checkpoint of a training script may keep them under `model` or `state_dict`.
    Raises BadModel for anything else: a pickle that holds code is not run.
    """
    try:
        if path.suffix == ENDING:
            return dict(load_file(path))
        _check_archive(path)
        found: Any = load(path, map_location="cpu", weights_only=True)
    except BadData:
        raise
    except Exception as error:  # torch raises nearly anything on damaged bytes
        raise BadModel(
            f"{path}: expected weights (safetensors, or torch tensors alone), "
            f"found {type(error).__name__}"
        ) from error
    for key in ("model", "state_dict"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict) or not all(is_tensor(value) for value in found.values()):
        raise BadModel(f"{path}: expected tensors by name, found {type(found).__name__}")
    return found


def _check_archive(path: Path) -> None:
    """Raise BadData for a checkpoint whose storages would become too large: torch unpacks them."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as file:
            total = sum(one.file_size for one in file.infolist())
        check_bytes(str(path), total, path.stat().st_size)


def read_header(path: Path) -> dict[str, str]:
    """The texts by name in a safetensors file's header. Raises BadModel where the file is none."""
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise BadModel(f"{path}: expected a safetensors file, found {error}") from error


def read_shapes(path: Path) -> dict[str, Shape]:
    """The shapes of a safetensors file's tensors. Raises BadModel where the file is none."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise BadModel(f"{path}: expected a safetensors file, found {error}") from error


def fill(
    module: nn.Module,
    tensors: Mapping[str, Tensor],
    where: str,
    optional: Callable[[str], bool] | None = None,
) -> None:
    """Load the tensors into the module.

    optional  whether a tensor of that name may be missing or unexpected, besides DERIVED ones
    Raises BadModel where other tensors are missing or unexpected, and for what is not finite.
    """
    expected = module.state_dict()
    odd = {n for n in tensors.keys() ^ expected.keys() if not (optional and optional(n))}
    shapes = {
        name: (tuple(expected[name].shape), tuple(tensors[name].shape))
        for name in tensors.keys() & expected.keys()
    }
    check_fit(where, odd & expected.keys(), odd & tensors.keys(), shapes)
    module.load_state_dict(dict(tensors), strict=False)
    check_finite(where, module)


def check_fit(
    where: str,
    missing: Collection[str],
    unexpected: Collection[str],
    shapes: Mapping[str, tuple[Shape, Shape]],
) -> None:
    """Raises BadModel that names what is missing, unexpected, or of another shape.

    shapes  the shape that the network has of a tensor, and the one that was found
    """
    others = [
        f"{name}: expected the shape {own}, found {found}"
        for name, (own, found) in sorted(shapes.items())
        if own != found
    ]
    said = [_named("missing", missing), _named("unexpected", unexpected), *others[:_SHOWN]]
    if any(said):
        raise BadModel(
            f"{where}: the weights do not fit the network: {'; '.join(filter(None, said))}"
        )


def _named(what: str, names: Collection[str]) -> str:
    told = sorted(name for name in names if name.rpartition(".")[2] not in DERIVED)
    return f"{what} {some_of(told, _SHOWN)}" if told else ""

"""Weights from disk: found by name, read without running anything, and checked before they load."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, is_tensor, load, nn

from benchsuite.errors import BadData, NotAvailable, near

ENDING = ".safetensors"
MODEL = "model.safetensors"
"""The file of weights in a folder that a training wrote."""
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


def read_weights(
    path: Path, expected: Mapping[str, Tensor], optional: Callable[[str], bool] | None = None
) -> dict[str, Tensor]:
    """The tensors of a safetensors file that fit `expected`. A pickle is refused: it can run code.

    Raises BadData where the file is none, and for what `check_fit` refuses.
    """
    if path.suffix != ENDING:
        raise BadData(f"{path}: expected weights as {ENDING}, found '{path.suffix}'")
    found = read_tensors(path)
    check_fit(str(path), found, expected, optional)
    return found


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file, or of a torch checkpoint that holds nothing else.

    A checkpoint of a training script may keep them under `model` or `state_dict`.
    Raises BadData for anything else: a pickle that holds code is not run.
    """
    try:
        if path.suffix == ENDING:
            return dict(load_file(path))
        found: Any = load(path, map_location="cpu", weights_only=True)
    except (
        pickle.UnpicklingError, SafetensorError, RuntimeError, ValueError, EOFError, OSError,
    ) as error:  # fmt: skip
        raise BadData(
            f"{path}: expected weights (safetensors, or torch tensors alone), "
            f"found {type(error).__name__}"
        ) from error
    for key in ("model", "state_dict"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict) or not all(is_tensor(value) for value in found.values()):
        raise BadData(f"{path}: expected tensors by name, found {type(found).__name__}")
    return found


def read_header(path: Path) -> dict[str, str]:
    """The texts by name in a safetensors file's header. Raises BadData where the file is none."""
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise BadData(f"{path}: expected a safetensors file, found {error}") from error


def fill(
    module: nn.Module,
    tensors: Mapping[str, Tensor],
    where: str,
    optional: Callable[[str], bool] | None = None,
) -> None:
    """Load the tensors into the module. Raises BadData for what `check_fit` refuses."""
    check_fit(where, tensors, module.state_dict(), optional)
    module.load_state_dict(dict(tensors), strict=False)


def check_fit(
    where: str,
    found: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    optional: Callable[[str], bool] | None = None,
) -> None:
    """Raises BadData that names the missing and the unexpected tensors, or one of another shape.

    optional  whether a tensor of that name may be missing or unexpected
    """
    wrong = [n for n in sorted(found.keys() ^ expected.keys()) if not (optional and optional(n))]
    if wrong:
        missing = [name for name in wrong if name in expected]
        unexpected = [name for name in wrong if name in found]
        said = [_named("missing", missing), _named("unexpected", unexpected)]
        raise BadData(f"{where}: expected other tensors: {'; '.join(filter(None, said))}")
    for name in sorted(found.keys() & expected.keys()):
        shapes = tuple(expected[name].shape), tuple(found[name].shape)
        if shapes[0] != shapes[1]:
            raise BadData(f"{where}: {name}: expected the shape {shapes[0]}, found {shapes[1]}")


def _named(what: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{what} {', '.join(names[:_SHOWN])}{more}" if names else ""

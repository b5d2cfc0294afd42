"""Weights from disk: hashed by content, read without running anything."""

import hashlib
import pickle
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData, NotAvailable


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes. Raises NotAvailable where there is none."""
    if not path.is_file():
        raise NotAvailable(f"{path}: expected a file of weights, found none")
    stamp = path.stat()
    return _sha256(path, stamp.st_size, stamp.st_mtime_ns)


@lru_cache(maxsize=32)
def _sha256(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(path: Path) -> dict[str, Any]:
    """The tensors of a safetensors file, or of a torch checkpoint that holds nothing else.

    A checkpoint of a training script may keep them under `model` or `state_dict`.
    Raises BadData for anything else: a pickle that holds code is not run.
    """
    import torch

    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise BadData(
            f"{path}: expected weights (safetensors, or torch tensors alone), "
            f"found {type(error).__name__}"
        ) from error
    for key in ("model", "state_dict"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict) or not all(torch.is_tensor(t) for t in found.values()):
        raise BadData(f"{path}: expected tensors by name, found {type(found).__name__}")
    return found


_HARMLESS = {
    *(
        (f"numpy.{core}.multiarray", name)
        for core in ("core", "_core")
        for name in ("_reconstruct", "scalar")
    ),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
    ("collections", "OrderedDict"),
}
"""What an array is made of in a pickle."""


class _Arrays(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _HARMLESS:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


def read_arrays(path: Path) -> dict[str, Any]:
    """The tensors of a file of detectron2's model zoo: a pickle of arrays by name.

    Nothing but arrays, text and numbers is made. Raises BadData for a pickle that asks for more.
    """
    import torch

    try:
        with path.open("rb") as file:
            found = _Arrays(file, encoding="latin1").load()
        model = found["model"]
        return {name: torch.as_tensor(array) for name, array in model.items()}
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError, OSError) as error:
        raise BadData(
            f"{path}: expected arrays by name under 'model', found {type(error).__name__}: {error}"
        ) from error

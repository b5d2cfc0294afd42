"""Reading weights: safetensors only, and only those that fit."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from benchsuite.errors import BadData


def read_weights(path: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a safetensors file. Nothing else is read: a pickle can run code.

    Raises BadData where the file is none, or its names and shapes are not those of `expected`.
    """
    if path.suffix != ".safetensors":
        raise BadData(f"{path}: expected weights as .safetensors, found '{path.suffix}'")
    try:
        found: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise BadData(f"{path}: expected a safetensors file, found {error}") from error
    for name in sorted(found.keys() ^ expected.keys()):
        what = "lacks" if name in expected else "has the foreign key"
        raise BadData(f"{path}: the file {what} '{name}'")
    for name, value in found.items():
        if value.shape != expected[name].shape:
            raise BadData(
                f"{path}: {name}: expected {tuple(expected[name].shape)}, "
                f"found {tuple(value.shape)}"
            )
    return found

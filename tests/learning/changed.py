"""Weights that a training blew up, or that are not all there."""

import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

Tensors = dict[str, torch.Tensor]


def rewritten(
    folder: Path, to: Path, change: Callable[[Tensors], Tensors], file: str = "*.safetensors"
) -> Path:
    """A copy of the folder with other tensors in its file of weights, under the same header."""
    shutil.copytree(folder, to)
    path = next(to.rglob(file))
    with safe_open(path, framework="pt") as opened:
        header = opened.metadata()
    save_file(change(load_file(path)), path, header)
    return to


def without(part: str) -> Callable[[Tensors], Tensors]:
    """Leaves out the tensors whose name has the part."""
    return lambda tensors: {name: t for name, t in tensors.items() if part not in name}


def filled(part: str, value: float) -> Callable[[Tensors], Tensors]:
    """Puts one number everywhere in the tensors of floats whose name has the part."""
    return lambda tensors: {
        name: torch.full_like(t, value) if part in name and t.is_floating_point() else t
        for name, t in tensors.items()
    }

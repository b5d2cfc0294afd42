"""Numbers that are none: weights that a training blew up, and what a network makes of them.

NaN and infinity are refused before they turn into ranks, labels or boxes, which would hide them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from math import isfinite, isnan
from typing import Any

from torch import Tensor, aminmax, is_tensor, nn

from benchsuite.errors import BadData, BadModel


def check_finite(where: str, module: nn.Module) -> None:
    """Raises BadModel that names the first parameter or buffer with a number that is not finite."""
    for name, tensor in chain(module.named_parameters(), module.named_buffers()):
        if (found := _odd(tensor)) and not _is_mask(tensor):
            raise BadModel(f"{where}: {name}: expected finite weights, found {found}")


def check_output(where: str, output: Any) -> None:
    """Raises BadData where a network's output, tensors however nested, is not finite."""
    for tensor in _tensors(output):
        if found := _odd(tensor):
            raise BadData(f"{where}: expected finite outputs of the network, found {found}")


@contextmanager
def finite_outputs(where: str, *modules: nn.Module) -> Iterator[None]:
    """Checks what the modules give inside the block, as `check_output`.

    For networks that leave out what is not finite: a detector then finds nothing.
    """
    handles = [
        module.register_forward_hook(lambda module, given, output: check_output(where, output))
        for module in modules
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _tensors(output: Any) -> Iterator[Tensor]:
    if is_tensor(output):
        yield output
    elif isinstance(output, Mapping | list | tuple):
        for part in output.values() if isinstance(output, Mapping) else output:
            yield from _tensors(part)


def _odd(tensor: Tensor) -> str:
    """`NaN` or `infinity` where the tensor holds one; else empty, as for whole numbers."""
    if not tensor.numel() or not tensor.is_floating_point():
        return ""
    # The ends take no memory, whatever the size. torch does not compare floats of 8 bits.
    ends = aminmax(tensor.detach() if tensor.element_size() > 1 else tensor.float())
    low, high = float(ends.min), float(ends.max)
    if isnan(low) or isnan(high):
        return "NaN"
    return "" if isfinite(low) and isfinite(high) else "infinity"


def _is_mask(tensor: Tensor) -> bool:
    """Whether a buffer is what attention adds to forbid places: 0 and minus infinity alone."""
    return not isinstance(tensor, nn.Parameter) and bool(((tensor == 0) | tensor.isneginf()).all())

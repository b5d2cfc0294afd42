"""The bytes of tensors, arrays and tables: the same on every device and in every process."""

import hashlib
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd


def sealed(kind: str, *parts: bytes) -> bytes:
    """16 bytes that name a kind of value and its parts. No two lists of parts read alike."""
    state = hashlib.blake2b(digest_size=16)
    for part in (kind.encode("utf-8", "surrogatepass"), *parts):
        state.update(b"%d:" % len(part))
        state.update(part)
    return state.digest()


def is_of(value: Any, module: str, *names: str) -> bool:
    """Whether a value is of such a class of a package, which is not imported for that."""
    package = sys.modules.get(module)
    kinds = [getattr(package, name, None) for name in names]
    return isinstance(value, tuple(kind for kind in kinds if isinstance(kind, type)))


def array_bytes(array: "np.ndarray[Any, Any]") -> bytes:
    """The digest of an array of numbers or texts: type, shape and content."""
    whole = np.ascontiguousarray(array)
    head = f"{array.dtype!s}{list(array.shape)}".encode()
    return sealed("array", head, memoryview(whole.reshape(-1).view(np.uint8)))  # type: ignore[arg-type]


def tensor_bytes(tensor: Any) -> bytes:
    """The digest of a torch tensor: type, shape and content, from whatever device.

    Raises ValueError for one that has no content yet.
    """
    if tensor.is_meta:
        raise ValueError("has no content: it is on the device meta")
    head = f"{tensor.dtype}{list(tensor.shape)}".encode()
    return sealed("tensor", head, *(_raw(part) for part in _dense(tensor.detach().cpu())))


def _dense(tensor: Any) -> Iterable[Any]:
    torch = sys.modules["torch"]
    if tensor.is_quantized:
        per_tensor = tensor.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric)
        scale = tensor.q_scale() if per_tensor else tensor.q_per_channel_scales()
        zero = tensor.q_zero_point() if per_tensor else tensor.q_per_channel_zero_points()
        return [tensor.int_repr(), torch.as_tensor(scale), torch.as_tensor(zero)]
    if tensor.layout is not torch.strided:
        sparse = tensor.to_sparse_coo().coalesce()
        return [sparse.indices(), sparse.values()]
    return [tensor]


def _raw(tensor: Any) -> Any:
    flat = tensor.resolve_conj().resolve_neg().contiguous().reshape(-1)
    return memoryview(flat.view(sys.modules["torch"].uint8).numpy())


def table_parts(table: Any) -> list[Any]:
    """A table of pandas as values: its types, its index and its columns."""
    if isinstance(table, pd.DataFrame):
        columns = [table.iloc[:, place] for place in range(table.shape[1])]
        return [table.columns, table.index, *(table_parts(column) for column in columns)]
    if isinstance(table, pd.Series):
        return [table.name, str(table.dtype), table.index, table.to_numpy()]
    return [list(table.names), str(table.dtype), table.to_numpy()]

"""Checkpoints: a module, AdamW's moments and further tensors, in one safetensors file."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer

from benchsuite.errors import BadData
from benchsuite.files.write import write_bytes


def write_checkpoint(
    path: Path, key: str, module: nn.Module, optimizer: Optimizer, more: Mapping[str, Tensor]
) -> None:
    """Publish a checkpoint, atomically, whatever the device. `key` names what it belongs to."""
    state = {f"module.{name}": value for name, value in module.state_dict().items()}
    for number, moments in optimizer.state_dict()["state"].items():
        state |= {f"optimizer.{number}.{name}": value for name, value in moments.items()}
    state |= {f"more.{name}": value for name, value in more.items()}
    whole = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    write_bytes(path, save(whole, {"key": key}))


def read_checkpoint(
    path: Path, key: str, module: nn.Module, optimizer: Optimizer
) -> dict[str, Tensor] | None:
    """Restore module and optimizer, and give the further tensors; None where there is no file.

    Raises BadData where the file is no checkpoint, is one of something else, or has foreign keys.
    """
    if not path.exists():
        return None
    state = _read(path, key)
    parts: dict[str, dict[str, Tensor]] = {"module": {}, "optimizer": {}, "more": {}}
    for name, value in state.items():
        part, _, rest = name.partition(".")
        if part not in parts:
            raise BadData(f"{path}: the checkpoint has the foreign key '{name}'")
        parts[part][rest] = value
    try:
        module.load_state_dict(parts["module"])
    except RuntimeError as error:
        raise BadData(f"{path}: {error}") from error
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in parts["optimizer"].items():
        number, _, moment = name.partition(".")
        moments.setdefault(int(number), {})[moment] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
    return parts["more"]


def _read(path: Path, key: str) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            found = (file.metadata() or {}).get("key")
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise BadData(f"{path}: expected a checkpoint in safetensors, found {error}") from error
    if found != key:
        raise BadData(f"{path}: expected a checkpoint of {key}, found one of {found}")
    return state

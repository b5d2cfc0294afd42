"""Checkpoints of a training: a module, its optimizer's moments and further tensors, in one file."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer

from benchsuite.errors import BadData
from benchsuite.files.write import write_bytes
from benchsuite.learning.weights import fill


def write_checkpoint(
    path: Path, key: str, module: nn.Module, optimizer: Optimizer, more: Mapping[str, Tensor]
) -> None:
    """Publish a checkpoint atomically, from any device. `key` names the training it belongs to."""
    state = {f"module.{name}": value for name, value in module.state_dict().items()}
    for number, moments in optimizer.state_dict()["state"].items():
        state |= {f"optimizer.{number}.{name}": value for name, value in moments.items()}
    state |= {f"more.{name}": value for name, value in more.items()}
    whole = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    write_bytes(path, save(whole, {"key": key}))


def read_checkpoint(
    path: Path, key: str, module: nn.Module, optimizer: Optimizer
) -> dict[str, Tensor] | None:
    """Restore module and optimizer; return the further tensors, or None where there is no file.

    Raises BadData where the file is no checkpoint, belongs to another training, or does not fit.
    """
    if not path.exists():
        return None
    parts: dict[str, dict[str, Tensor]] = {"module": {}, "optimizer": {}, "more": {}}
    for name, value in _read(path, key).items():
        part, _, rest = name.partition(".")
        if part not in parts:
            raise BadData(f"{path}: the checkpoint has the foreign key '{name}'")
        parts[part][rest] = value
    fill(module, parts["module"], str(path))
    _restore(path, optimizer, parts["optimizer"])
    return parts["more"]


def _restore(path: Path, optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    moments: dict[int, dict[str, Tensor]] = {}
    places = sum(len(group["params"]) for group in optimizer.param_groups)
    for name, value in tensors.items():
        number, _, moment = name.partition(".")
        if not number.isdecimal() or int(number) >= places:
            raise BadData(f"{path}: the checkpoint has the foreign key 'optimizer.{name}'")
        moments.setdefault(int(number), {})[moment] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})


def _read(path: Path, key: str) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            found = (file.metadata() or {}).get("key")
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise BadData(f"{path}: expected a checkpoint in safetensors, found {error}") from error
    if found != key:
        raise BadData(
            f"{path}: expected a checkpoint of this training ({key}), found one of other data or "
            f"options ({found}); choose another folder, or remove the file"
        )
    return state

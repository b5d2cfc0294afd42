"""A network of torch with its linear layers rounded to few bits, block after block."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchsuite.errors import WrongCall
from benchsuite.learning.rounding import Moments, Rounding, rounded

Call = tuple[tuple[Any, ...], dict[str, Any]]
"""The arguments of a block: the hidden states (2, L, K) of a pair of texts first."""


class _Caught(Exception):
    """Ends a pass through a network at its first block."""


def compress(network: nn.Module, how: Rounding, pairs: Sequence[Tensor]) -> None:
    """Round the linear layers of a network's blocks, in place; embeddings and head stay.

    pairs  the tokens (2, L) of two texts that stand against each other, for GPTQ. Each block sees
           what the rounded blocks before it make of them
    Raises WrongCall for a network without a list of blocks.
    """
    lists = [part for part in network.modules() if isinstance(part, nn.ModuleList)]
    blocks = max(lists, key=len, default=nn.ModuleList())
    if not blocks:
        raise WrongCall(f"{type(network).__name__}: expected a list of blocks, found none")
    with torch.no_grad():
        calls = [_first_call(network, blocks[0], pair) for pair in pairs] if how.calibrates else []
        for block in blocks:
            _compress(block, how, calls)
            calls = [((_passed(block, call), *call[0][1:]), call[1]) for call in calls]


def _compress(block: nn.Module, how: Rounding, calls: Sequence[Call]) -> None:
    layers = [part for part in block.modules() if isinstance(part, nn.Linear)]
    with _watched(layers) as seen:
        for call in calls:
            _passed(block, call)
            seen.held.clear()
    for layer in layers:
        new = rounded(_array(layer.weight), how, seen.moments.get(layer))
        layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(new)))


def _first_call(network: nn.Module, block: nn.Module, tokens: Tensor) -> Call:
    caught: list[Call] = []

    def keep(_: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        caught.append((given, named))
        raise _Caught

    hook = block.register_forward_pre_hook(keep, with_kwargs=True)
    with suppress(_Caught):
        network(tokens, use_cache=False)
    hook.remove()
    return caught[0]


def _passed(block: nn.Module, call: Call) -> Tensor:
    made = block(*call[0], **call[1])
    output: Tensor = made[0] if isinstance(made, tuple) else made
    return output


class _Seen:
    """The moments of each layer's inputs. Layers with the same input share the products."""

    def __init__(self) -> None:
        self.moments: dict[nn.Module, Moments] = {}
        self.held: dict[int, tuple[Tensor, Moments]] = {}

    def see(self, layer: nn.Module, given: tuple[Tensor]) -> None:
        """Add the inputs of a pass."""
        (pair,) = given
        if id(pair) not in self.held:  # held, so that no other tensor gets its place
            self.held[id(pair)] = pair, Moments.of(_array(pair))
        found, before = self.held[id(pair)][1], self.moments.get(layer)
        self.moments[layer] = before + found if before else found


@contextmanager
def _watched(layers: Sequence[nn.Module]) -> Iterator[_Seen]:
    seen = _Seen()
    hooks = [layer.register_forward_pre_hook(seen.see) for layer in layers]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _array(tensor: Tensor) -> Any:
    return tensor.detach().float().cpu().numpy()

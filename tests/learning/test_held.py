"""The networks that an object works with are found, wherever it keeps them."""

import functools
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from benchsuite.learning.held import MANY, networks
from benchsuite.learning.inference import device_of, in_use

NET = nn.Linear(2, 2)


class Attribute:
    def __init__(self) -> None:
        self.net = NET


class Slots:
    __slots__ = ("empty", "net")

    def __init__(self) -> None:
        self.net = NET


class OfTheClass:
    net = NET


class Itself:
    def __init__(self) -> None:
        self.me, self.nets = self, {"a": [NET]}


class Global:
    @torch.no_grad()
    def encode(self, texts: list[str]) -> Any:
        return NET(torch.ones(len(texts), 2))


def asked(net: nn.Module, query: str, documents: list[str]) -> Any:
    return net(torch.ones(len(documents), 2))


def with_default(query: str, documents: list[str], net: nn.Module = NET) -> Any:
    return net(torch.ones(len(documents), 2))


def closure() -> Any:
    net = NET

    def score(images: Any, captions: Any) -> Any:
        return net(images)

    return score


KEEPERS = {
    "itself": NET,
    "its method": NET.forward,
    "a tuple": (NET, None, str),
    "an attribute": Attribute(),
    "a method of an object": Attribute().__init__,
    "a slot": Slots(),
    "the class": OfTheClass(),
    "a list in a dict of an object that holds itself": Itself(),
    "an object in an object": SimpleNamespace(inner=SimpleNamespace(net=NET)),
    "a global of a method": Global(),
    "a partial function": functools.partial(asked, NET),
    "a default": with_default,
    "a closure": closure(),
    "a function with a memory": functools.lru_cache(closure()),
}


@pytest.mark.parametrize("keeper", KEEPERS.values(), ids=KEEPERS)
def test_a_network_is_in_eval_mode_wherever_it_is_kept_and_left_as_it_was(keeper):
    assert networks(keeper) == [NET]
    NET.train()
    with in_use(keeper):
        assert not NET.training
        assert torch.is_inference_mode_enabled()
    assert NET.training


def test_the_nearest_network_says_where_the_object_runs():
    far = nn.Linear(2, 2, device="meta")
    assert networks(SimpleNamespace(far=[far], near=NET)) == [NET, far]
    assert device_of(SimpleNamespace(far=[far], near=NET)) == "cpu"
    assert device_of(SimpleNamespace(far=[far])) == "meta"


@pytest.mark.parametrize("thing", [None, 3, "text", torch, [0.5] * MANY, object(), len, str])
def test_most_things_hold_no_network(thing):
    assert networks(thing) == []
    with in_use(thing):
        assert not torch.is_inference_mode_enabled()


def test_long_lists_are_data():
    assert networks([NET] * (MANY + 1)) == []

"""What has no fingerprint, and what changes while it runs."""

import asyncio
import logging
import os
import socket
import sqlite3
import threading
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import nn

from benchsuite.errors import ModelChanged, WrongCall
from benchsuite.learning.own import fingerprint_of, own_of
from tests.learning.named import Holder, Net, differ, helper, same

# What cannot be told


def closure(k):
    def rerank(query, documents):
        return [k for _ in documents]

    return rerank


def over_code(function):
    def rerank(query, documents):
        return function(query, documents)

    return rerank


def asking(query, documents):
    from urllib.request import urlopen

    return urlopen("http://127.0.0.1")


def posting(query, documents):
    import urllib.request as web

    return web.urlopen("http://127.0.0.1")


async def coroutine():
    return None


def generator():
    yield 1


IMPOSSIBLE = {
    "lambda": (lambda: lambda q, d: d, r"model: a lambda has no text"),
    "lambda inside": (lambda: Holder(f=lambda x: x), r"model\.f: a lambda"),
    "closure": (lambda: closure(3), r"model: rerank is a closure: .*'k'"),
    "closure inside": (lambda: [Holder(f=closure(3))], r"model\[0\]\.f: rerank is a closure"),
    "closure over a closure": (lambda: over_code(closure(3)), r"rerank is a closure: .*'k'"),
    "generator": (generator, r"model: a generator"),
    "coroutine": (coroutine, r"model: a coroutine"),
    "file": (lambda: Holder(log=open(os.devnull)), r"model\.log: a TextIOWrapper"),  # noqa: SIM115, PTH123
    "socket": (lambda: Holder(s=socket.socket()), r"model\.s: a socket .*server"),
    "database": (lambda: Holder(a={"b": sqlite3.connect(":memory:")}), r"model\.a\['b'\]: a Connection"),
    "request": (lambda: asking, r"urllib\.request asks a server"),
    "request by another name": (lambda: posting, r"urllib\.request asks a server"),
    "client": (lambda: Holder(client=pytest.importorskip("httpx").Client()), r"model\.client: a Client of httpx"),
    "local": (lambda: Holder(local=threading.local()), r"model\.local: "),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_what_cannot_be_told_asks_for_a_fingerprint_and_says_where_and_why(kind):
    make, message = IMPOSSIBLE[kind]
    value = make()
    with pytest.raises(WrongCall, match=message) as caught:
        own_of(value)
    assert "give fingerprint=" in str(caught.value) and "\n" not in str(caught.value)
    own = own_of(value, "v1")
    assert (own.object, own.fingerprint, own.given) == (value, "v1", True)
    own.check_unchanged()
    if asyncio.iscoroutine(value):
        value.close()


def test_a_function_around_other_functions_is_no_closure_over_values():
    assert same(over_code(helper), over_code(helper)) and differ(
        over_code(helper), over_code(generator)
    )


def test_locks_and_loggers_have_no_part_in_a_prediction():
    def make():
        return Holder(lock=threading.Lock(), rlock=threading.RLock(), log=logging.getLogger("x"))

    assert same(make(), make())


def test_a_fingerprint_is_a_text():
    with pytest.raises(WrongCall, match="expected a text, found 3"):
        own_of(Holder(), 3)


# While it runs


class Drifting:
    def __init__(self, weights):
        self.weights, self.calls, self.log, self.cache = weights, 0, [0.5], {}

    def rerank(self, query, documents):
        self.calls += 1
        self.log.append(0.25)
        self.cache[query, 0.5] = np.ones(3) * self.calls
        return [0.0 for _ in documents]


@pytest.mark.parametrize("weights", [
    lambda: np.ones(3), lambda: torch.ones(3), lambda: {"a": np.ones(2)}, lambda: [1.0, 2.0],
    lambda: nn.Linear(2, 2), lambda: 0.5,
])  # fmt: skip
def test_a_model_that_changes_its_weights_is_found(weights):
    model = Drifting(weights())
    own = own_of(model)
    model.rerank("q", ["d"])
    own.check_unchanged()
    if isinstance(model.weights, float):
        model.weights += 0.1
    elif isinstance(model.weights, dict | list):
        place = next(iter(model.weights)) if isinstance(model.weights, dict) else 0
        model.weights[place] += 1
    elif isinstance(model.weights, nn.Module):
        model.weights.bias.data += 1
    else:
        model.weights += 1
    with pytest.raises(
        ModelChanged, match=r"^model\.weights.* changed while the model ran"
    ) as caught:
        own.check_unchanged()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("generator", [
    lambda: np.random.default_rng(1), lambda: np.random.RandomState(1),
])  # fmt: skip
def test_a_generator_of_random_numbers_is_no_weight(generator):
    model = Holder(rng=generator(), w=np.ones(2))
    own = own_of(model)
    model.rng.random(1000)
    own.check_unchanged()
    assert fingerprint_of(model) != own.fingerprint


def test_a_weight_that_is_gone_has_changed():
    model = Drifting(np.ones(3))
    own = own_of(model)
    model.weights = None
    with pytest.raises(ModelChanged, match=r"model\.weights changed"):
        own.check_unchanged()


def test_batch_norm_in_training_mode_is_found_to_change():
    net = Net().train()
    own = own_of(net)
    net(torch.rand(2, 3, 4, 4))
    with pytest.raises(ModelChanged, match=r"model\.norm\.running_mean changed"):
        own.check_unchanged()


def test_what_a_model_counts_logs_and_keeps_may_change():
    model = Drifting(np.ones(3))
    own = own_of(model)
    for number in range(200):
        model.rerank(f"query {number}", ["d"])
    model.client = socket.socket()
    own.check_unchanged()
    model.client.close()


def test_a_model_as_a_run_left_it_has_the_fingerprint_of_that_run():
    model = Drifting(np.ones(3))
    own = own_of(model)
    model.rerank("q", ["d"])
    own.check_unchanged()
    assert own_of(model).fingerprint == own.fingerprint
    model.rerank("q", ["d"])
    assert own_of(model).fingerprint != own.fingerprint


def test_a_given_fingerprint_is_believed_and_never_computed():
    model = Drifting(np.ones(3))
    own = own_of(model, "mine")
    model.weights += 1
    own.check_unchanged()
    assert own.fingerprint == "mine"


@dataclass
class Mutable:
    weights: list = field(default_factory=lambda: [1.0])


def test_objects_without_a_hash_are_models_too():
    model = Mutable()
    own = own_of(model)
    own.check_unchanged()
    assert own_of(model).fingerprint == own.fingerprint

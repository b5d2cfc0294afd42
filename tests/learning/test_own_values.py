"""The fingerprint of data, tensors and networks."""

import copy
import functools
import io
import re
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from benchsuite.errors import WrongCall
from benchsuite.learning.own import fingerprint_of
from tests.learning.named import Net, differ, helper, same

HEX = re.compile(r"[0-9a-f]{32}")


# Data


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
        | st.frozensets(st.integers() | st.text(max_size=4), max_size=4)
    ),
    max_leaves=12,
)


def told(value: object) -> str:
    """An obvious text of a value that says all of its types and content."""
    if isinstance(value, dict):
        return "{" + ",".join(sorted(told(k) + ":" + told(v) for k, v in value.items())) + "}"
    if isinstance(value, frozenset):
        return "<" + ",".join(sorted(map(told, value))) + ">"
    if isinstance(value, list | tuple):
        return type(value).__name__ + "(" + ",".join(map(told, value)) + ")"
    return type(value).__name__ + repr(value)


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_values_have_one_fingerprint_if_and_only_if_they_are_equal(one, other):
    assert same(one, copy.deepcopy(one))
    assert same(one, other) == (told(one) == told(other))


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_count(values):
    assert same(values, dict(reversed(values.items())), dict(sorted(values.items())))


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Record:
    k: int = 3
    names: tuple[str, ...] = ()


Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    "values",
    [
        (1, 1.0, True, "1", b"1", 1j, None, "", [], (), {}, set(), frozenset({1})),
        (Path("a"), "a", Path("a/b"), Path("b")),
        (Colour.RED, Colour.BLUE, 1, "RED"),
        (Record(), Record(4), Record(names=("a",)), (3, ()), {"k": 3, "names": ()}),
        (Pair(1, 2), Pair(2, 1), (1, 2), [1, 2]),
        (SimpleNamespace(a=1), SimpleNamespace(a=2), {"a": 1}),
        (OrderedDict(a=1), {"a": 1}, OrderedDict(a=2)),
        (np.float32(1), np.float64(1), np.int64(1), 1),
        (np.zeros(2), np.zeros(2, "f4"), np.zeros((2, 1)), np.zeros((1, 2)), np.zeros(3), [0.0, 0.0]),
        (np.array(["a", None], object), np.array(["a", "b"], object), np.array(["a", "b"])),
        (np.array("2020", "M8[D]"), np.array("2021", "M8[D]"), np.zeros(0), np.array("")),
        (torch.float32, torch.float64, torch.Size([1, 2]), torch.Size([2, 1])),
        (pd.Series([1, 2]), pd.Series([1, 3]), pd.Series([1, 2], name="a"), pd.Series([1.0, 2.0])),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), pd.DataFrame({"a": ["1"]})),
        (pd.DataFrame({"a": [1]}, index=[5]), pd.DataFrame({"a": [1]}), pd.Index(["a"])),
        (functools.partial(Record, k=1), functools.partial(Record, k=2), Record),
        (len, max, "".join, ",".join, np.sin, np.cos, str.lower, str.upper),
        (re.compile("a"), re.compile("b"), re.compile("a", re.IGNORECASE)),
        (np.random.default_rng(1), np.random.default_rng(2)),
        (int, str, list[int], list[str], Record, Colour),
    ],
    ids=lambda values: type(values[0]).__name__,
)  # fmt: skip
def test_values_that_differ_have_different_fingerprints(values):
    assert differ(*values)
    assert all(HEX.fullmatch(fingerprint_of(value)) for value in values)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Record(4, ("a", "b")),
        lambda: Pair(1, [2]),
        lambda: {"a": {1, "x"}, 2: frozenset("abc")},
        lambda: MappingProxyType({"a": 1}),
        lambda: pd.DataFrame({"a": ["x", None], "b": pd.Categorical(["u", "v"])}),
        lambda: [
            np.arange(6).reshape(2, 3).T,
            np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        ],
        lambda: torch.arange(6).reshape(2, 3).T,
        lambda: functools.partial(print, 1, end=""),
        lambda: functools.lru_cache(helper),
        lambda: io.BytesIO(b"data"),
    ],
)
def test_equal_values_have_one_fingerprint(make):
    assert same(make(), make(), make())


# Tensors and networks


KINDS = (
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.uint8, torch.int64,
    torch.bool, torch.complex64, torch.float8_e4m3fn,
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_one_changed_byte_of_any_tensor_changes_the_fingerprint(kind):
    raw = torch.zeros(4 * torch.empty(0, dtype=kind).element_size(), dtype=torch.uint8)
    seen = {fingerprint_of(raw.clone().view(kind))}
    for place in range(len(raw)):
        other = raw.clone()
        other[place] = 1
        seen.add(fingerprint_of(other.view(kind)))
    assert len(seen) == len(raw) + 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 255), min_size=8, max_size=64), st.data())
def test_one_changed_byte_of_any_array_changes_the_fingerprint(content, data):
    array = np.array(content, dtype=np.uint8)
    other = array.copy()
    place = data.draw(st.integers(0, len(array) - 1))
    other[place] ^= data.draw(st.integers(1, 255))
    assert differ(array, other)
    assert same(array, np.asfortranarray(array), np.stack([array, other])[0])


def test_tensors_count_by_what_they_hold_and_not_by_how():
    base = torch.arange(12.0).reshape(3, 4)
    assert same(base, base.T.contiguous().T, base.clone().requires_grad_(), torch.stack([base])[0])
    assert same(base.to_sparse(), base.to_sparse().clone())
    assert differ(base, base.T, base[:, :2], base.to_sparse(), (base + 1).to_sparse())
    z = torch.tensor([1 + 2j])
    assert same(z.conj(), torch.tensor([1 - 2j])) and differ(z, z.conj())


@pytest.mark.filterwarnings("ignore")
def test_quantised_weights_count_with_their_scale():
    base = torch.arange(4.0)
    found = [torch.quantize_per_tensor(base, scale, zero, torch.qint8)
             for scale, zero in ((0.1, 0), (0.2, 0), (0.1, 1))]  # fmt: skip
    assert differ(*found, found[0].int_repr())


def changed(change) -> Net:
    net = Net()
    change(net)
    return net


CHANGES = {
    "a weight": lambda net: net.first.weight.data.view(-1)[0].add_(1e-6),
    "a buffer": lambda net: net.norm.running_mean.add_(1),
    "a buffer that is not saved": lambda net: net.mask.add_(1),
    "an option": lambda net: setattr(net, "width", 4),
    "an option of a part": lambda net: setattr(net.norm, "eps", 1e-4),
    "another part": lambda net: setattr(net, "norm", nn.Identity()),
    "a part more": lambda net: setattr(net, "more", nn.Identity()),
    "the name of a part": lambda net: net.add_module("last", net._modules.pop("norm")),
    "the type of the weights": lambda net: net.half(),
    "a hook": lambda net: net.register_forward_hook(double),
    "a hook before": lambda net: net.register_forward_pre_hook(double),
    "a plain tensor": lambda net: setattr(net, "prior", torch.ones(1)),
}


def double(module, given, output=None):
    return None


def test_every_change_of_a_network_changes_its_fingerprint():
    assert differ(Net(), Net(stride=2), *(changed(change) for change in CHANGES.values()))


def test_neither_mode_nor_gradients_nor_the_device_count():
    net = Net()
    placed = changed(lambda net: setattr(net, "device", torch.device("cuda:1")))
    assert same(
        net, Net().eval(), changed(lambda net: net.requires_grad_(False)), copy.deepcopy(net)
    )
    assert same(placed, changed(lambda net: setattr(net, "device", "cpu")))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_network_is_the_same_on_a_gpu():
    assert same(Net(), Net().cuda())


def test_the_order_of_layers_counts():
    torch.manual_seed(0)
    one, other = nn.Linear(2, 2), nn.Linear(2, 2)
    assert differ(nn.Sequential(one, other), nn.Sequential(other, one))


def test_a_loaded_state_is_the_network_it_was_saved_from():
    other = Net()
    other.load_state_dict(changed(CHANGES["a weight"]).state_dict())
    assert same(other, changed(CHANGES["a weight"]))


def test_weights_without_content_are_refused():
    with pytest.raises(WrongCall, match=r"model\.weight: .*meta.*give fingerprint="):
        fingerprint_of(nn.Linear(2, 2, device="meta"))
    with pytest.raises(WrongCall, match=r"model\.weight: .*give fingerprint="):
        fingerprint_of(nn.LazyLinear(2))


def test_a_network_of_a_package_is_the_same_after_it_ran():
    from torchvision.models.detection import maskrcnn_resnet50_fpn

    net = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).eval()
    before = fingerprint_of(net)
    with torch.inference_mode():
        net([torch.rand(3, 32, 32)])
    assert fingerprint_of(net) == before


def test_100_megabytes_of_weights_take_well_under_a_second():
    from time import process_time

    net = nn.Linear(5000, 5000)
    fingerprint_of(net)
    start = process_time()
    fingerprint_of(net)
    assert process_time() - start < 0.8

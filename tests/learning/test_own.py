"""The fingerprint of an object that a person hands over as a model."""

import asyncio
import copy
import functools
import io
import logging
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
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

from benchsuite.errors import ModelChanged, WrongCall
from benchsuite.learning.objects import load_object
from benchsuite.learning.own import fingerprint_of, own_of
from tests.house.source import ROOT

HEX = re.compile(r"[0-9a-f]{32}")


def differ(*values: object) -> bool:
    """Whether the fingerprints of all values are different."""
    found = [fingerprint_of(value) for value in values]
    return len(set(found)) == len(found)


def same(*values: object) -> bool:
    return len({fingerprint_of(value) for value in values}) == 1


@pytest.fixture
def written(tmp_path):
    """Writes a file of code, and loads what it names."""

    def write(text: str, name: str = "Model", file: str = "own.py", **options: object) -> object:
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        # Python tells two versions of a file apart by their time and size.
        os.utime(path, ns=(write.clock, write.clock))
        write.clock += 10**10
        return load_object(f"{path}:{name}", options)

    write.clock = 10**18
    return write


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


def helper(query, documents):
    return [len(document) for document in documents]


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


class Net(nn.Module):
    def __init__(self, width: int = 3, stride: int = 1) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.width = width
        self.first = nn.Conv2d(3, width, 1, stride=stride)
        self.norm = nn.BatchNorm2d(width)
        self.register_buffer("mask", torch.ones(2), persistent=False)

    def forward(self, x):
        return self.norm(self.first(x))


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


# Code


RERANKER = """
import math
from sibling import bonus

SCALE = 2

def score(query, document):
    return SCALE * math.sqrt(len(document)) + bonus(query)

class Base:
    def shared(self):
        return 1

class Model(Base):
    limit = 5

    def __init__(self, k=3):
        self.k = k

    def rerank(self, query, documents):
        from later import late
        import other
        return [score(query, d) + self.k + late() + other.value for d in documents]

    @property
    def size(self):
        return extra()

    @staticmethod
    def fixed(x=7):
        return x

def extra():
    return 11

def unrelated():
    return 0
"""
SIBLINGS = {
    "sibling.py": "def bonus(query):\n    return 1\n",
    "later.py": "def late():\n    return 3\n",
    "other.py": "value = 13\n",
}


@pytest.fixture
def siblings(tmp_path):
    """The files beside `own.py`; each is imported anew."""

    def write(**other: str) -> None:
        for name, text in SIBLINGS.items():
            (tmp_path / name).write_text(other.get(name.removesuffix(".py"), text))
            sys.modules.pop(name.removesuffix(".py"), None)

    yield write
    sys.path[:] = [one for one in sys.path if one != str(tmp_path)]
    for name in SIBLINGS:
        sys.modules.pop(name.removesuffix(".py"), None)


@pytest.mark.parametrize("old, new", [
    ("return [score(query", "return [2 * score(query"),
    ("SCALE = 2", "SCALE = 3"),
    ("math.sqrt", "math.exp"),
    ("return 1\n\nclass", "return 2\n\nclass"),
    ("limit = 5", "limit = 6"),
    ("return 11", "return 12"),
    ("x=7", "x=8"),
    ("k=3", "k=4"),
])  # fmt: skip
def test_any_line_of_the_code_of_ones_own_changes_the_fingerprint(written, siblings, old, new):
    siblings()
    before = fingerprint_of(written(RERANKER))
    assert RERANKER.count(old) == 1
    assert fingerprint_of(written(RERANKER.replace(old, new))) != before


@pytest.mark.parametrize("name, text", [
    ("sibling", "def bonus(query):\n    return 2\n"),
    ("later", "def late():\n    return 4\n"),
    ("other", "value = 14\n"),
])  # fmt: skip
def test_code_of_other_files_of_ones_own_counts(written, siblings, name, text):
    siblings()
    before = fingerprint_of(written(RERANKER))
    siblings(**{name: text})
    assert fingerprint_of(written(RERANKER)) != before


def test_code_that_the_model_does_not_use_does_not_count(written, siblings):
    siblings()
    before = fingerprint_of(written(RERANKER))
    assert fingerprint_of(written(RERANKER.replace("return 0", "return 9"))) == before
    assert fingerprint_of(written("\n\n# moved\n" + RERANKER)) == before


def test_neither_the_place_nor_the_name_of_the_file_counts(written, siblings, tmp_path):
    siblings()
    before = fingerprint_of(written(RERANKER))
    sys.path.append(str(tmp_path))
    assert fingerprint_of(written(RERANKER, file="below/named.py")) == before


def test_options_of_a_class_count(written, siblings):
    siblings()
    assert differ(written(RERANKER), written(RERANKER, k=4), written(RERANKER, k=3.0))
    assert same(written(RERANKER), written(RERANKER, k=3))


def test_an_attribute_that_was_set_on_the_class_counts(written, siblings):
    siblings()
    one, other = written(RERANKER), written(RERANKER)
    type(other).limit = 9
    assert differ(one, other)


def test_code_that_the_file_no_longer_holds_is_not_taken_for_it(written, siblings):
    siblings()
    old = written(RERANKER)
    before = fingerprint_of(old)
    new = written(RERANKER.replace("return [score", "return [9 * score"))
    assert fingerprint_of(new) != before
    assert fingerprint_of(old) != fingerprint_of(new)


def test_functions_count_by_text_defaults_and_what_they_refer_to(written):
    text = "W = [1.0, 2.0]\ndef score(q, d, k=2, *, m=3):\n    return W[0] * k\n"
    changes = [text, text.replace("k=2", "k=3"), text.replace("m=3", "m=4"),
               text.replace("1.0", "1.5"), text.replace("W[0]", "W[1]")]  # fmt: skip
    assert differ(*(written(one, "score") for one in changes))
    assert fingerprint_of(written(text, "score")) == fingerprint_of(
        written("import os\n" + text, "score")
    )


def test_a_bound_method_counts_with_its_object(written, siblings):
    siblings()
    assert differ(written(RERANKER).rerank, written(RERANKER, k=4).rerank, written(RERANKER).shared)
    assert same(written(RERANKER).rerank, written(RERANKER).rerank)


def test_code_without_a_file_counts_as_what_it_was_compiled_to():
    def run(text: str) -> object:
        space: dict[str, object] = {"__name__": "__main__"}
        exec(text, space)  # noqa: S102
        return space["f"]

    first = "def f(x):\n    return x + 1\n"
    assert same(run(first), run("# a remark\n" + first))
    assert differ(run(first), run(first.replace("1", "2")), run(first.replace("+", "-")),
                  run(first.replace("return x", "return abs(x)")))  # fmt: skip
    kinds = "class f:\n    k = {}\n    def g(self):\n        return {}\n"
    assert differ(*(run(kinds.format(*two)) for two in ((1, 1), (1, 2), (2, 1))))


def test_a_function_that_ran_often_is_still_known_by_its_text():
    from benchsuite.learning.source import function_text

    text = function_text(helper)
    for _ in range(1000):
        helper("q", ["a", "b"])
    assert text.startswith("def helper(") and function_text(helper) == text


def test_a_file_that_is_called_as_a_module_of_python_is_ones_own(written):
    text = "def add(x):\n    return x + {}\n"
    assert fingerprint_of(written(text.format(1), "add", "queue.py")) != fingerprint_of(
        written(text.format(2), "add", "queue.py")
    )


def test_odd_lines_of_a_file_do_not_shift_the_text(written):
    text = 'WORD = "a \x1c \u2028"\n\x0c\ndef add(x):\n    return x + 1\n'
    assert same(written(text, "add"), written(text, "add"))
    from benchsuite.learning.source import function_text

    assert function_text(written(text, "add")) == "def add(x):\n    return x + 1"


def test_a_cell_of_a_notebook_is_a_file(monkeypatch):
    import linecache

    text = "class Model:\n    k = 3\n    def rerank(self, q, d):\n        return self.k\n"
    cell = "<ipython-input-3-abc>"
    monkeypatch.setitem(linecache.cache, cell, (len(text), None, text.splitlines(True), cell))
    space: dict[str, object] = {"__name__": "__main__"}
    exec(compile(text, cell, "exec"), space)  # noqa: S102
    from benchsuite.learning.source import class_text

    assert class_text(space["Model"]) == text.rstrip()


class Decorated:
    @torch.inference_mode()
    def encode(self, texts):
        return texts

    @torch.no_grad()
    def search(self, queries):
        return helper(queries, queries)

    @functools.lru_cache  # noqa: B019
    def kept(self, query):
        return query


def test_decorated_methods_of_ones_own_are_no_trouble():
    model = Decorated()
    before = fingerprint_of(model)
    model.kept("a")
    assert fingerprint_of(model) == before == fingerprint_of(Decorated())


class Remembering:
    def __init__(self):
        self.words = ["a", "b"]

    @functools.cached_property
    def lookup(self):
        return {word: place for place, word in enumerate(self.words)}


def test_what_an_object_remembers_does_not_count():
    model = Remembering()
    before = fingerprint_of(model)
    assert model.lookup and fingerprint_of(model) == before


class Careless:
    """Whose state cannot be asked for."""

    def __init__(self, error):
        self.error = error

    def __getstate__(self):
        raise self.error


@pytest.mark.parametrize("error", [RuntimeError("no\nstate"), KeyError("k"), AttributeError()])
def test_what_an_object_raises_as_it_is_read_asks_for_a_fingerprint(error):
    with pytest.raises(WrongCall, match=r"model\.a: a Careless .*give fingerprint=") as caught:
        own_of(Holder(a=Careless(error)))
    assert "\n" not in str(caught.value)


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b


def test_slots_count():
    assert differ(Slotted(1, 2), Slotted(2, 1)) and same(Slotted(1, 2), Slotted(1, 2))


class Stated:
    def __init__(self, k, client):
        self.k, self.client = k, client

    def __getstate__(self):
        return {"k": self.k}


def test_a_class_may_say_itself_what_its_state_is():
    assert same(Stated(1, threading.Lock()), Stated(1, object())) and differ(
        Stated(1, 0), Stated(2, 0)
    )


class Node:
    def __init__(self, name):
        self.name, self.next, self.all = name, None, []


def ring(*names: str, turned: bool = False) -> Node:
    nodes = [Node(name) for name in names]
    for place, node in enumerate(nodes):
        node.next = nodes[(place + (-1 if turned else 1)) % len(nodes)]
        node.all = nodes
    return nodes[0]


def test_objects_that_hold_themselves_are_no_trouble():
    assert same(ring("a", "b", "c"), ring("a", "b", "c"))
    assert differ(ring("a"), ring("a", "b"), ring("a", "b", "c"), ring("a", "b", "c", turned=True))
    endless: list[object] = [1]
    endless.append(endless)
    assert differ(endless, [1, [1]])


def test_it_does_not_matter_whether_equal_parts_are_one_object():
    part = {"a": [1, 2]}
    assert same([part, part], [part, copy.deepcopy(part)])


def test_an_object_that_is_too_deep_is_refused():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(WrongCall, match=r"too deep.*give fingerprint="):
        fingerprint_of(deep)


def test_models_of_scikit_learn_count_with_what_they_learned():
    sklearn = pytest.importorskip("sklearn.ensemble")
    x = np.random.default_rng(0).random((40, 3))
    fits = [sklearn.RandomForestClassifier(3, random_state=seed).fit(x, x[:, 0] > 0.5)
            for seed in (0, 0, 1)]  # fmt: skip
    assert same(*fits[:2]) and differ(*fits[1:])


# Processes


SCRIPT = """
import sys, json
import numpy as np
from enum import Enum
from dataclasses import dataclass, field
from benchsuite.learning.own import fingerprint_of
from benchsuite.learning.objects import load_object

class Kind(Enum):
    A = "a"

@dataclass
class Model:
    words: frozenset = frozenset({"x", "y", "z", 1, 2.5})
    table: dict = field(default_factory=lambda: {"a": {"p", "q"}, "b": np.arange(3)})
    kind: Kind = Kind.A

    def rerank(self, query, documents):
        return [w in {"x", "y"} for w in documents]

if __name__ == "__main__":
    print(fingerprint_of(Model()), fingerprint_of(load_object(sys.argv[1], {})))
"""


def test_all_processes_agree_and_so_do_a_script_and_its_import(tmp_path):
    found = set()
    for seed in ("0", "1", "77"):
        folder = tmp_path / seed
        folder.mkdir()
        (folder / f"script{seed}.py").write_text(SCRIPT)
        ran = subprocess.run(
            [sys.executable, f"script{seed}.py", f"./script{seed}.py:Model"],
            cwd=folder, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        found |= set(ran.stdout.split())
    assert len(found) == 1


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


class Holder:
    def __init__(self, **parts):
        self.__dict__.update(parts)


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
        over_code(helper), over_code(double)
    )


def test_locks_and_loggers_have_no_part_in_a_prediction():
    def make():
        return Holder(lock=threading.Lock(), rlock=threading.RLock(), log=logging.getLogger("x"))

    assert same(make(), make())


def test_a_fingerprint_is_a_text():
    with pytest.raises(WrongCall, match="expected a text, found 3"):
        own_of(Record(), 3)


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

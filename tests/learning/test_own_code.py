"""The fingerprint of the code that a model of a person's own consists of."""

import copy
import functools
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch

from benchsuite.errors import WrongCall
from benchsuite.learning.objects import load_object
from benchsuite.learning.own import fingerprint_of, own_of
from tests.house.source import ROOT
from tests.learning.named import Holder, differ, helper, same


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

"""Objects that a person names on the command line."""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.learning.objects import load_object

CODE = """
from dataclasses import dataclass
import beside

@dataclass
class Reranker:
    k: int = 3
    bonus: int = beside.BONUS

class Needs:
    def __init__(self, depth, *, width=2):
        self.depth = depth

class Broken:
    def __init__(self):
        raise RuntimeError("no\\nluck")

def rerank(query, documents):
    import later
    return [later.VALUE for _ in documents]

def build(k=1):
    return Reranker(k)

def missing():
    import no_such_package

ready = Reranker(9)
number = 3

class Outer:
    class Inner:
        pass
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "own_model.py").write_text(CODE)
    (tmp_path / "beside.py").write_text("BONUS = 7\n")
    (tmp_path / "later.py").write_text("VALUE = 5\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "nets.py").write_text("class Net:\n    k = 1\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "exits.py").write_text("import sys\nsys.exit(3)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in ("own_model", "broken", "exits", "beside", "later", "package", "package.nets"):
        sys.modules.pop(name, None)


def test_a_class_is_called_with_the_options(folder):
    assert (
        load_object("./own_model.py:Reranker", {}).k,
        load_object("own_model.py:Reranker", {"k": 5}).k,
    ) == (
        3,
        5,
    )
    assert load_object(f"{folder}/own_model.py:Reranker", {}).bonus == 7
    assert type(load_object("./own_model.py:Outer.Inner", {})).__qualname__ == "Outer.Inner"


def test_a_function_is_the_model_itself_and_with_parentheses_it_makes_one(folder):
    assert load_object("./own_model.py:rerank", {})("q", ["a", "b"]) == [5, 5]
    assert load_object("./own_model.py:build()", {"k": 4}).k == 4
    assert load_object("./own_model.py:Reranker()", {"k": 4}).k == 4


def test_an_object_that_is_there_is_taken_as_it_is(folder):
    assert load_object("./own_model.py:ready", {}).k == 9


def test_a_module_below_the_working_directory_is_found(folder):
    assert load_object("package.nets:Net", {}).k == 1


def test_the_files_beside_it_come_last_once_it_is_loaded(folder):
    before = list(sys.path)
    load_object("./own_model.py:Reranker", {})
    load_object("./own_model.py:Reranker", {})
    assert sys.path == [*before, str(folder)]


def work(thing):
    return thing.k, type(thing).__qualname__


def test_worker_processes_find_what_a_file_defines(folder):
    model = load_object("./own_model.py:Reranker", {"k": 5})
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pool.submit(work, model).result() == (5, "Reranker")


def test_a_file_that_can_be_imported_has_its_own_name(folder):
    sys.path.append(str(folder))
    assert type(load_object("./own_model.py:Reranker", {})).__module__ == "own_model"


def test_a_file_that_is_called_as_a_package_hides_none(folder):
    (folder / "json.py").write_text("k = 1\n")
    assert load_object("./json.py:k", {}) == 1
    import json

    assert json.loads("1") == 1


def test_a_file_that_was_changed_is_read_anew(folder):
    first = load_object("./own_model.py:ready", {})
    (folder / "own_model.py").write_text(CODE.replace("Reranker(9)", "Reranker(10)"))
    assert (first.k, load_object("./own_model.py:ready", {}).k) == (9, 10)


@pytest.mark.parametrize("spec, options, message", [
    ("own_model.py", {}, "expected FILE.py:NAME or PACKAGE.MODULE:NAME, found 'own_model.py'"),
    ("./own_model.py:", {}, "expected FILE.py:NAME"),
    ("./owm.py:Reranker", {}, r"there is no file './owm.py' \(did you mean own_model.py"),
    ("./own_model.py:Rerenker", {}, r"there is no 'Rerenker' \(did you mean Reranker"),
    ("./own_model.py:number.reel", {}, r"there is no 'reel' .*real"),
    ("./own_model.py:Outer.Iner", {}, r"there is no 'Iner' .*Inner"),
    ("./own_model.py:Reranker", {"kk": 3}, r"options: .*'kk'; it takes \(k: int = 3"),
    ("./own_model.py:Reranker", [3], r"model.options: expected \{KEY: VALUE, ...\}, found \[3\]"),
    ("./own_model.py:Needs", {}, r"options: .*'depth'; it takes \(depth"),
    ("./own_model.py:rerank", {"k": 3}, r"a function takes no options, found k; ./own_model.py:rerank\(\)"),
    ("./own_model.py:ready", {"k": 3}, r"a Reranker that is there takes no options, found k"),
    ("./own_model.py:number()", {}, "expected a class or a function, found int"),
    ("pakage.nets:Net", {}, "there is no module 'pakage'"),
    ("package.net:Net", {}, "there is no module 'package.net'"),
])  # fmt: skip
def test_what_does_not_exist_or_fit_is_a_wrong_call(folder, spec, options, message):
    with pytest.raises(WrongCall, match=message) as caught:
        load_object(spec, options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spec, message", [
    ("./own_model.py:Broken", r"\./own_model\.py:Broken: RuntimeError: no luck \(own_model\.py:16\)"),
    ("./broken.py:f", r"\./broken\.py:f: SyntaxError: invalid syntax .*broken\.py, line 1"),
    ("./exits.py:f", r"\./exits\.py:f: SystemExit: 3 \(exits\.py:2\)"),
])  # fmt: skip
def test_what_the_code_raises_is_one_line_with_its_place(folder, spec, message):
    with pytest.raises(BadData, match=message) as caught:
        load_object(spec, {})
    assert "\n" not in str(caught.value)


def test_a_package_that_is_missing_is_named(folder):
    with pytest.raises(NotAvailable, match=r"needs the package 'no_such_package'"):
        load_object("./own_model.py:missing()", {})


def test_options_are_by_name():
    with pytest.raises(WrongCall, match=r"model.options: expected .* found .1.$"):
        load_object("collections:Counter", [1])  # type: ignore[arg-type]

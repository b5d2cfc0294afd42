"""What the code of a function or class is: its text, whose it is, and what it refers to.

Code of the person's own counts as its text, and as all that its text refers to. Code of a package
counts as its place and its own text: what a package does below that is the environment's matter.
"""

import ast
import dis
import linecache
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import import_module
from importlib.util import find_spec
from inspect import unwrap
from pathlib import Path
from textwrap import dedent
from types import CodeType, FunctionType, ModuleType
from typing import Any
from warnings import catch_warnings

Span = tuple[int, int]
PYTHON = Path(linecache.__file__).parent
"""Where Python keeps its own modules."""
PACKAGES = ("site-packages", "dist-packages")
REMOTE = (
    "aiohttp", "anthropic", "boto3", "botocore", "cohere", "elasticsearch", "google.genai",
    "google.generativeai", "groq", "grpc", "http.client", "httpx", "huggingface_hub.inference",
    "litellm", "mistralai", "ollama", "openai", "opensearchpy", "pinecone", "qdrant_client",
    "replicate", "requests", "socket", "subprocess", "together", "tritonclient", "urllib.request",
    "urllib3", "vertexai", "voyageai", "weaviate", "websocket", "websockets", "xmlrpc.client",
)  # fmt: skip
"""Modules by which code asks a server or another program. These may change without a trace here."""


Remembering = type(lru_cache(len))
"""What `lru_cache` makes of a function."""


@dataclass(frozen=True)
class Written:
    """A file of code, taken apart: where its functions and classes stand, and what they compile to.

    `functions` are known by their first line and name, `classes` by their qualified name.
    """

    text: str
    functions: dict[tuple[int, str], Span]
    classes: dict[str, list[Span]]

    @cached_property
    def codes(self) -> frozenset[CodeType]:
        """All code that the text compiles to: a function of another version is not in it."""
        with catch_warnings(action="ignore"):  # its import has said them
            return frozenset(_inner(compile(self.text, "own", "exec", dont_inherit=True)))

    def lines(self, span: Span) -> str:
        """The text of a span, without the indentation of its place."""
        first, last = span
        return dedent("\n".join(self.text.split("\n")[first - 1 : last])).rstrip()


def written(file: str) -> Written | None:
    """The file of code as it is now; notebook cells count as files. None where there is none."""
    linecache.checkcache(file)
    text = "".join(linecache.getlines(file))
    return _taken_apart(text) if text else None


@lru_cache(maxsize=256)
def _taken_apart(text: str) -> Written | None:
    try:
        with catch_warnings(action="ignore"):
            tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    found = Written(text, {}, {})
    _note(tree, "", found)
    return found


def _note(node: ast.AST, outer: str, found: Written) -> None:
    for child in ast.iter_child_nodes(node):
        inner = outer
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([child.lineno, *(one.lineno for one in child.decorator_list)])
            span = (first, child.end_lineno or first)
            if isinstance(child, ast.ClassDef):
                inner = f"{outer}{child.name}."
                found.classes.setdefault(outer + child.name, []).append(span)
            else:
                inner = f"{outer}{child.name}.<locals>."
                found.functions[first, child.name] = span
        _note(child, inner, found)


def _inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _inner(constant)


def function_text(function: FunctionType) -> str:
    """The function's text; empty where there is none, or where it is not what runs any more."""
    code = function.__code__
    file = written(code.co_filename)
    span = file and file.functions.get((code.co_firstlineno, code.co_name))
    if not file or not span or not (is_library(function) or code in file.codes):
        return ""
    return file.lines(span)


def class_text(kind: type) -> str:
    """The class's text; empty where there is none, or where it is not what runs any more."""
    methods = [unwrap(f) for item in vars(kind).values() for f in functions_in(item)]
    codes = [f.__code__ for f in methods if _stands_in(kind, f)]
    main = getattr(sys.modules.get(home(kind)), "__file__", None)
    place = codes[0].co_filename if codes else main
    file = written(place) if place else None
    spans = file.classes.get(kind.__qualname__, []) if file else []
    if not file or not spans:
        return ""
    if not is_library(kind) and not all(code in file.codes for code in codes):
        return ""
    lines = [code.co_firstlineno for code in codes]
    return file.lines(next((s for s in spans if all(s[0] <= n <= s[1] for n in lines)), spans[-1]))


def _stands_in(kind: type, function: Any) -> bool:
    if not isinstance(function, FunctionType) or is_generated(function):
        return False
    code = function.__code__
    return function.__module__ == kind.__module__ and code.co_qualname.startswith(
        f"{kind.__qualname__}."
    )


def is_generated(function: FunctionType) -> bool:
    """Whether code wrote the function, as dataclasses do: no text of it is kept."""
    return not linecache.getlines(function.__code__.co_filename)


def functions_in(item: Any) -> Iterator[FunctionType]:
    """The functions of a class's member: a method, a property, a class method, a cached one."""
    if isinstance(item, FunctionType):
        yield item
    elif isinstance(item, property):
        yield from (f for part in (item.fget, item.fset, item.fdel) for f in functions_in(part))
    elif isinstance(item, classmethod | staticmethod | cached_property):
        yield from functions_in(getattr(item, "__func__", None) or getattr(item, "func", None))
    elif isinstance(item, Remembering):
        yield from functions_in(item.__wrapped__)


def is_library(code: Any) -> bool:
    """Whether a function, class or module is of Python or a package, and not the person's own."""
    module = home(code)
    if isinstance(code, FunctionType) and not is_generated(code):
        return _is_package(module, code.__code__.co_filename)
    return _is_package(module, _file(module))


def home(code: Any) -> str:
    """The name of the module in which code was written: the decorator's, of a function it made."""
    if isinstance(code, FunctionType):
        return str(code.__globals__.get("__name__"))
    return str(code.__name__ if isinstance(code, ModuleType) else code.__module__)


def _is_package(module: str, file: str) -> bool:
    if is_python(module) or top(module) in ("benchsuite", "benchsuite_tasks"):
        return True
    return any(folder in Path(file).parts for folder in PACKAGES)


def _file(module: str) -> str:
    """The file of a module. The main one may be another than the code that says it is there."""
    known = None if module == "__main__" else sys.modules.get(module)
    return str(getattr(known, "__file__", None) or "")


def is_python(module: str) -> bool:
    """Whether a module is of Python itself, and not a file of the same name."""
    if module == "__main__" or top(module) not in sys.stdlib_module_names:
        return False
    file = _file(module)
    return not file or Path(file).is_relative_to(PYTHON)


def top(module: str) -> str:
    """The package that a module is in."""
    return module.partition(".")[0]


def is_remote(module: str) -> bool:
    """Whether a module asks servers."""
    return any(module == one or module.startswith(f"{one}.") for one in REMOTE)


def version(module: str) -> str:
    """The version of a module's package, without the build (`+cu130`)."""
    found = getattr(sys.modules.get(top(module)), "__version__", "")
    return str(found).partition("+")[0]


def references(function: FunctionType) -> dict[str, Any]:
    """What the function's code takes from outside by name, and exists: globals and imports.

    Of a module it takes what its code names as an attribute: `nets.build` of the module `nets`.
    """
    codes = list(_inner(function.__code__))
    known = function.__globals__
    names = _named_by(codes, "LOAD_GLOBAL", "LOAD_NAME") & known.keys()
    found = {name: known[name] for name in sorted(names)}
    for name in sorted(_named_by(codes, "IMPORT_NAME")):
        if module := _own_module(name, str(known.get("__package__") or "")):
            found[name] = module
    attributes = sorted({name for code in codes for name in code.co_names})
    for name, value in list(found.items()):
        if isinstance(value, ModuleType):
            found |= _of_module(name, value, [one for one in attributes if one != name])
    return found


def imports(function: FunctionType) -> list[str]:
    """The names of the modules that the function may import as it runs."""
    codes = list(_inner(function.__code__))
    names = _named_by(codes, "IMPORT_NAME")
    inner = {f"{name}.{one}" for name in names for one in _named_by(codes, "IMPORT_FROM")}
    return sorted(names | inner)


def _named_by(codes: list[CodeType], *steps: str) -> set[str]:
    found = (one for code in codes for one in dis.get_instructions(code) if one.opname in steps)
    return {str(step.argval) for step in found}


def _own_module(name: str, package: str) -> ModuleType | None:
    """A module of the person's own that a function imports as it runs. It is imported for that."""
    for whole in (name, f"{package}.{name}".rstrip(".")):
        with suppress(Exception):  # what cannot be imported is no part of the model
            spec = find_spec(whole)
            if spec and not _is_package(whole, spec.origin or ""):
                return import_module(whole)
    return None


def _of_module(name: str, module: ModuleType, attributes: list[str]) -> dict[str, Any]:
    own = not is_library(module)
    found: dict[str, Any] = {}
    for attribute in attributes:
        value = vars(module).get(attribute)
        if isinstance(value, ModuleType):
            found[f"{name}.{attribute}"] = value
            rest = [other for other in attributes if other != attribute]
            found |= _of_module(f"{name}.{attribute}", value, rest)
        elif own and attribute in vars(module):
            found[f"{name}.{attribute}"] = value
    return found

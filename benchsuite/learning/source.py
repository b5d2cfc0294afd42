"""What the code of a function or class is: its text, whose it is, and what it refers to.

Code of the person's own counts as its text, and as all that its text refers to. Code of a package
counts as its place and its own text: what a package does below that is the environment's matter.
"""

import ast
import dis
import linecache
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from inspect import unwrap
from textwrap import dedent
from types import CodeType, FunctionType, ModuleType
from typing import Any

Span = tuple[int, int]
PACKAGES = ("site-packages", "dist-packages")
REMOTE = (
    "aiohttp", "anthropic", "boto3", "botocore", "cohere", "google.genai", "groq", "grpc",
    "http.client", "httpx", "huggingface_hub.inference", "litellm", "mistralai", "ollama", "openai",
    "requests", "socket", "together", "urllib.request", "urllib3", "voyageai", "websocket",
    "websockets", "xmlrpc.client",
)  # fmt: skip
"""Modules by which code asks a server. What a server answers may change without a trace here."""


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
        return frozenset(_inner(compile(self.text, "own", "exec", dont_inherit=True)))

    def lines(self, span: Span) -> str:
        """The text of a span, without the indentation of its place."""
        first, last = span
        return dedent("".join(self.text.splitlines(keepends=True)[first - 1 : last])).rstrip()


def written(file: str) -> Written | None:
    """The file of code as it is now; notebook cells count as files. None where there is none."""
    linecache.checkcache(file)
    text = "".join(linecache.getlines(file))
    return _taken_apart(text) if text else None


@lru_cache(maxsize=256)
def _taken_apart(text: str) -> Written | None:
    try:
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
    methods = [f for item in vars(kind).values() for f in functions_in(item)]
    codes = [f.__code__ for f in map(unwrap, methods) if _stands_in(kind, f)]
    place = codes[0].co_filename if codes else _file(kind.__module__)
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
    elif hasattr(item, "cache_info"):
        yield from functions_in(item.__wrapped__)


def is_library(code: Any) -> bool:
    """Whether a function, class or module is of Python or a package, and not the person's own."""
    if isinstance(code, FunctionType) and not is_generated(code):
        module = code.__globals__.get("__name__")
        return _is_package(str(module), code.__code__.co_filename)
    module = code.__name__ if isinstance(code, ModuleType) else code.__module__
    return _is_package(str(module), _file(str(module)))


def _is_package(module: str, file: str) -> bool:
    if is_python(module) or top(module) in ("benchsuite", "benchsuite_tasks"):
        return True
    return any(folder in file for folder in PACKAGES) or (not file and module in _BUILT_IN)


_BUILT_IN = frozenset(sys.builtin_module_names)


def _file(module: str) -> str:
    return str(getattr(sys.modules.get(module), "__file__", None) or "")


def is_python(module: str) -> bool:
    """Whether a module is of Python itself."""
    return module != "__main__" and top(module) in sys.stdlib_module_names


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
    """What the function's code takes from outside by name, and exists: its globals.

    Of a module it takes what its code names as an attribute: `nets.build` of the module `nets`.
    """
    codes = list(_inner(function.__code__))
    names = {i.argval for c in codes for i in dis.get_instructions(c) if i.opname in _GLOBAL}
    known = function.__globals__
    found = {name: known[name] for name in sorted(names & known.keys())}
    attributes = sorted({name for code in codes for name in code.co_names} - found.keys())
    for name, value in list(found.items()):
        if isinstance(value, ModuleType):
            found |= _of_module(name, value, attributes)
    return found


_GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME")


def _of_module(name: str, module: ModuleType, attributes: list[str]) -> dict[str, Any]:
    whole = not is_library(module)
    found: dict[str, Any] = {}
    for attribute in attributes:
        value = vars(module).get(attribute)
        if isinstance(value, ModuleType):
            found[f"{name}.{attribute}"] = value
            rest = [other for other in attributes if other != attribute]
            found |= _of_module(f"{name}.{attribute}", value, rest)
        elif whole and attribute in vars(module):
            found[f"{name}.{attribute}"] = value
    return found

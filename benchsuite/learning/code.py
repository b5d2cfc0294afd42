"""The bytes that name code: functions, classes and modules, with all that they refer to."""

from collections import namedtuple
from collections.abc import Callable, Iterable
from inspect import unwrap
from types import CodeType, FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any

from benchsuite.learning import source
from benchsuite.learning.leaves import sealed

DESCRIPTORS = (
    GetSetDescriptorType, MemberDescriptorType, property, classmethod, staticmethod,
    type(namedtuple("Named", "field").field),  # type: ignore[attr-defined]
)  # fmt: skip
"""Members that say how attributes are read, and hold no value themselves."""
ADDED = ("__annotate__", "__annotate_func__", "_abc_impl", "_is_protocol", "_is_runtime_protocol")
"""Members that some versions of Python add to classes."""
Of = Callable[[Any, str], bytes]
"""(value, its path) -> the bytes that name it."""


class Untellable(Exception):
    """A part of an object whose value cannot be told, where it is, and why."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


def check_here(module: str, what: str, path: str) -> None:
    """Raises Untellable for what is of a module that asks servers."""
    if source.is_remote(module):
        raise Untellable(path, f"{what} of {module} asks a server or program that may change")


def function_bytes(of: Of, function: FunctionType, path: str) -> bytes:
    """A function: its text, its defaults, and what it refers to. Raises Untellable."""
    if function.__name__ == "<lambda>":
        raise Untellable(path, "a lambda has no text of its own")
    check_here(function.__module__ or "", f"the function {function.__name__}", path)
    library = source.is_library(function)
    given = [function.__defaults__, function.__kwdefaults__]
    own = {name: value for name, value in vars(function).items() if name != "__wrapped__"}
    cells = _cells(function, library, path)
    if library:
        return sealed("function", _named(function), *cells_bytes(of, cells, path))
    for module in source.imports(function):
        check_here(module, "the module", path)
    text = source.function_text(function)
    body = text.encode() if text else of(function.__code__, path)
    found = [
        sealed(name, of(value, f"{path}, {name} of its code"))
        for name, value in source.references(function).items()
    ]
    kept = [of(value, f"{path}, defaults of its code") for value in (*given, own)]
    return sealed("own function", body, *kept, *found, *cells_bytes(of, cells, path))


def cells_bytes(of: Of, cells: Iterable[tuple[str, Any]], path: str) -> list[bytes]:
    """The values that a function has from the function around it."""
    return [sealed(name, of(value, f"{path}, {name} of its code")) for name, value in cells]


def _cells(function: FunctionType, library: bool, path: str) -> list[tuple[str, Any]]:
    found = []
    names = function.__code__.co_freevars
    for name, cell in zip(names, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # a name that has no value yet
            continue
        if name == "__class__":
            continue
        if not library and not isinstance(value, FunctionType | type | ModuleType):
            raise Untellable(
                path, f"{function.__name__} is a closure: its text does not show what '{name}' is"
            )
        found.append((name, value))
    return found


def compiled_bytes(of: Of, compiled: CodeType, path: str) -> bytes:
    """Code that has no text: what it was compiled to."""
    names = [compiled.co_name, compiled.co_names, compiled.co_varnames, compiled.co_freevars]
    counts = (compiled.co_argcount, compiled.co_posonlyargcount, compiled.co_kwonlyargcount)
    constants = [of(one, f"{path}, code[{n}]") for n, one in enumerate(compiled.co_consts)]
    steps = (compiled.co_code, compiled.co_exceptiontable)
    return sealed("code", *steps, repr((names, counts)).encode(), *constants)


def class_bytes(of: Of, kind: type, path: str) -> bytes:
    """A class: its text, its bases, and what its members refer to. Raises Untellable."""
    check_here(source.home(kind), f"the class {kind.__name__}", path)
    if source.is_library(kind):
        return sealed("class", _named(kind))
    text = source.class_text(kind)
    above = [*kind.__bases__, *(() if source.is_library(type(kind)) else (type(kind),))]
    bases = [of(base, path) for base in above]
    members = [
        sealed(name, of(value, f"{path}.{name}"))
        for name, item in sorted(vars(kind).items())
        for value in _values(name, item, bool(text))
    ]
    return sealed("own class", (text or kind.__name__).encode(), *bases, *members)


def _values(name: str, item: Any, has_text: bool) -> Iterable[Any]:
    """What counts of a class's member: not what Python itself adds to a class with a text."""
    functions = [] if name in ADDED else list(source.functions_in(item))
    if functions:
        return [f for f in functions if not (has_text and _is_added(f))]
    hidden = name in ADDED or (name.startswith("_") and name.endswith("_"))
    return [] if hidden or isinstance(item, DESCRIPTORS) else [item]


def _is_added(function: FunctionType) -> bool:
    whole = unwrap(function)
    plain = whole is function and source.is_python(source.home(function))
    return plain or source.is_generated(whole)


def _named(thing: Any) -> bytes:
    """What names code of a package: its place, and its text or else its package's version."""
    is_class = isinstance(thing, type)
    name = thing.__qualname__ if is_class else thing.__code__.co_qualname
    module = source.home(thing)
    if source.is_python(module) or (module, name) == ("torch.nn.modules.module", "Module"):
        return f"{module}:{name}".encode()
    text = source.class_text(thing) if is_class else source.function_text(thing)
    return f"{module}:{name}:{text or source.version(module)}".encode()


def method_bytes(of: Of, method: Any, path: str) -> bytes:
    """A method with its object, or a function that is written in C."""
    owner = method.__self__
    if hasattr(method, "__func__"):
        return sealed("method", of(method.__func__, path), of(owner, path))
    if owner is None or isinstance(owner, ModuleType):
        module = method.__module__ or ""
        check_here(module, f"the function {method.__name__}", path)
        return sealed("builtin", f"{module}:{method.__name__}:{source.version(module)}".encode())
    return sealed("builtin", method.__name__.encode(), of(owner, path))


def module_bytes(module: ModuleType, path: str) -> bytes:
    """A module: its name where it is of a package, else its text."""
    check_here(module.__name__, "the module", path)
    file = None if source.is_library(module) else source.written(module.__file__ or "")
    return sealed("module", (file.text if file else module.__name__).encode())

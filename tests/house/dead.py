"""Dead code: what a module defines, and no module of the house uses."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from tests.house.shape import factories_of
from tests.house.source import Module


def unused(modules: Sequence[Module], called_elsewhere: Iterable[str] = ()) -> list[str]:
    """The functions, classes, methods and constants that no module names, as `path:line: name`.

    A name is used where any module reads it, passes it as a keyword, lists it in `__all__`, or
    names it as a factory (`module:name`). So a name that two things share counts as used for both.
    `called_elsewhere` are patterns of names that others call: a framework, a plugin, a person.
    """
    used = {name for module in modules for name in _read(module.tree)}
    factories = factories_of(modules)
    foreign = [re.compile(pattern) for pattern in called_elsewhere]
    return [
        f"{module.path}:{node.lineno}: {name}"
        for module in modules
        for name, node in _defined(module.tree)
        if name not in used
        and not name.startswith("__")
        and not any(pattern.fullmatch(name) for pattern in foreign)
        and not any(pattern.fullmatch(f"{module.name}:{name}") for pattern in factories)
    ]


def _read(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(_is_all(target) for target in node.targets):
            yield from (n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant))


def _is_all(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "__all__"


def _defined(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign):
            yield from ((t.id, node) for t in node.targets if isinstance(t, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node
        if isinstance(node, ast.ClassDef):
            yield from ((n.name, n) for n in node.body if isinstance(n, ast.FunctionDef))

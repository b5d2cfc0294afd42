"""Copies: functions that say the same, whatever they call themselves and their variables."""

import ast
from collections import defaultdict
from collections.abc import Iterable

from tests.house.source import Module, functions, parsed

LEAST = 25
"""Bodies of fewer nodes may well be the same: `return self.column`."""


def copied(modules: Iterable[Module], least: int = LEAST) -> list[str]:
    """Functions whose bodies are the same but for the names of variables, as `place = place`."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules:
        for name, node in functions(module):
            body = [s for s in node.body if not _is_docstring(s)]
            if sum(1 for part in body for _ in ast.walk(part)) >= least:
                found[_shape(node, body)].append(f"{module.path}:{node.lineno} {name}")
    return [" = ".join(places) for places in found.values() if len(places) > 1]


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _shape(function: ast.FunctionDef | ast.AsyncFunctionDef, body: list[ast.stmt]) -> str:
    """The body as text, with every variable of its own replaced by the order of its first use."""
    arguments = function.args
    own = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    tree = ast.Module(body=body, type_ignores=[])
    stored = (n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not _loads(n))
    places = {name: f"v{i}" for i, name in enumerate(dict.fromkeys([*own, *stored]))}
    return ast.dump(_Renamed(places).visit(parsed(ast.unparse(tree))))


def _loads(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


class _Renamed(ast.NodeTransformer):
    def __init__(self, places: dict[str, str]) -> None:
        self._places = places

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._places.get(node.id, node.id), node.ctx)

"""Which module imports which, and what follows: rooms, levels, cycles, borrowed privates."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tests.house.source import Module

Graph = Mapping[str, frozenset[str]]


def import_graph(modules: Iterable[Module]) -> Graph:
    """Which of the modules each of them imports.

    Counts every import: those in functions, under TYPE_CHECKING, and by `import_module("name")`.
    """
    every = {module.name: module for module in modules}
    return {
        name: frozenset(
            target
            for asked in imported(module)
            if (target := _known(asked, every)) and target != name
        )
        for name, module in every.items()
    }


def imported(module: Module) -> Iterator[str]:
    """The dotted names that a module imports: `a.b.c` of `from a.b import c`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{source(module, node)}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def source(module: Module, node: ast.ImportFrom) -> str:
    """The absolute name of the module that `from ... import` names."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    base = parts[: len(parts) - node.level + (1 if module.package else 0)]
    return ".".join([*base, *([node.module] if node.module else [])])


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _known(asked: str, every: Mapping[str, Module]) -> str:
    """The longest of the known modules that `asked` is, or is in; '' where none is."""
    while asked and asked not in every:
        asked = asked.rpartition(".")[0]
    return asked


def without(graph: Graph, left_out: Iterable[str]) -> Graph:
    """The graph without some of its nodes."""
    gone = frozenset(left_out)
    return {name: targets - gone for name, targets in graph.items() if name not in gone}


def gathered(graph: Graph, room: Callable[[str], str]) -> Graph:
    """The graph of the rooms that modules are in; modules of no room ('') are left out."""
    found: dict[str, set[str]] = {}
    for name, targets in graph.items():
        if here := room(name):
            there = {room(target) for target in targets} - {here, ""}
            found.setdefault(here, set()).update(there)
    return {name: frozenset(targets) for name, targets in found.items()}


def cycles(graph: Graph) -> list[list[str]]:
    """The sets of nodes that import each other in a circle (Tarjan 1972), each sorted."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph[node]):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            circle = []
            while not circle or circle[-1] != node:
                circle.append(stack.pop())
            if len(circle) > 1:
                found.append(sorted(circle))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def longest_path(graph: Graph) -> list[str]:
    """The longest chain of imports, from the top down; its length is the number of levels.

    A circle counts with all its members, one below the other.
    """
    circles = {name: circle for circle in cycles(graph) for name in circle}
    best: dict[str, list[str]] = {}

    def below(name: str) -> list[str]:
        if name not in best:
            members = circles.get(name, [name])
            targets = {t for member in members for t in graph[member]} - set(members)
            rest = max((below(target) for target in sorted(targets)), key=len, default=[])
            best[name] = [*members, *rest]
        return best[name]

    return max((below(name) for name in sorted(graph)), key=len, default=[])


def leaving(graph: Graph, room: str) -> list[str]:
    """The imports that lead out of a package, as `from -> to`."""
    inside = {name for name in graph if name == room or name.startswith(f"{room}.")}
    return [f"{a} -> {b}" for a in sorted(inside) for b in sorted(graph[a] - inside)]


def strangers(module: Module, own: str, plugins: str = "benchsuite_tasks") -> list[str]:
    """Where a module names a plugin other than `own`: by an import, or as `plugins.name` in a text.

    Docstrings may speak of any of them.
    """
    pattern = re.compile(rf"\b{plugins}\.(\w+)")
    found = {f"{module.path}: {name}" for name in imported(module) if _other(pattern, name, own)}
    for node in _texts(module.tree):
        if _other(pattern, str(node.value), own):
            found.add(module.at(node))
    return sorted(found)


def _other(pattern: re.Pattern[str], text: str, own: str) -> bool:
    return any(name != own for name in pattern.findall(text))


def _texts(tree: ast.Module) -> Iterator[ast.Constant]:
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node


def private_imports(module: Module, ours: Sequence[str]) -> list[str]:
    """Where a module takes `_private` names from other modules of the packages `ours`."""
    found, borrowed = [], set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and _is_ours(source(module, node), ours):
            words = [alias.name for alias in node.names] + source(module, node).split(".")
            borrowed |= {alias.asname or alias.name for alias in node.names}
            if any(_private(word) for word in words):
                found.append(module.at(node))
        elif isinstance(node, ast.Import):
            borrowed |= {a.asname for a in node.names if a.asname and _is_ours(a.name, ours)}
    touched = (
        n for n in ast.walk(module.tree) if isinstance(n, ast.Attribute) and _private(n.attr)
    )
    found += [module.at(n) for n in touched if getattr(n.value, "id", "") in borrowed]
    return found


def _private(word: str) -> bool:
    return word.startswith("_") and not word.startswith("__")


def _is_ours(name: str, ours: Sequence[str]) -> bool:
    return name.split(".")[0] in ours

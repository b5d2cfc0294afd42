"""The modules of a package as syntax trees: what every check of the house reads."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("BENCHSUITE_SHARED", ROOT.parent / "shared"))
"""Real data that tests check against, where it is; it is not part of the repository."""


def words(*texts: str) -> frozenset[str]:
    """The words of the texts, as a set."""
    return frozenset(word for text in texts for word in text.split())


def parsed(text: str) -> ast.Module:
    """The syntax tree of a text.

    Python before 3.11.8 may raise a SystemError about the depth of recursion if another thread
    runs meanwhile (CPython gh-106905); the same call then succeeds.
    """
    try:
        return ast.parse(text)
    except SystemError:
        return ast.parse(text)


@dataclass(frozen=True, eq=False)
class Module:
    """One file: its dotted name, its path as messages show it, its text and its tree."""

    name: str
    path: str
    text: str
    package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of the text."""
        return parsed(self.text)

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.text.splitlines())

    def at(self, node: ast.AST) -> str:
        """`path:line: code` of a node, on one line."""
        code = " ".join(ast.unparse(node).split())
        shown = code if len(code) <= 80 else f"{code[:77]}..."
        return f"{self.path}:{getattr(node, 'lineno', 0)}: {shown}"


def modules_of(folder: str, package: str) -> list[Module]:
    """Every module below `folder`, a path relative to the repository, under its dotted name."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT / folder).with_suffix("").parts
        names = parts[:-1] if parts[-1] == "__init__" else parts
        found.append(
            Module(
                ".".join((package, *names)),
                str(path.relative_to(ROOT)),
                path.read_text(),
                package=parts[-1] == "__init__",
            )
        )
    return found


def functions(module: Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function and method of a module, with its qualified name."""
    yield from _functions(module.tree, "")


def _functions(
    node: ast.AST, prefix: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", child
            yield from _functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)

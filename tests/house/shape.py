"""The size of modules and functions, and the shape that every task has."""

import ast
import re
from collections.abc import Iterable, Iterator

from tests.house.source import ROOT, Module, functions, words

MOST_LINES = 300
MOST_OF_A_FUNCTION = 40
MOST_PARAMETERS = 6
MOST_OF_A_PAGE = 120
ENTRIES = words(
    "README.md story.ipynb __init__.py task.py measure.py metrics.py kernels.py conditions.py formats.py",
    "formats datasets models training reports conf weights",
)
"""What may stand at the top of `tasks/<task>/`."""


def long_modules(modules: Iterable[Module], most: int = MOST_LINES) -> list[str]:
    """The modules of more than `most` lines."""
    return [f"{m.path}: {m.lines} lines, at most {most}" for m in modules if m.lines > most]


def long_functions(module: Module, most: int = MOST_OF_A_FUNCTION) -> list[str]:
    """The functions of more than `most` lines, docstring and all."""
    return [
        f"{module.path}:{node.lineno}: {name} has {lines} lines, at most {most}"
        for name, node in functions(module)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > most
    ]


def wide_signatures(
    module: Module, factories: Iterable[re.Pattern[str]] = (), most: int = MOST_PARAMETERS
) -> list[str]:
    """The functions of more than `most` parameters, but for factories (`module:function`)."""
    known = list(factories)
    return [
        f"{module.path}:{node.lineno}: {name} has {count} parameters, at most {most}"
        for name, node in functions(module)
        if (count := _parameters(node)) > most
        and not any(pattern.fullmatch(f"{module.name}:{name}") for pattern in known)
    ]


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = node.args
    named = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    own = 1 if named[:1] in (["self"], ["cls"]) else 0
    return len(named) - own + len(arguments.kwonlyargs)


def factories_of(modules: Iterable[Module]) -> list[re.Pattern[str]]:
    """The factories that the modules name as `module:attribute`, constants or f-strings."""
    found = set()
    for module in modules:
        constants = _constants(module.tree)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.escape(node.value))
            elif isinstance(node, ast.JoinedStr):
                found.add("".join(_pattern(part, constants) for part in node.values))
    return [re.compile(text) for text in sorted(found) if re.search(r"\w:[\w\\]", text)]


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def _pattern(part: ast.expr, constants: dict[str, str]) -> str:
    if isinstance(part, ast.Constant):
        return re.escape(str(part.value))
    inner = part.value if isinstance(part, ast.FormattedValue) else part
    if isinstance(inner, ast.Name) and inner.id in constants:
        return re.escape(constants[inner.id])
    return r"\w+"


def foreign_entries(tracked: Iterable[str], task: str) -> list[str]:
    """What stands at the top of a task's folder and is no part of the shape; `tracked` by git."""
    folder = f"tasks/{task}/"
    top = {path.removeprefix(folder).split("/")[0] for path in tracked if path.startswith(folder)}
    return [f"{folder}{entry}" for entry in sorted(top - ENTRIES)]


def more_than_a_task(module: Module) -> Iterator[str]:
    """The functions and classes of a `task.py`, which holds TASK and nothing else."""
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{module.path}:{node.lineno}: defines {node.name}"


def long_pages(task: str, most: int = MOST_OF_A_PAGE) -> list[str]:
    """`task.py` and `README.md` of a task, where they have more than `most` lines."""
    pages = [ROOT / "tasks" / task / name for name in ("task.py", "README.md")]
    counted = [(p.relative_to(ROOT), len(p.read_text().splitlines())) for p in pages]
    return [f"{path}: {lines} lines, at most {most}" for path, lines in counted if lines > most]

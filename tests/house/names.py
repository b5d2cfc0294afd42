"""The ban on parsing names: code reads fields, never the text of a name, a label or a note.

A call is found where a method that takes a text apart (`split`, `startswith`, a regular expression,
pandas' `.str`) meets something that is called as a name is: `condition`, `row.metric`,
`factors["first_stage"]`, `table["note"]`. Slices of such texts, and `"x" in metric`, count as well.
"""

import ast
from collections.abc import Iterator

from tests.house.source import Module, words

NAMES = words(
    "metric metric_name condition condition_name full_name full label group note notes",
    "attribute attributes factor factors suite family scope form model model_name",
)
"""What holds a name, a label or a note, wherever it stands."""
COLLECTIONS = words("notes attributes factors names factor family form model full")
"""Those of them that may be collections: `in` and slices look at members there, not at a text."""
HOMES_OF_NAMES = words("metrics task measure reports boards publish gates estimation")
"""Modules and folders in which a plain `name` is that of a metric, a column or a condition."""
TAKES_APART = words(
    "split rsplit partition rpartition startswith endswith removeprefix removesuffix replace",
    "find index rindex rfind",
)
OF_PATTERNS = words("match fullmatch search findall finditer sub subn split")
OF_COLUMNS = TAKES_APART | OF_PATTERNS | words("contains extract extractall get slice")


def parsed_names(module: Module) -> list[str]:
    """Every place at which the module takes a name apart, as `path:line: code`."""
    names = NAMES | (words("name names") if _home_of_names(module) else words())
    return [module.at(node) for node in ast.walk(module.tree) if _parses(node, names)]


def _home_of_names(module: Module) -> bool:
    return any(part in HOMES_OF_NAMES for part in module.name.split("."))


def _parses(node: ast.AST, names: frozenset[str]) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _call_parses(node, node.func, names)
    if isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
        looked_for = isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
        return looked_for and any(_last(one) in names - COLLECTIONS for one in node.comparators)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        ends = (node.slice.lower, node.slice.upper)
        return any(ends) and _last(node.value) in names - COLLECTIONS
    return False


def _call_parses(node: ast.Call, method: ast.Attribute, names: frozenset[str]) -> bool:
    receiver = method.value
    if isinstance(receiver, ast.Attribute) and receiver.attr == "str":
        return method.attr in OF_COLUMNS and _names_in(receiver.value, names)
    if method.attr in TAKES_APART and _names_in(receiver, names):
        return not _of_a_sequence(node, method) and not _spells(node, method)
    if method.attr in OF_PATTERNS and _is_pattern(receiver):
        return any(_names_in(argument, names) for argument in node.args)
    return False


def _spells(node: ast.Call, method: ast.Attribute) -> bool:
    """Whether `name.replace("_", "-")` writes a name in other letters, and reads nothing in it."""
    letters = [a.value for a in node.args if isinstance(a, ast.Constant)]
    return method.attr == "replace" and [len(str(letter)) for letter in letters] == [1, 1]


def _is_pattern(node: ast.AST) -> bool:
    """Whether an expression is `re`, a constant such as `AFTER`, or is called a pattern."""
    if isinstance(node, ast.Call):
        return True
    word = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return word == "re" or word.isupper() or "pattern" in word.lower()


def _of_a_sequence(node: ast.Call, method: ast.Attribute) -> bool:
    """Whether `names.index(name)` asks a sequence for a place: its argument is no text."""
    asks = method.attr in ("index", "find", "rindex", "rfind")
    return asks and not any(
        isinstance(a, ast.Constant) and isinstance(a.value, str) for a in node.args
    )


def _names_in(node: ast.AST, names: frozenset[str]) -> bool:
    return any(word in names for word in _words(node))


def _words(node: ast.AST) -> Iterator[str]:
    """The words by which an expression is called: of `str(row.factors["x"])`, row, factors and x."""
    own = getattr(node, "id", "") or getattr(node, "attr", "")
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        own = str(node.slice.value)
    if own:
        yield own
    for part in _parts(node):
        yield from _words(part)


def _parts(node: ast.AST) -> list[ast.AST]:
    """What an expression takes its text from."""
    if isinstance(node, ast.Attribute | ast.Subscript | ast.FormattedValue):
        return [node.value]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return [node.func.value]
    if isinstance(node, ast.Call):
        return [*node.args] if getattr(node.func, "id", "") == "str" else []
    if isinstance(node, ast.BoolOp | ast.IfExp | ast.JoinedStr | ast.BinOp):
        return [*ast.iter_child_nodes(node)]
    return []


def _last(node: ast.AST) -> str:
    """The last word of an expression: `metric` of `row.metric`, `note` of `row["note"]`."""
    return next(_words(node), "")

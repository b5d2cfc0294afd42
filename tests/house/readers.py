"""The readers' rule: files are opened and decoded in `benchsuite.files` and `benchsuite.learning`.

A task asks the shared readers, and does so only where it reads data, weights or predictions.
"""

import ast
from collections.abc import Iterator

from tests.house.graph import imported
from tests.house.source import Module, words

METHODS = words("read_text read_bytes")
"""Methods that read a file, whatever their object is called."""
FUNCTIONS = words(
    "open load_file safe_open imread read_csv read_parquet read_json read_table read_feather",
    "read_pickle fromfile genfromtxt loadtxt",
)
"""Functions that read a file, by whatever module they come from."""
OF_MODULE = {
    "json": words("load loads"),
    "np": words("load"),
    "numpy": words("load"),
    "torch": words("load"),
    "pickle": words("load loads"),
    "csv": words("reader DictReader"),
    "zipfile": words("ZipFile"),
    "tarfile": words("open"),
    "gzip": words("open decompress"),
    "ElementTree": words("parse"),
}
"""Functions of a module that read or decode a file."""


def opened_files(module: Module) -> list[str]:
    """Every call that opens or decodes a file, as `path:line: code`."""
    return [module.at(node) for node in ast.walk(module.tree) if _opens(node)]


def _opens(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if isinstance(function, ast.Name):
        return function.id in FUNCTIONS | {"ZipFile", "DictReader"}
    if not isinstance(function, ast.Attribute):
        return False
    if function.attr == "open" and _appends(node):
        return False
    known = OF_MODULE.get(_last_name(function.value), frozenset())
    return function.attr in METHODS | FUNCTIONS | known


def _appends(node: ast.Call) -> bool:
    """Whether a file is opened to append to it: a log, the summary of a CI job."""
    return any(isinstance(a, ast.Constant) and a.value in ("a", "ab") for a in node.args[:2])


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


READS = ("read_", "text_of", "numbered_lines", "json_", "csv_rows", "sha256", "content_hash")
"""How the shared readers of files are called."""
PLACES = ("datasets", "formats", "training", "models")
"""The parts of a task that may read files through them."""


def misplaced_readers(module: Module) -> Iterator[str]:
    """The shared readers that a task's module imports although it is none of PLACES."""
    parts = module.name.split(".")
    if any(part in PLACES for part in parts):
        return
    for name in imported(module):
        *package, reader = name.split(".")
        if package[:2] in (["benchsuite", "files"], ["benchsuite", "learning"]) and (
            reader.startswith(READS)
        ):
            yield f"{module.path}: imports {name}"

"""Which attributes of an object are options, and which are only traces of its past.

Traces are what it remembers (`cached_property`), where it came from, where it runs, and what its
last call left behind. Each rule leaves out only what two models cannot differ in.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from benchsuite.files.hashes import sha256
from benchsuite.learning import source
from benchsuite.learning.leaves import is_of

DEVICES = ("device", "_device")
DEVICE = re.compile(r"(cpu|cuda|mps|xpu|hpu|npu|auto)(:\d+)?")
NOTED: Mapping[str, tuple[str, ...]] = {
    "clip": ("cache",),
    "monai": ("R",),
    "open_clip": ("cache",),
    "transformers": (
        "_commit_hash", "_name_or_path", "_weight_conversions", "deprecation_warnings",
        "files_loaded", "hf_device_map", "init_kwargs", "name_or_path", "transformers_version",
        "warnings_issued",
    ),
    "sentence_transformers": (
        "_chat_template_suffix_cache", "_method_signature_cache", "_prompt_length_mapping",
        "model_card_data",
    ),
}  # fmt: skip
"""By package: where its objects came from, what they have warned of, what they keep of a call, and
the generator that each composition of MONAI's seeds anew, whether or not it draws from it."""
FILES: Mapping[str, tuple[str, ...]] = {"transformers": ("merges_file", "spm_file", "vocab_file")}
"""By package: attributes that are a path, of which the content counts."""
OF_THE_CALL = ("padding", "truncation")
"""What a tokenizer of transformers sets anew in its Rust part, at every call."""


def options_of(owner: object, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that count, by name, each as what it counts as."""
    kinds = type(owner).__mro__
    packages = {source.top(source.home(kind)) for kind in kinds}
    left_out = {name for package in packages for name in NOTED.get(package, ())}
    left_out |= {name for name in DEVICES if _is_device(attributes.get(name))}
    left_out |= {name for kind in kinds for name in _remembered(kind)}
    files = {name for package in packages for name in FILES.get(package, ())}
    found = {name: attributes[name] for name in sorted(attributes, key=str) if name not in left_out}
    for name, value in found.items():
        if name in files and isinstance(value, str) and Path(value).is_file():
            found[name] = sha256(Path(value))
        elif "transformers" in packages and is_of(value, "tokenizers", "Tokenizer"):
            found[name] = _without_call(value)
    return found


def _is_device(value: Any) -> bool:
    said = isinstance(value, str) and bool(DEVICE.fullmatch(value))
    return said or is_of(value, "torch", "device")


def _without_call(tokenizer: Any) -> dict[str, Any]:
    parts: dict[str, Any] = json.loads(tokenizer.to_str())
    return {name: part for name, part in parts.items() if name not in OF_THE_CALL}


@lru_cache(maxsize=1024)
def _remembered(kind: type) -> frozenset[str]:
    members = vars(kind).items()
    cached = {name for name, item in members if isinstance(item, cached_property)}
    is_network = "forward" in vars(kind) and source.is_library(kind)
    return frozenset(cached | (_filled(kind) if is_network else set()))


def _filled(kind: type) -> set[str]:
    """What every new network of a package has as None or False, and `forward` sets as it runs."""
    empty: set[str] = set()
    full: set[str] = set()
    for node in _steps(kind, "__init__"):
        if isinstance(node, ast.Assign):
            named = {one.attr for one in node.targets if isinstance(one, ast.Attribute)}
            (empty if _is_nothing(node.value) else full).update(named)
    stored = {
        node.attr
        for node in _steps(kind, "forward")
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    return (empty - full) & stored


def _steps(kind: type, method: str) -> Iterator[ast.AST]:
    text = source.class_text(kind)
    with suppress(SyntaxError):  # a class inside a function may have lines that stand further left
        for node in ast.parse(text).body[0].body if text else ():  # type: ignore[attr-defined]
            if isinstance(node, ast.FunctionDef) and node.name == method:
                yield from ast.walk(node)


def _is_nothing(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and (value.value is None or value.value is False)

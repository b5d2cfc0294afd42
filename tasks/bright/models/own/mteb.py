"""mteb's protocols: texts come in a DataLoader, with the metadata of a task and a kind of prompt.

mteb is not imported unless the object's own code has imported it: without it, the same names and
texts stand for its records.
"""

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from types import ModuleType, SimpleNamespace
from typing import Any

from .calls import Method, parameters, taken, takes_any

TASK = "BrightRetrieval"
"""mteb's name of BRIGHT: models choose their prompts by it."""
SPLIT, SUBSET = "test", "default"


class Role(StrEnum):
    """What a text is, as mteb 2 words it."""

    QUERY = "query"
    DOCUMENT = "document"


def is_of_two(method: Method | None) -> bool:
    """Whether a method has the keywords of mteb 2."""
    return method is not None and "task_metadata" in parameters(method)


def is_of_one(method: Method) -> bool:
    """Whether a method has the keywords of mteb 1."""
    return "task_name" in parameters(method)


def words_of_two(method: Method, role: Role | None, batch_size: int) -> dict[str, Any]:
    """The keyword arguments of mteb 2."""
    return {
        "task_metadata": _metadata(sys.modules.get("mteb")),
        "hf_split": SPLIT,
        "hf_subset": SUBSET,
        "prompt_type": role and _prompt_type(role),
        **_usual(method, batch_size),
    }


def words_of_one(method: Method, role: Role, batch_size: int) -> dict[str, Any]:
    """The keyword arguments of mteb 1."""
    role_of_text = taken(method, prompt_type=_prompt_type(role))
    return {"task_name": TASK, **role_of_text, **_usual(method, batch_size)}


def _usual(method: Method, batch_size: int) -> dict[str, Any]:
    """What mteb hands to every encoder and cross-encoder."""
    offered = {"batch_size": batch_size, "show_progress_bar": False}
    return offered if takes_any(method) else taken(method, **offered)


def loader(texts: Sequence[str], role: Role, batch_size: int) -> Any:
    """A DataLoader of batches {"text": [...]}, as mteb 2 makes them of queries or documents."""
    from torch.utils.data import DataLoader

    own = {"query": texts} if role is Role.QUERY else {"body": texts, "title": [""] * len(texts)}
    return DataLoader(_table({"text": texts, **own}), batch_size=batch_size, shuffle=False)


class Columns:
    """A table by columns, with what mteb's models ask of a `datasets.Dataset`."""

    def __init__(self, columns: Mapping[str, Sequence[str]]) -> None:
        self.columns = columns

    @property
    def features(self) -> Mapping[str, Sequence[str]]:
        """The columns by name."""
        return self.columns

    def __len__(self) -> int:
        return len(self.columns["text"])

    def __getitem__(self, row: int) -> dict[str, str]:
        return {name: column[row] for name, column in self.columns.items()}


def _table(columns: Mapping[str, Sequence[str]]) -> Any:
    if "datasets" in sys.modules:
        return sys.modules["datasets"].Dataset.from_dict({k: list(v) for k, v in columns.items()})
    return Columns(columns)


@lru_cache(maxsize=1)
def _metadata(mteb: ModuleType | None) -> Any:
    if mteb is not None:
        return mteb.get_task(TASK).metadata
    return SimpleNamespace(name=TASK, type="Retrieval", category="t2t", modalities=["text"])


def _prompt_type(role: Role) -> Any:
    for module in ("mteb.types", "mteb.encoder_interface"):
        if kinds := getattr(sys.modules.get(module), "PromptType", None):
            return next(kind for kind in kinds if kind.value in WORDS[role])
    return role.value


WORDS = {Role.QUERY: ("query",), Role.DOCUMENT: ("document", "passage")}
"""The words of mteb 1 and 2."""

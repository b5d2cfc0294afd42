"""Words of the command line as Hydra writes them: an object of JSON gets bare keys."""

import json
from contextlib import suppress
from typing import Any

from benchsuite.errors import BadData
from benchsuite.files.text import parsed


def in_hydra(word: str) -> str:
    """The word `key=value`; an object of JSON as its value becomes one of Hydra."""
    key, _, value = word.partition("=")
    if value.startswith("{"):
        with suppress(BadData):
            return f"{key}={_bare(parsed(key, value))}"
    return word


def _bare(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_bare(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_bare, value))}]"
    return json.dumps(value, ensure_ascii=False)

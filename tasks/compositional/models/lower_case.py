"""Checkpoints that were trained on lower-cased captions, and whose tokenizer leaves capitals.

The SigLIP 2 of a fixed resolution is a `siglip` with Gemma's tokenizer, which ignores
`do_lower_case` (transformers lower-cases for the type `siglip2` alone, pull request 43101).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchsuite.files.text import json_object

CONFIG = "tokenizer_config.json"
GEMMA = 256_000
"""Words of Gemma's vocabulary, which no first SigLIP has."""
HEED = ("BertTokenizer", "CLIPTokenizer", "SiglipTokenizer", "Siglip2Tokenizer")
"""Tokenizers that lower-case by themselves where they should."""
PROTOCOL = "captions lower-cased"


def wants_lower_case(folder: Path, siglip: bool, vocabulary: object) -> bool:
    """Whether captions have to be lower-cased before the folder's tokenizer gets them.

    siglip, vocabulary  whether the model is a SigLIP, and the words of its text tower
    Raises BadData where the tokenizer's configuration is no JSON object.
    """
    path = folder / CONFIG
    config = json_object(path) if path.is_file() else {}
    return _wants(str(config.get("tokenizer_class", "")), config, siglip, vocabulary)


def tokenizer_wants_lower_case(tokenizer: Any, siglip: bool, vocabulary: object) -> bool:
    """The same of a tokenizer of transformers that is loaded."""
    config = getattr(tokenizer, "init_kwargs", {})
    return _wants(type(tokenizer).__name__, config, siglip, vocabulary)


def _wants(kind: str, config: Mapping[str, Any], siglip: bool, vocabulary: object) -> bool:
    kind = kind.removesuffix("Fast")
    if kind in HEED:
        return False
    gemma = kind == "GemmaTokenizer" or vocabulary == GEMMA
    return config.get("do_lower_case") is True or (siglip and gemma)


def part_of(config: Mapping[str, object], key: str) -> Mapping[str, object]:
    """The object under the key of a configuration; an empty one where there is none."""
    found = config.get(key)
    return found if isinstance(found, Mapping) else {}

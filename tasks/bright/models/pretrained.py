"""Models by directory or by name on the Hub: files of data alone, a hash of them, and loading."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from benchsuite.dataset import digest
from benchsuite.errors import BadData, NotAvailable
from benchsuite.files.hashes import sha256

# Data only: a repository's Python files are neither fetched nor run.
PATTERNS = ["*.json", "*.txt", "*.model", "*.jinja", "*.safetensors"]


@lru_cache(maxsize=4)
def located(name: str) -> Path:
    """The folder of a model: itself, or the snapshot of a repository of the Hub, fetched once."""
    if Path(name).is_dir():
        return Path(name)
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name, allow_patterns=PATTERNS))
    except Exception as error:  # the hub, its HTTP client and the disk each raise their own
        raise NotAvailable(
            f"model {name}: expected a directory, or a repository of the Hub; it could not be "
            f"fetched ({type(error).__name__})"
        ) from error


@lru_cache(maxsize=4)
def content(folder: Path) -> str:
    """A hash of all that a model's answers depend on: configuration, tokenizer and weights.

    Raises BadData where there are no weights in safetensors.
    """
    files = sorted(path for pattern in PATTERNS for path in folder.rglob(pattern))
    if not any(path.suffix == ".safetensors" for path in files):
        raise BadData(f"{folder}: expected weights in safetensors, found none")
    return digest([(path.relative_to(folder).as_posix(), sha256(path)) for path in files])


def loaded(kind: Any, folder: Path, device: str) -> Any:
    """A model of sentence-transformers, of the class `kind`. Raises BadData for another folder."""
    from transformers.utils import logging

    content(folder)
    logging.disable_progress_bar()
    try:
        model = kind(
            str(folder), device=device, trust_remote_code=False, local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )  # fmt: skip
    except Exception as error:  # the libraries below each raise their own
        why = str(error).strip().partition("\n")[0][:120]
        raise BadData(
            f"{folder}: expected a model of sentence-transformers, found: {why}"
        ) from error
    return model.eval()

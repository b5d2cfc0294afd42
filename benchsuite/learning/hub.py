"""Models by directory or by name on the Hub: files of data alone, their hash, safe loading."""

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from benchsuite.dataset import digest
from benchsuite.errors import BadData, NotAvailable, needing
from benchsuite.files.hashes import sha256

DATA = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors")
"""What is fetched and hashed. Python files, which nothing here would run, and pickles are not."""


@lru_cache(maxsize=8)
def located(path: str, revision: str | None = None) -> Path:
    """The folder of a model: the directory `path`, or a snapshot of that repository of the Hub.

    Raises NotAvailable where there is no such directory and the Hub gives no such repository.
    """
    if Path(path).is_dir():
        return Path(path)
    try:
        return fetched(path, DATA, revision)
    except NotAvailable as error:
        raise NotAvailable(
            f"model.path: expected a directory or a repository of the Hub, found '{path}' ({error})"
        ) from error


def fetched(
    repository: str, patterns: Sequence[str], revision: str | None = None, kind: str = "model"
) -> Path:
    """The snapshot of a repository of the Hub, fetched once. kind: `model` or `dataset`.

    Raises NotAvailable where it cannot be fetched.
    """
    try:
        from huggingface_hub import snapshot_download

        found = snapshot_download(
            repository, revision=revision, repo_type=kind, allow_patterns=list(patterns)
        )
    except Exception as error:  # the Hub, its HTTP client and the disk each raise their own
        raise NotAvailable(
            f"{repository}: could not be fetched from the Hub: {type(error).__name__}"
        ) from error
    return Path(found)


def content(folder: Path) -> str:
    """A hash of all that a model's answers depend on: configuration, tokenizer and weights.

    Raises BadData where there are no weights in safetensors.
    """
    check_safetensors(folder)
    files = sorted(path for pattern in DATA for path in folder.rglob(pattern))
    return digest([(path.relative_to(folder).as_posix(), sha256(path)) for path in files])


def check_safetensors(folder: Path) -> None:
    """Raises BadData where a model's folder has no weights as safetensors."""
    if not any(folder.rglob("*.safetensors")):
        raise BadData(
            f"{folder}: expected weights as .safetensors, found none (pickled weights are refused)"
        )


def library(name: str, extra: str) -> Any:
    """The library of that name. Raises NotAvailable, with the extra to install, without it."""
    with needing("model", f"benchsuite[{extra}]"):
        return import_module(name)


def pretrained(kind: Any, folder: Path, said: str, **options: Any) -> Any:
    """A model of transformers, of the class `kind`, for inference, with all of its weights.

    said  what the folder should hold, for messages
    Raises BadData where the folder holds another model, or tensors are missing or of other shapes.
    """
    check_safetensors(folder)
    whole = {"use_safetensors": True, "output_loading_info": True}
    model, report = from_folder(kind, folder, said, **whole, **options)
    lacking = sorted(map(str, [*report["missing_keys"], *report.get("mismatched_keys", ())]))
    if lacking:
        foreign = sorted(map(str, report.get("unexpected_keys", ())))
        instead = f"; unexpected: {', '.join(foreign[:5])}" if foreign else ""
        raise BadData(
            f"{folder}: expected {said}, found none of its {len(lacking)} tensors "
            f"{', '.join(lacking[:5])}{instead}"
        )
    return model.eval()


def from_folder(kind: Any, folder: Path, said: str, **options: Any) -> Any:
    """A processor, a tokenizer or a model of transformers, of the class `kind`, from a folder.

    said  what the folder should hold, for messages
    No code of the folder is run, and nothing is fetched. Raises BadData where it holds none.
    """
    try:
        return kind.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, **options
        )
    except Exception as error:  # transformers, tokenizers and safetensors each raise their own
        raise BadData(f"{folder}: expected {said}, found {one_line(error)}") from error


def one_line(error: Exception) -> str:
    """A library's message, which may fill a page, as one line of at most 300 characters."""
    return " ".join(str(error).split())[:300] or type(error).__name__

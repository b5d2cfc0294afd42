"""Models by directory or by name on the Hub: files of data alone, their hash, safe loading."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from benchsuite.dataset import digest
from benchsuite.errors import BadModel, NotAvailable, flat, needing
from benchsuite.files.hashes import sha256

DATA = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors")
"""What is fetched and hashed. Python files, which nothing here would run, and pickles are not."""

_loading = threading.Lock()
_allowed: ContextVar[bool] = ContextVar("download", default=False)


@contextmanager
def downloads(allowed: bool) -> Iterator[None]:
    """A context in which files of models and datasets may be fetched, or may not.

    Outside of any, they may not: what is not on this machine is then NotAvailable.
    """
    token = _allowed.set(allowed)
    try:
        yield
    finally:
        _allowed.reset(token)


def may_download() -> bool:
    """Whether files of models and datasets may be fetched."""
    return _allowed.get()


@lru_cache(maxsize=8)
def located(path: str, revision: str | None = None) -> Path:
    """The folder of a model: the directory `path`, or a snapshot of that repository of the Hub.

    Raises NotAvailable where there is no such directory, and no such repository is in the Hub's
    cache or may and can be fetched.
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
    """The snapshot of a repository of the Hub, from its cache, or fetched where that is allowed.

    kind  `model` or `dataset`
    Raises NotAvailable where it is not there, and may not or cannot be fetched.
    """
    try:
        from huggingface_hub import snapshot_download

        found = snapshot_download(
            repository,
            revision=revision,
            repo_type=kind,
            allow_patterns=list(patterns),
            local_files_only=not may_download(),
        )
    except Exception as error:  # the Hub, its HTTP client and the disk each raise their own
        failed = f"could not be fetched from the Hub: {type(error).__name__}"
        told = failed if may_download() else "is not on this machine; download=yes fetches it"
        raise NotAvailable(f"{repository}: {told}") from error
    return Path(found)


def content(folder: Path) -> str:
    """A hash of all that a model's answers depend on: configuration, tokenizer and weights.

    Raises BadModel where there are no weights in safetensors.
    """
    check_safetensors(folder)
    files = sorted(path for pattern in DATA for path in folder.rglob(pattern))
    return digest([(path.relative_to(folder).as_posix(), sha256(path)) for path in files])


def check_safetensors(folder: Path) -> None:
    """Raises BadModel where a model's folder has no weights as safetensors."""
    if not any(folder.rglob("*.safetensors")):
        raise BadModel(
            f"{folder}: expected weights as .safetensors, found none (pickled weights are refused)"
        )


def library(name: str, extra: str) -> Any:
    """The library of that name. Raises NotAvailable, with the extra to install, without it."""
    with needing("model", f"benchsuite[{extra}]"):
        return import_module(name)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A model that transformers loaded, and what its weights lack, have beside, or have otherwise.

    Tied weights, and exceptions that the model's class declares, are in none of them.
    shapes  the model's own shape of a tensor, and the one of the weights
    """

    model: Any
    missing: frozenset[str]
    unexpected: frozenset[str]
    shapes: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]


def pretrained(kind: Any, folder: Path, said: str, **options: Any) -> Any:
    """A model of transformers, of the class `kind`, for inference, with all of its weights.

    said  what the folder should hold, for messages
    Raises BadModel where the folder holds another model, and for what `check_loaded` refuses.
    """
    check_safetensors(folder)
    with loads() as seen:
        model = from_folder(kind, folder, said, use_safetensors=True, **options)
    check_loaded(folder, seen)
    return model.eval()


@contextmanager
def loads() -> Iterator[list[Loaded]]:
    """The models that transformers loads inside the block, whichever library asks for them.

    Misfits are left to `check_loaded`: nothing is printed or raised for them.
    """
    from transformers import PreTrainedModel
    from transformers.utils import logging

    seen: list[Loaded] = []
    plain, verbosity = PreTrainedModel.__dict__["from_pretrained"], logging.get_verbosity()

    def reported(kind: Any, *args: Any, **options: Any) -> Any:
        told = {**options, "output_loading_info": True, "ignore_mismatched_sizes": True}
        model, report = plain.__func__(kind, *args, **told)
        shapes = {
            name: (tuple(own), tuple(found)) for name, found, own in report["mismatched_keys"]
        }
        unexpected = frozenset(report["unexpected_keys"])
        seen.append(Loaded(model, frozenset(report["missing_keys"]), unexpected, shapes))
        return model

    with _loading:
        PreTrainedModel.from_pretrained = classmethod(reported)
        logging.set_verbosity_error()
        try:
            yield seen
        finally:
            logging.set_verbosity(verbosity)
            PreTrainedModel.from_pretrained = plain


def check_loaded(folder: Path, seen: Sequence[Loaded], unused: Sequence[str] = ()) -> None:
    """Raises BadModel where a model has other weights than the folder's, or they are not finite.

    unused  modules of the models that are not used, so that their weights may be missing
    Unexpected tensors are refused inside of a model: a layer too many, a bias that has no place.
    Other heads at its top are left out: weights often keep those of their training.
    """
    from .finite import check_finite
    from .weights import check_fit

    for one in seen:
        missing = [name for name in one.missing if name.partition(".")[0] not in unused]
        unexpected = [name for name in one.unexpected if _inside(name, one.model)]
        check_fit(str(folder), missing, unexpected, one.shapes)
        check_finite(str(folder), one.model)


def _inside(name: str, model: Any) -> bool:
    """Whether the tensor's place would be in a part of a model, and not at the top of a whole one.

    A whole model may be a tower of another one.
    """
    from transformers import PreTrainedModel

    # Weights name the base's tensors with its prefix or without, whichever class reads them.
    bare = name.removeprefix(f"{model.base_model_prefix}.")
    owners = _owner(name, model), _owner(bare, model.base_model)
    return not all(isinstance(owner, PreTrainedModel) for owner in owners)


def _owner(name: str, top: Any) -> Any:
    """The innermost module on the way to the tensor of that name."""
    for part in name.split("."):
        inner = dict(top.named_children()).get(part)
        if inner is None:
            break
        top = inner
    return top


def from_folder(kind: Any, folder: Path, said: str, **options: Any) -> Any:
    """A processor, a tokenizer or a model of transformers, of the class `kind`, from a folder.

    said  what the folder should hold, for messages
    No code of the folder is run, and nothing is fetched. Raises BadModel where it holds none.
    """
    try:
        return kind.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, **options
        )
    except Exception as error:  # transformers, tokenizers and safetensors each raise their own
        raise BadModel(f"{folder}: expected {said}, found {one_line(error)}") from error


def one_line(error: Exception) -> str:
    """A library's message, which may fill a page, as one line of at most 300 characters."""
    return flat(error) or type(error).__name__

"""CLIP and SigLIP by transformers: a local directory, or a repository of the Hub."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, NotAvailable
from benchsuite.model import Arrays, PreparesOn, State, no_arrays

from .device import check_device, device_print
from .dual_encoder import Features, Head, scores_of

if TYPE_CHECKING:
    from .two_towers import TwoTowers

KINDS = ("clip", "siglip")
"""`model_type` of the config; SigLIP 2 with a fixed resolution is a siglip, too."""
PATTERNS = ["*.json", "*.txt", "*.model", "*.safetensors"]
"""What is fetched: no Python file, which nothing here would run, and no pickle."""


@dataclass(frozen=True)
class Pretrained:
    """Scores as the model's own logits: scale · cosine + bias.

    path       a directory in the Hub's layout, or a repository's name
    revision   of the repository
    blocks     layers of each tower that `part=blocks` trains
    batch      images, or captions, a forward pass; part of the fingerprint, since sums depend on it
    device     where it runs, and is trained: cpu, cuda; part of the fingerprint where not cpu
    """

    path: str
    name: str = "pretrained"
    revision: str = "main"
    blocks: int = 2
    batch: int = 32
    device: str = "cpu"

    @property
    def folder(self) -> Path:
        """The directory; a repository is fetched, once."""
        return located(self.path, self.revision)

    @property
    def fingerprint(self) -> str:
        """Covers weights, configuration and tokenizer, not the place they come from."""
        how = [self.blocks, self.batch, *device_print(self.device)]
        return digest(["pretrained", contents(self.folder), *how])

    @property
    def prepares_on(self) -> PreparesOn:
        """Nothing."""
        return "nothing"

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"backbone": Path(self.path).name, "adaptation": "none"}

    @property
    def head(self) -> Head:
        """The model's own scale, bias and loss."""
        return shared(self.folder, self.device).head

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """Nothing."""
        return no_arrays()

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Features]:
        """The (m, k) scores of each group."""
        return scores_of(self, inputs)

    def encode(self, inputs: Sequence[Inputs]) -> list[tuple[Features, Features]]:
        """Features of each group, of unit length."""
        return shared(self.folder, self.device).encode(inputs, self.batch)

    def tower(self, part: str) -> Any:
        """The trainable part of that name (projections, blocks, all), of a fresh copy."""
        from .trained_part import trained_part

        return trained_part(_load(self.folder, self.device), part, self.blocks)


def located(path: str, revision: str) -> Path:
    """The directory of a model. Raises NotAvailable where the Hub does not give it."""
    if Path(path).is_dir():
        return Path(path)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(path, revision=revision, allow_patterns=PATTERNS))
    except (HfHubHTTPError, LocalEntryNotFoundError, HFValidationError, OSError) as error:
        raise NotAvailable(
            f"model.path: expected a directory or a repository of the Hub, found '{path}' "
            f"({type(error).__name__})"
        ) from error


@lru_cache(maxsize=4)
def contents(folder: Path) -> str:
    """A hash of the files of a model's directory that are fetched from a repository."""
    files = sorted(p for pattern in PATTERNS for p in folder.glob(pattern))
    return digest({p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files})


@lru_cache(maxsize=1)
def shared(folder: Path, device: str) -> "TwoTowers":
    """The model's towers, shared by all who only read them."""
    return _load(folder, device)


def _load(folder: Path, device: str) -> "TwoTowers":
    kind = _kind(folder)
    try:
        from transformers import AutoImageProcessor, AutoModel, AutoTokenizer
    except ModuleNotFoundError as error:
        raise NotAvailable(
            f"model needs the package '{error.name}': pip install 'benchsuite[compositional]'"
        ) from error
    check_device(device)
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        net = AutoModel.from_pretrained(folder, use_safetensors=True, **local).eval()
        processor = AutoImageProcessor.from_pretrained(folder, **local)
        tokenizer = AutoTokenizer.from_pretrained(folder, **local)
    except (OSError, ValueError) as error:
        raise BadData(
            f"{folder}: expected a {kind} model's files, found {one_line(error)}"
        ) from error
    from .pretrained_net import two_towers

    return two_towers(net.to(device), processor, tokenizer)


def _kind(folder: Path) -> str:
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadData(
            f"{folder / 'config.json'}: expected a model_type, found {error!r}"
        ) from error
    if kind not in KINDS:
        raise BadData(f"{folder}: expected a model of type {' or '.join(KINDS)}, found '{kind}'")
    check_weights(folder)
    return str(kind)


def check_weights(folder: Path) -> None:
    """Raises BadData where a directory has no weights as safetensors."""
    if not list(folder.glob("*.safetensors")):
        raise BadData(
            f"{folder}: expected weights as .safetensors, found none (pickled weights are refused)"
        )


def one_line(error: Exception) -> str:
    """A library's message, which may fill a page, as one line of at most 300 characters."""
    return " ".join(str(error).split())[:300]

"""CLIP and SigLIP by transformers: a local directory, or a repository of the Hub."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, NotAvailable
from benchsuite.files.text import json_object, string
from benchsuite.learning.device import check_device
from benchsuite.learning.hub import content, located, one_line, pretrained
from benchsuite.model import State

from .dual_encoder import Features, Head, scores_of

if TYPE_CHECKING:
    from .two_towers import TwoTowers

KINDS = ("clip", "siglip")
"""`model_type` of the config; SigLIP 2 with a fixed resolution is a siglip, too."""


@dataclass(frozen=True)
class Pretrained:
    """Scores as the model's own logits: scale · cosine + bias.

    path       a directory in the Hub's layout, or a repository's name
    revision   of the repository
    blocks     layers of each tower that `part=blocks` trains
    batch      images, or captions, a forward pass; part of the fingerprint, since sums depend on it
    device     where it runs, and is trained: cpu, cuda
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
        return digest(["pretrained", content(self.folder), self.blocks, self.batch])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"backbone": Path(self.path).name, "adaptation": "none"}

    @property
    def head(self) -> Head:
        """The model's own scale, bias and loss."""
        return shared(self.folder, self.device).head

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


@lru_cache(maxsize=1)
def shared(folder: Path, device: str) -> "TwoTowers":
    """The model's towers, shared by all who only read them."""
    return _load(folder, device)


def _load(folder: Path, device: str) -> "TwoTowers":
    config = folder / "config.json"
    kind = string(str(config), json_object(config), "model_type")
    if kind not in KINDS:
        raise BadData(f"{folder}: expected a model of type {' or '.join(KINDS)}, found '{kind}'")
    try:
        from transformers import AutoImageProcessor, AutoModel, AutoTokenizer
    except ModuleNotFoundError as error:
        raise NotAvailable(
            f"model needs the package '{error.name}': pip install 'benchsuite[compositional]'"
        ) from error
    check_device(device)
    net = pretrained(AutoModel, folder, f"a {kind} model's files")
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        processor = AutoImageProcessor.from_pretrained(folder, **local)
        tokenizer = AutoTokenizer.from_pretrained(folder, **local)
    except (OSError, ValueError) as error:
        raise BadData(
            f"{folder}: expected a {kind} model's files, found {one_line(error)}"
        ) from error
    from .pretrained_net import two_towers

    return two_towers(net.to(device), processor, tokenizer)

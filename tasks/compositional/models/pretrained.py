"""CLIP and SigLIP by transformers: a local directory, or a repository of the Hub."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchsuite.dataset import digest
from benchsuite.errors import BadModel
from benchsuite.files.text import json_object, string
from benchsuite.learning.device import check_device
from benchsuite.learning.hub import content, from_folder, library, located, pretrained

from .lower_case import part_of, wants_lower_case
from .on_disk import TowersOnDisk

if TYPE_CHECKING:
    from .two_towers import TwoTowers

KINDS = ("clip", "siglip")
"""`model_type` of the config; SigLIP 2 with a fixed resolution is a siglip, too."""


@dataclass(frozen=True)
class Pretrained(TowersOnDisk):
    """Scores as the model's own logits: scale · cosine + bias.

    path      a directory in the Hub's layout, or a repository's name
    revision  of the repository
    """

    path: str
    name: str = "pretrained"
    revision: str = "main"
    blocks: int = 2
    batch: int = 32
    device: str = "cpu"

    @property
    def folder(self) -> Path:
        """The directory; a repository's is in the Hub's cache, or fetched."""
        return located(self.path, self.revision)

    @property
    def fingerprint(self) -> str:
        """Covers weights, configuration and tokenizer, not the place they come from."""
        lower = ["lower case"] if self.lower else []
        return digest(["pretrained", content(self.folder), self.blocks, self.batch, *lower])

    @property
    def backbone(self) -> str:
        """The name of the directory or of the repository."""
        return Path(self.path).name

    @property
    def lower(self) -> bool:
        """Whether captions are lower-cased, as for SigLIP 2."""
        config = self._config
        vocabulary = part_of(config, "text_config").get("vocab_size")
        return wants_lower_case(self.folder, config.get("model_type") == "siglip", vocabulary)

    @property
    def _config(self) -> Mapping[str, Any]:
        return json_object(self.folder / "config.json")

    def load(self) -> "TwoTowers":
        """The towers. Raises BadModel where the folder holds no CLIP or SigLIP."""
        folder = self.folder
        kind = string(str(folder / "config.json"), self._config, "model_type")
        if kind not in KINDS:
            raise BadModel(
                f"{folder}: expected a model of type {' or '.join(KINDS)}, found '{kind}'"
            )
        transformers = library("transformers", "compositional")
        check_device(self.device)
        said = f"a {kind} model's files"
        net = pretrained(transformers.AutoModel, folder, said)
        processor = from_folder(transformers.AutoImageProcessor, folder, said)
        tokenizer = from_folder(transformers.AutoTokenizer, folder, said)
        from .pretrained_net import two_towers

        towers = two_towers(net.to(self.device), processor, tokenizer)
        return replace(towers, lower=self.lower)

"""open_clip's models: a directory in its layout, a repository of the Hub, or a file of weights."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from benchsuite.dataset import digest
from benchsuite.errors import BadModel, WrongCall, near
from benchsuite.files.hashes import sha256
from benchsuite.files.text import json_object
from benchsuite.learning.device import check_device
from benchsuite.learning.hub import content, fetched, library, located, one_line

from .lower_case import part_of, wants_lower_case
from .on_disk import TowersOnDisk

if TYPE_CHECKING:
    from .two_towers import TwoTowers

CONFIG = "open_clip_config.json"
LOWER = ("canonicalize", "lower")
"""Preparations of open_clip's that lower-case captions."""
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors")
"""The names of weights that open_clip prefers to all others in a directory, in this order."""


@dataclass(frozen=True)
class OpenClip(TowersOnDisk):
    """Scores as the model's own logits: scale · cosine + bias; SigLIP's loss where it has a bias.

    path          a directory, or a repository's name (hf-hub: before it is allowed), with
                  open_clip_config.json and open_clip_model.safetensors; or, with an architecture, a
                  file of weights
    architecture  a name that open_clip knows, such as ViT-B-32. Images are then prepared as CLIP's
                  were: for a model with other means, give a directory, whose configuration says so
    revision      of the repository
    """

    path: str
    name: str = "open-clip"
    architecture: str = ""
    revision: str = "main"
    blocks: int = 2
    batch: int = 32
    device: str = "cpu"

    @property
    def place(self) -> Path:
        """The file of weights, or the directory; the Hub's cache has a repository's."""
        if self.architecture:
            return Path(self.path)
        return located(self.path.removeprefix("hf-hub:"), self.revision)

    @property
    def fingerprint(self) -> str:
        """Covers weights, configuration and tokenizer, not the place they come from."""
        files = sha256(self.place) if self.architecture else content(self.place)
        lower = ["lower case"] if self.lower else []
        return digest(["open-clip", files, self.architecture, self.blocks, self.batch, *lower])

    @property
    def backbone(self) -> str:
        """The architecture, or the name of the directory or of the repository."""
        return self.architecture or Path(self.path).name

    @property
    def lower(self) -> bool:
        """Whether captions are lower-cased: a directory's configuration may not ask for it.

        open_clip's own configurations do, and so do its own words.
        """
        if self.architecture:
            return False
        model = part_of(json_object(self.place / CONFIG), "model_cfg")
        text = part_of(model, "text_cfg")
        cleaned = part_of(text, "tokenizer_kwargs").get("clean") in LOWER
        if cleaned or not text.get("hf_tokenizer_name"):
            return False
        return wants_lower_case(self.place, "init_logit_bias" in model, text.get("vocab_size"))

    def load(self) -> "TwoTowers":
        """The towers. Raises BadModel where the files hold no model of open_clip."""
        place = self.place
        words = _named(place, self.architecture) if self.architecture else _in_directory(place)
        open_clip = library("open_clip", "open-clip")
        check_device(self.device)
        if self.architecture:
            _check_architecture(open_clip, self.architecture)
        try:
            net, prepare = open_clip.create_model_from_pretrained(*words)
            tokenizer = open_clip.get_tokenizer(words[0])
        except (OSError, RuntimeError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise BadModel(
                f"{place}: expected an open_clip model, found {one_line(error)}"
            ) from error
        from .open_clip_net import check_weights, two_towers

        check_weights(net, place if self.architecture else _weights(place))
        return replace(two_towers(net.eval().to(self.device), prepare, tokenizer), lower=self.lower)


def _check_architecture(open_clip: Any, architecture: str) -> None:
    """Raises WrongCall for an architecture that open_clip has not in itself.

    Raises NotAvailable where its tokenizer is the Hub's, and is not here and may not be fetched.
    """
    known = open_clip.list_models()
    if (plain := architecture.replace("/", "-")) not in known:
        raise WrongCall(
            f"model.architecture: open_clip has no '{architecture}'{near(plain, known)}"
        )
    text = part_of(open_clip.get_model_config(plain), "text_cfg")
    if name := text.get("hf_tokenizer_name"):
        fetched(str(name), ("*.json", "*.txt", "*.model"))


def _named(file: Path, architecture: str) -> tuple[str, str]:
    if not file.is_file() or file.suffix != ".safetensors":
        raise BadModel(
            f"{file}: expected a file of weights as .safetensors for {architecture} "
            f"(pickled weights are refused)"
        )
    return architecture, str(file)


def _in_directory(folder: Path) -> tuple[str]:
    if "model_cfg" not in json_object(folder / CONFIG):
        raise BadModel(f"{folder / CONFIG}: expected the key 'model_cfg', found none")
    _weights(folder)
    return (f"local-dir:{folder}",)


def _weights(folder: Path) -> Path:
    for name in WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    raise BadModel(
        f"{folder}: expected the weights {WEIGHTS[0]}, found none (pickled weights are refused)"
    )

"""A multimodal language model by transformers: the probability of `yes`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.endpoint.first import WORDS, word
from benchsuite.errors import BadModel
from benchsuite.learning.device import check_device
from benchsuite.learning.hub import content, from_folder, library, located, pretrained
from benchsuite.model import State

from .chat import PROMPT
from .dual_encoder import Features, chunks, images_and_captions, picture

SAID = "a model of images and text"


@dataclass(frozen=True)
class Mllm:
    """P(yes) / (P(yes) + P(no)) of the first token of the answer, for each image and caption.

    path      a directory in the Hub's layout, or a repository's name; no code of it is run
    prompt    the question, with `{caption}`
    revision  of the repository
    batch     questions a forward pass, all of one group: others never change a group's scores
    dtype     of the weights: float32, bfloat16, float16
    device    where it runs: cpu, cuda
    """

    path: str
    name: str = "mllm"
    prompt: str = PROMPT
    revision: str = "main"
    batch: int = 8
    dtype: str = "float32"
    device: str = "cpu"

    @property
    def folder(self) -> Path:
        """The directory; a repository's is in the Hub's cache, or fetched."""
        return located(self.path, self.revision)

    @property
    def fingerprint(self) -> str:
        """Covers the model's files, and what its numbers depend on."""
        return digest(["mllm", content(self.folder), self.prompt, self.batch, self.dtype])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {
            "backbone": Path(self.path).name,
            "prompt": digest(self.prompt),
            "adaptation": "none",
        }

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Features]:
        """The (m, k) probabilities of each group.

        Raises BadModel where the directory holds no such model with a chat template, or its
        vocabulary has no token for yes or for no.
        """
        judge = loaded(self.folder, self.dtype, self.device)
        shown, said = images_and_captions(inputs)
        return [
            self._judged(judge, images, captions)
            for images, captions in zip(shown, said, strict=True)
        ]

    def _judged(self, judge: "Judge", images: Sequence[Any], captions: Sequence[str]) -> Features:
        pairs = [(image, caption) for image in images for caption in captions]
        found = [judge(some, self.prompt) for some in chunks(pairs, self.batch)]
        return np.concatenate(found).reshape(len(images), len(captions)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Judge:
    """A model with its processor, and the tokens that say yes and no."""

    net: Any
    processor: Any
    yes: list[int]
    no: list[int]

    def __call__(self, pairs: Sequence[tuple[Any, str]], prompt: str) -> NDArray[np.float64]:
        """P(yes) / (P(yes) + P(no)), (B,), of uint8 RGB images (H, W, 3) and captions."""
        import torch

        questions = [self._question(prompt.format(caption=caption)) for _, caption in pairs]
        images = [[picture(image)] for image, _ in pairs]
        asked = self.processor(text=questions, images=images, padding=True, return_tensors="pt")
        with torch.inference_mode():
            logits = self.net(**asked.to(self.net.device, self.net.dtype)).logits[:, -1]
        yes, no = (
            logits[:, tokens].double().logsumexp(dim=1).cpu() for tokens in (self.yes, self.no)
        )
        found: NDArray[np.float64] = torch.sigmoid(yes - no).numpy()
        return found

    def _question(self, text: str) -> str:
        content = [{"type": "image"}, {"type": "text", "text": text}]
        message = [{"role": "user", "content": content}]
        found: str = self.processor.apply_chat_template(message, add_generation_prompt=True)
        return found


@lru_cache(maxsize=1)
def loaded(folder: Path, dtype: str, device: str) -> Judge:
    """The model of a directory: safetensors only, and no code of its own."""
    transformers = library("transformers", "compositional")
    check_device(device)
    net = pretrained(transformers.AutoModelForImageTextToText, folder, SAID, dtype=dtype)
    processor = from_folder(transformers.AutoProcessor, folder, SAID)
    if not getattr(processor, "chat_template", None):
        raise BadModel(f"{folder}: expected a processor with a chat template, found none")
    # The answer's first token follows the question's last one: short questions are padded in front.
    processor.tokenizer.padding_side = "left"
    words = (_saying(folder, processor.tokenizer, asked) for asked in WORDS)
    return Judge(net.to(device), processor, *words)


def _saying(folder: Path, tokenizer: Any, asked: str) -> list[int]:
    """The tokens that read as the word that is asked for, as for an endpoint."""
    numbers = sorted(tokenizer.get_vocab().values())
    read = tokenizer.batch_decode([[number] for number in numbers])
    found = [n for n, text in zip(numbers, read, strict=True) if word(text) == asked]
    if not found:
        raise BadModel(f"{folder}: expected a token that reads '{asked}', found none")
    return found

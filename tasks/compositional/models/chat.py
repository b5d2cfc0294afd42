"""A multimodal chat model behind an OpenAI-compatible endpoint: the probability of `yes`."""

import base64
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.endpoint import Endpoint, Served
from benchsuite.errors import BadData
from benchsuite.files.images import png_bytes
from benchsuite.model import State

from .dual_encoder import Features, images_and_captions

PROMPT = 'Does this image show "{caption}"? Answer with yes or no.'
ALTERNATIVES = 20
"""Of the first token, whose probabilities are asked for: the most that endpoints give."""


@dataclass(frozen=True)
class Chat(Served):
    """P(yes) / (P(yes) + P(no)) of the first token of the answer, for each image and caption.

    url     up to `/v1`      model   its name there
    prompt  the question, with `{caption}`
    The other settings are those of `benchsuite.endpoint.Served`.
    """

    url: str
    model: str
    name: str = "chat"
    prompt: str = PROMPT

    def __post_init__(self) -> None:
        self.check()

    @property
    def fingerprint(self) -> str:
        """Covers what is asked of whom, since the weights are not known."""
        return digest(["chat", self.who, self.model, self.prompt])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {
            "backbone": self.model,
            **self.stated,
            "prompt": digest(self.prompt),
            "adaptation": "none",
        }

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Features]:
        """The (m, k) probabilities of each group.

        Raises NotAvailable where the endpoint does not answer, BadData where its answer has no
        probabilities of yes or no.
        """
        shown, said = images_and_captions(inputs)
        asked = [
            (one.id, image, caption)
            for one, images, captions in zip(inputs, shown, said, strict=True)
            for image in map(_address, images)
            for caption in captions
        ]
        endpoint = self.endpoint
        with ThreadPoolExecutor(self.concurrency) as pool:
            found = iter(list(pool.map(lambda one: self._ask(endpoint, *one), asked)))
        return [
            np.array([[next(found) for _ in captions] for _ in images])
            for images, captions in zip(shown, said, strict=True)
        ]

    def _ask(self, endpoint: Endpoint, group: str, image: str, caption: str) -> float:
        answer = endpoint.ask(self._request(image, caption), digest(self.prompt))
        return probability_of_yes(f"{self.url}: group '{group}'", answer.first)

    def _request(self, image: str, caption: str) -> dict[str, Any]:
        content = [
            {"type": "image_url", "image_url": {"url": image}},
            {"type": "text", "text": self.prompt.format(caption=caption)},
        ]
        return {
            "model": self.model,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": True,
            "top_logprobs": ALTERNATIVES,
            **self.more,
        }


def probability_of_yes(where: str, first: Mapping[str, float] | None) -> float:
    """P(yes) / (P(yes) + P(no)) in [0, 1], of a first token's log-probabilities by its text.

    Case and spaces do not count. Raises BadData where the answer lists neither.
    """
    if first is None:
        raise BadData(f"{where}: expected top_logprobs of the first token, found none")
    said = [(token.strip().lower(), math.exp(logprob)) for token, logprob in first.items()]
    yes, no = (sum(p for token, p in said if token == word) for word in ("yes", "no"))
    if not yes + no > 0:
        tokens = ", ".join(token for token, _ in said[:4])
        raise BadData(f"{where}: expected yes or no among the first tokens, found {tokens}")
    return yes / (yes + no)


def _address(image: Any) -> str:
    """An image as a PNG in an address."""
    return f"data:image/png;base64,{base64.b64encode(png_bytes(np.asarray(image))).decode()}"

"""A multimodal chat model behind an OpenAI-compatible endpoint: the probability of `yes`."""

import base64
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.endpoint import Endpoint, Served
from benchsuite.endpoint.first import READING, probability_of_yes
from benchsuite.errors import BadData
from benchsuite.files.images import png_bytes
from benchsuite.model import State

from ..measure import Prediction
from .dual_encoder import images_and_captions

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
        return digest(["chat", READING, self.who, self.model, self.prompt])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {
            "backbone": self.model,
            **self.stated,
            "prompt": digest(self.prompt),
            "adaptation": "none",
        }

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Prediction]:
        """The (m, k) probabilities of each group.

        A group of which an answer begins with another word than yes or no counts as wrong: all of
        its scores are 0. Raises NotAvailable where the endpoint does not answer, BadData where its
        answer has no probabilities.
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
            _group([[next(found) for _ in captions] for _ in images])
            for images, captions in zip(shown, said, strict=True)
        ]

    def _ask(self, endpoint: Endpoint, group: str, image: str, caption: str) -> float | None:
        answer = endpoint.ask(self._request(image, caption), digest(self.prompt))
        if answer.first is None:
            raise BadData(
                f"{self.url}: group '{group}': expected top_logprobs of the first token, found none"
            )
        return probability_of_yes(answer.first)

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


def _group(found: Sequence[Sequence[float | None]]) -> Prediction:
    """The scores (1, 1, m, k) of a group, and how many of its answers could not be read."""
    scores = np.array(found, dtype=np.float32)
    unread = int(np.isnan(scores).sum())
    known = np.zeros_like(scores) if unread else scores
    return Prediction(known[None, None], questions=scores.size, unread=unread)


def _address(image: Any) -> str:
    """An image as a PNG in an address."""
    return f"data:image/png;base64,{base64.b64encode(png_bytes(np.asarray(image))).decode()}"

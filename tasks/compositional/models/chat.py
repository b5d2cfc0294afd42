"""A multimodal chat model behind an OpenAI-compatible endpoint: the probability of `yes`."""

import base64
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.endpoint import Endpoint, Limits
from benchsuite.endpoint.first import READING, probability_of_yes
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.images import png_bytes
from benchsuite.model import State

from ..measure import Prediction
from .dual_encoder import images_and_captions

PROMPT = 'Does this image show "{caption}"? Answer with yes or no.'
ALTERNATIVES = 20
"""Of the first token, whose probabilities are asked for: the most that endpoints give."""


@dataclass(frozen=True)
class Chat:
    """P(yes) / (P(yes) + P(no)) of the first token of the answer, for each image and caption.

    url          the endpoint, up to `/v1`      model   its name there
    prompt       the question, with `{caption}`
    key          the environment variable that holds the key, which goes to the endpoint alone
    cache        the folder of answers, which are kept
    concurrency  requests side by side
    The other settings are those of `benchsuite.endpoint.Limits`. What a name stands for may change
    at the endpoint: the fingerprint covers the name, the address and the prompt.
    """

    url: str
    model: str
    name: str = "chat"
    prompt: str = PROMPT
    key: str = "OPENAI_API_KEY"
    cache: str = ".cache/answers"
    concurrency: int = 8
    timeout: float = 120.0
    attempts: int = 5
    rate: float | None = None
    max_requests: int | None = None
    budget_tokens: int | None = None

    def __post_init__(self) -> None:
        for key in ("concurrency", "attempts"):
            if getattr(self, key) < 1:
                raise WrongCall(f"model.{key}: expected at least 1, found {getattr(self, key)}")

    @property
    def fingerprint(self) -> str:
        """Covers what is asked of whom, since the weights are not known."""
        return digest(["chat", READING, self.url, self.model, self.prompt])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"backbone": self.model, "prompt": digest(self.prompt), "adaptation": "none"}

    @cached_property
    def _endpoint(self) -> Endpoint:
        limits = Limits(
            self.timeout, self.attempts, 1.0, self.rate, self.max_requests, self.budget_tokens
        )
        return Endpoint(self.url, limits, Path(self.cache), os.environ.get(self.key, ""))

    def __getstate__(self) -> dict[str, Any]:
        # An endpoint holds a lock, and each process has a budget of its own.
        return {key: value for key, value in self.__dict__.items() if key != "_endpoint"}

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
        endpoint = self._endpoint  # made before there are threads, which share it
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

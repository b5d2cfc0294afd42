"""A multimodal chat model behind an OpenAI-compatible endpoint: the probability of `yes`."""

import base64
import io
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, NotAvailable
from benchsuite.model import Arrays, PreparesOn, State, no_arrays

from .dual_encoder import Features, images_and_captions

PROMPT = 'Does this image show "{caption}"? Answer with yes or no.'
TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Chat:
    """P(yes) / (P(yes) + P(no)) of the first token of the answer, for each image and caption.

    url     the endpoint, up to `/v1`      model   its name there
    prompt  the question, with `{caption}`
    The key is read from OPENAI_API_KEY, and goes nowhere else. What a name stands for may change at
    the endpoint: the fingerprint covers the name, the address and the prompt.
    """

    url: str
    model: str
    name: str = "chat"
    prompt: str = PROMPT

    @property
    def fingerprint(self) -> str:
        """Covers what is asked of whom, since the weights are not known."""
        return digest(["chat", self.url, self.model, self.prompt])

    @property
    def prepares_on(self) -> PreparesOn:
        """Nothing."""
        return "nothing"

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"backbone": self.model, "prompt": digest(self.prompt), "adaptation": "none"}

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """Nothing."""
        return no_arrays()

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Features]:
        """The (m, k) probabilities of each group.

        Raises NotAvailable where the endpoint does not answer, BadData where its answer has no
        probabilities of yes or no.
        """
        shown, said = images_and_captions(inputs)
        with _client() as client:
            return [
                np.array(
                    [[self._ask(client, one.id, _png(i), c) for c in captions] for i in images]
                )
                for one, images, captions in zip(inputs, shown, said, strict=True)
            ]

    def _ask(self, client: Any, group: str, image: str, caption: str) -> float:
        import httpx

        try:
            reply = client.post(
                f"{self.url.rstrip('/')}/chat/completions", json=self._body(image, caption)
            )
            reply.raise_for_status()
            answer = reply.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NotAvailable(f"{self.url}: group '{group}': {error}") from error
        return probability_of_yes(f"{self.url}: group '{group}'", answer)

    def _body(self, image: str, caption: str) -> dict[str, Any]:
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
            "top_logprobs": 20,
        }


def probability_of_yes(where: str, answer: Any) -> float:
    """P(yes) / (P(yes) + P(no)) of the first token, in [0, 1], whatever their case and spaces.

    Raises BadData where the answer lists neither.
    """
    try:
        listed = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        said = [(str(one["token"]).strip().lower(), math.exp(one["logprob"])) for one in listed]
    except (KeyError, IndexError, TypeError) as error:
        raise BadData(f"{where}: expected top_logprobs of the first token, found none") from error
    yes, no = (sum(p for token, p in said if token == word) for word in ("yes", "no"))
    if not yes + no > 0:
        tokens = ", ".join(token for token, _ in said[:4])
        raise BadData(f"{where}: expected yes or no among the first tokens, found {tokens}")
    return yes / (yes + no)


def _client() -> Any:
    try:
        import httpx
    except ModuleNotFoundError as error:
        raise NotAvailable("model chat needs the package 'httpx': pip install httpx") from error
    key = os.environ.get("OPENAI_API_KEY", "")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS)


def _png(image: Any) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.asarray(image)).convert("RGB").save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"

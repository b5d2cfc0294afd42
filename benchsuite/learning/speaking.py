"""What language models say of whole texts: the log-probability of each, in nats.

A sample's input `texts` holds the texts to choose from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.text import json_lines, strings
from benchsuite.model import State

from .device import check_device
from .hub import content, from_folder, located, pretrained
from .rounding import NEAREST, Rounding

Pairs = tuple[tuple[str, str], ...]


def by_sample(
    inputs: Sequence[Inputs], say: Callable[[list[str]], ArrayLike]
) -> list[NDArray[np.float64]]:
    """What is said of the texts of all samples at once, as an array (k,) for each sample."""
    said = np.asarray(say([text for one in inputs for text in one.fields["texts"]]), np.float64)
    return np.split(said, np.cumsum([len(one.fields["texts"]) for one in inputs])[:-1])


@dataclass(frozen=True, eq=False)
class Own:
    """A model of the user's own: `object(texts)` gives log-probabilities in nats.

    Of a pair (network, tokenizer), transformers computes them.
    """

    object: Any
    name: str
    fingerprint: str

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[NDArray[np.float64]]:
        """The log-probabilities of each sample's texts (k,)."""
        pair = isinstance(self.object, tuple)
        return by_sample(inputs, Speaker(*self.object) if pair else self.object)


@dataclass(frozen=True)
class CausalLM:
    """A causal language model of transformers, its weights as they are or rounded.

    path: a directory, or a repository of the Hub; safetensors, and no remote code.
    bits, rounding, alpha: see `rounding`; 0 bits are the weights as they are.
    calibration: for GPTQ: JSON lines, each with the `texts` of a pair, as `export` writes them.
    batch: texts of a forward pass.
    """

    path: str
    name: str = "causal-lm"
    bits: int = 0
    rounding: str = NEAREST
    alpha: float = 0.5
    calibration: str = ""
    batch: int = 32
    device: str = "cpu"
    revision: str | None = None

    @property
    def fingerprint(self) -> str:
        """Covers the files, the rounding, and the pairs that calibrate it."""
        weights = content(located(self.path, self.revision))
        return digest(["causal-lm", weights, self._how, self._pairs, self.batch])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"backbone": Path(self.path).name, "rounding": self.rounding}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[NDArray[np.float64]]:
        """The log-probabilities of each sample's texts (k,)."""
        folder = located(self.path, self.revision)
        return by_sample(inputs, _speaker(folder, self.device, self.batch, self._how, self._pairs))

    @property
    def _how(self) -> Rounding:
        return Rounding(self.bits, self.rounding, self.alpha)

    @property
    def _pairs(self) -> Pairs:
        return () if self.rounding == NEAREST else _pairs_of(self.calibration)


@lru_cache(maxsize=2)
def _pairs_of(path: str) -> Pairs:
    if not path:
        raise WrongCall("model.calibration: expected a file of pairs of texts for GPTQ, found none")
    found = []
    for where, row in json_lines(Path(path)):
        texts = strings(where, row, "texts")
        if len(texts) != 2:
            raise BadData(f"{where}: texts: expected the two of a pair, found {len(texts)}")
        found.append((texts[0], texts[1]))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Speaker:
    """A causal language model of transformers and its tokenizer. `batch`: texts of a pass."""

    network: Any
    tokenizer: Any
    batch: int = 32

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The log-probability of each text (N,) in nats, after the token that begins a text.

        Texts of about the same length share a pass.
        """
        import torch

        tokens = [self.tokens(text) for text in texts]
        order, found = np.argsort([len(one) for one in tokens], kind="stable"), np.empty(len(texts))
        for start in range(0, len(texts), self.batch):
            mine = order[start : start + self.batch]
            some = [torch.tensor(tokens[n]) for n in mine]
            ids = torch.nn.utils.rnn.pad_sequence(some, batch_first=True, padding_value=-1)
            ids = ids.to(self.network.device)
            with torch.inference_mode():
                logits = self.network(ids.clamp(min=0), use_cache=False).logits[:, :-1].float()
                own = logits.gather(2, ids[:, 1:, None].clamp(min=0))[..., 0] - logits.logsumexp(2)
            found[mine] = own.masked_fill(ids[:, 1:] < 0, 0).double().sum(1).cpu()
        return found

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text, after the one that begins it, or else ends the one before."""
        begin, end = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        first = end if begin is None else begin
        return [first, *self.tokenizer(text, add_special_tokens=False)["input_ids"]]

    def rounded(self, how: Rounding, pairs: Pairs) -> "Speaker":
        """Itself, with the weights of its blocks rounded in place.

        pairs  texts that stand against each other, for GPTQ. They are cut to one length, since what
               comes later has no counterpart
        """
        import torch

        from .compressed import compress

        both = [[self.tokens(text) for text in pair] for pair in pairs]
        cut = [[one[: min(map(len, pair))] for one in pair] for pair in both]
        device = self.network.device
        compress(self.network, how, [torch.tensor(pair, device=device) for pair in cut])
        return self


@lru_cache(maxsize=2)
def _speaker(folder: Path, device: str, batch: int, how: Rounding, pairs: Pairs) -> Speaker:
    """The language model of a folder in float32, as it is for 0 bits, or else rounded."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    check_device(device)
    tokenizer = from_folder(AutoTokenizer, folder, "a tokenizer")
    network = pretrained(AutoModelForCausalLM, folder, "a causal language model")
    made = Speaker(network.float().to(device), tokenizer, batch)
    return made.rounded(how, pairs) if how.bits else made

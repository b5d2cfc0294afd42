"""What a causal language model says of whole texts: their log-probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .device import check_device
from .hub import from_folder, pretrained
from .rounding import Rounding

Pairs = tuple[tuple[str, str], ...]


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
def speaker(folder: Path, device: str, batch: int, how: Rounding, pairs: Pairs) -> Speaker:
    """The language model of a folder in float32, as it is for 0 bits, or else rounded."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    check_device(device)
    tokenizer = from_folder(AutoTokenizer, folder, "a tokenizer")
    network = pretrained(AutoModelForCausalLM, folder, "a causal language model")
    made = Speaker(network.float().to(device), tokenizer, batch)
    return made.rounded(how, pairs) if how.bits else made

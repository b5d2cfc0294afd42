"""A causal language model in this process, by transformers: safetensors, and no remote code."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from benchsuite.endpoint import Answer, kept, new, parts_of
from benchsuite.endpoint.first import WORDS, word
from benchsuite.errors import BadData, BadModel
from benchsuite.learning.device import check_device
from benchsuite.learning.hub import one_line, pretrained


@dataclass
class Local:
    """A model that answers by greedy generation, or by its first token's log-probabilities.

    folder: with config, tokenizer and weights in safetensors.   cache: the folder of its answers.
    """

    folder: Path
    cache: Path | None = None
    device: str = "cpu"
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ask(self, request: Mapping[str, Any], prompt: str, repeat: str = "") -> Answer:
        """The answer to `request`: with `logprobs`, those of the words yes and no, exactly.

        Raises BadData where prompt and answer do not fit into the model's context.
        """
        parts = parts_of("", "", request, prompt, repeat)
        return kept(self.cache, parts, Answer, lambda: new(self._answered(request))).answer

    def _answered(self, request: Mapping[str, Any]) -> Answer:
        import torch

        # One at a time: threads would share the same cores.
        with self._lock, torch.inference_mode():
            # What is loaded once is no part of a request's seconds.
            model, words = self._model, self._named if request.get("logprobs") else {}
            started = time.monotonic()
            tokens = self._tokens(request["messages"][0]["content"], request["max_tokens"])
            if words:
                logits = self._certain(tokens, model(tokens).logits[:, -1])[0]
                found = logits.float().log_softmax(dim=-1)
                first = {word: float(found[ids].logsumexp(dim=0)) for word, ids in words.items()}
                return Answer("", tokens.shape[1], 1, _since(started), True, first)
            made = model.generate(
                tokens, attention_mask=torch.ones_like(tokens), pad_token_id=self._end,
                max_new_tokens=request["max_tokens"],
                # A model's folder may ask for others.
                do_sample=False, repetition_penalty=1.0,
                logits_processor=[self._certain],
            )[0, tokens.shape[1] :].tolist()  # fmt: skip
            complete = len(made) < request["max_tokens"] or made[-1] == self._end
            return Answer(self._said(made), tokens.shape[1], len(made), _since(started), complete)

    def _certain(self, tokens: Any, logits: Any) -> Any:
        """The logits of the next token. Raises BadData where one is NaN: any word would do."""
        if logits.isnan().any():
            raise BadData(f"{self.folder}: expected logits of the next token, found NaN")
        return logits

    def _tokens(self, text: str, more: int) -> Any:
        """Token ids (1, T) of the prompt, in the model's own form of a conversation."""
        tokenizer = self._tokenizer
        if tokenizer.chat_template:
            message = [{"role": "user", "content": text}]
            text = tokenizer.apply_chat_template(
                message, tokenize=False, add_generation_prompt=True
            )
        tokens = tokenizer(
            text, return_tensors="pt", add_special_tokens=not tokenizer.chat_template
        )["input_ids"]
        most = getattr(self._model.config, "max_position_embeddings", None)
        if most is not None and tokens.shape[1] + more > most:
            raise BadData(
                f"{self.folder}: expected prompt and answer to take at most {most} tokens, "
                f"found {tokens.shape[1]} + {more}; a smaller model.group_size or model.window, "
                f"or model.max_tokens, takes fewer"
            )
        return tokens.to(self.device)

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        """The ids of the tokens that read as each of the words."""
        found: dict[str, list[int]] = {word: [] for word in WORDS}
        for token in range(len(self._tokenizer)):
            found.get(word(self._tokenizer.decode([token])), []).append(token)
        if not all(found.values()):
            raise BadModel(
                f"{self.folder}: expected tokens that read {' and '.join(WORDS)}, for "
                f"model.score=probability; model.score=grade needs none"
            )
        return found

    def _said(self, made: list[int]) -> str:
        """The text of what was generated. Special tokens stay: in some models they are what tells
        a thought from an answer. Those at its end are no text."""
        special = {*self._tokenizer.all_special_ids}
        size = next((n for n in range(len(made), 0, -1) if made[n - 1] not in special), 0)
        return str(self._tokenizer.decode(made[:size]))

    @property
    def _end(self) -> int | None:
        end: int | None = self._tokenizer.eos_token_id
        return end

    @cached_property
    def _tokenizer(self) -> Any:
        return _loaded(self.folder, self.device)[0]

    @cached_property
    def _model(self) -> Any:
        return _loaded(self.folder, self.device)[1]


@lru_cache(maxsize=1)
def _loaded(folder: Path, device: str) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    check_device(device)
    logging.disable_progress_bar()
    said = "a causal language model with its tokenizer"
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            str(folder), trust_remote_code=False, local_files_only=True
        )
    except Exception as error:  # transformers and tokenizers each raise their own
        raise BadModel(f"{folder}: expected {said}, found: {one_line(error)}") from error
    return tokenizer, pretrained(AutoModelForCausalLM, folder, said, dtype="auto").to(device)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)

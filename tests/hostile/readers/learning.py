"""Readers of weights, of what stands beside them, and of texts to learn from."""

import io
from dataclasses import asdict
from typing import Any, Final

import torch
from safetensors.torch import save as save_tensors

from benchsuite.learning.card import Card, Data, read_card
from benchsuite.learning.speaking import _pairs_of
from benchsuite.learning.weights import read_header, read_shapes, read_tensors

from .reader import Reader, as_json

CARD: Final = Card("unet", "CC0", 12, Data("mini", "0" * 32), {"epochs": 3}, folds={"p1": "0"})
TENSORS: Final = {
    "a.weight": torch.arange(6.0).reshape(2, 3),
    "b": torch.zeros(2, dtype=torch.int64),
}


def torch_file(held: Any) -> bytes:
    sink = io.BytesIO()
    torch.save(held, sink)
    return sink.getvalue()


READERS: Final = (
    Reader("card", "card.json", as_json(asdict(CARD)), lambda p: read_card(p.parent)),
    Reader(
        "safetensors",
        "a.safetensors",
        save_tensors(TENSORS, {"key": "k"}),
        lambda p: (read_header(p), read_shapes(p), read_tensors(p)),
    ),
    Reader("torch", "a.pt", torch_file({"model": TENSORS}), read_tensors),
    Reader(
        "pairs of texts", "a.jsonl", as_json({"texts": ["a", "b"]}), lambda p: _pairs_of(str(p))
    ),
)

"""Readers of groups of images and captions, and of what models say of them."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from benchsuite.files.text import json_object, json_value
from benchsuite_tasks.compositional.datasets.features import _embeddings, diwan
from benchsuite_tasks.compositional.datasets.groups import Group, of_features
from benchsuite_tasks.compositional.datasets.pairs import pairs
from benchsuite_tasks.compositional.formats import read_predictions as read_scores
from benchsuite_tasks.compositional.formats.colorswap import colorswap_answers
from benchsuite_tasks.compositional.formats.sugarcrepe import sugarcrepe_answers

from .reader import Reader, as_json, npz, picture


def toy_groups() -> Any:
    vectors = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    return of_features("toy", [Group("t", "0", vectors[:2], vectors[2:])])


SCORES: Final = [[0.5, 0.25], [1.0, 0.75]]
ANSWER: Final = [
    {"asked": asked, "number": n, "right": 1, "chosen": 2} for asked in ("text", "image") for n in (1, 2)
]  # fmt: skip
COLORSWAP: Final = {
    "id": 0,
    **{f"response_image_{n}": "A" for n in (1, 2)},
    **{f"log_{n}": {"caption_1": "x", "caption_2": "y", "correct_answer": "A"} for n in (1, 2)},
}  # fmt: skip
SUGARCREPE: Final = {
    "1": {"answer": {"free_form_answer": "(1)", "multiple_choice_answer": "c"}, "caption": "c",
          "negative_caption": "n"},
}  # fmt: skip


def scores(path: Path) -> object:
    return read_scores(path, toy_groups())


def colorswap(path: Path) -> None:
    if isinstance(entries := json_value(path), list):
        list(colorswap_answers(path, entries, {}))


def own_pairs(path: Path) -> None:
    for sample in pairs(str(path)).samples():
        dict(sample.inputs)


READERS: Final = (
    Reader(
        "embeddings",
        "a.npz",
        npz(image=np.ones((1, 2, 3), np.float16), text=np.ones((1, 2, 3), np.float16)),
        _embeddings,
    ),
    Reader("Diwan", "a.json", as_json({"1": ["Complex"]}), lambda p: diwan(p, ["1"])),
    Reader("scores", "a.jsonl", as_json({"id": "0", "source_scores": SCORES}), scores),
    Reader("answers", "a.jsonl", as_json({"id": "0", "answers": ANSWER}), scores),
    Reader(
        "answers as CSV",
        "a.csv",
        b"id,question,number,correct,chosen\n0,text,1,a,b\n0,text,2,1,\n0,image,1,second,1\n0,image,2,1,2\n",
        scores,
    ),
    Reader(
        "ColorSwap's answers",
        "a.json",
        as_json([COLORSWAP]),
        colorswap,
    ),
    Reader(
        "SugarCrepe's answers",
        "swap_att.json",
        as_json(SUGARCREPE),
        lambda p: sugarcrepe_answers(p, json_object(p), {"1": ("c", "n")}),
    ),
    Reader(
        "scores as npz", "a.npz", npz(id=np.array(["0"]), source_scores=np.ones((1, 2, 2))), scores
    ),
    Reader(
        "pairs",
        "pairs.jsonl",
        as_json({"id": "1", "images": ["a.png"], "captions": ["x", "y"], "attributes": {"k": "v"}}),
        own_pairs,
        (("a.png", picture("PNG")),),
    ),
)

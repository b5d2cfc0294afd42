"""The two towers of an object that takes tensors, so that they can be trained, and cut."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor, equal, is_tensor

from benchsuite.errors import WrongCall, placed
from benchsuite.learning.finite import check_finite

from ..dual_encoder import Loss, picture
from ..lower_case import tokenizer_wants_lower_case
from ..pretrained import KINDS
from ..two_towers import TwoTowers, as_tuple, of_tensors
from .handed import TRIPLE, Handed, open_clip_kinds

Make = Callable[[Any], TwoTowers]
"""A network, or a copy of it -> its towers. It can be pickled if the network's company can."""
SIDE = 48
"""Pixels of the image by which a preparation is tried."""


def of_preparation(handed: Handed) -> Make:
    """The towers of a network with `encode_image`, `encode_text`, a preprocess and a tokenizer.

    Raises WrongCall where these two give no tensors, or the preprocess is one of training.
    """
    _check_preprocess(handed.preprocess)
    _check_tokenizer(handed.tokenizer)
    _check_weights(handed)
    return partial(_prepared, prepare=handed.preprocess, tokenizer=handed.tokenizer)


def _prepared(net: Any, prepare: Any, tokenizer: Any) -> TwoTowers:
    if not isinstance(net, open_clip_kinds()):
        return of_tensors(net, prepare, tokenizer)
    from ..open_clip_net import two_towers

    return two_towers(net, prepare, tokenizer)


def of_processor(handed: Handed) -> Make | None:
    """The towers of transformers' CLIP or SigLIP; None for another kind of model."""
    _check_weights(handed)
    kind = getattr(getattr(handed.model, "config", None), "model_type", None)
    if not handed.is_network or kind not in KINDS:
        return None
    processor, tokenizer = parts_of(handed)
    lower = wants_lower_case(handed)
    return partial(_processed, processor=processor, tokenizer=tokenizer, lower=lower)


def _processed(net: Any, processor: Any, tokenizer: Any, lower: bool) -> TwoTowers:
    from ..pretrained_net import two_towers

    return replace(two_towers(net, processor, tokenizer), lower=lower)


def with_head(make: Make, stated: tuple[float, float] | None, loss: Loss) -> Make:
    """The same towers with this loss, and with a stated scale and bias where there are any."""
    return partial(_headed, make=make, stated=stated, loss=loss)


def _headed(net: Any, make: Make, stated: tuple[float, float] | None, loss: Loss) -> TwoTowers:
    return replace(make(net), stated=stated, loss=loss)


def parts_of(handed: Handed) -> tuple[Any, Any]:
    """The image processor and the tokenizer of a model of transformers. Raises WrongCall."""
    whole = handed.processor
    image = handed.preprocess or getattr(whole, "image_processor", None)
    text = handed.tokenizer or getattr(whole, "tokenizer", None)
    if image is None or text is None:
        found = "none" if whole is None else f"a {type(whole).__name__}"
        raise WrongCall(
            f"model: a {type(handed.model).__name__} of transformers needs its processor, with an "
            f"image_processor and a tokenizer, found {found}: hand over (model, processor)"
        )
    return image, text


def wants_lower_case(handed: Handed) -> bool:
    """Whether the model was trained on lower-cased captions, and its tokenizer leaves capitals."""
    text = getattr(getattr(handed.model, "config", None), "text_config", None)
    sigmoid = getattr(handed.model, "logit_bias", None) is not None
    vocabulary = getattr(text, "vocab_size", None)
    return tokenizer_wants_lower_case(parts_of(handed)[1], sigmoid, vocabulary)


def _check_weights(handed: Handed) -> None:
    if handed.is_network:
        check_finite(f"model {type(handed.model).__name__}", handed.model)


def _check_preprocess(prepare: Any) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    first, second = (_tried("preprocess", prepare, picture(noise)) for _ in range(2))
    if not is_tensor(first) or first.ndim != 3:
        raise _misfit("preprocess", "a tensor (3, S, S) of Pillow's image", first)
    if first.shape != second.shape or not equal(first, second):
        raise WrongCall(
            "model: preprocess gives another tensor each time: it is that of training; "
            "hand over that of evaluation"
        )


def _check_tokenizer(tokenizer: Any) -> None:
    found = _tried("tokenizer", tokenizer, ["a", "b"])
    parts = as_tuple(found)
    if not parts or not all(is_tensor(part) and len(part) == 2 for part in parts):
        raise _misfit("tokenizer", "tensors of one row a caption", found)


def _tried(what: str, function: Any, given: Any) -> Any:
    try:
        return function(given)
    except Exception as error:
        raise _misfit(what, "a function of one argument", placed(error)) from error


def _misfit(what: str, expected: str, found: Any) -> WrongCall:
    if isinstance(found, Tensor):
        found = f"a tensor {tuple(found.shape)}"
    said = found if isinstance(found, str) else type(found).__name__
    return WrongCall(f"model: {what} of {TRIPLE}: expected {expected}, found {said}")

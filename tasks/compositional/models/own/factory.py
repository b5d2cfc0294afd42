"""`own(object, name, fingerprint)`: the model of an object that a person hands over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any

import numpy as np

from benchsuite.dataset import digest
from benchsuite.errors import WrongCall, near, one_of
from benchsuite.learning.own import fingerprint_of
from benchsuite.model import Model

from ..adaptation.recipe import Recipe, whole
from ..adapted import adapted, registered
from ..dual_encoder import Head, picture
from ..lower_case import PROTOCOL
from .encoder import Encoding, Functions, OwnEncoder, Towers
from .handed import METHODS, Handed, convention_of, taken_apart
from .head import Stated, head_of
from .scorer import OwnScorer

SHOWN: Mapping[str, Callable[[Any], Any]] = {"pil": picture, "arrays": np.asarray}


@dataclass(frozen=True)
class Adapter:
    """How an object is asked.

    images  pil or arrays: how functions of lists get their images
    chunk   images, or captions, a call
    blocks  layers of each tower that `part=blocks` trains
    stated  what the person states of the logits
    """

    images: str
    chunk: int
    blocks: int
    stated: Stated

    def __post_init__(self) -> None:
        one_of("model.images", self.images, SHOWN)
        whole("chunk", self.chunk, 1)
        whole("blocks", self.blocks, 1)


def own(
    object: Any,  # noqa: A002
    name: str,
    fingerprint: str,
    convention: str = "",
    preprocess: Any = None,
    tokenizer: Any = None,
    processor: Any = None,
    images: str = "pil",
    scale: float | None = None,
    bias: float | None = None,
    loss: str = "",
    chunk: int = 32,
    blocks: int = 2,
    adaptation: str = "",
    **recipe: Any,
) -> Model:
    """The model of an object; the page of the task shows the conventions.

    convention         tensors, lists, transformers, sentence-transformers, score: where several fit
    preprocess, tokenizer, processor   where they are not handed over with the object
    images             pil or arrays, uint8 RGB (H, W, 3): what functions of lists get
    scale, bias, loss  of the logits, where the object has no `logit_scale`
    chunk, blocks      images, or captions, a call; layers of each tower that `part=blocks` trains
    adaptation         a registered one (ttm, simplematch), whose settings `recipe` changes

    Raises WrongCall for an object that fits no convention, and for options that do not fit.
    """
    asked = Adapter(images, chunk, blocks, Stated(scale, bias, loss))
    given = Handed(None, preprocess, tokenizer, processor)
    handed = taken_apart(object, given)
    kind = convention_of(handed, convention)
    identity = digest([fingerprint, kind, images, scale, bias, loss, chunk, blocks, _named(given)])
    changed = {key: value for key, value in recipe.items() if value is not None}
    settings = _settings(adaptation, kind, changed)
    if kind == "score":
        score = handed.model.score if handed.has("score") else handed.model
        return OwnScorer(name, identity, handed.model, score, SHOWN[images])
    encoder = _encoder(handed, kind, asked, (name, identity))
    return adapted(encoder, name=name, **settings) if adaptation else encoder


def _parameters() -> list[Parameter]:
    """Those of `own`, and the settings of an adaptation: None is the registered one's."""
    known = {**signature(adapted).parameters, **signature(Recipe).parameters}
    settings = [
        one.replace(kind=Parameter.KEYWORD_ONLY, default=None, annotation=one.annotation | None)
        for one in known.values()
        if one.name not in ("base", "name") and one.kind is not Parameter.VAR_KEYWORD
    ]
    return [*list(signature(own).parameters.values())[:-1], *settings]


# The command line asks a factory's signature which options there are.
own.__signature__ = signature(own).replace(parameters=_parameters())  # type: ignore[attr-defined]


def _named(given: Handed) -> dict[str, str]:
    """Fingerprints of what comes as an option. Raises WrongCall where there can be none."""
    named = {}
    for key in ("preprocess", "tokenizer", "processor"):
        if (value := getattr(given, key)) is not None:
            try:
                named[key] = fingerprint_of(value)
            except WrongCall as error:
                raise WrongCall(
                    f"model.{key}: {error}; as a part of the object, such as "
                    f"(model, preprocess, tokenizer), it is covered by that"
                ) from error
    return named


def _settings(adaptation: str, kind: str, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the adaptation, with what the person changes of them. Raises WrongCall."""
    if adaptation and kind == "score":
        raise WrongCall(
            f"model.adaptation: a function of scores has no features to adapt, found '{adaptation}'"
        )
    if not (adaptation or recipe):
        return {}
    known = registered(adaptation or "ttm")
    for key in recipe:
        if key not in known:
            raise WrongCall(f"model.{key}: no such option{near(key, signature(own).parameters)}")
        if not adaptation:
            raise WrongCall(f"model.{key}: needs model.adaptation, such as ttm or simplematch")
    return {**known, **recipe}


def _encoder(handed: Handed, kind: str, asked: Adapter, named: tuple[str, str]) -> OwnEncoder:
    head, has_scale = head_of(handed.model, asked.stated)
    encoding = _encoding(handed, kind, asked, head)
    stated = {} if has_scale else {"scale": f"{head.scale:g}"}
    if encoding.lower:
        stated["protocol"] = PROTOCOL
    name, identity = named
    return OwnEncoder(name, identity, handed.model, encoding, stated, asked.chunk, asked.blocks)


def _encoding(handed: Handed, kind: str, asked: Adapter, head: Head) -> Encoding:
    if kind in ("tensors", "transformers"):
        from .features import of_features
        from .towers import of_preparation, of_processor, with_head

        make = of_preparation(handed) if kind == "tensors" else of_processor(handed)
        if make is None:
            return of_features(handed, head)
        own_head = asked.stated.nothing and hasattr(handed.model, "logit_scale")
        stated = None if own_head else (head.scale, head.bias)
        return Towers(handed.model, with_head(make, stated, head.loss))
    said = METHODS[kind][0], METHODS[kind][-1]
    images, texts = (getattr(handed.model, method) for method in said)
    return Functions(said, images, texts, SHOWN[asked.images], head)

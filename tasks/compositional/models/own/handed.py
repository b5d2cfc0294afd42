"""An object as it is handed over: the model, what comes with it, and its convention."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any

from benchsuite.errors import WrongCall, one_of
from benchsuite.learning.held import networks

METHODS = {
    "tensors": ("encode_image", "encode_text"),
    "lists": ("encode_image", "encode_text"),
    "transformers": ("get_image_features", "get_text_features"),
    "sentence-transformers": ("encode",),
    "score": ("score",),
}
"""The conventions, and the methods of each."""
EXPECTED = (
    "encode_image and encode_text, get_image_features and get_text_features, encode, "
    "or score(images, captions)"
)
TRIPLE = "(model, preprocess, tokenizer)"


@dataclass(frozen=True, eq=False)
class Handed:
    """A model and what comes with it.

    preprocess, tokenizer   Pillow's image -> (3, S, S); captions -> tokens
    processor               of transformers: it has an image processor and a tokenizer
    """

    model: Any
    preprocess: Any = None
    tokenizer: Any = None
    processor: Any = None

    @property
    def is_network(self) -> bool:
        """Whether the model is a torch network."""
        return self.model in networks(self.model)

    def has(self, convention: str) -> bool:
        """Whether the model has the convention's methods."""
        methods = METHODS[convention]
        return all(callable(getattr(self.model, method, None)) for method in methods)


def taken_apart(object: Any, given: Handed) -> Handed:  # noqa: A002
    """The object's model, and what comes with it: in the tuple, as options, or as attributes.

    given  the options. Attributes count for torch networks alone: an object of another kind that
           keeps its tokenizer uses it by itself.
    Raises WrongCall for a tuple that is none of the known ones.
    """
    model, *parts = object if isinstance(object, tuple) else (object,)
    if isinstance(model, str):
        raise WrongCall(f"model: expected an object, found the text '{model}'")
    if isinstance(model, type):
        raise WrongCall(
            f"model: expected an object, found the class {model.__name__}: hand over "
            f"{model.__name__}(...)"
        )
    found = Handed(model, given.preprocess, given.tokenizer, given.processor)
    if len(parts) == 2:
        found = Handed(model, *parts)
    elif len(parts) == 1 and found.has("transformers"):
        found = Handed(model, processor=parts[0])
    elif parts:
        raise WrongCall(
            f"model: expected {TRIPLE}, or (model, processor) of transformers, "
            f"found {', '.join(type(part).__name__ for part in (model, *parts))}"
        )
    if not found.is_network:
        return found
    names = ("preprocess", "tokenizer", "processor")
    lacking = [name for name in names if getattr(found, name) is None]
    return replace(found, **{name: getattr(model, name, None) for name in lacking})


def convention_of(handed: Handed, told: str) -> str:
    """The convention that the object follows; `told` where the person says so.

    Raises WrongCall, which lists the conventions, where none or several fit.
    """
    if told:
        one_of("model.convention", told, METHODS)
        if not (handed.has(told) or (told == "score" and callable(handed.model))):
            raise WrongCall(
                f"model.convention: {told} needs {' and '.join(METHODS[told])}, "
                f"found {_described(handed.model)}"
            )
        return told
    encoder = _encoder(handed)
    if handed.has("score") and encoder:
        raise WrongCall(
            f"model: {_described(handed.model)} has score and {METHODS[encoder][0]}: say which "
            f"with model_options={{'convention': 'score'}}, or '{encoder}'"
        )
    if encoder or handed.has("score"):
        return encoder or "score"
    if callable(handed.model) and _takes_two(handed.model):
        return "score"
    raise WrongCall(f"model: expected an object with {EXPECTED}; found {_described(handed.model)}")


def _encoder(handed: Handed) -> str:
    """The convention by which the object encodes; empty where it does not."""
    if handed.has("lists") and handed.has("transformers"):
        raise WrongCall(
            f"model: {_described(handed.model)} has encode_image and get_image_features: say which "
            "with model_options={'convention': 'transformers'}, 'lists' or 'tensors'"
        )
    if handed.has("lists"):
        return "tensors" if _takes_tensors(handed) else "lists"
    return next((c for c in ("transformers", "sentence-transformers") if handed.has(c)), "")


def _takes_tensors(handed: Handed) -> bool:
    """Whether `encode_image` takes tensors: the object comes with a preprocess and a tokenizer."""
    have = [name for name in ("preprocess", "tokenizer") if getattr(handed, name) is not None]
    if len(have) == 1 or (not have and is_clip(handed.model)):
        raise WrongCall(
            f"model: {_described(handed.model)} needs its preprocess and its tokenizer, "
            f"found {have[0] if have else 'neither'}: hand over {TRIPLE}"
        )
    return bool(have)


def is_clip(model: Any) -> bool:
    """Whether the model is one of open_clip's, or of OpenAI's package clip."""
    return isinstance(model, (*open_clip_kinds(), *_kinds("clip.model", "CLIP")))


def open_clip_kinds() -> tuple[type, ...]:
    """open_clip's classes of two towers; none where it is not loaded."""
    return _kinds("open_clip.model", "CLIP", "CustomTextCLIP")


def _kinds(module: str, *names: str) -> tuple[type, ...]:
    loaded = sys.modules.get(module)
    return tuple(getattr(loaded, name) for name in names if hasattr(loaded, name))


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        signature(function).bind("images", "captions")
    except TypeError:
        return False
    except ValueError:  # a function that is written in C
        return True
    return True


def _described(model: Any) -> str:
    name = getattr(model, "__name__", None)
    return f"the function {name}" if name and callable(model) else f"a {type(model).__name__}"

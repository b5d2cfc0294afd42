"""transformers' models that are neither CLIP nor SigLIP, by their feature functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchsuite.learning.inference import weight_of

from ..dual_encoder import Head, picture
from .encoder import Functions
from .handed import METHODS, Handed
from .towers import parts_of, wants_lower_case


def of_features(handed: Handed, head: Head) -> Functions:
    """The functions of a model with `get_image_features` and `get_text_features`.

    Captions are padded and cut to the model's length, as SigLIP needs them. Raises WrongCall where
    there is no processor.
    """
    processor, tokenizer = parts_of(handed)
    asked = _Asked(handed.model, processor, tokenizer)
    said = METHODS["transformers"]
    lower = wants_lower_case(handed)
    return Functions((said[0], said[1]), asked.images, asked.texts, picture, head, lower)


@dataclass(frozen=True, eq=False)
class _Asked:
    """A model with the parts of its processor."""

    net: Any
    processor: Any
    tokenizer: Any

    def images(self, shown: list[Any]) -> Any:
        """Features of Pillow's images."""
        made = self.processor(images=shown, return_tensors="pt")
        return _pooled(self.net.get_image_features(**_placed(self.net, made)))

    def texts(self, captions: list[str]) -> Any:
        """Features of captions."""
        text = getattr(getattr(self.net, "config", None), "text_config", None)
        length = getattr(text, "max_position_embeddings", None)
        padding = "max_length" if length else True
        made = self.tokenizer(
            captions, padding=padding, truncation=True, max_length=length, return_tensors="pt"
        )
        return _pooled(self.net.get_text_features(**_placed(self.net, made)))


def _placed(net: Any, made: Mapping[str, Any]) -> dict[str, Any]:
    """Tensors by name on the network's device, those of pixels in its precision."""
    weight = weight_of(net)
    if weight is None:
        return dict(made)
    return {
        name: tensor.to(weight.device, weight.dtype if tensor.is_floating_point() else None)
        for name, tensor in made.items()
    }


def _pooled(found: Any) -> Any:
    """The features: transformers before version 5 gave them alone, later ones beside others."""
    return getattr(found, "pooler_output", found)

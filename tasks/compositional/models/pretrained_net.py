"""What transformers' CLIP and SigLIP make of images and captions."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .dual_encoder import Head


def is_siglip(net: Any) -> bool:
    """Whether the model is a SigLIP: a sigmoid loss, no projections, no attention mask."""
    return bool(net.config.model_type == "siglip")


def head_of(net: Any) -> Head:
    """The model's scale, bias and loss."""
    scale = float(net.logit_scale.detach().exp())
    if is_siglip(net):
        return Head(scale, float(net.logit_bias.detach()), "sigmoid")
    return Head(scale)


def pixels(processor: Any, images: Sequence[Any]) -> Tensor:
    """uint8 RGB (H, W, 3) each -> (B, 3, S, S) float32, as the model's processor does it."""
    from PIL import Image

    shown = [Image.fromarray(image).convert("RGB") for image in images]
    found: Tensor = processor(images=shown, return_tensors="pt")["pixel_values"]
    return found


def tokens(tokenizer: Any, net: Any, captions: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Word pieces and attention mask, int64 (B, L), padded and cut to the model's length."""
    made = tokenizer(
        list(captions),
        padding="max_length",
        truncation=True,
        max_length=net.config.text_config.max_position_embeddings,
        return_tensors="pt",
        return_attention_mask=True,
    )
    return made["input_ids"], made["attention_mask"]


def image_features(net: Any, pixel_values: Tensor) -> Tensor:
    """(B, d), not normalised."""
    pooled = net.vision_model(pixel_values=pixel_values).pooler_output
    found: Tensor = pooled if is_siglip(net) else net.visual_projection(pooled)
    return found


def text_features(net: Any, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
    """(B, d), not normalised."""
    if is_siglip(net):
        # Its training saw padding as text; a mask would change what it says.
        siglip: Tensor = net.text_model(input_ids=input_ids).pooler_output
        return siglip
    pooled = net.text_model(input_ids=input_ids, attention_mask=attention_mask).pooler_output
    found: Tensor = net.text_projection(pooled)
    return found


class Replay(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """In place of a tower's first layers: gives what they gave, which was cached."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: Tensor | None = None

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The cached hidden states (B, L, d), whatever the input."""
        return self.hidden


class Record(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """At the end of a tower's first layers: keeps what they gave."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: Tensor | None = None

    def forward(self, hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The input, as it is."""
        self.hidden = hidden_states
        return hidden_states

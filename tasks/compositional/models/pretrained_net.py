"""The two towers of transformers' CLIP and SigLIP."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from .dual_encoder import picture
from .two_towers import Projection, Side, TwoTowers


def two_towers(net: Any, processor: Any, tokenizer: Any) -> TwoTowers:
    """Of a CLIP or a SigLIP with its own image processor and tokenizer."""
    siglip = is_siglip(net)
    image, text = (_siglip_image, _siglip_text) if siglip else (_clip_image, _clip_text)
    maps = (
        (net.vision_model.head, net.text_model.head)
        if siglip
        else (net.visual_projection, net.text_projection)
    )

    def images(pixel_values: Tensor) -> Tensor:
        return image(net, pixel_values)

    def texts(input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return text(net, input_ids, attention_mask)

    return TwoTowers(
        module=net,
        pixels=lambda shown: pixels(processor, shown),
        tokens=lambda captions: tokens(tokenizer, net, captions),
        images=images,
        texts=texts,
        loss="sigmoid" if siglip else "softmax",
        sides=(
            _side(net.vision_model.encoder, net.vision_model.post_layernorm, maps[0], images),
            _side(net.text_model.encoder, net.text_model.final_layer_norm, maps[1], texts),
        ),
    )


def is_siglip(net: Any) -> bool:
    """Whether the model is a SigLIP: a sigmoid loss, no projections, no attention mask.

    Its towers' pooling heads, which come last, take the projections' place.
    """
    return bool(net.config.model_type == "siglip")


def pixels(processor: Any, images: Sequence[Any]) -> Tensor:
    """uint8 RGB (H, W, 3) each -> (B, 3, S, S) float32, as the model's processor does it."""
    shown = [picture(image) for image in images]
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


def _clip_image(net: Any, pixel_values: Tensor) -> Tensor:
    found: Tensor = net.visual_projection(net.vision_model(pixel_values=pixel_values).pooler_output)
    return found


def _clip_text(net: Any, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
    pooled = net.text_model(input_ids=input_ids, attention_mask=attention_mask).pooler_output
    found: Tensor = net.text_projection(pooled)
    return found


def _siglip_image(net: Any, pixel_values: Tensor) -> Tensor:
    found: Tensor = net.vision_model(pixel_values=pixel_values).pooler_output
    return found


def _siglip_text(net: Any, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
    # Its training saw padding as text; a mask would change what it says.
    found: Tensor = net.text_model(input_ids=input_ids).pooler_output
    return found


def _side(encoder: nn.Module, norm: nn.Module, last: nn.Module, run: Callable[..., Any]) -> Side:
    def gets(*inputs: Tensor) -> Tensor:
        seen: list[Tensor] = []
        handle = last.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
        try:
            run(*inputs)
        finally:
            handle.remove()
        return seen[0].detach().clone()

    return Side(encoder, "layers", [norm, last], Projection(last, gets, last))

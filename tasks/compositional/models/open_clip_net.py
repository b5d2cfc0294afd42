"""The two towers of an open_clip model."""

from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

from open_clip.model import CLIP
from open_clip.transformer import TextTransformer, VisionTransformer
from torch import Tensor, nn

from benchsuite.learning.finite import check_finite
from benchsuite.learning.weights import check_fit, read_shapes

from .two_towers import Projection, Side, TwoTowers, of_tensors


def two_towers(net: Any, prepare: Callable[[Any], Tensor], tokenizer: Any) -> TwoTowers:
    """Of a model with the preparation of its images and its tokenizer."""
    return of_tensors(net, prepare, tokenizer, _sides(net))


def check_weights(net: Any, file: Path) -> None:
    """Raises BadModel for weights that open_clip makes up or bends, and for what is not finite.

    Names that are missing or unexpected are refused as it loads. Without complaint, it sets a bias
    that is missing to 0, and stretches embeddings of positions to another image or text.
    """
    found, expected = read_shapes(file), net.state_dict()
    missing = [name for name in ("logit_bias",) if name in expected and name not in found]
    shapes = {
        name: (tuple(expected[name].shape), shape)
        for name, shape in found.items()
        # a scale has one dimension or none
        if name in expected and max(expected[name].numel(), prod(shape)) > 1
    }
    check_fit(str(file), missing, (), shapes)
    check_finite(str(file), net)


def _sides(net: Any) -> tuple[Side, Side] | None:
    """Where both towers are open_clip's own transformers that end in a projection; else none.

    CLIP keeps the parts of its text tower itself; CustomTextCLIP has a tower of its own for them.
    """
    image, text = net.visual, net if isinstance(net, CLIP) else getattr(net, "text", None)
    if not isinstance(image, VisionTransformer) or not isinstance(text, CLIP | TextTransformer):
        return None
    if image.proj is None or text.text_projection is None:
        return None
    # Of two poolings, the contrastive one makes the feature; the other may feed it.
    pools = (image.attn_pool, getattr(image, "attn_pool_contrastive", None))
    pooling = [pool for pool in pools if pool is not None]
    return (
        _side(image, "proj", [*pooling, image.ln_post], net.encode_image),
        _side(text, "text_projection", [text.ln_final], net.encode_text),
    )


def _side(tower: Any, name: str, after: list[nn.Module], run: Callable[..., Tensor]) -> Side:
    last = getattr(tower, name)

    def gets(*inputs: Tensor) -> Tensor:
        setattr(tower, name, None)  # without a projection, a tower gives what it would project
        try:
            return run(*inputs).detach().clone()
        finally:
            setattr(tower, name, last)

    def gives(pooled: Tensor) -> Tensor:
        found: Tensor = last(pooled) if isinstance(last, nn.Module) else pooled @ last
        return found

    return Side(tower.transformer, "resblocks", [*after, last], Projection(last, gets, gives))

"""The parts of CLIP and SigLIP that can be trained, cut so that what is frozen runs once."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall

from ..adaptation.parts import Part, PartTower, fixed
from ..adaptation.tower import Cached
from .dual_encoder import images_and_captions
from .pretrained_net import (
    Record,
    Replay,
    head_of,
    image_features,
    is_siglip,
    pixels,
    text_features,
    tokens,
)


def pretrained_tower(net: Any, processor: Any, tokenizer: Any, part: str, blocks: int) -> PartTower:
    """`projections`, `blocks` (the last of each tower and what follows), or `all`.

    SigLIP has no projections: its towers' pooling heads are trained instead.
    Raises WrongCall for another part, and where a tower has fewer blocks.
    """
    net.requires_grad_(False)
    parts = {"projections": _projections, "blocks": _blocks, "all": _all}
    if part not in parts:
        raise WrongCall(f"model.part: expected adapter, {', '.join(parts)}, found '{part}'")

    def raw(inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        images, captions = images_and_captions(inputs)
        shown = pixels(processor, [image for group in images for image in group])
        return (shown,), tokens(tokenizer, net, [c for group in captions for c in group])

    return PartTower(parts[part](net, raw, blocks))


Raw = Callable[[Sequence[Inputs]], tuple[Cached, Cached]]


def _all(net: Any, raw: Raw, blocks: int) -> Part:
    zero = torch.zeros(())
    return Part(
        trained=[net],
        frozen=raw,
        images=lambda shown: image_features(net, shown),
        texts=lambda ids, mask: text_features(net, ids, mask),
        head=lambda: (net.logit_scale.exp(), net.logit_bias if is_siglip(net) else zero),
        loss=head_of(net).loss,
    )


def _fixed_head(net: Any) -> Callable[[], tuple[Tensor, Tensor]]:
    head = head_of(net)
    return fixed(head.scale, head.bias)


def _projections(net: Any, raw: Raw, blocks: int) -> Part:
    if is_siglip(net):
        return _behind(net, raw, net.vision_model.head, net.text_model.head)
    return _behind(net, raw, net.visual_projection, net.text_projection)


def _behind(net: Any, raw: Raw, image: nn.Module, text: nn.Module) -> Part:
    """What two modules get is cached; they are the last ones of their towers."""

    def frozen(inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        (shown,), (ids, mask) = raw(inputs)
        return (
            (_input_of(image, lambda: image_features(net, shown)),),
            (_input_of(text, lambda: text_features(net, ids, mask)),),
        )

    return Part(
        trained=[image, text],
        frozen=frozen,
        images=image,
        texts=text,
        head=_fixed_head(net),
        loss=head_of(net).loss,
    )


def _input_of(module: nn.Module, run: Callable[[], Any]) -> Tensor:
    seen: list[Tensor] = []
    handle = module.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    try:
        run()
    finally:
        handle.remove()
    return seen[0].detach().clone()


def _blocks(net: Any, raw: Raw, blocks: int) -> Part:
    towers = (net.vision_model, net.text_model)
    for tower in towers:
        if not 0 < blocks < len(tower.encoder.layers):
            raise WrongCall(
                f"model.blocks: expected 1 to {len(tower.encoder.layers) - 1}, found {blocks}"
            )
    first = [tower.encoder.layers[:-blocks] for tower in towers]
    last = [tower.encoder.layers[-blocks:] for tower in towers]
    replays = (Replay(), Replay())
    blank = torch.zeros(1, 3, *_size(net))

    def frozen(inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        (shown,), (ids, mask) = raw(inputs)
        hidden = []
        runs: tuple[Callable[[], Tensor], ...] = (
            lambda: image_features(net, shown),
            lambda: text_features(net, ids, mask),
        )
        for tower, layers, run in zip(towers, first, runs, strict=True):
            record = Record()
            tower.encoder.layers = nn.ModuleList([*layers, record])
            run()
            assert record.hidden is not None  # noqa: S101 - the tower has just run
            hidden.append(record.hidden.detach().clone())
        return (hidden[0],), (hidden[1], ids, mask)

    def replayed(number: int, hidden: Tensor) -> None:
        replays[number].hidden = hidden
        towers[number].encoder.layers = nn.ModuleList([replays[number], *last[number]])

    def images(hidden: Tensor) -> Tensor:
        replayed(0, hidden)
        return image_features(net, blank.expand(len(hidden), -1, -1, -1))

    def texts(hidden: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        replayed(1, hidden)
        return text_features(net, ids, mask)

    return Part(
        trained=[*last, *_after(net)],
        frozen=frozen,
        images=images,
        texts=texts,
        head=_fixed_head(net),
        loss=head_of(net).loss,
    )


def _size(net: Any) -> tuple[int, int]:
    side = net.config.vision_config.image_size
    return side, side


def _after(net: Any) -> list[nn.Module]:
    """What follows a tower's layers: the last norms, and projections or pooling heads."""
    vision, text = net.vision_model, net.text_model
    after = [vision.post_layernorm, text.final_layer_norm]
    if is_siglip(net):
        return [*after, vision.head, text.head]
    return [*after, net.visual_projection, net.text_projection]

"""Networks by a declared name: torchvision's segmentation models, and MONAI's networks.

A name is looked up in what those packages export, and nothing else is ever built or downloaded.
"""

from collections.abc import Mapping
from inspect import signature
from typing import Any

from torch import nn

from benchsuite.errors import WrongCall, needing, one_of

MONAI = "monai/"
DOWNLOADS = ("pretrained", "pretrained_url", "pretrained_state_dict_key", "weights")
"""Options by which a network would fetch weights."""


def built(architecture: str, classes: int, options: Mapping[str, Any]) -> nn.Module:
    """The network of that name: `monai/UNet` with its options, or one of torchvision's.

    Raises NotAvailable without its package, WrongCall for a name or options that it does not take.
    """
    if architecture.startswith(MONAI):
        return _monai(architecture.removeprefix(MONAI), options)
    if options:
        raise WrongCall(f"model.options: expected none for {architecture}, found "
                        f"{', '.join(options)}")  # fmt: skip
    return _torchvision(architecture, classes)


def _torchvision(name: str, classes: int) -> nn.Module:
    from torchvision import models  # type: ignore[import-untyped, unused-ignore]

    one_of("model.architecture", name, models.list_models(models.segmentation))
    return models.get_model(name, weights=None, weights_backbone=None, num_classes=classes)


def _monai(name: str, options: Mapping[str, Any]) -> nn.Module:
    with needing(f"model.architecture={MONAI}{name}", "benchsuite[monai]"):
        from monai.networks import nets
    known = {
        n: v for n, v in vars(nets).items() if isinstance(v, type) and issubclass(v, nn.Module)
    }
    one_of("model.architecture", name, known)
    for option in DOWNLOADS:
        if option in options:
            raise WrongCall(f"model.options: {option}: nothing is downloaded; "
                            "the weights are those of model.weights")  # fmt: skip
    # some networks fetch weights unless they are told not to
    fetches = {"pretrained": False} if "pretrained" in signature(known[name]).parameters else {}
    try:
        return known[name](**options, **fetches)
    except Exception as error:
        raise WrongCall(f"model.options: expected those of {MONAI}{name}, found {error}") from error

"""The device that a model runs on."""

from benchsuite.errors import NotAvailable, WrongCall


def check_device(device: str) -> None:
    """Raises WrongCall for a name that torch does not know, NotAvailable where it is not there."""
    import torch

    try:
        torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise WrongCall(f"model.device: expected cpu, cuda, cuda:1, found '{device}'") from error
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
        raise NotAvailable(f"model.device: there is no '{device}' here") from error

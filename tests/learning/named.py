"""Whether values have one fingerprint, and things that several tests fingerprint."""

import torch
from torch import nn

from benchsuite.learning.own import fingerprint_of


def differ(*values: object) -> bool:
    """Whether the fingerprints of all values are different."""
    found = [fingerprint_of(value) for value in values]
    return len(set(found)) == len(found)


def same(*values: object) -> bool:
    """Whether all values have one fingerprint."""
    return len({fingerprint_of(value) for value in values}) == 1


def helper(query, documents):
    return [len(document) for document in documents]


class Holder:
    def __init__(self, **parts):
        self.__dict__.update(parts)


class Net(nn.Module):
    def __init__(self, width: int = 3, stride: int = 1) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.width = width
        self.first = nn.Conv2d(3, width, 1, stride=stride)
        self.norm = nn.BatchNorm2d(width)
        self.register_buffer("mask", torch.ones(2), persistent=False)

    def forward(self, x):
        return self.norm(self.first(x))

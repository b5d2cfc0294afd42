"""Weights and outputs that are not finite are refused, with the tensor or the sample."""

import pytest
import torch

from benchsuite.errors import BadData
from benchsuite.learning.finite import check_finite, finite_outputs
from benchsuite.learning.weights import fill


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize(("value", "found"), [("nan", "NaN"), ("inf", "inf"), ("-inf", "inf")])
@pytest.mark.parametrize("name", ["weight", "running_var"])
def test_one_number_that_is_not_finite_is_refused_with_its_tensor(name, value, found, dtype):
    module = torch.nn.BatchNorm2d(50).to(dtype)
    check_finite("here", module)
    with torch.no_grad():
        getattr(module, name)[31] = float(value)
    with pytest.raises(BadData, match=rf"^here: {name}: expected finite weights, found {found}"):
        check_finite("here", module)
    with pytest.raises(BadData, match=f"here: {name}: "):
        fill(torch.nn.BatchNorm2d(50).to(dtype), module.state_dict(), "here")


def test_masks_whole_numbers_and_nothing_at_all_are_finite():
    module = torch.nn.Module()
    module.register_buffer("mask", torch.full((3, 3), -torch.inf).triu(1), persistent=False)
    module.register_buffer("count", torch.tensor(5))
    module.register_buffer("empty", torch.zeros(0))
    module.register_buffer("small", torch.ones(3).to(torch.float8_e4m3fn))
    check_finite("here", module)
    module.mask[0, 0] = 1.0
    with pytest.raises(BadData, match="here: mask: expected finite weights"):
        check_finite("here", module)


class Pair(torch.nn.Module):
    def forward(self, x):
        return {"boxes": [(x, x.long())], "scores": (x / 1, None)}


def test_outputs_are_checked_inside_the_block_however_nested():
    pair = Pair()
    with finite_outputs("sample 'a'", pair):
        pair(torch.ones(2))
        for value, found in ((torch.nan, "NaN"), (-torch.inf, "infinity")):
            message = f"^sample 'a': expected finite outputs of the network, found {found}$"
            with pytest.raises(BadData, match=message):
                pair(torch.tensor([1.0, value]))
    assert pair(torch.tensor([torch.nan])), "outside of it they are not"

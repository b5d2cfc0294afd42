"""One rule for devices: what they are called, and whether they are there."""

import pytest

from benchsuite.errors import NotAvailable, WrongCall
from benchsuite.learning.device import check_device, device_class


def test_a_device_that_is_not_there_is_one_line():
    check_device("cpu")
    with pytest.raises(WrongCall, match="expected cpu, cuda, cuda:1, found 'graphics'"):
        check_device("graphics")
    with pytest.raises(NotAvailable, match="there is no 'cuda:99' here"):
        check_device("cuda:99")


def test_the_number_of_a_device_is_not_its_kind():
    assert [device_class(d) for d in ("cpu", "cuda", "cuda:1")] == ["cpu", "cuda", "cuda"]

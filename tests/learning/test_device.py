"""A device that is named is there, or it is one line."""

import pytest

from benchsuite.errors import NotAvailable, WrongCall
from benchsuite.learning.device import check_device


def test_a_device_that_is_not_there_is_one_line():
    check_device("cpu")
    with pytest.raises(WrongCall, match="expected cpu, cuda, cuda:1, found 'graphics'"):
        check_device("graphics")
    with pytest.raises(NotAvailable, match="there is no 'cuda:99' here"):
        check_device("cuda:99")

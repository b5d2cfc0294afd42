"""What a step costs is measured by what is trained, on the towers that are adapted in earnest."""

import pytest

from benchsuite.errors import WrongCall
from benchsuite.task import silent
from benchsuite_tasks.compositional.models.pretrained import Pretrained
from benchsuite_tasks.compositional.reports import step_cost as cost
from tests.tasks.compositional import tiny


def test_every_choice_is_measured_and_the_smaller_trains_less(tmp_path, monkeypatch):
    folder = tiny.save_clip(tmp_path)
    monkeypatch.setattr(cost, "clip_b16", Pretrained(str(folder)).load)
    found = {part: cost.measure(part, groups=3, batch=2) for part in cost.CHOICES}
    assert found["all"].trained > found["blocks"].trained > found["projections"].trained
    assert found["adapter"].trained == 2 * (8 * 8 + 8), "a linear map of 8 features, twice"
    assert all(one.step_s > 0 and one.frozen_s > 0 for one in found.values())


@pytest.mark.parametrize("numbers", [{"groups": 0}, {"batch": 0}])
def test_no_group_is_a_wrong_call(numbers):
    with pytest.raises(WrongCall, match="expected a whole number of 1 or more, found 0"):
        cost.step_cost([], silent, **numbers)


@pytest.mark.slow
def test_each_choice_is_measured_in_a_process_of_its_own():
    table = cost.step_cost([], silent, groups=2, batch=2).tables["step_cost"]
    assert table["part"].tolist() == list(cost.CHOICES)
    assert (table["peak_mib"] > 0).all()


@pytest.mark.slow
def test_the_real_architecture_has_the_published_number_of_weights():
    towers = cost.clip_b16()
    assert sum(p.numel() for p in towers.module.parameters()) == 149_620_737

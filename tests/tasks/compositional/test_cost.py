"""What a step costs is measured by what is trained, on the towers that are adapted in earnest."""

import pytest

from benchsuite_tasks.compositional import cost
from benchsuite_tasks.compositional.models import pretrained
from tests.tasks.compositional import tiny


def test_every_choice_is_measured_and_the_smaller_trains_less(tmp_path, monkeypatch):
    folder = tiny.save_clip(tmp_path)
    monkeypatch.setattr(cost, "clip_b16", lambda: pretrained._load(folder, "cpu"))
    found = {part: cost.measure(part, groups=3, batch=2) for part in cost.CHOICES}
    assert found["all"].trained > found["blocks"].trained > found["projections"].trained
    assert found["adapter"].trained == 2 * (8 * 8 + 8), "a linear map of 8 features, twice"
    assert all(one.step_s > 0 and one.frozen_s > 0 for one in found.values())


@pytest.mark.slow
def test_the_real_architecture_has_the_published_number_of_weights():
    towers = cost.clip_b16()
    assert sum(p.numel() for p in towers.module.parameters()) == 149_620_737

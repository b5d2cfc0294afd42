"""Images behind COCO's figures: each alone, and the figure without it."""

import numpy as np
import pytest

from benchsuite.estimation.influence import influences, scores
from benchsuite_tasks.instance_segmentation.metrics import METRICS
from tests.estimation.alone import held_against_the_obvious
from tests.tasks.instance_segmentation.reference import random_case


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_an_image_has_the_figure_of_itself_alone_and_moves_that_of_all(metric):
    table = random_case(3).table().reset_index(drop=True)
    held_against_the_obvious(metric, table)


def test_an_image_without_masks_has_no_figure_of_masks():
    table = random_case(3).table().reset_index(drop=True).astype({"mask_matched": object})
    table.at[0, "mask_matched"] = None
    assert np.isnan(scores(METRICS[0], table)[0])
    assert np.isnan(influences(METRICS[0], table, np.ones(len(table), bool))).all()

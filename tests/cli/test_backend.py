"""Whose corruptions a run has, and of which textures, are settings; their conditions have names of
their own.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchsuite.api.assembly import make_run
from benchsuite.api.config import settings
from benchsuite.condition import CLEAN
from benchsuite.errors import WrongCall
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, numbers

TASK = "task=instance_segmentation"


def made(*words):
    return make_run(settings([TASK, *words])[0])


def names(run):
    return [condition.full_name for condition in run.conditions]


def test_the_package_s_corruptions_are_asked_for_by_the_same_words():
    own = made("conditions=clean,fog/3")
    package = made("conditions=clean,fog/3", "backend=imagecorruptions")
    assert names(own) == ["clean", "corruption/fog/3"]
    assert names(package) == ["clean", "package/fog/3"]
    assert package.conditions[1].alter.backend == "imagecorruptions"
    assert own.identity == package.identity, "one run may hold both"


def test_frost_is_made_of_a_folder_s_pictures(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "ice.png"), pictures)
    known = made("conditions=clean", f"textures={tmp_path}").task.known_conditions()
    frosts = sorted({c.name for c in known.values() if c.name.startswith("frost")})
    assert len(frosts) == 2
    asked = made(f"conditions={frosts[1]}/2", f"textures={tmp_path}")
    assert names(asked) == [f"corruption/{frosts[1]}/2"]


def test_a_backend_that_does_not_exist_and_a_task_without_images_are_told():
    with pytest.raises(WrongCall, match="backend: no backend is called 'imagecorruption'"):
        made("conditions=clean", "backend=imagecorruption")
    with pytest.raises(WrongCall, match="task bright has no image corruptions"):
        make_run(settings(["task=bright", "backend=imagecorruptions"])[0])


def test_a_run_does_not_lose_conditions_that_are_not_known_any_more(tmp_path):
    whole = Run(MEAN, numbers(), Linear(), (CLEAN, *NOISE))
    evaluate(whole, tmp_path, replicates=20)
    fewer = replace(whole, task=replace(MEAN, conditions=(CLEAN,)), conditions=(CLEAN,))
    with pytest.raises(WrongCall, match="has the condition 'corruption/noise/1', which is not"):
        evaluate(fewer, tmp_path, replicates=20)

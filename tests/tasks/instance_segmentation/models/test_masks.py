"""Masks from a network's squares to run lengths, and images made smaller."""

import numpy as np
import pytest
import torch
from torchvision.models.detection.roi_heads import paste_masks_in_image

from benchsuite.errors import BadData
from benchsuite_tasks.instance_segmentation.models.categories import UNMAPPED, category_ids
from benchsuite_tasks.instance_segmentation.models.masks import pasted, rgb, shrunk


def test_pasting_is_torchvisions():
    random = np.random.default_rng(0)
    squares = torch.nn.functional.avg_pool2d(torch.rand(60, 1, 84, 84), 3)
    corners = random.uniform(-15, 65, (60, 2))
    boxes = np.concatenate([corners, corners + random.uniform(0.5, 40, (60, 2))], axis=1)
    # As networks give them: clipped to the image.
    boxes = np.clip(boxes, 0, [70, 50, 70, 50])
    theirs = paste_masks_in_image(squares, torch.from_numpy(boxes), (50, 70))[:, 0] > 0.5
    ours = pasted(squares[:, 0].numpy(), boxes, 50, 70)
    # Bilinear weights differ in the last place: a pixel on the threshold may fall either way.
    assert (ours.astype(bool) != theirs.numpy()).mean() < 1e-4


def test_an_image_is_shrunk_and_never_grown():
    image = np.zeros((300, 600, 3), dtype=np.uint8)
    assert shrunk(image, 256).shape == (128, 256, 3)
    assert shrunk(image, 600) is image
    assert shrunk(image, 900) is image


def test_a_grey_image_is_read_as_rgb_and_anything_else_is_told():
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert np.array_equal(rgb(grey, "a")[:, :, 2], grey)
    for wrong in (grey.astype(float), np.zeros((3, 4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(BadData, match="sample 'a': image: expected"):
            rgb(wrong, "a")


def test_classes_correspond_by_name():
    coco = {1: "person", 13: "stop sign", 90: "toothbrush"}
    names = ["Toothbrush", "", "stop_sign", "zebra"]
    assert category_ids("m", names, coco).tolist() == [90, UNMAPPED, 13, UNMAPPED]
    with pytest.raises(BadData, match=r"model m: expected a class of the dataset .*, found zebra"):
        category_ids("m", ["zebra"], coco)


def test_every_class_of_pascal_voc_is_one_of_cocos():
    from benchsuite_tasks.instance_segmentation.models.torchvision import coco_names

    voc = [
        "aeroplane",
        "bicycle",
        "bird",
        "boat",
        "bottle",
        "bus",
        "car",
        "cat",
        "chair",
        "cow",
        "diningtable",
        "dog",
        "horse",
        "motorbike",
    ]
    voc += ["person", "potted plant", "sheep", "sofa", "train", "tv/monitor"]
    found = category_ids("m", coco_names(), dict(enumerate(voc, start=1)))
    assert sorted(found[found != UNMAPPED]) == list(range(1, 21))


def test_labels_without_names_correspond_in_order():
    assert category_ids("m", ["", ""], {7: "b", 3: "a"}).tolist() == [3, 7]
    with pytest.raises(BadData, match="its 3 labels have no names, and the dataset has 2 classes"):
        category_ids("m", [""] * 3, {7: "b", 3: "a"})

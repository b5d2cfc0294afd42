"""A whole run of a Mask R-CNN against its bare forward passes, and the same run called again.

The peer decodes, alters and asks torchvision's network, image by image, and measures nothing. On a
GPU it has the altered images in memory: what is left of its pace is what a run costs it. There the
network also runs with processes beside it, and in bfloat16.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

import benchsuite as bs
from benchsuite.task import load_task
from benchsuite_tasks.instance_segmentation.datasets.coco import coco
from benchsuite_tasks.instance_segmentation.models.rcnn import as_tensor
from benchsuite_tasks.instance_segmentation.models.torchvision import TorchVision
from tests.perf import Ratio, cpu_seconds
from tests.perf.photographs import photographs

TASK, CONDITIONS = "instance_segmentation", ("clean", "corruption/fog/3")
IMAGES = {"cpu": 6, "cuda": 600}
PREFETCH = 8
"""Processes beside a model on a GPU; a machine with fewer cores keeps it less busy."""
NETWORK = {"weights": "random", "score": 0.0, "limit": 20}
"""Random weights see nothing. So the best 20 regions of each image are kept, whatever they score."""


def measure() -> Iterator[Ratio]:
    """A run on this machine's processor, and on its GPU where it has one."""
    with TemporaryDirectory() as folder:
        yield from _on_processor(Path(folder))
    if not torch.cuda.is_available():
        print("run: no GPU here, so none is measured", file=sys.stderr)
        return
    with TemporaryDirectory() as folder:
        yield from _on_gpu(Path(folder))


def _on_processor(folder: Path) -> Iterator[Ratio]:
    path, network = photographs(folder / "data", IMAGES["cpu"]), TorchVision(**NETWORK)
    bare = cpu_seconds(lambda: _asked(network, _views(path)), 1)
    called = {"path": path, "results": folder / "results", "model_options": NETWORK}
    cold, warm = (cpu_seconds(lambda: _evaluated(called), 1) for _ in range(2))
    name = f"a run of Mask R-CNN R50, {len(CONDITIONS) * IMAGES['cpu']} forward passes"
    yield Ratio(name, "decode, alter, forward", cold, bare, 0.95)
    yield Ratio("the same run, called again", "the first call", warm, cold, 20)


def _on_gpu(folder: Path) -> Iterator[Ratio]:
    path = photographs(folder / "data", IMAGES["cuda"])
    network = TorchVision(**NETWORK, device="cuda")
    ready = [view.copy() for view in _views(path)]
    _asked(network, iter(ready[:10]))
    bare = _timed(lambda: _asked(network, iter(ready)))
    ways: dict[str, dict[str, Any]] = {
        "one process": {},
        f"{PREFETCH} processes beside": {"prefetch": PREFETCH},
        f"{PREFETCH} beside, bfloat16": {"prefetch": PREFETCH, "precision": "bfloat16"},
    }
    options = {**NETWORK, "device": "cuda"}
    for way, more in ways.items():
        called = {"path": path, "results": folder / way, "model_options": options, **more}
        took = _timed(lambda called=called: _evaluated(called))
        name = f"GPU, {len(ready)} images, {way}: {len(ready) / took:.1f} a second"
        yield Ratio(name, f"forward alone: {len(ready) / bare:.1f} a second", took, bare, 0)


def _evaluated(called: dict[str, Any]) -> bs.Run:
    return bs.evaluate(
        TASK, "maskrcnn_resnet50_fpn", dataset="coco", conditions=CONDITIONS, replicates=200,
        shard_size=16, batch_size=4, **called,
    )  # fmt: skip


def _views(path: Path) -> Iterator[np.ndarray]:
    """The images as the model sees them, one condition after the other."""
    task = load_task(TASK)
    dataset = coco(str(path))
    known = task.known_conditions(dataset)
    for name in CONDITIONS:
        for sample in dataset.samples():
            yield known[name].view(0, dataset.name, sample).fields["image"]


def _asked(model: TorchVision, images: Iterator[np.ndarray]) -> None:
    """torchvision's own call, image by image; its answer is waited for."""
    network = model._network()
    with torch.inference_mode():
        for image in images:
            network([as_tensor(image).to(model.device)])[0]["masks"].cpu()


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

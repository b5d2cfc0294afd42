"""Reads answers that were sampled elsewhere; `benchsuite.files.answers` has the layouts."""

from pathlib import Path

from benchsuite.dataset import Dataset
from benchsuite.files.answers import samples_of
from benchsuite.task import ByInput


def read_predictions(path: Path, dataset: Dataset) -> ByInput:
    """The sampled answers of each question, by temperature."""
    return ByInput("temperature", samples_of(path, [sample.id for sample in dataset.samples()]))

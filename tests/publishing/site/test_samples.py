"""Samples on a site: which may be shown, within which size, and what a page never tells."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchsuite.boards.board import load_boards
from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset, Inputs, Sample, in_memory
from benchsuite.errors import BadData, NotAvailable
from benchsuite.files.images import image_size
from benchsuite.publishing.site.boards import Published, published_of
from benchsuite.publishing.site.build import build
from benchsuite.publishing.site.samples import Showing
from benchsuite.publishing.site.sheets import BUDGET, Sheet, Shown, within
from benchsuite.runs.call import Call
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.task import SMALL, Access, Content, Look, Origin, Task, tasks
from tests.toys import MEAN, NOISE, Linear, install, numbers

FREE = Origin("made up", "CC0", Access.INCLUDED, public=True)
NOISY = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
CONDITIONS = (CLEAN, *NOISE[:2])
ABSENT = NotAvailable("/home/ann/eyes: expected a folder, found none")


def drawn(sample: Sample, seen: Inputs, row: Mapping[str, Any], shared: Any) -> Look:
    return Look(f"x {seen.fields['x']:.3f}", NOISY, "noise: what the picture shows")


def in_words(sample: Sample, seen: Inputs, row: Mapping[str, Any], shared: Any) -> Look:
    return Look(f"{sample.id}\n<script>alert(1)</script>\nhit {row['hit']:.0f}")


def broken(sample: Sample, seen: Inputs, row: Mapping[str, Any], shared: Any) -> Look:
    raise BadData("/home/ann/eyes.png: expected an image, found none")


DRAWN = replace(MEAN, look=drawn, origins={"numbers": FREE})


def board_of(root: Path, task: Task, data: Dataset, *models: Linear) -> Published:
    """The board of models on clean and noise, whose runs know their dataset's kind."""
    for model in models or [Linear(bias=0.2)]:
        call = Call("run", (f"task={task.name}",), dataset={"kind": "numbers", "name": data.name})
        evaluate(Run(task, data, model, CONDITIONS, call=call), root, replicates=20)
    (board,) = published_of(load_boards(root))
    return board


def texts(
    board: Published,
    out: Path,
    data: Dataset | None,
    allowed: Sequence[str] = (),
    left_out: Any = pytest.fail,
) -> dict[str, str]:
    """The pages of samples of a site, by their names."""

    def loaded(run: Path) -> Dataset:
        if data is None:
            raise ABSENT
        return data

    list(build([board], out, [Showing(loaded, allowed, left_out).pages]))
    return {path.name: path.read_text() for path in (out / board.folder / "samples").glob("*")}


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """A function: the pages of samples of a task's board."""

    def made(task: Task, data: Dataset | None = None, *allowed: str):
        install(monkeypatch, task)
        data = data or numbers(20)
        board = board_of(tmp_path / "results", task, data)
        return texts(board, tmp_path / "site", data, allowed)

    return made


def test_a_model_has_pictures_under_every_condition_within_the_size(shown):
    pages = shown(DRAWN)
    text = pages["linear.html"]
    pictures = re.findall(
        r'src="data:image/webp;base64,([^"]+)" width="(\d+)" height="(\d+)"', text
    )
    assert len(pictures) % (len(CONDITIONS)) == 0 and pictures
    for data, width, height in pictures[:3]:
        assert image_size(Bytes(b64decode(data))) == (int(height), int(width))
        assert max(int(width), int(height)) == SMALL
    assert len(text.encode()) < 1_000_000
    assert "The worst group is " in text and "noise: what the picture shows" in text
    assert "Data: made up; licence CC0." in text
    assert "linear.html" in pages["index.html"]


class Bytes(bytes):
    def read_bytes(self) -> bytes:
        return self


def test_without_pictures_words_are_shown_and_run_nothing(shown):
    text = shown(replace(DRAWN, look=in_words))["linear.html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert(1)" not in text
    assert text.count("hit 0") >= len(CONDITIONS)


def test_names_of_samples_and_groups_are_text(shown):
    bad = '<img src=x onerror="alert(1)">\x1b[31m\u202e'
    samples = [
        Sample(f"{bad}{i}", {"x": float(i)}, None, {bad: f"{bad}{i % 2}"}) for i in range(20)
    ]
    text = unescape(shown(DRAWN, in_memory("numbers", samples))["linear.html"])
    assert "\x1b" not in text and "\u202e" not in text
    assert "\\x1b[31m\\u202e" in text


@pytest.mark.parametrize(
    ("task", "allowed", "why"),
    [
        (replace(DRAWN, origins={}), (), "no licence is known"),
        (replace(DRAWN, origins={"numbers": replace(FREE, public=False)}), (), "no licence is"),
        (replace(DRAWN, origins={"numbers": replace(FREE, access=Access.OPEN)}), (), "no licence"),
        (replace(DRAWN, origins={}), ("others",), "no licence is known"),
        (replace(DRAWN, look=None), (), "shows no samples"),
    ],
)
def test_nothing_is_shown_and_the_list_says_why(shown, task, allowed, why):
    pages = shown(task, None, *allowed)
    assert set(pages) == {"index.html"}
    assert why in pages["index.html"]


def test_what_the_caller_may_show_is_shown(shown):
    assert "linear.html" in shown(replace(DRAWN, origins={}), None, "numbers")


def test_data_that_is_not_here_is_told_without_its_place(monkeypatch, tmp_path):
    install(monkeypatch, DRAWN)
    board, said = board_of(tmp_path / "results", DRAWN, numbers(20)), []
    pages = texts(board, tmp_path / "site", None, left_out=said.append)
    assert set(pages) == {"index.html"}
    assert "its data cannot be shown here" in pages["index.html"]
    assert "/home/ann" not in pages["index.html"]
    assert said == [f"no samples of linear: {ABSENT}"]


def test_a_sample_that_cannot_be_shown_tells_no_file_of_this_machine(shown):
    text = shown(replace(DRAWN, look=broken))["linear.html"]
    assert "It cannot be shown." in text and "eyes.png" not in text


def test_a_folder_of_anybodys_is_known_by_its_fingerprint_alone():
    own = Origin("a folder", "your own", Access.OWN)
    content = Content({"samples": 2}, "measured", fingerprint="ab")
    known = Origin("cells", "CC0", Access.OPEN, public=True, contents=(content,))
    task = replace(MEAN, origins={"masks": own, "cells": known, "numbers": FREE})
    assert task.public_origin("masks", "ab") is known
    assert task.public_origin("cells", "cd") is None
    assert task.public_origin("masks", "") is None
    assert task.public_origin("numbers", "cd") is FREE
    assert task.public_origin("", "cd") is None


def test_data_that_comes_with_a_task_may_be_shown_and_photographs_of_others_not():
    for task in tasks().values():
        for name, origin in task.origins.items():
            included = origin.access is Access.INCLUDED
            assert origin.public or not included, name
            assert not origin.public or origin.access in (Access.INCLUDED, Access.OPEN), name


def test_the_first_models_have_pages_and_the_list_names_the_others(monkeypatch, tmp_path):
    install(monkeypatch, task := replace(DRAWN, look=in_words))
    monkeypatch.setattr("benchsuite.publishing.site.samples.MODELS", 1)
    models, data = [Linear("good"), Linear("bad", bias=5)], numbers(20)
    pages = texts(board_of(tmp_path / "results", task, data, *models), tmp_path / "site", data)
    assert set(pages) == {"index.html", "good.html"}
    assert "none, because only the first 1" in pages["index.html"]


def test_a_site_without_runs_says_so_and_numbers_of_others_have_no_samples(monkeypatch, tmp_path):
    install(monkeypatch, DRAWN)
    data = numbers(20)
    board = board_of(tmp_path / "results", DRAWN, data)
    pages = texts(replace(board, directories={}), tmp_path / "site", data)
    assert "its run is not here" in pages["index.html"]
    assert not texts(replace(board, elsewhere=True), tmp_path / "others", data)


def test_pages_of_samples_have_the_same_bytes_every_time(monkeypatch, tmp_path):
    install(monkeypatch, DRAWN)
    data = numbers(20)
    board = board_of(tmp_path / "results", DRAWN, data)
    assert texts(board, tmp_path / "a", data) == texts(board, tmp_path / "b", data)


def sheet(size: int) -> Sheet:
    return Sheet("s", (), True, "", (Shown("clean", "", "0.500", "x" * size, 1, 1, ()),))


@pytest.mark.parametrize(
    ("sizes", "kept"), [([], 0), ([5, 5], 2), ([6, 5, 1], 1), ([11], 0), ([10, 1], 1)]
)
def test_a_page_has_the_first_sheets_that_fit(sizes, kept):
    assert len(list(within(10, map(sheet, sizes)))) == kept
    assert BUDGET < 1_000_000

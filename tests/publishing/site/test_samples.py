"""Samples on a site: which may be shown, within which size, and what a page never tells."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from html import unescape

import pytest

from benchsuite.cli import main
from benchsuite.dataset import Sample, in_memory
from benchsuite.errors import Exit
from benchsuite.files.images import image_size
from benchsuite.publishing.site.sheets import BUDGET, Sheet, Shown, within
from benchsuite.task import SMALL, Access, Content, Origin, Task, tasks
from tests.publishing.site.sampled import (
    ABSENT,
    CONDITIONS,
    DRAWN,
    FREE,
    board_of,
    broken,
    in_words,
    texts,
)
from tests.toys import MEAN, Linear, install, numbers

DATA = numbers(20)


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """The board of one model, whose runs are here."""
    with pytest.MonkeyPatch.context() as patch:
        install(patch, DRAWN)
        return board_of(tmp_path_factory.mktemp("results"), DRAWN, DATA, Linear(bias=0.2))


@pytest.fixture
def shown(monkeypatch, tmp_path, board):
    """A function: the pages of samples of that board under a task."""

    def made(task: Task, *allowed: str):
        install(monkeypatch, task)
        return texts(board, tmp_path, DATA, allowed)

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


def test_names_of_samples_and_groups_are_text(monkeypatch, tmp_path):
    install(monkeypatch, DRAWN)
    bad = '<img src=x onerror="alert(1)">\x1b[31m\u202e'
    samples = [
        Sample(f"{bad}{i}", {"x": float(i)}, None, {bad: f"{bad}{i % 2}"}) for i in range(20)
    ]
    data = in_memory("numbers", samples)
    board = board_of(tmp_path / "results", DRAWN, data, Linear())
    text = unescape(texts(board, tmp_path / "site", data)["linear.html"])
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
    pages = shown(task, *allowed)
    assert set(pages) == {"index.html"}
    assert why in pages["index.html"]


def test_what_the_caller_may_show_is_shown(shown):
    assert "linear.html" in shown(replace(DRAWN, origins={}), "numbers")


def test_publish_shows_samples_of_data_that_the_caller_names(monkeypatch, tmp_path, capsys):
    install(monkeypatch, task := replace(DRAWN, look=in_words, origins={}))
    board = board_of(tmp_path / "results", task, numbers(), Linear())
    words = ["publish", str(tmp_path / "results"), "--site", str(tmp_path / "site")]
    page = tmp_path / "site" / board.folder / "samples" / "linear.html"
    assert main(words) == Exit.DONE
    assert not page.exists()
    assert main([*words, "--show", "numbers"]) == Exit.DONE
    assert "The worst group is " in page.read_text()
    assert "no samples of" not in capsys.readouterr().err


def test_data_that_is_not_here_is_told_without_its_place(monkeypatch, tmp_path, board):
    install(monkeypatch, DRAWN)
    said: list[str] = []
    pages = texts(board, tmp_path, None, left_out=said.append)
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
    board = board_of(tmp_path / "results", task, DATA, Linear("good"), Linear("bad", bias=5))
    pages = texts(board, tmp_path / "site", DATA)
    assert set(pages) == {"index.html", "good.html"}
    assert "no samples, because only the first 1" in pages["index.html"]


def test_a_site_without_runs_says_so_and_numbers_of_others_have_no_samples(
    monkeypatch, tmp_path, board
):
    install(monkeypatch, DRAWN)
    pages = texts(replace(board, directories={}), tmp_path / "site", DATA)
    assert "its run is not here" in pages["index.html"]
    assert not texts(replace(board, elsewhere=True), tmp_path / "others", DATA)


def test_pages_of_samples_have_the_same_bytes_every_time(monkeypatch, tmp_path, board):
    install(monkeypatch, DRAWN)
    assert texts(board, tmp_path / "a", DATA) == texts(board, tmp_path / "b", DATA)


def sheet(size: int) -> Sheet:
    return Sheet("s", (), True, "", (Shown("clean", "", "0.500", "x" * size, 1, 1, ()),))


@pytest.mark.parametrize(
    ("sizes", "kept"), [([], 0), ([5, 5], 2), ([6, 5, 1], 1), ([11], 0), ([10, 1], 1)]
)
def test_a_page_has_the_first_sheets_that_fit(sizes, kept):
    assert len(list(within(10, map(sheet, sizes)))) == kept
    assert BUDGET < 1_000_000

"""What is slow shows that it goes on; what is short shows nothing."""

import time

import pytest

from benchsuite.api import progress


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.05)
    monkeypatch.setattr(progress, "PATIENCE", 0.05)


def test_short_work_shows_nothing(capsys):
    with progress.bar("gate") as move:
        move("cells", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_there_is_a_line_now_and_then(quick, capsys):
    with progress.bar("train unet") as move:
        move("epoch", 3, 10)
        time.sleep(0.3)
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 6
    assert set(lines) == {"benchsuite: train unet epoch: 3 of 10, 0 s"}


def test_work_that_tells_no_stage_is_named_too(quick, capsys):
    with progress.bar("dataset coco"):
        time.sleep(0.15)
    assert "benchsuite: dataset coco, 0 s" in capsys.readouterr().err


def test_an_error_inside_ends_the_progress(quick):
    with pytest.raises(ValueError, match="lost"), progress.bar("export"):
        raise ValueError("lost")


def test_on_a_terminal_a_bar_appears_after_a_while(quick, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress.bar("export") as move:
        move("conditions", 1, 4)
        time.sleep(0.4)
    captured = capsys.readouterr()
    assert "export conditions" in captured.err
    assert "1/4" in captured.err
    assert captured.out == ""

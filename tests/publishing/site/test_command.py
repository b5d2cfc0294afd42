"""`benchsuite publish --site`: the same pages from runs and from what was published of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, install, numbers


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    install(monkeypatch, MEAN)


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("results")
    run = Run(MEAN, numbers(), Linear("biased", bias=1.5), (CLEAN, *NOISE))
    evaluate(run, root, replicates=200)
    evaluate(replace(run, model=Linear("good")), root, replicates=200)
    return root


def texts(site: Path) -> dict[str, str]:
    """The pages of a site by their places, but for samples, which need runs."""
    found = {str(path.relative_to(site)): path.read_text() for path in site.rglob("*.html")}
    return {path: text for path, text in found.items() if "/samples/" not in path}


def test_a_site_of_a_published_folder_is_that_of_its_runs(results, tmp_path, capsys):
    pages, a, b = tmp_path / "pages", tmp_path / "a", tmp_path / "b"
    assert main(["publish", str(results), "--out", str(pages), "--site", str(a)]) == 0
    assert main(["publish", str(pages), "--site", str(b)]) == 0
    assert str(b / "index.html") in capsys.readouterr().out
    of_runs, of_pages = texts(a), texts(b)
    assert set(of_pages) == set(of_runs)
    ranking = next(path for path in of_pages if path.endswith("numbers/index.html"))
    assert "good" in of_pages[ranking]
    assert body(of_pages[ranking]) == body(of_runs[ranking])


def body(text: str) -> str:
    """The content of a page, below its tabs."""
    return text.partition('<p class="lead">')[2]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["here", "--results", "there", "--site", "x"], 64),
        (["--reported", "x.csv", "--task", "toy-mean", "--site", "x"], 64),
        (["nowhere", "--site", "x"], 65),
    ],
)
def test_a_call_that_cannot_be_meant_is_one_line(words, code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["publish", *words]) == code
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "x").exists()


def test_of_two_boards_of_one_place_the_first_path_counts(results, tmp_path, capsys):
    pages = tmp_path / "pages"
    assert main(["publish", str(results), "--out", str(pages)]) == 0
    assert main(["publish", str(pages), str(results), "--site", str(tmp_path / "site")]) == 0
    assert "another path has the board" in capsys.readouterr().err

"""Pages of models, pairs and runs say what the tables say, and why they lack what they lack."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData
from benchsuite.publishing.folder import publish
from benchsuite.publishing.site import build as building
from benchsuite.publishing.site.boards import Published, published
from benchsuite.publishing.site.build import build
from benchsuite.publishing.site.compare import compare_pages
from benchsuite.publishing.site.model import model_pages
from benchsuite.publishing.site.trace import run_pages
from benchsuite.runs.call import Call
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.house.source import ROOT
from tests.toys import MEAN, NOISE, Linear, numbers

HOSTILE = "<b>|=1+1 \u202e"


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("results")
    words = ("task=toy-mean", "dataset.path=/home/ann/secret/eyes.csv")
    run = Run(MEAN, numbers(), Linear("good"), (CLEAN, *NOISE), call=Call("run", words))
    evaluate(run, root, replicates=200)
    evaluate(replace(run, model=Linear("near", bias=0.01)), root, replicates=200)
    evaluate(replace(run, model=Linear(HOSTILE, bias=1.5)), root, replicates=200)
    evaluate(
        replace(run, model=Linear("part", bias=0.4), conditions=(CLEAN, NOISE[0])),
        root,
        replicates=200,
    )
    for seed in "12":
        evaluate(
            replace(run, model=Linear("recipe", bias=0.3 * int(seed), seed=seed)),
            root,
            replicates=200,
        )
    return root


@pytest.fixture(scope="module")
def board(results) -> Published:
    (found,) = published([results], pytest.fail)
    return found


@pytest.fixture(scope="module", autouse=True)
def _no_figures():
    """Only the pages that are tested here: figures and samples take longer than all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "MAKERS", (model_pages, compare_pages, run_pages))
        yield


@pytest.fixture(scope="module")
def site(board, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("site")
    list(build([board], out))
    return out / board.folder


def text_of(page: Path) -> str:
    """What a reader sees of a page, on one line."""
    body = page.read_text().partition("<main")[2].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_every_model_has_a_page_that_says_its_number_and_its_rank_set(site, board, results):
    table = leaderboard(results)
    clean = table[(table["condition"] == "clean") & (table["attribute"] == "")]
    clean = clean[clean["form"] == "value"].set_index("model")
    pages = {
        text_of(page).split(" measured")[0]: text_of(page) for page in (site / "models").iterdir()
    }
    assert len(pages) == board.table["model"].nunique() == 5
    for model in ("good", "near", "part", "recipe"):
        row = clean.loc[model]
        assert f"{model} has accuracy {row['value']:.3f}" in pages[model]
        better, worse = int(row["rank_low"]) - 1, 5 - int(row["rank_high"])
        assert (f"Surely better than it: {better} of 4" in pages[model]) == (better > 0)
        assert (f"Surely worse than it: {worse} of 4" in pages[model]) == (worse > 0)


def test_models_that_cannot_be_told_apart_are_not_said_to_differ(site):
    text = text_of(site / "compare/good--near.html")
    assert "near could not be told apart from good" in text or "do not differ" in text
    assert "is worse than" not in text


def test_a_part_of_a_suite_is_shown_as_a_part(site):
    assert "part 1/3" in text_of(site / "models/part.html")


def test_every_pair_has_a_page_that_both_models_link_to(site, board):
    pairs = board.pairs.drop_duplicates(["run_a", "run_b"])
    pages = [*(site / "compare").iterdir()]
    assert len(pages) == len(pairs) == 10
    for page in (site / "models").iterdir():
        links = re.findall(r'href="\.\./(compare/[^"]*)"', page.read_text())
        assert len(links) == 4
        assert all((site / unquote(unescape(link))).is_file() for link in links)


def test_a_run_shows_its_fingerprints_versions_and_command_and_no_folder(site, board):
    page = (site / "runs.html").read_text()
    text = text_of(site / "runs.html")
    for run in board.runs.itertuples():
        assert f'id="{run.run_id}"' in page
        assert run.model_fingerprint in text
    assert "dataset.path=DIR/eyes.csv conditions=clean,corruption" in text
    assert "python 3." in text
    assert "ann" not in page
    assert "seed 1" in text, "trainings of a recipe have runs of their own"


def test_a_recipe_links_to_the_runs_of_its_trainings(site, board):
    page = (site / "models/recipe.html").read_text()
    runs = board.runs[board.runs["model"] == "recipe"]["run_id"]
    assert len(runs) == 2
    for run in runs:
        assert f'href="../runs.html#{run}"' in page


def test_names_of_others_are_text(site):
    for page in site.rglob("*.html"):
        assert "<b>" not in page.read_text()
        assert "\u202e" not in page.read_text()


def test_a_board_without_pairs_says_why(board, tmp_path):
    unknown = replace(board, pairs=pd.DataFrame())
    alone = replace(board, pairs=board.pairs[:0], folder="toy-mean/alone")
    (reported,) = published([ROOT / "leaderboards/bright/reported-r2med"], pytest.fail)
    list(build([unknown, alone, reported], tmp_path))
    assert "were not published with this board" in text_of(
        tmp_path / unknown.folder / "models/good.html"
    )
    assert "No other model was measured" in text_of(tmp_path / alone.folder / "models/good.html")
    page = next((tmp_path / reported.folder / "models").iterdir())
    assert "Others published these numbers" in text_of(page)
    assert "urely" not in text_of(page)
    assert not (tmp_path / unknown.folder / "compare").exists()


def test_a_damaged_file_of_pairs_is_one_line(results, tmp_path):
    (folder,) = publish(results, tmp_path)
    pd.DataFrame({"run_a": ["x"]}).to_parquet(folder / "pairs.parquet")
    with pytest.raises(BadData, match=r"pairs\.parquet: expected the column"):
        published([folder], pytest.fail)


def test_models_whose_names_differ_in_case_have_files_of_their_own(board):
    table = board.table.replace({"model": {"near": "GOOD", "part": "Good--Good"}})
    shouting = replace(board, table=table)
    pages = [
        part.path.lower() for maker in (model_pages, compare_pages) for part in maker(shouting)
    ]
    assert len(pages) == len(set(pages))

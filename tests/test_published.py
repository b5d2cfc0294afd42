"""The boards of published tables say what their CSV files say, and their commands make them anew."""

import re
import shlex
from math import isclose
from pathlib import Path

import pandas as pd
import pytest

from benchsuite.cli import main
from benchsuite.files.text import text_of
from benchsuite.publishing.escape import in_markdown
from tests.boards.test_reported import SHARED
from tests.house.source import ROOT

DATA = SHARED / "data"
BOARDS = sorted(ROOT.glob("leaderboards/*/reported-*"))
NAMES = [board.name for board in BOARDS]
pytest.importorskip("pycocotools")
needs_data = pytest.mark.skipif(
    not (DATA / "mteb_reported.csv").is_file(), reason=f"{DATA} has no published tables"
)


def stored(board: Path) -> pd.DataFrame:
    return pd.read_parquet(board / "table.parquet")


def overall(board: Path, protocol: str, metric: str = "ndcg@10") -> pd.Series:
    """The clean numbers of a protocol for everybody, by model, the best first."""
    rows = stored(board)
    asked = (rows["protocol"] == protocol) & (rows["metric"] == metric)
    rows = rows[asked & (rows["attribute"] == "") & (rows["kind"] == "clean")]
    return rows.set_index("model")["value"].sort_values(ascending=False)


def section(board: Path, protocol: str) -> list[str]:
    """The lines of a page's section, as far as the overall table goes."""
    text = text_of(board / "README.md").partition(f"\n## {protocol}\n")[2]
    return re.split(r"\n#+ ", text)[0].splitlines()


@needs_data
@pytest.mark.parametrize("protocol", ["BrightRetrieval", "split tasks"])
def test_the_page_of_bright_has_the_numbers_of_mteb_s_csv(protocol):
    csv = pd.read_csv(DATA / "mteb_reported.csv", keep_default_na=False)
    told = csv[(csv["dataset"] == "bright") & (csv["protocol"] == f"reported: mteb {protocol}")]
    means = told[told["group"] == ""]
    lines = section(BOARDS[NAMES.index("reported-bright")], f"reported: mteb {protocol}")
    assert len([line for line in lines if line.startswith("| ")]) == len(means) + 2
    for row in means.itertuples():
        shown = f"| {row.model} | {in_markdown(row.source)} | {float(row.value):.3f} |"
        assert any(shown in line for line in lines), row
    for model in set(told["model"]) - set(means["model"]):
        assert f"{model} (" in "\n".join(lines), model


@needs_data
def test_a_mean_of_mteb_s_csv_is_the_mean_of_its_splits():
    csv = pd.read_csv(DATA / "mteb_reported.csv", keep_default_na=False)
    csv = csv.assign(value=csv["value"].astype(float))
    keys = ["dataset", "protocol", "model"]
    means = csv[csv["group"] == ""].set_index(keys)["value"]
    splits = csv[csv["group"] != ""].groupby(keys)["value"].mean()
    assert (means - splits[means.index]).abs().max() < 1e-9


@needs_data
@pytest.mark.parametrize("board", BOARDS, ids=NAMES)
def test_the_command_of_a_board_s_page_writes_the_board(board, tmp_path):
    line = re.search(r"^    benchsuite (.+)$", text_of(board / "README.md"), re.M)
    assert line
    words = shlex.split(line[1].replace("DIR/", f"{DATA}/"))
    task, out = board.parent.name, tmp_path / "out"
    (out / task / board.name).mkdir(parents=True)
    findings = (board / "findings.md").read_text()
    (out / task / board.name / "findings.md").write_text(findings)
    assert main([*words[:-1], str(out)]) == 0
    made = out / task / board.name
    assert (made / "README.md").read_text() == (board / "README.md").read_text()
    assert (made / "runs.csv").read_text() == (board / "runs.csv").read_text()
    pd.testing.assert_frame_equal(stored(made), stored(board))


@pytest.mark.parametrize("board", BOARDS, ids=NAMES)
def test_every_number_of_the_findings_stands_in_the_table_or_is_a_difference(board):
    values = stored(board)["value"].dropna().drop_duplicates().to_numpy()
    told = text_of(board / "findings.md")
    found = set(re.findall(r"(?<![\d.])\.\d{2,}", told)) - DIFFERENCES.get(board.name, set())
    assert found
    for text in found:
        nearest = min(values, key=lambda value: abs(value - float(text)))
        assert isclose(nearest, float(text), abs_tol=0.5001 * 10.0 ** -(len(text) - 1)), text


DIFFERENCES = {"reported-bright": {".001", ".021"}, "reported-cityscapes": {".097", ".014"}}


def test_the_differences_of_the_findings_are_those_of_the_table():
    bright = BOARDS[NAMES.index("reported-bright")]
    first, second = (
        overall(bright, f"reported: mteb {p}") for p in ("BrightRetrieval", "split tasks")
    )
    gained = (second - first).dropna()
    assert len(gained) == 8
    assert (f"{gained.min():.3f}", f"{gained.max():.3f}") == ("0.001", "0.021")
    city = stored(BOARDS[NAMES.index("reported-cityscapes")])
    city = city[(city["metric"] == "AP") & (city["form"] == "value")]
    by = city.pivot_table(index="condition", columns="model", values="value")
    change = by["mask_rcnn_r50_fpn_1x_scity"] - by["mask_rcnn_r50_fpn_1x_city"]
    assert change["clean"] == pytest.approx(-0.097, abs=0.0005)
    assert change["imagecorruptions"] == pytest.approx(0.014, abs=0.0005)


@pytest.mark.parametrize(
    ("board", "protocol", "models", "first"),
    [
        ("reported-bright", "mteb BrightRetrieval", 29, "ByteDance-Seed/Seed1.5-Embedding"),
        ("reported-bright", "mteb split tasks", 13, "lightonai/Reason-ModernColBERT"),
        ("reported-bright-long", "mteb BrightRetrieval", 11, "Alibaba-NLP/gte-Qwen1.5-7B-instruct"),
        ("reported-bright-long", "mteb split tasks", 13, "Qwen/Qwen3-Embedding-0.6B"),
        ("reported-bright-long", "mteb BrightLongRetrieval", 8, "infly/inf-retriever-v1"),
        ("reported-r2med", "mteb R2MED tasks", 26, "Alibaba-NLP/gte-Qwen2-7B-instruct"),
    ],
)
def test_the_first_of_each_protocol_is_who_the_findings_name(board, protocol, models, first):
    found = overall(BOARDS[NAMES.index(board)], f"reported: {protocol}")
    assert (len(found), found.index[0]) == (models, first)
    told = text_of(BOARDS[NAMES.index(board)] / "findings.md")
    assert first.partition("/")[2] in told and f"{found.iloc[0]:.5f}".removeprefix("0") in told


def test_no_model_has_a_mean_under_every_protocol_of_whole_pages():
    board = BOARDS[NAMES.index("reported-bright-long")]
    models = [set(overall(board, p).index) for p in stored(board)["protocol"].unique()]
    assert len(models) == 3
    assert set.intersection(*models) == set()

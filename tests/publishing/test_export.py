"""Boards in formats of others: each is what its own reader takes, whatever the board and its names."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from benchsuite.boards.reported import read_reported
from benchsuite.boards.table import COLUMNS
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample, in_memory
from benchsuite.errors import BadData, Exit, WrongCall
from benchsuite.publishing.export.citation import UNDATED, Citation, read_citation
from benchsuite.publishing.export.files import FORMATS, checked, export
from benchsuite.publishing.export.told import told
from benchsuite.publishing.folder import publish
from benchsuite.publishing.latex import STAND_IN
from benchsuite.publishing.site.boards import Published, published, published_of
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.forms import Form
from benchsuite.runs.plan import Run
from tests.site.hostile import HOSTILE, acting
from tests.toys import MEAN, NOISE, Linear, install

CFF = """\
cff-version: 1.2.0
title: "A suite"
authors:
  - name: "The authors"
  - family-names: Curie
    given-names: Marie
license: Apache-2.0
repository-code: https://example.org/suite
date-released: 2026-01-31
version: 1.2.0
"""
MODELS = ("good", HOSTILE["row of a table"], HOSTILE["number"], HOSTILE["word of YAML"])


def samples() -> Iterator[Sample]:
    rng = np.random.default_rng(0)
    for i, name in enumerate([*HOSTILE.values()] * 3):
        x = float(rng.normal())
        about = {"colour": ("red", "green")[i % 2], "name": name, "rare": "yes" if i < 2 else ""}
        yield Sample(f"s{i}", {"x": x}, truth=x > 0, attributes=about)


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """Runs of models with hostile names; one of them has a part of the conditions."""
    root = tmp_path_factory.mktemp("results")
    dataset = in_memory(HOSTILE["element"], list(samples()))
    for i, name in enumerate(MODELS):
        conditions = (CLEAN, *(NOISE[:1] if i == 1 else NOISE))
        run = Run(MEAN, dataset, Linear(name, slope=1 - 0.6 * i, seed="0"), conditions)
        evaluate(run, root, replicates=200)
    return root


def measured(results: Path) -> Published:
    (board,) = published([results], print)
    return board


def reported(folder: Path) -> Published:
    """A board that others published: no interval, no counts, a source that is hostile."""
    rows = [
        {"model": name, "dataset": "theirs", "condition": condition, "metric": "accuracy",
         "value": value, "source": HOSTILE["link"], "protocol": "theirs"}
        for i, name in enumerate(("a", HOSTILE["YAML"], HOSTILE["formula"]))
        for condition, value in (("clean", 0.5 + i / 10), *((one.full_name, 0.25) for one in NOISE))
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "theirs.csv", index=False)
    (board,) = published_of(read_reported(folder / "theirs.csv", MEAN))
    return board


@pytest.fixture(params=["measured", "mini", "reported"])
def board(request, results, tmp_path, monkeypatch) -> Published:
    install(monkeypatch, MEAN)
    if request.param == "reported":
        return reported(tmp_path)
    return replace(measured(results), stand_in=request.param == "mini")


def made(board: Published, name: str, citation: Citation | None = None) -> dict[str, bytes]:
    """The files of a format by their places."""
    return dict(FORMATS[name](board, citation or Citation()))


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_the_same_bytes_twice_and_stays_in_its_folder(name, board):
    if name == "figure":
        pytest.importorskip("matplotlib")
    files = made(board, name)
    assert files and files == made(board, name)
    for place, data in files.items():
        assert re.fullmatch(r"(data|toy-mean)(/[A-Za-z0-9._+=×~-]+)+", place)
        assert all(len(part) < 200 for part in place.split("/"))
        if not place.endswith((".pdf", ".parquet")):
            assert acting(data.decode()) == set()


def test_what_others_get_is_clean_everywhere_and_the_headline_in_every_condition_and_group(board):
    rows = told(board)
    clean = rows[(rows["kind"] == "clean") & (rows["attribute"] == "")]
    assert set(clean["metric"]) == set(board.table["metric"])
    assert {"corruption/noise/1", "corruption"} <= set(rows["condition"])
    forms = {Form.VALUE, Form.RELATIVE}
    if not board.elsewhere:
        forms |= {Form.GAP, Form.NULL95, Form.WORST}
        assert {"red", "green", "yes"} <= set(rows["group"])
    assert forms <= set(rows["form"])


LOG = {"schema_version": str, "evaluation_id": str, "retrieved_timestamp": str, "source_metadata": dict,
       "model_info": dict, "eval_library": dict, "evaluation_results": list}  # fmt: skip
SOURCE = ("source_type", "source_organization_name", "evaluator_relationship")
RESULT = ("evaluation_name", "source_data", "metric_config", "score_details")
PATH = re.compile(
    r"data/[^/]+/unknown/[^/]+/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.json"
)


def texts(value: Mapping[str, object]) -> bool:
    return all(isinstance(one, str) for one in value.values())


def test_every_eval_ever_gets_a_log_of_each_model_with_the_fields_that_its_schema_requires(board):
    files = made(board, "every_eval_ever")
    logs = [json.loads(data) for data in files.values()]
    assert {log["model_info"]["name"] for log in logs} == set(board.table["model"])
    assert all(PATH.fullmatch(place) for place in files)
    for log in logs:
        assert {key: type(value) for key, value in log.items()} == LOG
        about = log["source_metadata"]
        assert all(about[key] for key in SOURCE) and texts(about["additional_details"])
        assert about["source_type"] == ("documentation" if board.elsewhere else "evaluation_run")
        details = log["model_info"]["additional_details"]
        assert details["deployment_type"] == details["model_availability"] == "unknown"
        assert texts(details) and log["eval_library"]["name"] and log["eval_library"]["version"]
        for result in log["evaluation_results"]:
            assert set(RESULT) <= set(result)
            assert texts(result["score_details"]["details"])
            assert result["source_data"]["source_type"] == "other"
            assert within(result)
        ids = [one["evaluation_result_id"] for one in log["evaluation_results"]]
        assert len(set(ids)) == len(ids)


def within(result: Mapping[str, Mapping[str, object]]) -> bool:
    """Whether a score is finite, within its bounds, and beside an interval that is finite."""
    config, told_of = result["metric_config"], result["score_details"]
    low, high = (float(str(config[name])) for name in ("min_score", "max_score"))
    interval = told_of["uncertainty"].get("confidence_interval", {"lower": 0.0, "upper": 0.0})
    ends = interval["lower"], interval["upper"]
    return (
        isfinite(told_of["score"]) and low <= told_of["score"] <= high and all(map(isfinite, ends))
    )


def test_a_log_has_the_numbers_of_the_board_and_the_reason_of_what_is_missing(results, monkeypatch):
    install(monkeypatch, MEAN)
    board = measured(results)
    logs = {}
    for data in made(board, "every_eval_ever").values():
        log = json.loads(data)
        logs[log["model_info"]["name"]] = log
    row = board.table[(board.table["model"] == "good") & (board.table["kind"] == "clean")].iloc[0]
    first = logs["good"]["evaluation_results"][0]
    assert first["score_details"]["score"] == row["value"]
    interval = first["score_details"]["uncertainty"]["confidence_interval"]
    assert (interval["lower"], interval["upper"]) == (row["ci_low"], row["ci_high"])
    assert first["score_details"]["uncertainty"]["num_samples"] == row["n"]
    lacking = json.loads(logs[MODELS[1]]["model_info"]["additional_details"]["without_value"])
    assert any(line.endswith("incomplete grid: 1 of 3 conditions") for line in lacking)
    assert "fingerprint" in "".join(logs["good"]["model_info"]["additional_details"])


def index_of(card: bytes) -> dict[str, object]:
    _, block, _ = card.decode().split("---\n", 2)
    (index,) = yaml.safe_load(block)["model-index"]
    return index


def test_a_model_card_has_the_index_that_the_hub_reads(board):
    cards = [index_of(card) for card in made(board, "model-index").values()]
    assert {card["name"] for card in cards} == set(board.table["model"])
    for card in cards:
        for result in card["results"]:
            assert (
                result["task"]["type"] and result["dataset"]["type"] and result["dataset"]["name"]
            )
            for metric in result["metrics"]:
                assert (
                    metric["type"] and type(metric["value"]) is float and isfinite(metric["value"])
                )


def test_the_hub_s_own_reader_reads_a_card_and_writes_the_same(board):
    hub = pytest.importorskip("huggingface_hub")
    for name, data in made(board, "model-index").items():
        card = hub.ModelCard(data.decode())
        assert card.data.model_name in set(board.table["model"]), name
        assert hub.ModelCard(str(card)).data.to_dict() == card.data.to_dict()
        values = [result.metric_value for result in card.data.eval_results]
        known = board.table[board.table["model"] == card.data.model_name]["value"]
        assert values and set(values) <= set(known)


REQUIRED = ("@context", "@type", "conformsTo", "name", "description", "license", "url", "creator",
            "datePublished", "distribution", "recordSet")  # fmt: skip


def test_croissant_describes_the_tables_beside_it(board, tmp_path):
    (tmp_path / "CITATION.cff").write_text(CFF)
    citation = read_citation(tmp_path / "CITATION.cff")
    files = made(board, "croissant", citation)
    about = json.loads(files.pop(f"{board.folder}/croissant.json"))
    assert all(about[key] for key in REQUIRED)
    assert about["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert about["license"] == ["https://spdx.org/licenses/Apache-2.0.html"]
    assert about["datePublished"] == "2026-01-31"
    assert [one["name"] for one in about["creator"]] == ["The authors", "Marie Curie"]
    assert (STAND_IN in about["description"]) == board.stand_in
    assert ("Others published" in about["description"]) == board.elsewhere
    for one in about["distribution"]:
        data = files.pop(f"{board.folder}/{one['contentUrl']}")
        assert hashlib.sha256(data).hexdigest() == one["sha256"]
        assert one["encodingFormat"] and one["@id"] == one["name"]
    assert not files
    ids = [field["@id"] for one in about["recordSet"] for field in one["field"]]
    assert len(set(ids)) == len(ids) and not any(re.search(r"\s", one) for one in ids)
    assert {f"cells/{name}" for name in COLUMNS} <= set(ids)


def test_the_reader_of_croissant_reads_the_rows(board, tmp_path):
    croissant = pytest.importorskip("mlcroissant")
    [*export([board], ["croissant"], tmp_path, Citation())]
    found = croissant.Dataset(str(tmp_path / board.folder / "croissant.json"))
    assert not found.metadata.issues.errors
    cells = [*found.records("cells")]
    assert len(cells) == len(board.table)
    assert {cell["cells/model"].decode() for cell in cells} == set(board.table["model"])
    assert len([*found.records("runs")]) == len(board.runs)


def test_croissant_s_tables_are_those_that_publish_writes(results, tmp_path, monkeypatch):
    install(monkeypatch, MEAN)
    (folder,) = publish(results, tmp_path)
    (board,) = published([tmp_path], print)
    files = made(board, "croissant")
    for name in ("table.parquet", "runs.csv"):
        assert files[f"{board.folder}/{name}"] == (folder / name).read_bytes()


@pytest.mark.parametrize("ending", ["pdf", "svg"])
def test_a_figure_is_for_print_and_has_no_date(board, ending):
    pytest.importorskip("matplotlib")
    data = made(board, "figure")[f"{board.folder}/figure.{ending}"]
    assert data.startswith(b"%PDF" if ending == "pdf" else b"<?xml")
    assert b"CreationDate" not in data and b"dc:date" not in data


def test_what_nobody_has_said_stays_unknown(tmp_path):
    assert Citation().authors == ("unknown",) and Citation().released == UNDATED
    assert Citation().epoch == 0
    path = tmp_path / "CITATION.cff"
    path.write_text("title: x\n")
    assert read_citation(path) == Citation(title="x")
    path.write_text(CFF)
    assert read_citation(path).epoch == 1_769_817_600
    assert read_citation(path).url == "https://example.org/suite"


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "a: [",
        "date-released: 2026-31-01",
        "authors: x",
        "authors: [{}]",
        "license: 1",
        "url: [1]",
        "authors: 3",
    ],
)
def test_a_citation_that_is_none_is_refused_in_one_line(text, tmp_path):
    path = tmp_path / "CITATION.cff"
    path.write_text(text)
    with pytest.raises(BadData, match="CITATION") as error:
        read_citation(path)
    assert "\n" not in str(error.value)


def test_the_command_writes_every_format_of_runs_and_of_numbers_of_others(
    results, tmp_path, monkeypatch, capsys
):
    install(monkeypatch, MEAN)
    reported(tmp_path)
    out = tmp_path / "out"
    words = ["--as", "latex,model-index,every_eval_ever,croissant", "--out", str(out)]
    assert main(["publish", str(results), *words]) == Exit.DONE
    theirs = ["--reported", str(tmp_path / "theirs.csv"), "--task", "toy-mean"]
    assert main(["publish", *theirs, *words]) == Exit.DONE
    said = capsys.readouterr().out.splitlines()
    assert {Path(line) for line in said} == {path for path in out.rglob("*") if path.is_file()}
    assert (out / "toy-mean/reported-theirs/overall.tex").exists()
    with pytest.raises(WrongCall, match="croissant"):
        checked(["croisant"])
    assert main(["publish", str(results), "--as", "latex"]) == Exit.WRONG_CALL

"""A submission gives a board all that it needs of a run, and a board sees through a false one."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchsuite.api.submissions import checked, rebuild, submit
from benchsuite.cli import main
from benchsuite.condition import CLEAN, with_sampled
from benchsuite.dataset import digest
from benchsuite.errors import BadData, NotAvailable
from benchsuite.estimation import Estimate
from benchsuite.publishing.folder import publish
from benchsuite.runs import submission as limits
from benchsuite.runs.cells import read_cells, table_of
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.seal import OF, parquet, sealed, unit_of
from benchsuite.runs.seal import publish as write_sealed
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.submission import CARD, CLAIMED, REPLICATES, open_submission
from tests import toys
from tests.toys import AP, MEAN, NOISE, Linear, numbers

RUN = Run(MEAN, numbers(), Linear("good"), (CLEAN, *NOISE))
MODELS = (Linear("good"), Linear("biased", bias=1.5))


def refuse(line: str) -> None:
    raise AssertionError(line)


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    toys.install(monkeypatch, MEAN, AP)
    monkeypatch.setattr("benchsuite.publishing.folder.leading", lambda *_: None)  # it takes seconds


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    return [evaluate(replace(RUN, model=m), root, replicates=200).path for m in MODELS]


@pytest.fixture(scope="module")
def written(runs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("written") / "board"
    with pytest.MonkeyPatch.context() as patch:
        toys.install(patch, MEAN, AP)
        for path in runs:
            submit(path, folder, None, refuse)
    return folder


@pytest.fixture
def board(written, tmp_path):
    return Path(shutil.copytree(written, tmp_path / "board"))


def problems(*paths: Path, to: Path | None = None) -> list[str]:
    return [line for _, lines in checked(paths, to) for line in lines]


def last(board: Path) -> Path:
    """The submission that is compared with the other one."""
    return sorted((board / "submissions").iterdir())[-1]


def test_a_board_of_submissions_is_as_claimed(board):
    assert problems(board) == []
    assert problems(last(board)) == []
    assert problems(board.parent) == []


def equal(a: Estimate, b: Estimate) -> bool:
    counts = [(e.n, e.clusters, e.kind, e.notes) for e in (a, b)]
    numbers = [[e.value, e.effective, e.df, e.inflation, e.centre, *e.deviations] for e in (a, b)]
    return counts[0] == counts[1] and np.allclose(*numbers, rtol=1e-6, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("task", [MEAN, AP], ids=["mean", "pooled"])
@pytest.mark.parametrize("sampled", [False, True])
def test_statistics_alone_give_every_cell_with_its_replicates(tmp_path, task, sampled):
    every = with_sampled(RUN.known_conditions).values()
    asked = [c for c in every if bool(c.per_cluster) == sampled and c != CLEAN]
    run = evaluate(replace(RUN, task=task, conditions=(CLEAN, *asked)), tmp_path, replicates=200)
    made = open_submission(submit(run.path, None, tmp_path / "out", refuse))
    expected = read_cells(RunDirectory(run.path).cells())
    assert [*made.cells] == [*expected]
    assert all(equal(made.cells[cell], one) for cell, one in expected.items())


def test_the_same_run_gives_the_same_bytes(tmp_path, runs):
    folders = [submit(runs[0], None, tmp_path / name, refuse) for name in "ab"]
    contents = [
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in folders
    ]
    assert contents[0] == contents[1]
    assert len(contents[0]) == 3 + len(RUN.conditions)


def test_the_words_of_a_card_stay_when_a_run_is_submitted_again(board, runs):
    card = board / "submissions" / runs[0].name / CARD
    card.write_text(card.read_text().replace("(your words)", "We are Ann and Bo.", 1))
    submit(runs[0], board, None, refuse)
    assert "We are Ann and Bo." in card.read_text()
    assert problems(board) == []


def test_a_run_that_is_not_finished_is_not_submitted(tmp_path, runs):
    copied = Path(shutil.copytree(runs[0], tmp_path / runs[0].name))
    (copied / "status.json").write_text(json.dumps(sealed({"state": "running"})))
    with pytest.raises(BadData, match="not complete"):
        submit(copied, None, tmp_path / "out", refuse)
    assert not list((tmp_path / "out").iterdir())


def test_a_submission_that_is_too_large_is_not_written(tmp_path, runs, monkeypatch):
    monkeypatch.setattr(limits, "MOST_BYTES", 1000)
    with pytest.raises(BadData, match="fewer conditions"):
        submit(runs[0], None, tmp_path / "out", refuse)
    assert not list((tmp_path / "out").iterdir())


def rewrite(path: Path, change) -> None:
    """Alter the statistics of clean inputs, and seal them again as an honest run's are."""
    directory = RunDirectory(path)
    table = directory.statistics("clean")
    of = unit_of(table)
    altered = change(table)
    ids = digest(altered.column("sample_id").to_pylist())
    directory.write_unit(replace(of, samples=ids), altered)


def claim(path: Path, change) -> None:
    """Alter the claimed cells, and seal them again."""
    (held,) = path.glob(f"{CLAIMED}-*")
    table = pq.read_table(held)
    cells = {cell: change(one) for cell, one in read_cells(table).items()}
    write_sealed(
        path / CLAIMED,
        ".parquet",
        parquet(table_of(cells).replace_schema_metadata(table.schema.metadata)),
    )


def claim_anew(path: Path) -> None:
    """Claim what the altered statistics give: a liar who knows how."""
    made = open_submission(path)
    head = {OF: made.manifest.run_id.encode(), REPLICATES: str(made.replicates).encode()}
    bare = {c: replace(e, deviations=np.zeros(0, np.float32)) for c, e in made.cells.items()}
    write_sealed(path / CLAIMED, ".parquet", parquet(table_of(bare).replace_schema_metadata(head)))


def all_right(table: pa.Table) -> pa.Table:
    ones = pa.array(np.ones(len(table)))
    return table.set_column(table.column_names.index("hit"), "hit", ones)


def test_a_cell_that_was_altered_is_seen(board):
    claim(last(board), lambda one: replace(one, value=min(1.0, one.value + 0.01)))
    found = problems(board)
    assert "clean accuracy: claimed 0." in found[0]
    assert "but the statistics give" in found[0]
    assert found[-1].endswith("more cells")


def test_a_statistic_that_was_altered_under_its_old_hash_is_seen(board):
    (unit,) = (last(board) / "units/clean").iterdir()
    unit.write_bytes(parquet(all_right(pq.read_table(unit))))
    assert "units/clean" in problems(board)[0]


def test_a_statistic_that_was_altered_and_sealed_again_is_seen(board):
    rewrite(last(board), all_right)
    assert "but the statistics give 1" in problems(board)[0]


def test_hard_samples_that_were_left_out_are_seen_though_all_else_fits(board):
    rewrite(last(board), lambda table: table.filter(pa.compute.equal(table["hit"], 1)))
    claim_anew(last(board))
    assert "clean: expected the samples of" in problems(board)[0]
    assert "are absent" in problems(board)[0]


@pytest.mark.parametrize("column", ["cluster", "colour"])
def test_samples_in_other_clusters_or_groups_are_seen(board, column):
    def moved(table: pa.Table) -> pa.Table:
        values = table.column(column).to_pylist()
        place = table.column_names.index(column)
        return table.set_column(place, column, pa.array(["blue", *values[1:]]))

    rewrite(last(board), moved)
    claim_anew(last(board))
    assert "found another cluster or attribute of 's0000'" in "\n".join(problems(board))


def remade(path: Path, change) -> None:
    """Alter the manifest, and seal it again with the run_id of its identity."""
    directory = RunDirectory(path)
    manifest = change(directory.manifest)
    directory.write_manifest(replace(manifest, run_id=manifest.identity.run_id))


def test_another_seed_is_not_of_the_board(board, tmp_path):
    run = evaluate(replace(RUN, model=Linear("late"), seed=1), tmp_path / "r", replicates=200)
    with pytest.raises(BadData, match="seed: expected 0 as on the board, found 1"):
        submit(run.path, board, None, refuse)
    lone = submit(run.path, None, tmp_path / "out", refuse)
    assert problems(lone) == []
    assert "seed: expected 0" in problems(lone, to=board)[0]


def test_a_run_without_a_condition_that_all_others_have_is_seen(board, tmp_path):
    short = replace(RUN, model=Linear("short"), conditions=(CLEAN, NOISE[0]))
    run = evaluate(short, tmp_path / "r", replicates=200)
    with pytest.raises(BadData, match="found none of corruption/noise/2, corruption/noise/3"):
        submit(run.path, board, None, refuse)


def test_another_dataset_of_the_same_name_is_seen(board, tmp_path):
    other = replace(RUN, dataset=numbers(80))
    run = evaluate(other, tmp_path / "r", replicates=200)
    with pytest.raises(BadData, match="dataset_fingerprint: expected"):
        submit(run.path, board, None, refuse)


def test_an_altered_identity_does_not_fit_its_run_id(board):
    path = last(board) / "manifest.json"
    held = json.loads(path.read_text())
    held["identity"]["model"] = "ours"
    del held["checksum"]
    path.write_text(json.dumps(sealed(held)))
    assert "expected the run_id" in problems(board)[0]


def test_an_identity_and_a_run_id_of_somebody_else_do_not_fit_the_units(board):
    remade(last(board), lambda m: replace(m, identity=replace(m.identity, model="ours")))
    assert "expected the cells of run" in problems(board)[0]


def test_a_metric_that_reads_another_column_is_seen(board):
    def better(manifest):
        own = [replace(one, reads={"column": "score"}) for one in manifest.metrics]
        return replace(manifest, metrics=tuple(own))

    remade(last(board), better)
    assert problems(board)


def test_facts_of_a_card_that_were_altered_are_seen(board):
    card = last(board) / CARD
    card.write_text(card.read_text().replace("| seed | 0 |", "| seed | 7 |"))
    assert "expected the facts of the manifest" in problems(board)[0]


def test_a_folder_of_another_name_is_seen(board):
    last(board).rename(board / "submissions/ours")
    assert "its run_id" in "\n".join(problems(board))


@pytest.mark.parametrize("name", ["weights.pkl", "units/clean/more.parquet", ".hidden", "a/b"])
def test_a_file_that_has_no_business_there_is_refused(board, name):
    path = last(board) / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    assert f"expected no file '{name}'" in problems(board)[0]


@pytest.mark.parametrize("name", ["manifest.json", CARD, "units"])
def test_a_link_is_not_followed(board, tmp_path, name):
    path = last(board) / name
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert "found a link" in problems(board)[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes")
def test_a_pipe_is_not_read(board):
    (last(board) / CARD).unlink()
    os.mkfifo(last(board) / CARD)
    assert "found a special file" in problems(board)[0]


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x01.", b"PAR1", b"{}", b"\x1f\x8b\x08"])
@pytest.mark.parametrize("kind", ["manifest.json", CARD, "claimed-*", "units/clean/*"])
def test_other_content_is_one_line_and_never_loaded(board, kind, content):
    (path,) = last(board).glob(kind)
    path.write_bytes(content)
    found = problems(board)
    assert found
    assert all("\n" not in line for line in found)


def test_a_text_of_a_million_rows_is_measured_before_it_is_laid_out(board):
    texts = pa.DictionaryArray.from_arrays(np.zeros(10**6, np.int32), ["x" * 4000])
    table, sink = pa.table({"sample_id": texts, "cluster": texts}), pa.BufferOutputStream()
    pq.write_table(table, sink, store_schema=False)
    (unit,) = (last(board) / "units/clean").iterdir()
    unit.write_bytes(sink.getvalue().to_pybytes())
    assert unit.stat().st_size < 10**6
    assert "bytes in memory, found more" in problems(board)[0]


@pytest.mark.parametrize("kind", [pa.binary(), pa.struct({"a": pa.int8()}), pa.list_(pa.date32())])
def test_columns_of_other_types_are_refused(board, kind):
    rewrite(last(board), lambda t: t.append_column("more", pa.nulls(len(t), kind)))
    assert "expected texts, numbers and lists of them" in problems(board)[0]


def test_a_task_that_is_not_installed_is_not_bad_data(board, monkeypatch):
    toys.install(monkeypatch, AP)
    with pytest.raises(NotAvailable, match="toy-mean"):
        problems(board)


def test_the_words_of_a_manifest_are_data(tmp_path):
    hostile = Linear("<script>alert(1)</script>|../../etc", bias=0.2)
    run = evaluate(replace(RUN, model=hostile), tmp_path / "r", replicates=200)
    path = submit(run.path, tmp_path / "board", None, refuse)
    assert path.parent == tmp_path / "board/submissions"
    assert "<script" not in (path / CARD).read_text()
    assert problems(tmp_path / "board") == []


def tables(folder: Path) -> list[pd.DataFrame]:
    """The table, the differences and the runs of a published folder."""
    order = ["run_id", "condition", "scope", "attribute", "group", "metric", "form"]
    first = pd.read_parquet(folder / "table.parquet").sort_values(order)
    paired = pd.read_parquet(folder / "pairs.parquet")
    runs = pd.read_csv(folder / "runs.csv").sort_values("run_id")
    return [one.reset_index(drop=True) for one in (first, paired, runs)]


def test_a_board_of_submissions_is_that_of_the_runs(board, runs, tmp_path):
    (published,) = publish(runs[0].parents[3], tmp_path / "published")
    rebuild(board)
    for found, expected in zip(tables(board), tables(published), strict=True):
        pd.testing.assert_frame_equal(found, expected, rtol=1e-6, atol=1e-9)
    assert problems(board) == []
    before = {path.name: path.read_bytes() for path in board.iterdir() if path.is_file()}
    rebuild(board)
    assert before == {path.name: path.read_bytes() for path in board.iterdir() if path.is_file()}


def third(tmp_path: Path) -> Path:
    run = evaluate(replace(RUN, model=Linear("third", bias=0.4)), tmp_path / "r", replicates=200)
    return run.path


def test_a_run_that_is_added_is_ranked_among_those_whose_runs_are_gone(board, tmp_path):
    rebuild(board)
    submit(third(tmp_path), board, None, refuse)
    assert problems(board) == []
    rebuild(board)
    rows = pd.read_parquet(board / "table.parquet")
    clean = rows[(rows["condition"] == "clean") & (rows["form"] == "value") & (rows["group"] == "")]
    assert clean.set_index("model")["rank"].to_dict() == {"good": 1, "third": 2, "biased": 3}
    assert problems(board) == []


def test_without_the_statistics_of_others_a_run_is_listed_and_not_ranked(runs, tmp_path):
    (board,) = publish(runs[0].parents[3], tmp_path / "published")
    before = pd.read_parquet(board / "table.parquet")
    submit(runs[0], board, None, refuse)
    submit(third(tmp_path), board, None, refuse)
    assert problems(board) == []
    rebuild(board)
    rows = pd.read_parquet(board / "table.parquet")
    pd.testing.assert_frame_equal(rows[rows["model"] != "third"], before)
    added = rows[rows["model"] == "third"]
    assert added["rank"].isna().all()
    assert "keeps no statistics of 1 other run" in " ".join(added["note"])
    assert "ranked in" not in " ".join(added["note"])
    assert added["ci_low"].notna().any()
    assert problems(board) == []
    rebuild(board)
    pd.testing.assert_frame_equal(pd.read_parquet(board / "table.parquet"), rows)


@pytest.mark.parametrize(
    ("column", "whole"), [("value", True), ("model", True), ("ci_high", False), ("run_id", False)]
)
def test_a_row_that_was_altered_is_seen(board, runs, tmp_path, column, whole):
    if whole:
        rebuild(board)
    else:
        (board,) = publish(runs[0].parents[3], tmp_path / "published")
        submit(runs[0], board, None, refuse)
    rows = pd.read_parquet(board / "table.parquet")
    place = rows.index[(rows["run_id"] == runs[0].name) & (rows["form"] == "value")][3]
    altered = {"model": "ours", "run_id": runs[1].name}.get(column, 0.99)
    rows[column] = rows[column].astype(object if isinstance(altered, str) else float)
    rows.loc[place, column] = altered
    rows.to_parquet(board / "table.parquet")
    assert "table.parquet" in problems(board)[0]


def test_a_rank_and_a_difference_that_were_altered_are_seen(board):
    rebuild(board)
    for name, column in (("pairs.parquet", "difference"), ("table.parquet", "rank")):
        rows = pd.read_parquet(board / name)
        pd.concat([rows.assign(**{column: -rows[column]})]).to_parquet(board / name)
        assert f"{name}: " in problems(board)[0]


def test_a_board_with_a_false_submission_is_not_published(board):
    rebuild(board)
    before = (board / "table.parquet").read_bytes()
    rewrite(last(board), all_right)
    with pytest.raises(BadData, match="but the statistics give"):
        rebuild(board)
    assert (board / "table.parquet").read_bytes() == before


def test_the_commands_say_what_is_wrong_and_end_in_65(runs, tmp_path, capsys):
    board = tmp_path / "board"
    assert main(["submit", *map(str, runs), "--to", str(board)]) == 0
    assert main(["board", "check", str(board)]) == 0
    said = capsys.readouterr()
    assert f"{board}: as claimed" in said.out
    assert "write over '(your words)'" in said.err
    assert main(["publish", str(board)]) == 0
    claim(last(board), lambda one: replace(one, value=one.value / 2))
    capsys.readouterr()
    assert main(["board", "check", str(board)]) == 65
    assert "but the statistics give" in capsys.readouterr().err
    assert main(["board", "check", str(tmp_path / "nothing")]) == 65
    assert main(["submit", str(runs[0])]) == 64

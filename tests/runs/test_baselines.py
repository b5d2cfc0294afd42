"""Only a person's `baseline accept` moves a baseline, and the log says who, when and why."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import pytest

from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, CannotWrite, WrongCall
from benchsuite.estimation import Mean
from benchsuite.runs import baselines
from benchsuite.runs.baselines import accept, baseline_path, every_kept, pair_up, write_first
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.log import LOG, Told, key_of, read_log
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics, write_baseline
from tests.toys import MEAN, NOISE, Linear, install, numbers

METRICS = MEAN.metrics
TOLD = Told("A Person", "2026-11-28T20:15:00Z", "a better model", "0" * 40)
RUN = Run(MEAN, numbers(60), Linear("m", bias=0.3), (CLEAN, NOISE[0]))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    install(monkeypatch, MEAN)


def statistics(root, bias=0.3):
    run = replace(RUN, model=Linear("m", bias=bias))
    return run_statistics(evaluate(run, root, replicates=50))


def test_an_acceptance_keeps_who_when_why_and_the_values_of_before(root, tmp_path):
    first, better = statistics(root), statistics(root, bias=0.0)
    one = accept(tmp_path, first, METRICS, replace(TOLD, reason="first"))
    two = accept(tmp_path, better, METRICS, TOLD)
    assert read_log(tmp_path) == [one, two]
    assert (two.told.by, two.told.reason) == ("A Person", "a better model")
    assert two.old == one.new
    assert (two.before, two.run_id) == (one.file, better.manifest.run_id)
    mean = first.tables["clean"]["hit"].mean()
    assert two.old[0].value == pytest.approx(mean, rel=1e-5)
    assert two.old[0].low < mean < two.old[0].high
    assert [one.condition for one in two.new] == ["clean", NOISE[0].full_name]


def kept(folder):
    """All that the one baseline of the folder has been."""
    (every,) = every_kept(folder).values()
    return every


def test_the_statistics_of_before_are_kept(root, tmp_path):
    first, better = statistics(root), statistics(root, bias=0.0)
    made = [accept(tmp_path, each, METRICS, TOLD) for each in (first, better)]
    assert [one.accepted for one in kept(tmp_path)] == made
    for one, told in zip(kept(tmp_path), (first, better), strict=True):
        assert one.statistics.manifest.run_id == told.manifest.run_id
        assert list(one.statistics.tables["clean"]["hit"]) == list(told.tables["clean"]["hit"])
    (past,) = (tmp_path / "past").rglob("*.parquet")
    past.write_bytes(past.read_bytes()[:-1])
    assert [one.statistics is None for one in kept(tmp_path)] == [True, False]


def test_a_baseline_keeps_the_columns_of_its_metrics_alone(root, tmp_path):
    accept(tmp_path, statistics(root), METRICS, TOLD)
    accept(tmp_path, statistics(root), (Mean("score", "score"),), TOLD)
    one, two = (set(each.statistics.tables["clean"]) for each in kept(tmp_path))
    assert one == {"sample_id", "cluster", "colour", "size", "hit"}
    assert two == one - {"hit"} | {"score"}


def test_a_baseline_has_every_column_that_is_judged(root, tmp_path):
    with pytest.raises(BadData, match="clean: expected the column other, found none"):
        accept(tmp_path, statistics(root), (Mean("other", "other"),), TOLD)
    assert not (tmp_path / LOG).exists()


def test_the_same_run_is_accepted_once(root, tmp_path):
    assert accept(tmp_path, statistics(root), METRICS, TOLD)
    assert accept(tmp_path, statistics(root), METRICS, TOLD) is None
    assert len(read_log(tmp_path)) == 1


def test_what_was_there_before_the_log_is_its_first_old_value(root, tmp_path):
    first = statistics(root)
    write_first(tmp_path, first)
    assert write_first(tmp_path, first).exists()
    made = accept(tmp_path, statistics(root, bias=0.0), METRICS, TOLD)
    assert made.old[0].value == pytest.approx(first.tables["clean"]["hit"].mean(), rel=1e-5)
    before, now = kept(tmp_path)
    assert (before.accepted.told.at, now.accepted) == ("", made)
    assert before.statistics.identity == first.identity
    assert before.accepted.alike == made.alike


def test_nothing_else_moves_a_baseline(root, tmp_path):
    first, other = statistics(root), statistics(root, bias=0.9)
    write_first(tmp_path, first)
    with pytest.raises(WrongCall, match="there is a baseline; `benchsuite baseline accept"):
        write_first(tmp_path, other)
    accept(tmp_path, first, METRICS, TOLD)
    assert pair_up(tmp_path, [first])
    path = baseline_path(tmp_path, key_of(first.identity))
    write_baseline(other, path, ["hit"])
    with pytest.raises(BadData, match=r"expected the file that .* names last, found another"):
        pair_up(tmp_path, [first])
    path.unlink()
    with pytest.raises(WrongCall, match="there is a baseline"):
        write_first(tmp_path, first)
    assert accept(tmp_path, first, METRICS, TOLD), "accepting it again mends it"
    assert pair_up(tmp_path, [first])


@pytest.mark.parametrize("at", ["file", "log"])
def test_an_acceptance_that_was_cut_off_is_no_baseline_until_it_is_called_again(
    root, tmp_path, monkeypatch, at
):
    first, better = statistics(root), statistics(root, bias=0.0)
    one = accept(tmp_path, first, METRICS, TOLD)

    def killed(*_):
        raise CannotWrite("killed")

    with monkeypatch.context() as cut:
        cut.setattr(baselines, "add", killed)
        if at == "file":
            whole = baselines.write_bytes
            cut.setattr(
                baselines,
                "write_bytes",
                lambda path, data: (killed if path.name == "m.parquet" else whole)(path, data),
            )
        with pytest.raises(CannotWrite, match="killed"):
            accept(tmp_path, better, METRICS, TOLD)
    if at == "log":
        with pytest.raises(BadData, match="names last, found another"):
            pair_up(tmp_path, [better])
    two = accept(tmp_path, better, METRICS, TOLD)
    assert read_log(tmp_path) == [one, two]
    assert two.old == one.new
    assert kept(tmp_path)[0].statistics.identity == first.identity
    assert pair_up(tmp_path, [better])


def test_a_first_acceptance_that_was_cut_off_replaces_nothing(root, tmp_path, monkeypatch):
    def killed(*_):
        raise CannotWrite("killed")

    with monkeypatch.context() as cut:
        cut.setattr(baselines, "add", killed)
        with pytest.raises(CannotWrite, match="killed"):
            accept(tmp_path, statistics(root), METRICS, TOLD)
    made = accept(tmp_path, statistics(root), METRICS, TOLD)
    assert (made.before, made.old) == ("", ())
    assert [one.accepted for one in kept(tmp_path)] == [made]


def test_a_log_of_something_else_is_nothing_to_a_single_baseline(root, tmp_path):
    (tmp_path / "log.jsonl").write_text('{"level": "info"}\n')
    path = write_first(tmp_path, statistics(root))
    assert pair_up(path, [statistics(root)])


def test_two_at_once_lose_no_line(root, tmp_path):
    every = [statistics(root, bias=0.1 * k) for k in range(6)]
    with ThreadPoolExecutor(6) as pool:
        made = [*pool.map(lambda one: accept(tmp_path, one, METRICS, TOLD), every)]
    log = read_log(tmp_path)
    assert sorted(one.run_id for one in log) == sorted(one.run_id for one in made)
    assert [one.before for one in log[1:]] == [one.file for one in log[:-1]]
    assert pair_up(tmp_path, [every[0]])


def test_lines_of_before_keep_their_bytes(root, tmp_path):
    accept(tmp_path, statistics(root), METRICS, TOLD)
    log = tmp_path / LOG
    spaced = log.read_bytes().rstrip(b"\n") + b"  "
    log.write_bytes(spaced)
    accept(tmp_path, statistics(root, bias=0.0), METRICS, replace(TOLD, by="Zoë"))
    assert log.read_bytes().startswith(spaced + b"\n")
    assert [one.told.by for one in read_log(tmp_path)] == ["A Person", "Zoë"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda row: "<<<<<<< HEAD", "expected JSON"),
        (lambda row: json.dumps({**row, "schema": 2}), "expected schema 1, found 2"),
        (lambda row: json.dumps({**row, "told": {}}), "told: expected the key 'by'"),
        (lambda row: json.dumps({**row, "values": 1}), "expected no key 'values'"),
        (lambda row: json.dumps({**row, "new": []}), "new: expected at least one number"),
        (lambda row: json.dumps({**row, "file": "../" * 22}), "file: expected a SHA-256"),
        (lambda row: json.dumps({**row, "before": "0" * 63}), "before: expected a SHA-256"),
    ],
)
def test_a_damaged_log_is_one_line_and_no_baseline(root, tmp_path, damage, message):
    first = statistics(root)
    row = asdict(accept(tmp_path, first, METRICS, TOLD))
    log = tmp_path / LOG
    log.write_text(f"{json.dumps(row)}\n{damage(row)}\n")
    for call in (
        lambda: pair_up(tmp_path, [first]),
        lambda: accept(tmp_path, first, METRICS, TOLD),
        lambda: write_first(tmp_path, first),
    ):
        with pytest.raises(BadData, match=f"{log}:2: {message}"):
            call()

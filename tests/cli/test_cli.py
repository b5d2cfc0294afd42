"""The command line, by a task that is installed in a temporary package: no edit in benchsuite/."""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest

from benchsuite.api.config import RANGES, Settings
from benchsuite.cli import main
from benchsuite.cli.parser import _COMMANDS, _parser
from benchsuite.task import Plug
from tests import toys
from tests.plugin import call, environment

MAIN = "from benchsuite.cli.parser import main; sys.exit(main"

RUN = ("run", "task=palindromes", "model=reader", "conditions=clean,drop", "replicates=200")


@pytest.fixture(scope="module")
def done(installed, tmp_path_factory):
    """A results folder with two models on the same samples."""
    root = tmp_path_factory.mktemp("done")
    for words in (RUN, (*RUN, "model.name=first-letter", "model.letters=1")):
        result = call(installed, *words, cwd=root)
        assert result.returncode == 0, result.stderr
    return root


def run_path(done, model):
    return str(next((done / "results/palindromes/words" / model).iterdir()))


def test_list_names_tasks_datasets_models_and_conditions(installed, tmp_path):
    out = call(installed, "list", cwd=tmp_path).stdout
    for line in (
        "task palindromes",
        "dataset words",
        "model reader",
        "condition text/drop",
        "task bright",
    ):
        assert line in out


def test_a_task_whose_packages_are_missing_does_not_hide_the_others(installed, tmp_path):
    blocked = f"import sys; sys.modules['numba'] = None; {MAIN}(['list']))"
    words = [sys.executable, "-c", blocked]
    found = subprocess.run(
        words, cwd=tmp_path, env=environment(installed), capture_output=True, text=True, check=True
    )
    assert "task fairseg: not available: task fairseg needs the package 'numba'" in found.stdout
    assert "task palindromes: is a word a palindrome?" in found.stdout


def test_an_installed_task_runs_and_stands_on_the_board(installed, done):
    result = call(installed, "leaderboard", "--by", "robustness", cwd=done)
    assert result.returncode == 0
    assert "reader" in result.stdout
    assert "text / clean" in result.stdout


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "md"])
def test_the_board_is_written_in_every_format(installed, done, tmp_path, ending):
    out = tmp_path / f"board.{ending}"
    assert call(installed, "leaderboard", "--out", str(out), cwd=done).returncode == 0
    assert out.stat().st_size > 1000


def test_the_board_is_a_data_frame(installed, done):
    code = "import benchsuite; print(len(benchsuite.leaderboard('results')))"
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, cwd=done, capture_output=True, text=True, check=True)
    assert int(found.stdout) > 20


def test_compare_prints_paired_differences(installed, done):
    result = call(
        installed, "compare", run_path(done, "reader"), run_path(done, "first-letter"), cwd=done
    )
    assert result.returncode == 0
    assert "first-letter - reader" in result.stdout


def test_a_name_may_be_a_number(installed, tmp_path):
    result = call(installed, *RUN, "dataset.name=2024", "model.name=7", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "/2024/7/" in result.stdout


def test_compare_refuses_a_metric_that_there_is_not(installed, done):
    runs = run_path(done, "reader"), run_path(done, "first-letter")
    result = call(installed, "compare", *runs, "--metric", "acuracy", cwd=done)
    assert result.returncode == 64
    assert "no metric is called 'acuracy' (did you mean accuracy" in result.stderr


def test_the_gate_takes_a_model_s_folder_as_baseline_and_says_what_it_cannot_write(installed, done):
    run = run_path(done, "reader")
    folder = run.rpartition("/")[0]
    assert call(installed, "gate", "--baseline", folder, folder, cwd=done).returncode == 0
    words = ("gate", "--baseline", run, run, "--summary", "nowhere/summary.md")
    result = call(installed, *words, cwd=done)
    assert result.returncode == 73
    assert "nowhere/summary.md: cannot write: No such file" in result.stderr


def test_the_selftest_of_what_cannot_be_compared_is_invalid(installed, done, tmp_path):
    other = call(installed, *RUN, "dataset.copies=6", "results=other", cwd=tmp_path)
    words = ("gate", "--baseline", run_path(done, "reader"), other.stdout.strip(), "--selftest")
    result = call(installed, *words, cwd=tmp_path)
    assert result.returncode == 3
    assert "INVALID" in result.stdout


def test_the_gate_passes_a_rerun_and_fails_a_worse_model(installed, done, tmp_path):
    good, bad = run_path(done, "reader"), run_path(done, "first-letter")
    made = call(installed, "baseline", good, "--out", str(tmp_path), cwd=done)
    baseline = made.stdout.strip()
    same = call(installed, "gate", "--baseline", baseline, good, cwd=done)
    assert (same.returncode, "PASS: nothing detected" in same.stdout) == (0, True)
    worse = call(
        installed,
        "gate",
        "--baseline",
        baseline,
        bad,
        "--summary",
        str(tmp_path / "s.md"),
        cwd=done,
    )
    assert (worse.returncode, "FAIL: worse: palindromes/" in worse.stdout) == (1, True)
    said, written = worse.stdout.splitlines(), (tmp_path / "s.md").read_text()
    assert said[0] == f"benchsuite gate: {written.splitlines()[2].rstrip('.')}"
    assert "| baseline | candidate |" not in worse.stdout, "a log gets three values of a cell"
    assert "| baseline | candidate | difference | interval | p | detectable drop |" in written


def test_the_gate_is_invalid_on_another_dataset_and_on_a_broken_baseline(installed, done, tmp_path):
    other = call(installed, *RUN, "dataset.copies=7", "results=other", cwd=tmp_path)
    assert other.returncode == 0, other.stderr
    result = call(
        installed,
        "gate",
        "--baseline",
        run_path(done, "reader"),
        other.stdout.strip(),
        cwd=tmp_path,
    )
    assert result.returncode == 3
    assert "dataset_fingerprint" in result.stdout
    broken = tmp_path / "broken.parquet"
    broken.write_text("no baseline")
    words = ("gate", "--baseline", str(broken), run_path(done, "reader"), "--explain")
    result = call(installed, *words, cwd=done)
    assert result.returncode == 3
    assert "policy: " in result.stdout and "policy: none" not in result.stdout
    assert result.stderr.startswith("benchsuite: INVALID: ")


def test_two_models_are_two_runs_and_two_conditions_are_one(installed, tmp_path):
    words = (
        "run",
        "task=palindromes",
        "model.letters=1,2",
        "--multirun",
        "conditions=clean,drop/1",
    )
    result = call(installed, *words, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    manifests = [json.loads(p.read_text()) for p in tmp_path.glob("results/*/*/*/*/manifest.json")]
    assert [m["conditions"] for m in manifests] == [["clean", "text/drop/1"]] * 2


def test_a_sampled_suite_is_asked_for_by_its_name(installed, tmp_path):
    words = ("task=toy-mean", "conditions=clean,corruption@sampled")
    assert call(installed, "run", *words, "replicates=200", cwd=tmp_path).returncode == 0
    by = ("leaderboard", "--by", "robustness", "--all")
    assert "| corruption@sampled" in call(installed, *by, cwd=tmp_path).stdout
    assert call(installed, "export", *words, "--out", "x", cwd=tmp_path).returncode == 0
    folders = sorted(path.parent.name for path in tmp_path.glob("x/**/inputs.jsonl"))
    assert folders == ["1@sampled", "2@sampled", "3@sampled", "clean"]


def test_export_writes_the_altered_inputs_of_every_condition(installed, tmp_path):
    result = call(
        installed, "export", "task=palindromes", "conditions=clean,drop", "--out", "x", cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr
    rows = pd.read_json(tmp_path / "x/text/drop/2/inputs.jsonl", lines=True)
    clean = pd.read_json(tmp_path / "x/clean/inputs.jsonl", lines=True)
    assert list(rows.columns) == ["id", "word"]
    assert (rows["word"].str.len() == clean["word"].str.len() - 2).all()


def test_without_a_command_the_commands_are_shown(capsys):
    assert main([]) == 64
    shown = capsys.readouterr()
    assert "run models on a dataset under conditions" in shown.out
    assert shown.err == "benchsuite: the following arguments are required: COMMAND\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["run", "task=palindrome"], 64, "no task is called 'palindrome' (did you mean palindromes?)"),
        (["run", "model=reader"], 64, "task: expected task=NAME, found none"),
        (["run", "task=palindromes", "modle=reader"], 64, "no setting is called 'modle' (did you mean model"),
        (["run", "task=palindromes", "model=raeder"], 64, "has no model 'raeder' (did you mean reader?)"),
        (["run", "task=palindromes", "dataset=word"], 64, "has no dataset 'word' (did you mean words?)"),
        (["run", "task=palindromes", "model.leters=3"], 64, "model reader has no option 'leters' (did you mean letters?)"),
        (["run", "task=palindromes", "+dataset.copy=3"], 64, "dataset words has no option 'copy' (did you mean copies?)"),
        (["run", "task=palindromes", "modle.letters=3"], 64, "no setting is called 'modle' (did you mean model"),
        (["run", "task=palindromes", "engine.worker=2"], 64, "engine local has no option 'worker' (did you mean workers?)"),
        (["run", "task=palindromes", "dataset.copies=abc"], 64, "dataset words: dataset.copies: expected a value like 8, found 'abc'"),
        (["run", "task=palindromes", "dataset.copies=[2]"], 64, "dataset.copies: expected a value like 8, found '[2]'"),
        (["run", "task=palindromes", "dataset.copies=2.5"], 64, "dataset words: dataset.copies: expected a value like 8, found '2.5'"),
        (["run", "task=palindromes", "model.letters=abc"], 64, "model reader: model.letters: expected a value like 2, found 'abc'"),
        (["run", "task=palindromes", "seed=-1"], 64, "seed: expected at least 0, found -1"),
        (["run", "task=palindromes", "batch_size=0"], 64, "batch_size: expected at least 1, found 0"),
        (["run", "task=palindromes", "shard_size=0"], 64, "shard_size: expected at least 1, found 0"),
        (["run", "task=palindromes", "threads=-2"], 64, "threads: expected at least 1, found -2"),
        (["run", "task=palindromes", "engine.workers=0"], 64, "engine.workers: expected at least 1, found 0"),
        (["run", "task=palindromes", "replicates=199"], 64, "replicates: expected at least 200, found 199"),
        (["run", "task=palindromes", "conditions="], 64, "conditions: expected a name, found ''"),
        (["run", "task=palindromes", "seed=x"], 64, "seed"),
        (["run", "task=palindromes", "conditions=dorp"], 64, "no condition 'dorp' (did you mean drop"),
        (["run", "task=toy-mean", "conditions=corruption@sample"], 64, "did you mean corruption@sampled"),
        (["run", "task=palindromes", "on_error=never"], 64, "on_error: expected fail or skip, found 'never'"),
        (["run", "task=palindromes", "engine=slurm"], 64, "engine"),
        (["rum"], 64, "no command is called 'rum' (did you mean run"),
        (["run", "tsk=palindromes"], 64, "no setting is called 'tsk' (did you mean task?)"),
        (["leaderboard", "--results", "nowhere"], 65, "nowhere: expected at least one finished run"),
        (["leaderboard", "--task", "palindrome"], 65, "at least one finished run of task palindrome"),
        (["leaderboard", "--by", "grup"], 64, "--by: no view is called 'grup' (did you mean group?)"),
        (["leaderboard", "--out", "board.xls"], 64, "no format is called 'xls'"),
        (["gate", "run"], 64, "expected one of --baseline PATH, --against BOARD and --equity"),
        (["gate", "run", "--equity", "--baseline", "b"], 64, "expected one of"),
        (["gate", "plan", "run", "--drop", "much"], 64, "--drop: expected a size such as 0.02 or 2%"),
        (["gate", "plan", "run", "--correlation", "1"], 64, "--correlation: expected 0 or more"),
        (["gate", "plan", "run", "--baseline", "b", "--correlation", "0"], 64, "and not both"),
        (["gate", "run", "--equity", "--tolerance", ".1"], 64, "--tolerance: expected with --mode assure"),
        (["gate", "run", "--equity", "--alpha", "2"], 64, "--alpha: expected a share between 0 and 1"),
        (["gate", "run", "--equity", "--replicates", "2"], 64, "--replicates: expected 200 or more, found 2"),
        (["gate", "run", "--equity"], 3, "run: expected a run or a baseline file, found nothing"),
        (["compare", "a", "b"], 65, "a: expected a run directory"),
        (["score", "task=palindromes", "predictions=x"], 69, "does not read predictions"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_one_line_with_the_near_matches(installed, tmp_path, words, code, message):
    result = call(installed, *words, cwd=tmp_path)
    assert result.returncode == code, result.stderr
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_run_with_failed_samples_says_what_is_missing(monkeypatch, tmp_path, capsys):
    faulty = replace(toys.MEAN, models={"faulty": Plug("", "tests.toys:Faulty")})
    toys.install(monkeypatch, faulty)
    words = ["run", "task=toy-mean", f"results={tmp_path}", "replicates=200", "on_error=skip"]
    assert main(words) == 76
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert "clean, accuracy: 1 of 90 samples missing, first 's0007': predict: RuntimeError" in line


@pytest.mark.parametrize("command", list(_COMMANDS))
def test_every_argument_of_a_command_is_explained(command):
    (commands,) = (a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    assert [a.dest for a in commands.choices[command]._actions if not a.help] == []


def test_the_help_of_run_names_the_settings(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    told = capsys.readouterr().out
    left_out = {"backend", "textures", "engine", "bench", "words"}
    keys = ({*Settings.__dataclass_fields__} | {*RANGES}) - left_out
    assert [key for key in keys if not re.search(rf"^  {key}=", told, re.M)] == []


def test_help_and_import_load_neither_torch_nor_a_plugin():
    code = (
        "import sys, benchsuite, benchsuite.cli\n"
        "try: benchsuite.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'benchsuite_tasks', 'hydra', 'pandas', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr

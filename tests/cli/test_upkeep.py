"""What keeps a workplace in order: doctor, runs, completion; and bench that names no task."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.inventory import OWN, inventory, listed
from benchsuite.runs.plan import Run
from benchsuite.runs.store import RunDirectory
from tests import warm
from tests.plugin import call, command, environment, install
from tests.toys import MEAN, NOISE, Centred, Linear, numbers


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with two runs of two models."""
    for model in (Linear(), Centred()):
        evaluate(Run(MEAN, numbers(), model, (CLEAN, *NOISE)), tmp_path / "results", replicates=200)
    return tmp_path / "results"


def run_of(results: Path, model: str) -> RunDirectory:
    return RunDirectory(next((results / "toy-mean/numbers" / model).iterdir()))


def states(results: Path) -> dict[str, str]:
    return {one.model: one.state.value for one in inventory(results)}


# --- runs


def test_runs_are_listed_with_their_conditions_and_the_size_of_their_files(results):
    first, second = inventory(results)
    assert (first.model, second.model) == ("centred", "linear")
    assert (first.done, first.asked, first.state) == (4, 4, "complete")
    files = [path for path in second.path.rglob("*") if path.is_file()]
    assert second.size == sum(path.stat().st_size for path in files)


def test_a_run_that_stopped_says_how_far_it_is(results):
    run = run_of(results, "linear")
    (run.path / "status.json").unlink()
    shutil.rmtree(run.path / "units" / "corruption+noise+2")
    one = listed(run)
    assert (one.state, one.done, one.asked) == ("stopped", 3, 4)


def test_of_a_condition_that_lacks_a_unit_nobody_says_that_it_is_done(tmp_path):
    run = Run(MEAN, numbers(), Linear(), (CLEAN,), shard_size=10)
    directory = evaluate(run, tmp_path, replicates=200)
    (directory.path / "status.json").unlink()
    assert listed(directory).done == 1
    next((directory.path / "units/clean").iterdir()).unlink()
    assert listed(directory).done == 0


@pytest.mark.parametrize("name", ["manifest.json", "status.json", "cells.parquet"])
@pytest.mark.parametrize("harm", ["flip", "cut", "empty"])
def test_a_damaged_run_is_listed_and_says_which_file_is(results, name, harm):
    run = run_of(results, "linear")
    path = run.path / name
    data = path.read_bytes()
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    path.write_bytes({"flip": flipped, "cut": data[:middle], "empty": b""}[harm])
    one = listed(run)
    assert one.state == "damaged"
    assert name in one.why
    assert states(results)["centred"] == "complete"


def test_a_run_without_a_manifest_is_known_by_its_folders(results):
    run = run_of(results, "linear")
    (run.path / "manifest.json").unlink()
    one = listed(run)
    assert (one.task, one.dataset, one.model) == ("toy-mean", "numbers", "linear")
    assert (one.run_id, one.state) == (run.path.name, "damaged")


def test_a_run_that_a_process_holds_is_running_and_the_list_gives_it_back(results):
    run = run_of(results, "linear")
    with run.held():
        one = listed(run)
        assert one.state == "running"
        assert f"process {os.getpid()}" in one.why
    assert states(results) == {"centred": "complete", "linear": "complete"}
    with run.held():  # the list did not keep it
        pass


def test_a_run_that_the_evaluator_took_back_is_invalid(results):
    run = run_of(results, "linear")
    run.write_status(state="invalid", reason="other weights at the end")
    assert listed(run).why == "other weights at the end"
    assert states(results) == {"centred": "complete", "linear": "invalid"}


def test_the_command_filters_and_adds_up(results, capsys):
    (run_of(results, "linear").path / "status.json").unlink()
    assert main(["runs", "--results", str(results), "--state", "stopped"]) == 0
    shown = capsys.readouterr().out
    assert "linear" in shown
    assert "centred" not in shown
    assert "1 run in" in shown
    assert main(["runs", "--results", str(results), "--task", "other"]) == 0
    assert "0 runs in" in capsys.readouterr().out
    assert main(["runs", "--results", str(results), "--paths"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(one.path) for one in inventory(results)]


def test_a_state_that_is_none_gets_its_neighbour(results, capsys):
    assert main(["runs", "--results", str(results), "--state", "stoped"]) == 64
    assert "did you mean stopped?" in capsys.readouterr().err


# --- runs remove


def remove(results: Path, *words: str) -> int:
    return main(["runs", "remove", "--results", str(results), *words])


def test_a_run_is_removed_by_its_path_or_its_id(results, capsys):
    one, other = run_of(results, "linear").path, run_of(results, "centred").path
    assert remove(results, "--yes", str(one)) == 0
    assert not one.exists()
    assert other.exists()
    assert remove(results, other.name, "--yes") == 0
    assert list(inventory(results)) == []


def test_nothing_is_removed_without_a_yes(results, capsys):
    path = run_of(results, "linear").path
    assert remove(results, str(path)) == 64
    assert "--yes" in capsys.readouterr().err
    assert path.exists()


@pytest.mark.parametrize(("answer", "gone"), [("y", True), ("n", False), ("", False)])
def test_on_a_terminal_somebody_is_asked(results, answer, gone):
    path = run_of(results, "linear").path
    ours, theirs = pty.openpty()
    words = command("runs", "remove", "--results", str(results), str(path))
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.write(ours, f"{answer}\n".encode())
        assert process.wait() == (0 if gone else 64)
    os.close(ours)
    os.close(theirs)
    assert path.exists() != gone


def test_a_run_that_is_held_is_not_removed_nor_are_those_beside_it(results, capsys):
    held, other = run_of(results, "linear"), run_of(results, "centred")
    with FileLock(held.path / "lock"):
        assert remove(results, "--yes", str(other.path), str(held.path)) == 75
    assert states(results) == {"centred": "complete", "linear": "complete"}


@pytest.mark.parametrize(
    "name", ["manifest.json", "status.json", "cells.parquet", "holder.txt", "units"]
)
def test_a_damaged_run_is_removed_too(results, name):
    path = run_of(results, "linear").path
    gone = path / name
    if gone.is_dir():
        shutil.rmtree(gone)
    else:
        gone.unlink()
    assert remove(results, "--yes", str(path)) == 0
    assert not path.exists()


def test_what_is_no_run_is_not_removed(results, tmp_path, capsys):
    foreign = tmp_path / "mine"
    (foreign / "units").mkdir(parents=True)
    (foreign / "manifest.json").write_text("{}")
    model = run_of(results, "linear").path.parent
    nothing, file = tmp_path / "nothing", tmp_path / "file"
    file.write_text("x")
    for path in (foreign, model, results, nothing, file):
        assert remove(results, "--yes", str(path)) == 65, path
        told = capsys.readouterr().err
        assert path != model or f"(there are {run_of(results, 'linear').path.name})" in told
    assert foreign.exists()
    assert len(list(inventory(results))) == 2


def test_a_run_that_holds_a_file_of_somebody_else_is_not_removed(results, capsys):
    run = run_of(results, "linear")
    (run.path / "notes.txt").write_text("mine")
    assert remove(results, "--yes", str(run.path)) == 65
    assert "notes.txt" in capsys.readouterr().err
    assert run.path.exists()


def test_all_that_a_run_writes_is_known_to_be_its_own(results):
    names = {entry.name for one in inventory(results) for entry in one.path.iterdir()}
    assert {"artefacts", "units", "cells.parquet", "lock"} <= names
    assert {name for name in names if name.startswith("tidy-")}
    assert "notes.txt" not in OWN


def test_links_are_not_followed_out_of_a_run(results, tmp_path, capsys):
    run = run_of(results, "linear")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("x")
    (run.path / "units" / "link").symlink_to(outside, target_is_directory=True)
    (run.path / "answers").symlink_to(outside, target_is_directory=True)
    link = tmp_path / "link"
    link.symlink_to(run.path, target_is_directory=True)
    assert remove(results, "--yes", str(link)) == 65
    assert remove(results, "--yes", str(run.path)) == 0
    assert not run.path.exists()
    assert (outside / "kept.txt").exists()


# --- doctor


def plugin(site: Path, requires: str, source: str = "") -> Path:
    """A package with a task, that requires something; `source` stands for its code."""
    install(site)
    info = site / "palindromes-0.1.dist-info" / "METADATA"
    info.write_text(f"{info.read_text()}Requires-Dist: {requires}\n")
    if source:
        (site / "palindromes.py").write_text(source)
    return site


def test_the_doctor_names_tasks_devices_caches_and_the_results_folder(tmp_path, capsys):
    assert main(["doctor", "--results", str(tmp_path / "new")]) == 0
    shown = capsys.readouterr().out
    for line in ("benchsuite: ", "Python: ", "bright", "cpu: ", "Hugging Face: ", "numba: "):
        assert line in shown
    assert "can be written" in shown


@pytest.mark.skipif(any(Path("/dev").glob("nvidia[0-9]*")), reason="torch says which GPU it is")
@pytest.mark.skipif(sys.platform != "linux", reason="devices are looked up in /dev")
def test_the_doctor_imports_no_torch_where_there_is_no_gpu(tmp_path):
    code = "import sys; from benchsuite.cli import main; main(['doctor']); print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    ("requires", "told"),
    [
        ("no-such-package>=1", "needs no-such-package>=1: pip install"),
        ("numpy>=999", "needs numpy>=999 (found "),
    ],
)
def test_a_missing_package_has_its_command_and_fails_where_the_task_is_asked_for(
    tmp_path, requires, told
):
    site = plugin(tmp_path, requires)
    done = call(site, "doctor", cwd=tmp_path)
    assert done.returncode == 0
    (line,) = [line for line in done.stdout.splitlines() if line.split()[1:2] == ["palindromes:"]]
    assert line.split()[0] == "absent"
    assert told in line
    done = call(site, "doctor", "palindromes", cwd=tmp_path)
    assert done.returncode == 69
    assert "palindromes: not available" in done.stderr


def test_a_broken_plugin_says_why_and_fails(tmp_path):
    site = plugin(tmp_path, "numpy", "raise RuntimeError('of another version')\n")
    done = call(site, "doctor", cwd=tmp_path)
    assert done.returncode == 69
    (line,) = [line for line in done.stdout.splitlines() if line.split()[1:2] == ["palindromes:"]]
    assert line.split()[0] == "broken"
    assert "RuntimeError: of another version" in line


def test_a_plugin_that_does_not_import_says_why_and_fails(tmp_path):
    site = install(tmp_path)
    points = site / "palindromes-0.1.dist-info" / "entry_points.txt"
    points.write_text(f"{points.read_text()}[benchsuite.plugins]\nmore = palindrome_parts:PLUGIN\n")
    done = call(site, "doctor", cwd=tmp_path)
    assert done.returncode == 69
    (line,) = [line for line in done.stdout.splitlines() if "palindrome_parts" in line]
    assert line.split()[0] == "broken"
    assert "package palindromes, entry point more" in line


def test_a_results_folder_that_cannot_be_made_is_broken(tmp_path, capsys):
    (tmp_path / "file").write_text("x")
    assert main(["doctor", "--results", str(tmp_path / "file/results")]) == 69
    assert "cannot be written" in capsys.readouterr().out


def test_a_task_that_is_none_gets_its_neighbour(capsys):
    assert main(["doctor", "brigth"]) == 64
    assert "did you mean bright" in capsys.readouterr().err


# --- completion


def completed(site: Path, cwd: Path, line: str) -> list[str]:
    """What the shell is given for a line, as its script asks for it."""
    out = cwd / "completions"
    asked = {
        **environment(site), "_ARGCOMPLETE": "3", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line,
        "COMP_POINT": str(len(line.encode())), "_ARGCOMPLETE_STDOUT_FILENAME": str(out),
        "XDG_CACHE_HOME": str(cwd / "cache"), "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
    }  # fmt: skip
    assert warm.start("benchsuite.cli", cwd=cwd, env=asked).finish().returncode == 0
    return out.read_text().split("\n")


@pytest.fixture
def complete(installed, tmp_path):
    """What follows `benchsuite` on a line -> its completions."""
    pytest.importorskip("argcomplete")
    start = f"{sys.executable} -m benchsuite.cli "
    return lambda line: completed(installed, tmp_path, start + line)


def test_commands_and_flags_are_completed(complete):
    assert complete("do") == ["doctor"]
    assert complete("leaderboard --res") == ["--results"]
    assert complete("runs rem") == ["remove"]


def test_settings_and_their_values_are_completed(complete):
    assert complete("run ta") == ["task="]
    assert complete("run task=pal") == ["task=palindromes"]
    assert complete("run task=palindromes model=") == ["model=reader"]
    assert complete("run task=palindromes dataset=w") == ["dataset=words"]
    assert complete("run task=palindromes conditions=clean,dr") == ["conditions=clean,drop"]
    assert complete("run task=palindromes on_error=s") == ["on_error=skip"]
    assert "model=bm25" in complete("bench task=bright model=b")


def test_metrics_tasks_and_reports_are_completed(complete):
    assert complete("leaderboard --task palindromes --metric accuracy") == ["accuracy"]
    assert "ndcg@10" in complete("gate run --metric n")
    assert "text/drop/2" in complete("samples run --condition text/drop")
    assert complete("list pal") == ["palindromes"]
    assert complete("report cos") == ["costs"]


def test_runs_are_completed(complete, tmp_path):
    evaluate(Run(MEAN, numbers(), Linear(), (CLEAN,)), tmp_path / "results", replicates=200)
    (found,) = inventory(tmp_path / "results")
    shown = complete("gate results/toy-mean/numbers/linear/")
    assert any(one.endswith(found.run_id) for one in shown)
    (tmp_path / "results").rename(tmp_path / "elsewhere")
    shown = complete("runs --results elsewhere remove elsewhere/toy")
    assert any(one.endswith(found.run_id) for one in shown)


def test_the_values_of_paths_are_files(complete, tmp_path):
    (tmp_path / "judged").mkdir()
    assert "dataset.path=judged/" in complete("run task=bright dataset=trec dataset.path=ju")


def test_names_are_kept_until_the_code_changes(complete, installed, tmp_path):
    complete("run task=")
    kept = tmp_path / "cache/benchsuite/completion.json"
    first = kept.read_text()
    kept.write_text(first.replace('"reader"', '"writer"'))
    assert complete("run task=palindromes model=") == ["model=writer"]
    os.utime(installed / "palindromes.py")
    assert complete("run task=palindromes model=") == ["model=reader"]
    kept.write_text("{")
    assert complete("run task=palindromes model=") == ["model=reader"]


def test_a_completion_imports_neither_torch_nor_pandas(complete, installed, tmp_path):
    complete("run task=")  # the names are kept now
    code = (
        "import argparse, sys\n"
        "import benchsuite.cli.parser\n"
        "from benchsuite.cli.complete import settings\n"
        "before = argparse.Namespace(overrides=['task=palindromes'])\n"
        "print(settings('model=', before), {'torch', 'pandas', 'numpy'} & set(sys.modules))"
    )
    asked = {**environment(installed), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=asked, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['model=reader'] set()"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_one_that_it_can_read(shell, capsys):
    pytest.importorskip("argcomplete")
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "benchsuite" in script
    if found := shutil.which(shell):
        assert subprocess.run([found, "-n"], input=script, text=True, check=False).returncode == 0


def test_a_shell_that_has_no_script_is_a_wrong_call(capsys):
    assert main(["completion", "tcsh"]) == 64


# --- bench without a task


@pytest.mark.parametrize("words", [["bench"], ["run"], ["bench", "model=bm25"]])
def test_without_a_task_each_task_is_named_with_its_command(installed, tmp_path, words):
    done = call(installed, *words, cwd=tmp_path)
    assert done.returncode == 64
    assert "task: expected task=NAME, found none" in done.stderr
    for name in ("bright", "palindromes"):
        assert f"  benchsuite {words[0]} task={name}\n" in done.stdout
    assert "is a word a palindrome?" in done.stdout

"""The task's own commands say what is wrong in one line, with the code of its kind."""

import subprocess
import sys

import pytest

from benchsuite.errors import Exit


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        ("answers", "usage: SUBSET ANSWERS ...; found 0 arguments", Exit.WRONG_CALL),
        ("answers no.json a.json", "no.json: expected a JSON file", Exit.BAD_DATA),
        ("answers list.json a.json", "expected an object by id, found list", Exit.BAD_DATA),
        ("conditions a b c", "usage: TABLE OUT; found 3 arguments", Exit.WRONG_CALL),
        ("conditions no.parquet out", "no.parquet: expected a Parquet table", Exit.BAD_DATA),
        ("conditions list.json out", "list.json: expected a Parquet table", Exit.BAD_DATA),
        ("leaderboard x", "usage: FOLDER OUT [RESULTS]; found 1 arguments", Exit.WRONG_CALL),
        ("cost many", "expected whole numbers of 1 or more, found many", Exit.WRONG_CALL),
    ],
)
def test_what_is_wrong_with_a_command_is_one_line(tmp_path, words, message, code):
    (tmp_path / "list.json").write_text("[]")
    name, *rest = words.split()
    module = f"benchsuite_tasks.compositional.{name}"
    done = subprocess.run(
        [sys.executable, "-m", module, *rest], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == code
    assert message in done.stderr
    assert done.stderr.startswith("benchsuite: ")
    assert done.stderr.count("\n") == 1

"""The look of a pair: both sentences, and both scores."""

import pytest

from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample
from benchsuite.files.text import text_of
from benchsuite_tasks.sts.task import TASK

SAMPLE = Sample("s-1", {"sentences": ("A dog runs in the park.", "The dog is running.")}, 3.8, {})


def shown(condition: str = "clean", sample: Sample = SAMPLE) -> list[str]:
    assert TASK.look is not None
    known = {one.full_name: one for one in (CLEAN, *TASK.conditions)}
    view = known[condition].view(0, "d", sample)
    return TASK.look(sample, view, {"gold": 3.8, "prediction": 0.71234}, {}).text.splitlines()


def test_the_lines_are_both_sentences_and_both_scores() -> None:
    assert shown() == [
        "first: A dog runs in the park.",
        "second: The dog is running.",
        "people: 3.8 of 5",
        "model: 0.7123",
    ]


def test_an_altered_pair_is_shown_as_the_model_saw_it_and_as_it_was() -> None:
    first, second, *clean = shown("text/typo/5")
    assert first.startswith("first: ") and second.startswith("second: ")
    assert [first, second] != shown()[:2]
    assert clean == [f"clean {line}" for line in shown()[:2]] + shown()[2:]


@pytest.mark.parametrize("text", ["a\x1b[31mred", "tab\tand\r\nend\x85\u202e", "long " * 500])
def test_a_sentence_is_one_line_that_a_terminal_can_show(text: str) -> None:
    lines = shown(sample=Sample("s", {"sentences": (text, "b")}, 1.0, {}))
    assert len(lines) == 4 and all(line.isprintable() and len(line) < 320 for line in lines)


def test_samples_shows_the_pairs_that_move_the_correlation_most(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["task=sts", "dataset=sts-mini", "model=jaccard", "conditions=clean,typo/3"]
    assert main(["run", *words, "replicates=200"]) == 0
    run = "results/sts/sts-mini/jaccard"
    assert main(["samples", run, "--condition", "text/typo/3", "--worst", "2"]) == 0
    told = capsys.readouterr().out
    assert "text/typo/3: influence -0.0" in told
    assert all(told.count(f"    {key}: ") == 2 for key in ("first", "second", "people", "model"))
    assert main(["samples", run, "--worst", "2", "--out", "pairs.html"]) == 0
    assert text_of(tmp_path / "pairs.html").count("people: ") == 2

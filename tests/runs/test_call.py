"""A public command makes a run again, and says nothing of the machine that made it."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.condition import CLEAN, Condition, resolve
from benchsuite.runs.call import Call, asked_for
from benchsuite.runs.manifest import described

GRID = {
    c.full_name: c
    for c in (
        CLEAN,
        *(Condition("noise", name, s, "noise") for name in ("shot", "fog") for s in (1, 2)),
        *(Condition("blur", "fog", s, "blur", suite="haze") for s in (1, 2)),
        *(Condition("domain", name) for name in ("night", "rain")),
    )
}


@given(st.sets(st.sampled_from([*GRID]), min_size=1))
def test_the_short_words_ask_for_the_same_conditions(names):
    asked = [name for name in GRID if name in names]
    words = asked_for(asked, described(GRID))
    assert [c.full_name for c in resolve(words, GRID)] == asked
    assert len(words) <= len(asked)


def test_a_whole_suite_is_asked_for_by_its_name():
    asked = [name for name in GRID if name != "domain/rain"]
    assert asked_for(asked, described(GRID)) == ["clean", "noise", "haze", "domain/night"]
    assert asked_for(["other/1"], described(GRID)) == ["other/1"]


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("dataset.path=/home/ann/sets/eyes.csv", "dataset.path=DIR/eyes.csv"),
        ("dataset.path=/home/ann o'neil/my sets", "dataset.path=DIR/my sets"),
        ("dataset.path=/eyes", "dataset.path=DIR/eyes"),
        ("dataset.path=/", "dataset.path=DIR"),
        (r"dataset.path=C:\Users\ann\eyes", "dataset.path=DIR/eyes"),
        ("dataset.path=file:///home/ann/eyes", "dataset.path=DIR/eyes"),
        ("predictions=/home/ann/*/runs/a.gz", "predictions=DIR/a.gz"),
        ("predictions=/home/ann/a,/home/ann/b", "predictions=DIR/a,DIR/b"),
        (
            "model.files={a: /home/ann/a, b: '/home/ann/b c'}",
            "model.files={a: DIR/a, b: 'DIR/b c'}",
        ),
        ("model.files=[/home/ann/a,b]", "model.files=[DIR/a,b]"),
        ("model.url=http://ann:secret@10.0.0.7:8000/v1?key=1", "model.url=URL"),
        ("model.object=./nets.py:mask", "model.object=./nets.py:mask"),
        ("model.labels={255: 1}", "model.labels={255: 1}"),
        ("dataset=text/typo", "dataset=text/typo"),
    ],
)
def test_a_public_word_has_no_folder_and_no_address(word, shown):
    told = Call("run", (word,), folder="/home/ann").public
    assert told.words == (shown,)
    assert told.folder == ""
    assert shlex.split(told.text(["clean"])) == ["benchsuite", "run", shown, "conditions=clean"]


def test_a_public_call_in_python_has_no_folder():
    call = Call(
        "run", (), "'toy', <net>, path='/home/ann/my eyes', url='https://a.b/c', x=['/a/b']"
    )
    assert call.public.text(["clean"]) == (
        "bs.evaluate('toy', <net>, path='DIR/my eyes', url='URL', x=['DIR/b'], "
        "conditions=['clean'])"
    )

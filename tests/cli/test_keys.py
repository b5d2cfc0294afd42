"""`key=value` means the same as `--key value`, for every option of every command."""

import argparse
from collections.abc import Iterator

import pytest

from benchsuite.cli.keys import in_options
from benchsuite.cli.parser import _parser, parsed
from benchsuite.errors import WrongCall


def every_parser(parser: argparse.ArgumentParser, words: list[str]) -> Iterator[tuple]:
    """Every command, those below others too, with the words that lead to it."""
    below = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not below:
        yield words, parser
    for choice in below:
        for name, inner in choice.choices.items():
            yield from every_parser(inner, [*words, name])


COMMANDS = list(every_parser(_parser(), []))


@pytest.mark.parametrize(("words", "parser"), COMMANDS, ids=[" ".join(w) for w, _ in COMMANDS])
def test_every_option_of_every_command_has_a_key(words, parser):
    options = [a for a in parser._actions if a.option_strings and a.dest not in ("help", "version")]
    for option in options:
        name = option.option_strings[0]
        key = name[2:].replace("-", "_")
        if option.nargs == 0:
            assert in_options(parser, [f"{key}=yes"]) == [name]
            assert in_options(parser, [f"{key}=no"]) == []
        elif key not in ("dataset", "model"):
            assert in_options(parser, [f"{key}=3"]) == [f"{name}=3"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("leaderboard results=r by=group all=yes", "leaderboard --results r --by group --all"),
        ("list task=toy", "list toy"),
        ("compare b=B a=A metric=AP", "compare A B --metric AP"),
        ("compare A b=B", "compare A B"),
        ("gate runs=[A,B] baseline=F out=[v.md,v.xml]", "gate A B --baseline F --out v.md --out v.xml"),
        ("gate A B max_mde=0.1", "gate A B --max-mde 0.1"),
        ("data get dataset=coco out=DIR", "data get coco --out DIR"),
        ("data list task=bright", "data list bright"),
        ("new kind=model name=mine task=t", "new model mine --task t"),
        ("samples run=R condition=clean group=race=Black", "samples R --condition clean --group race=Black"),
        ("publish results=r out='a b'", "publish --results r --out 'a b'"),
        ("runs remove runs=[x,y] yes=true", "runs remove x y --yes"),
        ("export task=t conditions=clean out=O", "export --out O task=t conditions=clean"),
        ("run task=t --dry-run seed=1", "run --dry-run task=t seed=1"),
        ("bench task=t all=yes", "bench --all task=t"),
    ],
)  # fmt: skip
def test_keys_and_options_are_one_call(words, expected):
    import shlex

    assert parsed(words.split(" ") if "'" not in words else shlex.split(words)) == parsed(
        shlex.split(expected)
    )


@pytest.mark.parametrize(
    "words",
    [
        ["samples", "R", "--group", "metric=x"],
        ["samples", "R", "--gro", "metric=x"],
        ["samples", "R", "--group=metric=x"],
    ],
)
def test_a_word_behind_an_option_is_its_value(words):
    found = parsed(words)
    assert (found.group, found.metric) == ("metric=x", "")


@pytest.mark.parametrize("word", ["dataset=coco", "dataset.path=DIR", "model=mine"])
def test_a_setting_stays_one_where_an_option_has_its_name(word):
    assert parsed(["import", "a.json", word]).files == ["a.json", word]


def test_a_path_with_a_sign_is_a_path():
    assert [str(one) for one in parsed(["gate", "results/a=b", "x=y"]).runs] == [
        "results/a=b",
        "x=y",
    ]


def test_a_switch_is_yes_or_no():
    with pytest.raises(WrongCall, match="all: expected yes or no, found 'maybe'"):
        parsed(["leaderboard", "all=maybe"])

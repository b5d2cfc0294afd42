"""`key=value` for every command, as Hydra's users write it: words become options and arguments."""

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from benchsuite.errors import WrongCall

RUN_KEYS: Final = """\
keys:
  task=NAME           a task that `benchsuite list` names
  dataset=A,B         datasets, one run per dataset; dataset.KEY=VALUE is an option
  model=A,B           models, one run per model; model.KEY=VALUE is an option
  model=python        an object of your own: model.object=FILE.py:NAME model.options={k: 3}
  conditions=A,B      by full name, suite or part: clean,typo/3; default: clean
                      SUITE@sampled: each cluster under a fifth of the suite
  replicates=N        bootstrap replicates, at least 200; default: 1000
  results=DIR         where runs go; default: $BENCHSUITE_RESULTS or results
  seed=N              keys every random draw; default: 0
  batch_size=N        samples per call of the model; default: 32
  shard_size=N        least samples per unit of work; default: 64
  threads=N           threads per unit; default: 1
  precision=bfloat16  the model under torch's autocast; or float16; default: float32
  compile=yes         the model's networks by torch.compile; default: no
  baseline=PATH       judge while measuring, and stop once the verdict is certain
  gate=FILE           the policy of that verdict; default: the repository's
  order=random        the rest of a run that stopped early; default: sorted
  on_error=skip       go on after a bad sample, and end with 76; default: fail
  allow=[A,B]         libraries or modules that may have changed since the run began
  download=yes        fetch files of models and datasets that are not here; default: no
  engine.workers=N    processes; the numbers stay the same; default: 1
  engine.timeout=S    seconds for a batch, which else is tried again; default: 0, no limit
  engine.prefetch=N   processes that decode, alter and measure beside a model; default: 0
  engine=ray          actors on a cluster of Ray, or on one that is started here
  engine.address=A    the cluster; default: $RAY_ADDRESS, that of this machine, or a new one
  engine.gpus=N       GPUs that each worker takes of the cluster, or a part of one; default: 0
  engine.cpus=N       CPUs that each takes; default: 1
"""
SETTINGS: Final = ("dataset", "model")
"""Where a command takes settings, these keys are some, even if an option has their name."""
_YES: Final = ("true", "yes", "on", "1")
_NO: Final = ("false", "no", "off", "0")


def in_options(parser: argparse.ArgumentParser, words: Sequence[str]) -> list[str]:
    """The words of a command with each `key=value` as `--key=value`, or in its argument's place.

    A word that follows an option which takes a value, and one whose key the command does not know,
    stay what they are: settings, paths and groups have a `=` as well. Options come first, since
    argparse ends a list of arguments at one.
    """
    inner = {name: one for choice in parser._actions for name, one in _commands(choice).items()}
    for place, word in enumerate(words):
        if word in inner:
            return [
                *_ordered(parser, words[:place]),
                word,
                *in_options(inner[word], words[place + 1 :]),
            ]
    return _ordered(parser, words)


def takes_settings(parser: argparse.ArgumentParser) -> bool:
    """Whether `key=value` is an argument of a command, and not only another way to write one."""
    return any(map(_takes_settings, _arguments(parser)))


def _ordered(parser: argparse.ArgumentParser, words: Sequence[str]) -> list[str]:
    options = _options(parser)
    places = {one.dest: one for one in _arguments(parser) if not _takes_settings(one)}
    kept = SETTINGS if takes_settings(parser) else ()
    plain: list[str] = []
    said: list[str] = []
    named: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        key, sign, value = word.partition("=")
        if word.startswith("-"):
            said += [word, *_value_of(word, options, rest)]
        elif not sign or key in kept:
            plain.append(word)
        elif (found := options.get(_spelt(key))) is not None:
            said += _said(_spelt(key), found, value)
        elif key in places:
            named[key] = _several(places[key], value)
        else:
            plain.append(word)
    return [*said, *_placed(places, named, plain)]


def _commands(one: argparse.Action) -> Mapping[str, argparse.ArgumentParser]:
    """The commands below another one, by name, where an argument is one of them."""
    return {**one.choices} if isinstance(one, argparse._SubParsersAction) else {}


def _options(parser: argparse.ArgumentParser) -> Mapping[str, argparse.Action]:
    return {name: one for one in parser._actions for name in one.option_strings}


def _arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [one for one in parser._actions if not (one.option_strings or _commands(one))]


def _takes_settings(one: argparse.Action) -> bool:
    return isinstance(one.metavar, str) and "=" in one.metavar.lower()


def _spelt(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _value_of(
    word: str, options: Mapping[str, argparse.Action], rest: Iterator[str]
) -> Iterator[str]:
    """The word after an option that takes one; argparse knows an option by how it begins."""
    meant = [one for name, one in options.items() if name.startswith(word)]
    takes = any(one.nargs is None for one in meant)
    return islice(rest, 1 if takes else 0)


def _said(name: str, option: argparse.Action, value: str) -> list[str]:
    """The option with its value; a switch is there or not, an option for several comes as often."""
    if option.nargs == 0:
        if value.lower() not in (*_YES, *_NO):
            raise WrongCall(f"{name[2:]}: expected yes or no, found '{value}'")
        return [name] if value.lower() in _YES else []
    several = isinstance(option, argparse._AppendAction)
    return [f"{name}={one}" for one in (_list(value) if several else [_bare(value)])]


def _several(argument: argparse.Action, value: str) -> list[str]:
    return _list(value) if argument.nargs in ("+", "*") else [_bare(value)]


def _list(value: str) -> list[str]:
    """The texts of `[a,b]`; any other text is one."""
    if found := re.fullmatch(r"\[(.*)\]", value):
        return [_bare(one.strip()) for one in found[1].split(",") if one.strip()]
    return [_bare(value)]


def _bare(value: str) -> str:
    """A text without the quotes that Hydra's grammar has around it."""
    found = re.fullmatch(r"(['\"])(.*)\1", value)
    return found[2] if found else value


def _placed(
    places: Mapping[str, argparse.Action], named: Mapping[str, list[str]], plain: list[str]
) -> list[str]:
    """The arguments in their order: what is named, and the other words in what is left."""
    if not named:
        return plain
    found, left = [], list(plain)
    for dest, argument in places.items():
        if dest in named:
            found += named[dest]
        elif argument.nargs in (None, "?"):
            found += left[:1]
            left = left[1:]
        else:
            found, left = [*found, *left], []
    return [*found, *left]

"""The command line: one thin layer over the library. Exit codes are those of benchsuite.errors."""

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

from benchsuite.cli import (
    baseline,
    commands,
    data,
    gate,
    history,
    imports,
    new,
    papers,
    plan_gate,
    publish,
    results,
    samples,
    submit,
    upkeep,
)
from benchsuite.cli.conventions import (
    asks_for_help,
    declare_conventions,
    flags_first,
    groups,
    is_sweep,
    show_config,
    sweep,
)
from benchsuite.cli.keys import RUN_KEYS, in_options, takes_settings
from benchsuite.cli.output import ALL, say
from benchsuite.cli.plan import DRY_RUN
from benchsuite.cli.system import check_folder, drop, open_streams, refused
from benchsuite.errors import BadData, BenchsuiteError, Exit, WrongCall, near, needing

DESCRIPTION = "Every metric, for every group, under every condition, with a paired interval."
SETTINGS = "a setting; `benchsuite run --help` names the main ones"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        command = self.prog.partition(" ")[2]
        raise WrongCall(f"{command}: {message}" if command else message)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    debug = "--debug" in (words if words is not None else sys.argv)
    try:
        check_folder()
        return _done(sys.argv[1:] if words is None else words)
    except KeyboardInterrupt:
        return say("interrupted; the same command continues the run", Exit.INTERRUPTED)
    except BrokenPipeError:
        drop(sys.stdout)  # its reader is gone, as with `| head`: nothing is wrong
        return Exit.DONE
    except RecursionError:
        return _failed(debug, "a file or value is nested too deeply to be read", Exit.BAD_DATA)
    except BenchsuiteError as error:
        return _failed(debug, str(error), error.code)
    except (MemoryError, OSError) as error:
        return _failed(debug, *refused(error))
    except Exception as error:
        return _failed(debug, f"internal error: {type(error).__name__}: {error}", Exit.INTERNAL)


def _done(words: Sequence[str]) -> int:
    """Run what the words ask for, once or several times; returns the exit code."""
    if is_sweep(words):
        return sweep(words, main, run_job)
    arguments = parsed(words)
    run = show_config if arguments.cfg else _COMMANDS[arguments.command].run
    try:
        with needing(f"benchsuite {arguments.command}", "benchsuite[all]"):
            code = run(arguments) or Exit.DONE
        sys.stdout.flush()
        return int(code)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:  # sys.exit, and whatever no Exception is
        raise BadData(f"code of a plugin ended the program: {error!r}") from error


def run_job(config: Any) -> tuple[int, str]:
    """One job of a sweep that a launcher of Hydra started: its exit code, and what it printed."""
    shown = StringIO()
    with redirect_stdout(shown):
        code = main([*config.words])
    return int(code), shown.getvalue()


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """The words of a command, understood. Raises WrongCall."""
    asked = flags_first(_joined(words))
    parser = _parser(asked)
    command = next((word for word in asked if not word.startswith("-")), None)
    if not asked:
        parser.print_help()
    if command is not None and command not in _COMMANDS:
        raise WrongCall(f"no command is called '{command}'{near(command, _COMMANDS)}")
    return parser.parse_args(in_options(parser, asked))


def _joined(words: Sequence[str]) -> Sequence[str]:
    """The words, a command of two words as one."""
    first = next((i for i, word in enumerate(words) if not word.startswith("-")), 0)
    both = " ".join(words[first : first + 2])
    return [*words[:first], both, *words[first + 2 :]] if both in _COMMANDS else words


def _failed(debug: bool, message: str, code: Exit) -> Exit:
    if debug:
        traceback.print_exc()
    return say(" ".join(message.split()), code)


def _parser(words: Sequence[str] = ()) -> _Parser:
    parser = _Parser(prog="benchsuite", description=DESCRIPTION)
    parser.add_argument(
        "--version", action="version", version=f"benchsuite {version('benchsuite')}"
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        summary = (command.declare.__doc__ or "").rstrip(".")
        sub = choices.add_parser(name, help=summary, description=summary)
        sub.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
        declare_conventions(sub)
        command.declare(sub)
        if words and words[0] == name and asks_for_help(words) and takes_settings(sub):
            sub.formatter_class = argparse.RawDescriptionHelpFormatter
            sub.epilog = "\n".join(filter(None, [sub.epilog, groups(words)]))
    return parser


def _list(sub: argparse.ArgumentParser) -> None:
    """list tasks, datasets, models, conditions and reports"""
    sub.add_argument("task", nargs="?", help="one task only")


def _run(sub: argparse.ArgumentParser) -> None:
    """run models on a dataset under conditions: task=NAME model=A,B conditions=clean,typo ..."""
    sub.epilog = RUN_KEYS
    sub.add_argument("overrides", nargs="*", metavar="key=value", help="a setting: see below")
    sub.add_argument("--dry-run", action="store_true", help=DRY_RUN)


def _bench(sub: argparse.ArgumentParser) -> None:
    """run a task's default models and conditions, and print the leaderboard"""
    sub.add_argument("overrides", nargs="*", metavar="key=value", help=SETTINGS)
    sub.add_argument("--all", action="store_true", help=ALL)
    sub.add_argument("--dry-run", action="store_true", help=DRY_RUN)


def _train(sub: argparse.ArgumentParser) -> None:
    """train a task's model by its recipe: task=NAME model=NAME out=DIR dataset=... key=value ..."""
    sub.add_argument("overrides", nargs="+", metavar="key=value", help=SETTINGS)


def _score(sub: argparse.ArgumentParser) -> None:
    """score predictions made elsewhere: task=NAME predictions=PATH model.name=MINE ..."""
    sub.add_argument("overrides", nargs="+", metavar="key=value", help=SETTINGS)


def _export(sub: argparse.ArgumentParser) -> None:
    """write every condition's altered inputs (task=NAME conditions=...), or a RUN's predictions"""
    sub.add_argument(
        "what", nargs="+", metavar="RUN | key=value", help="a finished run, or settings of one"
    )
    sub.add_argument("--out", type=Path, required=True, help="a folder: <condition>/<file>")


def _show(sub: argparse.ArgumentParser) -> None:
    """draw a picture under every condition and severity: show conditions --image FILE"""
    sub.add_argument("what", choices=("conditions",), help="what is shown")
    sub.add_argument("--image", type=Path, required=True, metavar="FILE", help="the picture")
    sub.add_argument("--out", type=Path, default=Path("sheet.png"), help="default: sheet.png")
    sub.add_argument(
        "--task", default="", help="show this task's conditions; default: all image corruptions"
    )
    sub.add_argument(
        "--field", default="image", help="the altered field of the inputs; default: image"
    )
    sub.add_argument("--seed", type=int, default=0, help="seed of random corruptions; default: 0")
    sub.add_argument(
        "--width", type=int, default=192, help="width of each picture in pixels; default: 192"
    )


def _leaderboard(sub: argparse.ArgumentParser) -> None:
    """print the leaderboard of the runs in a results folder"""
    sub.add_argument("--task", default="*", help="only this task; default: every task")
    sub.add_argument("--results", default=None, help="default: $BENCHSUITE_RESULTS or results")
    sub.add_argument(
        "--by", default="", help="overall, condition, group or robustness; default: overall"
    )
    sub.add_argument("--metric", default="", help="the metric to show; default: the headline")
    sub.add_argument("--all", action="store_true", help=ALL)
    sub.add_argument(
        "--format", default="",
        help="print the tidy table, or the view of --by or --metric, as csv, json, md or tex",
    )  # fmt: skip
    sub.add_argument(
        "--out", type=Path,
        help="write it to FILE.{csv,json,md,parquet,tex}; as tex, the view",
    )  # fmt: skip
    sub.add_argument(
        "--reported", type=Path, action="append", default=[], metavar="CSV",
        help="add numbers published elsewhere: model,dataset,condition,metric,value,source",
    )  # fmt: skip
    sub.add_argument("--figures", type=Path, metavar="DIR", help="draw figures there")


def _report(sub: argparse.ArgumentParser) -> None:
    """make a task's tables and figures from finished runs: NAME RUN... key=value ..."""
    sub.add_argument("name", metavar="NAME", help="a report that `benchsuite list` names")
    sub.add_argument(
        "words", nargs="*", metavar="RUN | key=value",
        help="finished runs, options of the report, dataset=... where it reads the dataset",
    )  # fmt: skip
    sub.add_argument("--out", type=Path, metavar="DIR", help="write tables and figures there")
    sub.add_argument("--format", default="csv", help="of the tables: csv, json, md, parquet, tex")


@dataclass(frozen=True)
class _Command:
    """One command: what declares its arguments, and what runs it."""

    declare: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Exit | None]


_COMMANDS = {
    "list": _Command(_list, commands.run_list),
    "data": _Command(data.declare_data, data.run_data),
    "new": _Command(new.declare, new.run_new),
    "run": _Command(_run, commands.run_run),
    "bench": _Command(_bench, commands.run_bench),
    "score": _Command(_score, commands.run_score),
    "import": _Command(imports.declare_import, imports.run_import),
    "train": _Command(_train, commands.run_train),
    "export": _Command(_export, commands.run_export),
    "show": _Command(_show, commands.run_show),
    "leaderboard": _Command(_leaderboard, results.run_leaderboard),
    "publish": _Command(publish.declare_publish, publish.run_publish),
    "compare": _Command(results.declare_compare, results.run_compare),
    "samples": _Command(samples.declare_samples, samples.run_samples),
    "explain": _Command(samples.declare_explain, samples.run_explain),
    "report": _Command(_report, results.run_report),
    "gate": _Command(gate.declare_gate, gate.run_gate),
    "gate plan": _Command(plan_gate.declare_plan, plan_gate.run_plan),
    "baseline": _Command(baseline.declare_baseline, baseline.run_baseline),
    "history": _Command(history.declare_history, history.run_history),
    "submit": _Command(submit.declare_submit, submit.run_submit),
    "board": _Command(submit.declare_board, submit.run_board),
    "papers": _Command(papers.declare_papers, papers.run_papers),
    "runs": _Command(upkeep.declare_runs, upkeep.run_runs),
    "doctor": _Command(upkeep.declare_doctor, upkeep.run_doctor),
    "completion": _Command(upkeep.declare_completion, upkeep.run_completion),
}


def run_main() -> Any:
    """The console script."""
    open_streams()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what could come next
        from benchsuite.cli.complete import complete

        complete(_parser())
    sys.exit(main())

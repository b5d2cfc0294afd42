"""The command line: one thin layer over the library. Exit codes are those of benchsuite.errors."""

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from benchsuite import __version__
from benchsuite.errors import BenchsuiteError, Exit, WrongCall

if TYPE_CHECKING:
    import pandas as pd

    from benchsuite.board import Board
    from benchsuite.config import Settings
    from benchsuite.run import Run


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongCall(f"{self.prog}: {message}")


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    debug = "--debug" in (words if words is not None else sys.argv)
    try:
        arguments = _parser().parse_args(_flags_first(sys.argv[1:] if words is None else words))
        return int(arguments.run(arguments) or Exit.DONE)
    except KeyboardInterrupt:
        return _say("interrupted; the same command continues the run", Exit.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output is gone, as with `| head`: nothing is wrong.
        sys.stderr.close()
        return Exit.DONE
    except BenchsuiteError as error:
        return _failed(debug, str(error), error.code)
    except Exception as error:
        return _failed(debug, f"internal error: {type(error).__name__}: {error}", Exit.INTERNAL)


def _flags_first(words: Sequence[str]) -> list[str]:
    # argparse ends a list of overrides at the first flag; Hydra's users put flags anywhere.
    flags = [word for word in words[1:] if word in ("--multirun", "-m")]
    return [*words[:1], *flags, *(word for word in words[1:] if word not in flags)]


def _failed(debug: bool, message: str, code: Exit) -> Exit:
    if debug:
        traceback.print_exc()
    return _say(" ".join(message.split()), code)


def _say(message: str, code: Exit) -> Exit:
    print(f"benchsuite: {message}", file=sys.stderr)  # noqa: T201
    return code


def _out(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _parser() -> _Parser:
    parser = _Parser(prog="benchsuite", description=__doc__)
    parser.add_argument("--version", action="version", version=f"benchsuite {__version__}")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, make in _COMMANDS.items():
        sub = commands.add_parser(name, help=make.__doc__, description=make.__doc__)
        sub.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
        make(sub)
    return parser


def _list(sub: argparse.ArgumentParser) -> None:
    """tasks, datasets, models and conditions, a line each"""
    sub.add_argument("task", nargs="?", help="one task only")
    sub.set_defaults(run=_run_list)


def _run(sub: argparse.ArgumentParser) -> None:
    """run models on a dataset under conditions: task=NAME model=A,B conditions=clean,typo ..."""
    sub.add_argument("overrides", nargs="+", metavar="key=value")
    sub.add_argument("--multirun", "-m", action="store_true", help="sweep over any comma list")
    sub.set_defaults(run=_run_run)


def _bench(sub: argparse.ArgumentParser) -> None:
    """run a task's default models and conditions, and print the leaderboard"""
    sub.add_argument("overrides", nargs="+", metavar="key=value")
    sub.set_defaults(run=_run_bench)


def _train(sub: argparse.ArgumentParser) -> None:
    """train a task's model by its recipe: task=NAME model=NAME out=DIR dataset=... key=value ..."""
    sub.add_argument("overrides", nargs="+", metavar="key=value")
    sub.set_defaults(run=_run_train)


def _score(sub: argparse.ArgumentParser) -> None:
    """score predictions made elsewhere: task=NAME predictions=PATH model.name=MINE ..."""
    sub.add_argument("overrides", nargs="+", metavar="key=value")
    sub.set_defaults(run=_run_score)


def _export(sub: argparse.ArgumentParser) -> None:
    """write every condition's altered inputs (task=NAME conditions=...), or a RUN's predictions"""
    sub.add_argument("what", nargs="+", metavar="RUN | key=value")
    sub.add_argument("--out", type=Path, required=True, help="a folder: <condition>/<file>")
    sub.set_defaults(run=_run_export)


def _show(sub: argparse.ArgumentParser) -> None:
    """a picture under every condition and severity, on one sheet: show conditions --image FILE"""
    sub.add_argument("what", choices=("conditions",))
    sub.add_argument("--image", type=Path, required=True, metavar="FILE")
    sub.add_argument("--out", type=Path, default=Path("sheet.png"), help="default: sheet.png")
    sub.add_argument("--task", default="", help="this task's conditions; all corruptions without")
    sub.add_argument("--field", default="image", help="of the task's inputs; default: image")
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--width", type=int, default=192, help="pixels of a picture; default: 192")
    sub.set_defaults(run=_run_show)


def _leaderboard(sub: argparse.ArgumentParser) -> None:
    """the leaderboard of the runs in a results folder"""
    sub.add_argument("--task", default="*")
    sub.add_argument("--results", default=None, help="default: $BENCHSUITE_RESULTS or results")
    sub.add_argument("--by", default="overall", help="overall, condition, group or robustness")
    sub.add_argument("--metric", default="", help="the headline by default")
    sub.add_argument("--format", default="", help="print as csv, json or md: the tidy table")
    sub.add_argument("--out", type=Path, help="write the tidy table to FILE.{csv,json,md,parquet}")
    sub.add_argument(
        "--reported", type=Path, action="append", default=[], metavar="CSV",
        help="add numbers published elsewhere: model,dataset,condition,metric,value,source",
    )  # fmt: skip
    sub.add_argument("--figures", type=Path, metavar="DIR", help="draw the task's figures there")
    sub.set_defaults(run=_run_leaderboard)


def _publish(sub: argparse.ArgumentParser) -> None:
    """write the leaderboard of a results folder as pages and tables, a folder a dataset"""
    sub.add_argument("--task", default="*")
    sub.add_argument("--results", default=None, help="default: $BENCHSUITE_RESULTS or results")
    sub.add_argument("--out", type=Path, default=Path("leaderboards"))
    sub.set_defaults(run=_run_publish)


def _compare(sub: argparse.ArgumentParser) -> None:
    """paired differences B - A with intervals, cell by cell"""
    sub.add_argument("a", type=Path, metavar="RUN_A")
    sub.add_argument("b", type=Path, metavar="RUN_B")
    sub.add_argument("--metric", default="", help="the headline by default; 'all' for every one")
    sub.add_argument("--out", type=Path, help="write the table to FILE.{csv,json,md,parquet}")
    sub.set_defaults(run=_run_compare)


def _anatomy(sub: argparse.ArgumentParser) -> None:
    """how a run's predictions fail, condition by condition: RUN dataset=... dataset.path=..."""
    sub.add_argument("run_path", type=Path, metavar="RUN")
    sub.add_argument("overrides", nargs="*", metavar="key=value", help="the run's dataset")
    sub.add_argument("--out", type=Path, help="write the tables to FILE-<name>.{csv,json,md}")
    sub.set_defaults(run=_run_anatomy)


def _baseline(sub: argparse.ArgumentParser) -> None:
    """write a finished run's per-sample statistics as a gate's baseline"""
    sub.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    sub.add_argument("--out", type=Path, required=True, help="a folder: a file a run goes there")
    sub.set_defaults(run=_run_baseline)


def _gate(sub: argparse.ArgumentParser) -> None:
    """PASS 0, FAIL 1, INCONCLUSIVE 2, INVALID 3: is any run worse than its baseline?"""
    sub.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    sub.add_argument("--baseline", type=Path, required=True, help="a baseline file, folder or run")
    sub.add_argument("--mode", choices=("detect", "assure"), default="detect")
    sub.add_argument("--alpha", type=float, default=0.05, help="family-wise error of the call")
    sub.add_argument("--headline-share", type=float, default=0.5, help="of alpha")
    sub.add_argument("--margin", type=float, default=0.02, help="assure: share of the baseline")
    sub.add_argument(
        "--max-mde",
        type=float,
        default=None,
        help="a blinder PASS is INCONCLUSIVE",
    )
    sub.add_argument("--replicates", type=int, default=1000)
    sub.add_argument("--metric", default="", help="the headline by default")
    sub.add_argument("--summary", type=Path, help="append a Markdown summary to this file")
    sub.add_argument("--selftest", action="store_true", help="show false alarms and power instead")
    sub.set_defaults(run=_run_gate)


_COMMANDS = {
    "list": _list,
    "run": _run,
    "bench": _bench,
    "score": _score,
    "train": _train,
    "export": _export,
    "show": _show,
    "leaderboard": _leaderboard,
    "publish": _publish,
    "compare": _compare,
    "anatomy": _anatomy,
    "gate": _gate,
    "baseline": _baseline,
}


def _run_list(arguments: argparse.Namespace) -> None:
    from benchsuite.task import load_task, task_names

    for name in [arguments.task] if arguments.task else task_names():
        task = load_task(name)
        _out(f"task {task.name}: {task.summary}")
        for kind, plugs in (("dataset", task.datasets), ("model", task.models)):
            for plug, entry in plugs.items():
                _out(f"  {kind} {plug}: {entry.summary}")
        named = {c.full_name.rsplit("/", 1)[0] if c.severity else c.full_name: c
                 for c in task.known_conditions().values()}  # fmt: skip
        for full, condition in named.items():
            severities = " (severities 1-5)" if condition.severity == 5 else ""
            _out(f"  condition {full}{severities}: {condition.summary}")


def _run_run(arguments: argparse.Namespace) -> Exit:
    from benchsuite.config import make_run, settings

    every = settings(arguments.overrides, arguments.multirun)
    return max([_evaluate(config, make_run(config)) for config in every])


def _run_bench(arguments: argparse.Namespace) -> Exit:
    from benchsuite.board import leaderboard
    from benchsuite.config import make_run, settings

    words = list(arguments.overrides)
    default = settings(words)[0].bench
    for key, values in (("model", default.model), ("conditions", default.conditions)):
        if values and not any(word.startswith(f"{key}=") for word in words):
            words.append(f"{key}={','.join(values)}")
    every = settings(words)
    code = max([_evaluate(config, make_run(config)) for config in every])
    results = Path(every[0].results)
    table = leaderboard(results, every[0].task)
    _show_views(table, ("overall", "robustness", "group"))
    _draw(table, results / "figures")
    return code


def _run_train(arguments: argparse.Namespace) -> None:
    from benchsuite.progress import bar
    from benchsuite.train import training

    job = training(arguments.overrides)
    with bar(f"train {job.model}") as progress:
        job.run(progress)
    _out(str(job.out))


def _run_score(arguments: argparse.Namespace) -> Exit:
    from dataclasses import replace

    from benchsuite.config import make_run, settings
    from benchsuite.predictions import Recorded, read_predictions

    paths = [w.partition("=")[2] for w in arguments.overrides if w.startswith("predictions=")]
    names = [w.partition("=")[2] for w in arguments.overrides if w.startswith("model.name=")]
    if len(paths) != 1:
        raise WrongCall("score: expected predictions=PATH once")
    skip = ("predictions=", "model.name=")
    config = settings([w for w in arguments.overrides if not w.startswith(skip)])[0]
    name = names[0] if names else Path(paths[0]).stem
    run = make_run(config, model=Recorded(name, {}, ""))
    known = run.task.known_conditions(run.dataset).values()
    model, conditions = read_predictions(run.task, run.dataset, Path(paths[0]), name, known)
    return _evaluate(config, replace(run, model=model, conditions=tuple(conditions)))


def _run_export(arguments: argparse.Namespace) -> None:
    from benchsuite.config import make_run, settings
    from benchsuite.export import export_inputs, export_predictions
    from benchsuite.statistics import read_statistics

    if "=" in arguments.what[0]:
        paths = export_inputs(make_run(settings(arguments.what)[0]), arguments.out)
    else:
        paths = export_predictions(read_statistics(Path(arguments.what[0])), arguments.out)
    for path in paths:
        _out(str(path))


def _run_show(arguments: argparse.Namespace) -> None:
    from benchsuite.perturb.image import conditions
    from benchsuite.publish.sheet import of_field, read_picture, write_sheet
    from benchsuite.task import load_task

    known = (
        load_task(arguments.task).known_conditions().values()
        if arguments.task
        else conditions(arguments.field)
    )
    if arguments.width < 1:
        raise WrongCall(f"show: --width: expected at least 1, found {arguments.width}")
    shown = of_field(known, arguments.field)
    picture = read_picture(arguments.image)
    write_sheet(arguments.out, picture, shown, arguments.seed, arguments.width)
    _out(str(arguments.out))


def _evaluate(config: "Settings", run: "Run") -> Exit:
    from benchsuite.cells import read_cells
    from benchsuite.config import make_engine
    from benchsuite.evaluate import evaluate
    from benchsuite.progress import bar

    with bar(f"{run.dataset.name} {run.model.name}") as progress:
        engine = make_engine(config.engine)
        directory = evaluate(
            run, Path(config.results), engine, config.replicates, progress, config.allow
        )
    cells = directory.cells()
    missing = (
        [] if cells is None else [e for e in read_cells(cells).values() if "missing" in e.note]
    )
    _out(str(directory.path))
    return Exit.FAILED_UNITS if missing else Exit.DONE


def _run_leaderboard(arguments: argparse.Namespace) -> None:
    from benchsuite.board import leaderboard
    from benchsuite.publish.formats import encode, write_table

    table = leaderboard(_results(arguments.results), arguments.task, _reported(arguments))
    if arguments.figures is not None:
        _draw(table, arguments.figures)
    if arguments.out is not None:
        write_table(table, arguments.out)
    elif arguments.format:
        sys.stdout.buffer.write(encode(table, arguments.format))
    else:
        _show_views(table, [arguments.by], arguments.metric)


def _run_publish(arguments: argparse.Namespace) -> None:
    from benchsuite.publish.folder import publish

    for folder in publish(_results(arguments.results), arguments.out, arguments.task):
        _out(str(folder))


def _reported(arguments: argparse.Namespace) -> "list[Board]":
    from benchsuite.reported import read_reported
    from benchsuite.task import load_task

    if arguments.reported and arguments.task == "*":
        raise WrongCall("leaderboard: --reported needs --task")
    return [
        b for path in arguments.reported for b in read_reported(path, load_task(arguments.task))
    ]


def _results(given: str | None) -> Path:
    import os

    return Path(given or os.environ.get("BENCHSUITE_RESULTS") or "results")


def _show_views(table: "pd.DataFrame", views: Sequence[str], metric: str = "") -> None:
    from benchsuite.publish.terminal import print_table
    from benchsuite.publish.views import headline_first, legend, view

    for name in dict.fromkeys(table["task"]):
        part = table[table["task"] == name]
        for by in views:
            of = "" if by == "overall" else f": {metric or headline_first(part)[0]}"
            shown = view(part, by, metric)
            print_table(shown, f"{name} by {by}{of}", legend(shown))


def _draw(table: "pd.DataFrame", folder: Path) -> None:
    from benchsuite.task import load_task

    for name in dict.fromkeys(table["task"]):
        draw = load_task(name).draw
        for path in draw(table[table["task"] == name], folder / name) if draw else ():
            _out(str(path))


def _run_compare(arguments: argparse.Namespace) -> None:
    from benchsuite.compare import compare, open_board
    from benchsuite.publish.formats import write_table

    a, b = open_board(arguments.a), open_board(arguments.b)
    table = compare(a, b)
    if arguments.out is not None:
        write_table(table, arguments.out)
    metric = arguments.metric or next(iter(a.metrics))
    shown = table if metric == "all" else table[table["metric"] == metric]
    _print(shown, f"{b.identity['model']} - {a.identity['model']}")


def _run_anatomy(arguments: argparse.Namespace) -> None:
    from benchsuite.config import dataset_of, settings
    from benchsuite.errors import BadData, NotAvailable
    from benchsuite.progress import bar
    from benchsuite.publish.formats import write_table
    from benchsuite.statistics import read_statistics
    from benchsuite.task import load_task

    statistics = read_statistics(arguments.run_path)
    name, known = statistics.identity["task"], statistics.identity["dataset_fingerprint"]
    task = load_task(name)
    if task.anatomy is None:
        raise NotAvailable(f"task {name} has no anatomy of its errors")
    dataset = dataset_of(task, settings([f"task={name}", *arguments.overrides])[0].dataset)
    if dataset.fingerprint != known:
        raise BadData(
            f"dataset {dataset.name}: expected the run's fingerprint {known}, "
            f"found {dataset.fingerprint}"
        )
    with bar("anatomy") as progress:
        tables = task.anatomy(statistics, dataset, progress)
    for title, table in tables.items():
        if arguments.out is not None:
            write_table(table, arguments.out.with_stem(f"{arguments.out.stem}-{title}"))
        _print(table, f"{statistics.identity['model']} on {dataset.name}: {title}")


def _run_baseline(arguments: argparse.Namespace) -> None:
    from benchsuite.statistics import baseline_path, read_statistics, write_baseline
    from benchsuite.task import load_task

    for path in arguments.runs:
        statistics = read_statistics(path)
        target = baseline_path(arguments.out, statistics)
        metrics = load_task(statistics.identity["task"]).metrics
        write_baseline(statistics, target, {column for m in metrics for column in m.columns})
        _out(str(target))


def _run_gate(arguments: argparse.Namespace) -> Exit:
    from benchsuite.gate import Policy, Verdict, gate, headline_metrics, summary
    from benchsuite.selftest import selftest
    from benchsuite.statistics import pair_up, read_statistics

    policy = Policy(
        mode=arguments.mode,
        alpha=arguments.alpha,
        headline_share=arguments.headline_share,
        margin=arguments.margin,
        max_mde=arguments.max_mde,
        replicates=arguments.replicates,
    )
    try:
        pairs = pair_up(arguments.baseline, [read_statistics(path) for path in arguments.runs])
    except BenchsuiteError as error:
        return _say(f"{Verdict.INVALID}: {error}", Verdict.INVALID.exit)
    metrics = headline_metrics(pairs, arguments.metric)
    if arguments.selftest:
        _print(selftest(pairs, metrics, policy), "gate selftest")
        return Exit.DONE
    outcome = gate(pairs, metrics, policy)
    text = summary(outcome)
    _out(text)
    if arguments.summary is not None:
        with arguments.summary.open("a", encoding="utf-8") as file:
            file.write(text)
    return outcome.verdict.exit


def _print(table: "pd.DataFrame", title: str) -> None:
    from benchsuite.publish.terminal import print_table

    print_table(table, title)


def run_main() -> Any:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    run_main()

"""What each command does, as `run_<command>(arguments)`; returns an exit code, or None for done.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchsuite.errors import (
    BadData,
    BenchsuiteError,
    CannotWrite,
    Exit,
    NotAvailable,
    WrongCall,
    near,
)

if TYPE_CHECKING:
    import pandas as pd

    from benchsuite.boards.board import Board
    from benchsuite.cli.config import Settings
    from benchsuite.condition import Condition
    from benchsuite.gates.regression import Policy
    from benchsuite.runs.plan import Run
    from benchsuite.task import Task


def run_list(arguments: argparse.Namespace) -> None:
    from benchsuite.task import load_task, task_names

    if arguments.task:
        _list_task(load_task(arguments.task))
        return
    for name in task_names():
        try:
            _list_task(load_task(name))
        except BenchsuiteError as error:
            _out(f"task {name}: not available: {error}")


def _list_task(task: "Task") -> None:
    _out(f"task {task.name}: {task.summary}")
    for kind, plugs in (("dataset", task.datasets), ("model", task.models)):
        for plug, entry in plugs.items():
            _out(f"  {kind} {plug}: {entry.summary}")
    named: dict[str, list[Condition]] = {}
    for c in task.known_conditions().values():
        named.setdefault("/".join(filter(None, [c.kind, c.name])), []).append(c)
    for name, members in named.items():
        severities = f" (severities 1-{len(members)})" if len(members) > 1 else ""
        summaries = dict.fromkeys([members[0].summary, members[-1].summary])
        _out(f"  condition {name}{severities}: {' … '.join(summaries)}")


def run_run(arguments: argparse.Namespace) -> Exit:
    from benchsuite.cli.config import make_run, settings

    every = settings(arguments.overrides, arguments.multirun)
    return max([_evaluate(config, make_run(config)) for config in every])


def run_bench(arguments: argparse.Namespace) -> Exit:
    from benchsuite.boards.table import leaderboard
    from benchsuite.cli.config import make_run, settings

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


def run_train(arguments: argparse.Namespace) -> None:
    from benchsuite.cli.progress import bar
    from benchsuite.cli.training import training

    job = training(arguments.overrides)
    with bar(f"train {job.model}") as progress:
        job.run(progress)
    _out(str(job.out))


def run_score(arguments: argparse.Namespace) -> Exit:
    from dataclasses import replace

    from benchsuite.cli.config import make_run, settings
    from benchsuite.runs.exchange import Recorded, read_predictions

    paths = [w.partition("=")[2] for w in arguments.overrides if w.startswith("predictions=")]
    names = [w.partition("=")[2] for w in arguments.overrides if w.startswith("model.name=")]
    if len(paths) != 1:
        raise WrongCall("score: expected predictions=PATH once")
    skip = ("predictions=", "model.name=")
    config = settings([w for w in arguments.overrides if not w.startswith(skip)])[0]
    name = names[0] if names else Path(paths[0]).stem
    run = make_run(config, model=Recorded(name, {}, ""))
    known = [*run.task.known_conditions(run.dataset).values()]
    asked = run.conditions if any(w.startswith("conditions=") for w in arguments.overrides) else ()
    model, conditions = read_predictions(run.task, run.dataset, Path(paths[0]), name, known, asked)
    return _evaluate(config, replace(run, model=model, conditions=tuple(conditions)))


def run_export(arguments: argparse.Namespace) -> None:
    from benchsuite.cli.config import make_run, settings
    from benchsuite.runs.exchange import export_inputs, export_predictions
    from benchsuite.runs.statistics import read_statistics

    if "=" in arguments.what[0]:
        paths = export_inputs(make_run(settings(arguments.what)[0]), arguments.out)
    else:
        paths = export_predictions(read_statistics(Path(arguments.what[0])), arguments.out)
    for path in paths:
        _out(str(path))


def run_show(arguments: argparse.Namespace) -> None:
    from benchsuite.files.images import read_image
    from benchsuite.perturb.image import conditions
    from benchsuite.publish.sheet import of_field, write_sheet
    from benchsuite.task import load_task

    known = (
        load_task(arguments.task).known_conditions().values()
        if arguments.task
        else conditions(arguments.field)
    )
    if arguments.width < 1:
        raise WrongCall(f"show: --width: expected at least 1, found {arguments.width}")
    shown = of_field(known, arguments.field)
    picture = read_image(arguments.image)
    write_sheet(arguments.out, picture, shown, arguments.seed, arguments.width)
    _out(str(arguments.out))


def _evaluate(config: "Settings", run: "Run") -> Exit:
    from benchsuite.cli.config import make_engine
    from benchsuite.cli.progress import bar
    from benchsuite.runs.cells import what_is_missing
    from benchsuite.runs.evaluate import evaluate

    with bar(f"{run.dataset.name} {run.model.name}") as progress:
        engine = make_engine(config.engine)
        directory = evaluate(
            run, Path(config.results), engine, config.replicates, progress, config.allow
        )
    _out(str(directory.path))
    _note_crossed(run)
    missing = what_is_missing(run.task, directory)
    return say(missing, Exit.FAILED_UNITS) if missing else Exit.DONE


def _note_crossed(run: "Run") -> None:
    from benchsuite.estimation.cells import CROSS

    names = {name for sample in run.dataset.samples() for name in sample.attributes}
    for axis in run.task.crossed:
        absent = [name for name in axis if name not in names]
        if 0 < len(absent) < len(axis):
            say(
                f"note: task {run.task.name}: crossed {CROSS.join(axis)}: no sample of dataset "
                f"{run.dataset.name} has '{absent[0]}'{near(absent[0], names)}",
                Exit.DONE,
            )


def run_leaderboard(arguments: argparse.Namespace) -> None:
    from benchsuite.boards.table import leaderboard
    from benchsuite.publish.formats import check_ending, encode, write_table
    from benchsuite.publish.views import check_view

    check_view(arguments.by)
    if arguments.out is not None:
        check_ending(arguments.out)
    table = leaderboard(_results(arguments.results), arguments.task, _reported(arguments))
    if arguments.figures is not None:
        _draw(table, arguments.figures, asked=True)
    if arguments.out is not None:
        write_table(table, arguments.out)
    elif arguments.format:
        sys.stdout.buffer.write(encode(table, arguments.format))
    else:
        _show_views(table, [arguments.by], arguments.metric)


def run_publish(arguments: argparse.Namespace) -> None:
    from benchsuite.publish.folder import publish

    for folder in publish(_results(arguments.results), arguments.out, arguments.task):
        _out(str(folder))


def _reported(arguments: argparse.Namespace) -> "list[Board]":
    from benchsuite.boards.reported import read_reported
    from benchsuite.task import load_task

    if arguments.reported and arguments.task == "*":
        raise WrongCall("leaderboard: --reported needs --task")
    return [
        b for path in arguments.reported for b in read_reported(path, load_task(arguments.task))
    ]


def _results(given: str | None) -> Path:
    return Path(given or os.environ.get("BENCHSUITE_RESULTS") or "results")


def _show_views(table: "pd.DataFrame", views: Sequence[str], metric: str = "") -> None:
    from benchsuite.publish.terminal import print_table
    from benchsuite.publish.views import headlines, legend, view

    for name in dict.fromkeys(table["task"]):
        part = table[table["task"] == name]
        for by in views:
            own = [metric] if metric else dict.fromkeys(headlines(part).values())
            of = "" if by == "overall" else f": {', '.join(own)}"
            shown = view(part, by, metric)
            print_table(shown, f"{name} by {by}{of}", legend(shown))


def _draw(table: "pd.DataFrame", folder: Path, asked: bool = False) -> None:
    from benchsuite.publish.views import told_apart
    from benchsuite.task import load_task

    table = told_apart(table)
    for name in dict.fromkeys(table["task"]):
        draw = load_task(name).draw
        if asked and draw is None:
            say(f"task {name} draws no figures", Exit.DONE)
        for path in draw(table[table["task"] == name], folder / name) if draw else ():
            _out(str(path))


def run_compare(arguments: argparse.Namespace) -> None:
    from benchsuite.boards.compare import compare, open_board
    from benchsuite.publish.formats import write_table

    a, b = open_board(arguments.a), open_board(arguments.b)
    table = compare(a, b)
    if arguments.out is not None:
        write_table(table, arguments.out)
    metric = arguments.metric or next(iter(a.metrics))
    if metric not in (known := [*dict.fromkeys(table["metric"]), "all"]):
        raise WrongCall(f"--metric: no metric is called '{metric}'{near(metric, known)}")
    shown = table if metric == "all" else table[table["metric"] == metric]
    _print(shown, f"{b.identity['model']} - {a.identity['model']}")


def run_anatomy(arguments: argparse.Namespace) -> None:
    from benchsuite.cli.config import dataset_of, settings
    from benchsuite.cli.progress import bar
    from benchsuite.publish.formats import write_table
    from benchsuite.runs.statistics import read_statistics
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


def run_baseline(arguments: argparse.Namespace) -> None:
    from benchsuite.runs.statistics import baseline_path, read_statistics, write_baseline

    for path in arguments.runs:
        statistics = read_statistics(path)
        target = baseline_path(arguments.out, statistics)
        columns = {column for metric in statistics.task.metrics for column in metric.columns}
        write_baseline(statistics, target, columns)
        _out(str(target))


def run_gate(arguments: argparse.Namespace) -> Exit:
    from benchsuite.cli.progress import bar
    from benchsuite.gates.regression import Policy, Verdict, gate, headline_metrics, summary
    from benchsuite.gates.selftest import selftest
    from benchsuite.runs.statistics import pair_up, read_statistics

    policy = Policy(
        mode=arguments.mode,
        alpha=arguments.alpha,
        headline_share=arguments.headline_share,
        margin=arguments.margin,
        max_mde=arguments.max_mde,
        replicates=arguments.replicates,
    )
    if arguments.equity == (arguments.baseline is not None):
        raise WrongCall("gate: expected --baseline PATH, or --equity, and not both")
    if arguments.tolerance and not (arguments.equity and arguments.mode == "assure"):
        raise WrongCall("gate: --tolerance: expected with --equity --mode assure")
    if arguments.equity:
        return _equity(arguments, policy)
    try:
        pairs = pair_up(arguments.baseline, [read_statistics(path) for path in arguments.runs])
    except BenchsuiteError as error:
        return say(f"{Verdict.INVALID}: {error}", Verdict.INVALID.exit)
    metrics = headline_metrics(pairs, arguments.metric)
    outcome = gate(pairs, metrics, policy)
    if arguments.selftest and outcome.verdict != Verdict.INVALID:
        with bar("gate selftest") as progress:
            found = selftest(pairs, metrics, policy, progress=progress)
        _print(found, "gate selftest")
        return Exit.DONE
    _summarise(summary(outcome), arguments.summary)
    return outcome.verdict.exit


def _equity(arguments: argparse.Namespace, policy: "Policy") -> Exit:
    from benchsuite.gates.equity import equity_gate, equity_summary
    from benchsuite.gates.regression import Verdict
    from benchsuite.runs.statistics import read_statistics

    try:
        runs = [read_statistics(path) for path in arguments.runs]
    except BenchsuiteError as error:
        return say(f"{Verdict.INVALID}: {error}", Verdict.INVALID.exit)
    outcome = equity_gate(runs, policy, arguments.tolerance, arguments.metric)
    _summarise(equity_summary(outcome), arguments.summary)
    return outcome.verdict.exit


def _summarise(text: str, path: Path | None) -> None:
    _out(text)
    if path is not None:
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise CannotWrite(f"{path}: cannot write: {error.strerror}") from error


def _print(table: "pd.DataFrame", title: str) -> None:
    from benchsuite.publish.terminal import print_table

    print_table(table, title)


def say(message: str, code: Exit) -> Exit:
    print(f"benchsuite: {message}", file=sys.stderr)  # noqa: T201
    return code


def exit_code(command: Callable[[], int]) -> int:
    """That of a command of a task's own; what is wrong is one line, and its error's code."""
    try:
        return command()
    except BenchsuiteError as error:
        return say(" ".join(str(error).split()), error.code)


def _out(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")

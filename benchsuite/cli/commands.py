"""What the commands that make something do: list, run, bench, score, train, export, show.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchsuite.cli.gate import conclude
from benchsuite.cli.output import draw, out, out_folded, say, say_left_out, show_views
from benchsuite.cli.plan import show_plan
from benchsuite.errors import BenchsuiteError, Exit, NotAvailable, WrongCall

if TYPE_CHECKING:
    from benchsuite.api.config import Settings
    from benchsuite.condition import Condition
    from benchsuite.dataset import Dataset
    from benchsuite.runs.plan import Run
    from benchsuite.task import Added, Task

PREDICTIONS, NAME, COLUMN = "predictions=", "model.name=", "column="
"""How the words of `score` begin that say where predictions lie, and what their model is called."""


def run_list(arguments: argparse.Namespace) -> None:
    from benchsuite.task import load_task, task_names

    left_out: dict[str, None] = {}
    for name in [arguments.task] if arguments.task else task_names():
        try:
            task = load_task(name)
        except BenchsuiteError as error:
            if arguments.task:
                raise
            out(f"task {name}: not available: {error}")
        else:
            _list_task(task)
            left_out |= dict.fromkeys(task.left_out)
    for line in left_out:
        out_folded(f"plugin left out: {line}")


def _list_task(task: "Task") -> None:
    from benchsuite.task import named_plugs

    out_folded(f"task {task.name}: {task.summary}")
    for kind, plugs in named_plugs(task).items():
        for name, plug in plugs.items():
            out_folded(f"  {kind} {name}: {plug.summary}")
    named: dict[str, list[Condition]] = {}
    for c in task.known_conditions().values():
        named.setdefault("/".join(filter(None, [c.kind, c.name])), []).append(c)
    for name, members in named.items():
        ends = f"{members[0].severity}-{members[-1].severity}"
        severities = f" (severities {ends})" if len(members) > 1 else ""
        summaries = dict.fromkeys([members[0].summary, members[-1].summary])
        out_folded(f"  condition {name}{severities}: {' … '.join(summaries)}")
    for one in task.plugins:
        _list_plugin(one)


def _list_plugin(one: "Added") -> None:
    """What a package adds to a task, by name."""
    from benchsuite.task import named_plugs

    plugin = one.plugin
    named = {kind: list(plugs) for kind, plugs in named_plugs(plugin).items()}
    named["condition"] = list(dict.fromkeys(c.suite for c in plugin.conditions))
    named["metric"] = [metric.name for metric in plugin.metrics]
    added = [f"{kind} {', '.join(names)}" for kind, names in named.items() if names]
    out_folded(f"  plugin {one.package} {one.release}: adds {'; '.join(added) or 'nothing'}")


def run_run(arguments: argparse.Namespace) -> Exit:
    from benchsuite.api.config import settings

    _tell_tasks("run", arguments.overrides)
    every = settings(arguments.overrides, arguments.multirun)
    _check_alone(every)
    return show_plan(every) if arguments.dry_run else max([_evaluate(one) for one in every])


def run_bench(arguments: argparse.Namespace) -> Exit:
    from benchsuite.api.config import settings
    from benchsuite.api.progress import bar
    from benchsuite.boards.table import leaderboard

    _tell_tasks("bench", arguments.overrides)
    every = settings(with_defaults(arguments.overrides))
    _check_alone(every)
    if arguments.dry_run:
        return show_plan(every)
    code = max([_evaluate(config) for config in every])
    results = Path(every[0].results)
    with bar("leaderboard"):
        table = leaderboard(results, every[0].task, left_out=say_left_out)
    altered = table["kind"].ne("clean").any()
    views = ("overall", "robustness", "group") if altered else ("overall", "group")
    show_views(table, views, everything=arguments.all)
    try:
        for path in draw(table, results / "figures"):
            out(str(path))
    except NotAvailable as error:
        say(f"note: {error}", Exit.DONE)
    return code


def _check_alone(every: Sequence["Settings"]) -> None:
    """Raise WrongCall for several runs that would each have a verdict of its own."""
    if len(every) > 1 and every[0].baseline:
        raise WrongCall(
            f"baseline: expected one run, found {len(every)}: `benchsuite gate` judges several at "
            "one error"
        )


def with_defaults(words: Sequence[str]) -> list[str]:
    """The words of `bench`, with the models and conditions that its task runs by default."""
    from benchsuite.api.config import settings

    default, found = settings(words)[0].bench, [*words]
    for key, values in (("model", default.model), ("conditions", default.conditions)):
        if values and not any(word.startswith(f"{key}=") for word in words):
            found.append(f"{key}={','.join(values)}")
    return found


def _tell_tasks(command: str, words: Sequence[str]) -> None:
    """Show what there is where the words name no task; their settings then say what is wrong."""
    if not any(word.startswith("task=") for word in words):
        from benchsuite.cli.untold import show_tasks

        show_tasks(command)


def run_train(arguments: argparse.Namespace) -> None:
    from benchsuite.api.jobs import training
    from benchsuite.api.progress import bar

    job = training(arguments.overrides)
    with bar(f"train {job.model}") as progress:
        job.run(progress)
    out(str(job.out))


def run_score(arguments: argparse.Namespace) -> Exit:
    return score(arguments.overrides)


def score(overrides: Sequence[str]) -> Exit:
    """Score the predictions that these words name; see `benchsuite score`."""
    from benchsuite.api.config import settings
    from benchsuite.runs.exchange import by_model

    paths = [w.partition("=")[2] for w in overrides if w.startswith(PREDICTIONS)]
    names = [w.partition("=")[2] for w in overrides if w.startswith(NAME)]
    columns = [w.partition("=")[2] for w in overrides if w.startswith(COLUMN)]
    if len(paths) != 1:
        raise WrongCall("score: expected predictions=PATH once")
    words = [w for w in overrides if not w.startswith((PREDICTIONS, NAME, COLUMN))]
    config = settings(words)[0]
    if config.baseline:
        raise WrongCall("score: expected no baseline=: `benchsuite gate` judges all predictions")
    asked = any(word.startswith("conditions=") for word in words)
    models, dataset = by_model(Path(paths[0]), names[0] if names else ""), None
    codes = []
    for name, path in models.items():
        said = Said(name, path, columns[-1] if columns else "")
        run = _scored(config, said, asked, dataset)
        codes.append(_finish(config, run))
        dataset = run.dataset
    return max(codes)


@dataclass(frozen=True)
class Said:
    """Where the predictions of a model lie; `column` where a file has those of several models."""

    name: str
    path: Path
    column: str = ""

    @property
    def words(self) -> list[str]:
        """The words of `score` that say it."""
        column = [f"{COLUMN}{self.column}"] if self.column else []
        return [f"{PREDICTIONS}{self.path}", *column, f"{NAME}{self.name}"]


def _scored(config: "Settings", said: Said, asked: bool, dataset: "Dataset | None") -> "Run":
    """The run of a model that has predicted; `asked`: under the conditions asked for alone."""
    from dataclasses import replace

    from benchsuite.api.evaluate import assembled, call_of
    from benchsuite.api.progress import bar
    from benchsuite.condition import with_sampled
    from benchsuite.runs.exchange import Recorded, read_predictions, recorded

    run = assembled(config, Recorded(said.name, {}, ""), dataset)
    known = [*with_sampled(run.task.known_conditions(run.dataset)).values()]
    with bar(f"predictions {said.name}"):
        only = run.conditions if asked else ()
        model, conditions = read_predictions(run, said.path, known, only, said.column)
    call = call_of(config, "score")
    call = replace(call, words=(*call.words, *said.words))
    return replace(recorded(run, model, conditions), call=call)


def run_export(arguments: argparse.Namespace) -> None:
    from benchsuite.api.config import settings
    from benchsuite.api.evaluate import assembled
    from benchsuite.api.progress import bar
    from benchsuite.runs.exchange import export_inputs, export_predictions
    from benchsuite.runs.statistics import read_statistics

    if "=" in arguments.what[0]:
        run = assembled(settings(arguments.what)[0])
        paths, total = export_inputs(run, arguments.out), len(run.conditions)
    else:
        statistics = read_statistics(Path(arguments.what[0]))
        paths, total = export_predictions(statistics, arguments.out), len(statistics.tables)
    with bar("export") as progress:
        for done, path in enumerate(paths, 1):
            out(str(path))
            progress("conditions", done, total)


def run_show(arguments: argparse.Namespace) -> None:
    from benchsuite.files.images import read_image
    from benchsuite.perturb.image import conditions
    from benchsuite.publishing.sheet import of_field, write_sheet
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
    out(str(arguments.out))


def _evaluate(config: "Settings") -> Exit:
    from dataclasses import replace

    from benchsuite.api.evaluate import assembled, call_of

    return _finish(config, replace(assembled(config), call=call_of(config)))


def _finish(config: "Settings", run: "Run") -> Exit:
    from benchsuite.api.evaluate import finished, remarks

    for line in remarks(run):
        say(f"note: {line}", Exit.DONE)
    found = finished(config, run)
    out(str(found.path))
    for line in found.remarks:
        say(f"note: {line}", Exit.DONE)
    code = say(found.lacks, Exit.FAILED_UNITS) if found.lacks else Exit.DONE
    return max(code, conclude(config, found.path)) if config.baseline else code

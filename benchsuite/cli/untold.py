"""What `bench` and `run` say where no task is named: which tasks there are, and what to type."""

from benchsuite.api.config import settings
from benchsuite.cli.output import out, out_folded
from benchsuite.errors import BenchsuiteError
from benchsuite.task import load_task, task_names

DOES = {
    "bench": "runs a task's default models on its default dataset, and prints the leaderboard; "
    "with the tasks below it takes minutes on a CPU",
    "run": "evaluates one model or several on a dataset, under each of the conditions",
}
"""What the commands do, by name."""
MORE = {
    "bench": "model=A,B, dataset=NAME and conditions=A,B change what is run. A bench that was "
    "stopped goes on where it was.",
    "run": "`benchsuite run --help` names the settings; `benchsuite list TASK` names the models, "
    "datasets and conditions.",
}
"""What a person may want to know next."""


def show_tasks(command: str) -> None:
    """Print the command for each task, with what it would run."""
    out_folded(f"benchsuite {command} {DOES[command]}:")
    for name in task_names():
        out(f"\n  benchsuite {command} task={name}")
        for line in _about(command, name):
            out_folded(f"      {line}")
    out("")
    out_folded(MORE[command])


def _about(command: str, name: str) -> list[str]:
    try:
        task, made = load_task(name), settings([f"task={name}"])[0]
    except BenchsuiteError as error:
        return [f"not available: {error}"]
    models = made.bench.model if command == "bench" else []
    models = models or [str(made.model["name"])]
    conditions = made.bench.conditions if command == "bench" else []
    conditions = conditions or made.conditions.names
    several = f"{len(models)} models" if len(models) > 1 else "the model"
    what = f"{several} ({', '.join(models)}) on {made.dataset['name']}"
    return [task.summary, f"{what}; conditions: {', '.join(conditions)}"]

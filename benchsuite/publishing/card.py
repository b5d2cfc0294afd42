"""The card of a submission: the facts of its manifest, and below them places for a person's words.

The facts are a function of the manifest and the call. So whoever checks a card writes them again.
"""

from typing import Final

from benchsuite.publishing.escape import in_markdown, line
from benchsuite.runs.call import asked_for
from benchsuite.runs.manifest import Manifest
from benchsuite.runs.store import RunDirectory

PLACE: Final = "(your words)"
"""What a person replaces."""
QUESTIONS: Final = (
    "Who submits it, and how can readers reach you?",
    "Where is the model, and what is its licence?",
    "What was it trained on? Has it seen samples of this dataset, or data from the same source?",
    "How were its settings chosen, and on which data?",
)
END: Final = "## In the words of those who submit it\n"


def facts(directory: RunDirectory) -> str:
    """The first part of a card: what the run is, with the heading of the part that follows."""
    manifest = directory.manifest
    known = {name: value for name, value in _rows(manifest).items() if value}
    rows = [f"| {name} | {in_markdown(value)} |" for name, value in known.items()]
    told = directory.call.public.text(asked_for(manifest.conditions, manifest.known_conditions))
    command = ["", "Its command:", "", *(f"    {line(part)}" for part in told.split("\n"))]
    head = [f"# {in_markdown(manifest.identity.model)}", "", "| | |", "| --- | --- |"]
    return "\n".join([*head, *rows, *(command if told else []), "", END])


def _rows(manifest: Manifest) -> dict[str, str]:
    identity, versions = manifest.identity, manifest.environment.versions
    return {
        "task": f"{identity.task}, version {identity.task_version}",
        "dataset": identity.dataset,
        "dataset's fingerprint": identity.dataset_fingerprint,
        "model's fingerprint": identity.model_fingerprint,
        "design": "; ".join(f"{name}: {value}" for name, value in manifest.factors.items()),
        "protocol": identity.protocol,
        "seed": str(identity.seed),
        "conditions": str(len(manifest.conditions)),
        "run": manifest.run_id,
        "reported by": manifest.source,
        "changed while it ran": "; ".join(manifest.noted),
        "versions": "; ".join(f"{name} {version}" for name, version in versions.items()),
    }


def new_card(directory: RunDirectory) -> str:
    """The card of a new submission: facts, and a place for the answer to each question."""
    asked = "".join(f"\n**{question}**\n\n{PLACE}\n" for question in QUESTIONS)
    return facts(directory) + asked


def with_words_of(card: str, old: str) -> str:
    """The card with the words that a person has written below the facts of an old one."""
    head, words = card.partition(END)[0], old.partition(END)[2]
    return f"{head}{END}{words}" if words else card

"""The notebook of the task, executed. `python -m tests.tasks.fairseg.story` stores its outputs."""

import tempfile
from pathlib import Path
from typing import Any

import nbclient
import nbformat

STORY = Path(__file__).parents[3] / "tasks/fairseg/story.ipynb"
TWICE = "image/jpeg"
"""A kind of output that a picture has beside its PNG."""


def executed(folder: Path) -> Any:
    """The notebook with fresh outputs, as a person would run it in an empty folder."""
    notebook = nbformat.read(STORY, as_version=4)
    where = {"metadata": {"path": str(folder)}}
    options = {"timeout": 300, "record_timing": False, "coalesce_streams": True}
    nbclient.NotebookClient(notebook, resources=where, **options).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(TWICE, None)
    return notebook


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        nbformat.write(executed(Path(folder)), STORY)

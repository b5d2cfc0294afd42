"""Boards as metadata of model cards: the `model-index` of the Hub, one card a model.

See https://huggingface.co/docs/hub/model-cards. What stands between the lines `---` goes to the
head of the model's README.md. A result is of a condition, which is its `config`; groups of a
condition are among its metrics.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd
import yaml

from benchsuite.files.write import slug
from benchsuite.publishing.escape import in_markdown
from benchsuite.publishing.export.citation import Citation
from benchsuite.publishing.export.told import behind, by_model, known_of, statements, told
from benchsuite.publishing.site.boards import Published
from benchsuite.runs.forms import Form

ABOUT: Final = ("n", "clusters", "ci_low", "ci_high", "rank", "rank_low", "rank_high")
"""The numbers of the tidy table that stand beside a metric's value."""


class _Card(yaml.SafeDumper):
    """Plain keys, quoted texts: no reader of YAML takes a name for a number, a date or a list."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = text.replace("-", "").replace("_", "").isalpha()
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Card.add_representer(str, _quoted)


def cards(board: Published, citation: Citation) -> Iterator[tuple[str, bytes]]:
    """The cards of a board's models, as Markdown with metadata at the head."""
    for model, run, rows in by_model(told(board)):
        results = [*_results(board, run, [row for row in rows if not pd.isna(row.value)])]
        if results:
            head = {"model-index": [{"name": model, "results": results}]}
            block = yaml.dump(head, Dumper=_Card, sort_keys=False, width=10**6)
            text = "\n\n".join([f"# {in_markdown(model)}", _body(board), *statements(board)])
            name = f"{board.folder}/cards/{slug(model)}.md"
            yield name, f"---\n{block}---\n\n{text}\n".encode()


def _body(board: Published) -> str:
    where = f"{in_markdown(board.dataset)}, task {board.task}"
    return f"Its results on {where}, in the metadata above, come from benchsuite."


def _results(board: Published, run: str, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    hub = known_of(board).hub or board.dataset
    common = {**behind(board, run), "source": rows[0].source} if rows else {}
    for condition in dict.fromkeys(row.condition for row in rows):
        own = [row for row in rows if row.condition == condition]
        yield {
            "task": {"type": board.task},
            "dataset": {
                "type": hub,
                "name": board.dataset,
                "config": condition,
                "args": {"fingerprint": own[0].dataset_fingerprint, **common},
            },
            "metrics": [_metric(row) for row in own],
        }


def _metric(row: Any) -> dict[str, Any]:
    numbers = {name: getattr(row, name) for name in ABOUT}
    texts = {"attribute": row.attribute, "group": row.group}
    about = [row.metric, *([row.form] if row.form != Form.VALUE else ())]
    of = [f"{row.attribute}={row.group}" if row.group else row.attribute] if row.attribute else []
    return {
        "type": row.metric,
        "name": ", ".join([" ".join(about), *of]),
        "value": float(row.value),
        "args": {
            **{name: text for name, text in texts.items() if text},
            "form": row.form,
            "higher_is_better": bool(row.higher_is_better),
            **{name: _plain(value) for name, value in numbers.items() if not pd.isna(value)},
        },
    }


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else float(value)

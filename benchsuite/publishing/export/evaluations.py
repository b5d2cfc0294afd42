"""Boards as records of Every Eval Ever: JSON, one file a model, by the schema of version 0.3.0.

See https://github.com/evaleval/every_eval_ever. A score has to be a number there: what has no value
is listed with its reason among the details of the model.
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from math import inf, isfinite
from typing import Any, Final

import pandas as pd

from benchsuite.dataset import digest
from benchsuite.estimation.wording import worded
from benchsuite.files.write import slug
from benchsuite.publishing.export.citation import UNKNOWN, Citation
from benchsuite.publishing.export.told import (
    Known,
    behind,
    by_model,
    known_of,
    statements,
    told,
)
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.words import FORMS, is_empty
from benchsuite.runs.forms import Form

SCHEMA: Final = "0.3.0"
FOLDER: Final = "data"
DETAILS: Final = (
    "condition", "scope", "suite", "kind", "name", "family", "severity", "attribute", "group",
    "form", "clusters", "seeds", "coverage", "rank", "rank_low", "rank_high", "protocol",
)  # fmt: skip
"""The columns of the tidy table that a result keeps as they are, as texts."""


def evaluations(board: Published, citation: Citation) -> Iterator[tuple[str, bytes]]:
    """The files of a board, by the place that the collection wants: data/BOARD/DEVELOPER/MODEL."""
    collection, known = slug(f"benchsuite-{board.folder}"), known_of(board)
    for model, run, rows in by_model(told(board)):
        log = {
            "schema_version": SCHEMA,
            "evaluation_id": f"{board.folder}/{model}/{run}",
            "retrieved_timestamp": str(citation.epoch),
            "source_metadata": _published_by(board, rows[0].source, citation),
            **_model(board, model, run, rows),
            "evaluation_results": [_result(board, known, row) for row in rows if _has_value(row)],
        }
        name = uuid.UUID(digest([collection, run])[:32], version=4)
        place = f"{FOLDER}/{collection}/{UNKNOWN}/model-{slug(model)}/{name}.json"
        yield place, (json.dumps(log, indent=1, allow_nan=False) + "\n").encode()


def _has_value(row: Any) -> bool:
    return not pd.isna(row.value)


def _published_by(board: Published, source: str, citation: Citation) -> dict[str, Any]:
    return {
        "source_name": source if board.elsewhere else "benchsuite",
        "source_type": "documentation" if board.elsewhere else "evaluation_run",
        "source_organization_name": ", ".join(citation.authors),
        "evaluator_relationship": "other",
        "additional_details": {"board": board.folder, "remarks": " ".join(statements(board))},
    }


def _model(board: Published, model: str, run: str, rows: Sequence[Any]) -> dict[str, Any]:
    runs = behind(board, run)
    lacking = [
        f"{_name(board, row)} {row.metric}: {worded(row.note)}"
        for row in rows
        if not _has_value(row) and not is_empty(row.note)
    ]
    told_of = {
        **runs,
        "without_value": json.dumps(lacking),
        "deployment_type": UNKNOWN,
        "model_availability": UNKNOWN,
    }
    library = UNKNOWN if board.elsewhere else "benchsuite"
    return {
        "eval_library": {"name": library, "version": runs.get("versions", UNKNOWN)},
        "model_info": {"name": model, "id": model, "additional_details": told_of},
    }


def _name(board: Published, row: Any) -> str:
    group = f".{row.attribute}={row.group}" if row.attribute else ""
    return f"{board.task}.{board.dataset}.{row.condition}{group}"


def _result(board: Published, known: Known, row: Any) -> dict[str, Any]:
    about = [row.run_id, row.condition, row.attribute, row.group, row.metric, row.form]
    return {
        "evaluation_result_id": digest(about)[:16],
        "evaluation_name": _name(board, row),
        "source_data": _source(board, known, row),
        "metric_config": _metric(board, known, row),
        "score_details": {
            "score": float(row.value),
            "details": _texts({**{name: getattr(row, name) for name in DETAILS},
                               "note": worded(row.note)}),
            "uncertainty": _uncertainty(row),
        },
    }  # fmt: skip


def _source(board: Published, known: Known, row: Any) -> dict[str, Any]:
    about = {"fingerprint": row.dataset_fingerprint, "stand_in": str(board.stand_in).lower()}
    common = {"dataset_name": board.dataset, "additional_details": about}
    if known.hub:
        return {**common, "source_type": "hf_dataset", "hf_repo": known.hub}
    if known.homepage:
        return {**common, "source_type": "url", "url": [known.homepage]}
    return {**common, "source_type": "other"}


def _metric(board: Published, known: Known, row: Any) -> dict[str, Any]:
    name = row.metric if row.form == Form.VALUE else f"{row.metric}.{row.form}"
    low, high = known.limits(row.metric, row.form)
    # A dataset may have a metric of its own by the name of the task's.
    low, high = (low, high) if low <= row.value <= high else (-inf, inf)
    told_of = {
        "metric_unit": known.unit(row.metric),
        "evaluation_description": FORMS.get(Form(row.form), ""),
    }
    return {
        "metric_id": f"{board.task}.{name}",
        "metric_name": name,
        **_texts(told_of),
        "lower_is_better": not row.higher_is_better,
        "score_type": "continuous",
        "min_score": low if isfinite(low) else "-Infinity",
        "max_score": high if isfinite(high) else "Infinity",
    }


def _uncertainty(row: Any) -> dict[str, Any]:
    counted = {} if pd.isna(row.n) else {"num_samples": int(row.n)}
    if pd.isna(row.ci_low):
        return counted
    ends = {"lower": float(row.ci_low), "upper": float(row.ci_high)}
    return {
        "confidence_interval": {**ends, "confidence_level": 0.95, "method": row.interval},
        **counted,
    }


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    """The values that there are, as texts; a whole number has no point."""
    return {
        name: f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
        for name, value in values.items()
        if value != "" and not pd.isna(value)
    }

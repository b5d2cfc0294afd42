"""The tables of a board as a dataset that machines find: Croissant 1.0 of MLCommons.

See https://docs.mlcommons.org/croissant/docs/croissant-spec.html. The file stands beside the tables
that it describes.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from benchsuite.boards.submissions import RUNS
from benchsuite.estimation.notes import encoded
from benchsuite.files.write import slug
from benchsuite.publishing.escape import in_spreadsheet
from benchsuite.publishing.export.citation import UNKNOWN, Citation
from benchsuite.publishing.export.told import statements
from benchsuite.publishing.folder import TABLE
from benchsuite.publishing.formats import encode
from benchsuite.publishing.site.boards import Published

NAME: Final = "croissant.json"
VERSION: Final = "http://mlcommons.org/croissant/1.0"
MIMES: Final = {TABLE: "application/x-parquet", RUNS: "text/csv"}
_OWN: Final = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty",
    "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField",
    "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator",
    "source", "subField", "transform",
)  # fmt: skip
CONTEXT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in _OWN},
}
"""The words of Croissant, as its specification lists them."""


def croissant(board: Published, citation: Citation) -> Iterator[tuple[str, bytes]]:
    """The tables of a board, and the file that describes them."""
    # Texts that were read from a file have to be of the type of those that were computed.
    cells = board.table.assign(codes=board.table["note"].map(encoded)).infer_objects()
    tables = {TABLE: cells, RUNS: board.runs}
    files = {
        name: encode(table, "parquet" if name == TABLE else "csv") for name, table in tables.items()
    }
    about = _about(board, citation)
    distribution = [_file(name, data) for name, data in files.items()]
    records = [_records("cells", TABLE, tables[TABLE]), _records("runs", RUNS, tables[RUNS])]
    whole = {**about, "distribution": distribution, "recordSet": records}
    for name, data in files.items():
        yield f"{board.folder}/{name}", data
    yield f"{board.folder}/{NAME}", (json.dumps(whole, indent=1) + "\n").encode()


def _about(board: Published, citation: Citation) -> dict[str, Any]:
    models = board.table["model"].nunique()
    described = [
        f"What {models} models get on {board.dataset} (task {board.task}): one row a cell, which is"
        " a condition, a group, a metric and a form, with interval, rank and note.",
        *statements(board),
    ]
    kinds = ["reported" if board.elsewhere else "measured", *(["stand-in"] * board.stand_in)]
    licences = [f"https://spdx.org/licenses/{name}.html" for name in citation.licences]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": f"benchsuite/{board.folder}",
        "description": " ".join(described),
        "creator": [{"@type": "sc:Organization", "name": name} for name in citation.authors],
        "datePublished": citation.released,
        "license": licences or UNKNOWN,
        "url": citation.url,
        "citeAs": f"{', '.join(citation.authors)}: {citation.title or 'benchsuite'}",
        **({"version": citation.version} if citation.version else {}),
        "keywords": ["benchmark", "robustness", "fairness", board.task, *kinds],
    }


def _file(name: str, data: bytes) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "description": "one row a cell" if name == TABLE else "one row a run",
        "contentUrl": name,
        "encodingFormat": MIMES[name],
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _records(name: str, file: str, table: pd.DataFrame) -> dict[str, Any]:
    """The columns of a file. An id has no space, and a column may have any name."""
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{slug(str(column))}",
            "name": f"{name}/{column}",
            "dataType": _type(kind),
            "source": {
                "fileObject": {"@id": file},
                "extract": {"column": _header(file, str(column))},
            },
        }
        for column, kind in table.dtypes.items()
    ]
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}


def _header(file: str, column: str) -> str:
    """What a column is called in a file."""
    return in_spreadsheet(column) if file == RUNS else column


def _type(kind: Any) -> str:
    if pd.api.types.is_bool_dtype(kind):
        return "sc:Boolean"
    if pd.api.types.is_integer_dtype(kind):
        return "sc:Integer"
    return "sc:Float" if pd.api.types.is_float_dtype(kind) else "sc:Text"

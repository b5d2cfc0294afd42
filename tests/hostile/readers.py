"""Every reader of files of others, each with a small file that it reads.

A reader is added here when it is written. `test_readers` damages its file in every way.
"""

import base64
import gzip
import io
import json
import pickle
import zipfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from PIL import Image
from safetensors.torch import save as save_tensors

from benchsuite.api.evaluate import evaluate
from benchsuite.api.judged import gate
from benchsuite.boards.imports.lm_eval import is_lm_eval, read_lm_eval
from benchsuite.boards.imports.mteb import is_mteb, read_mteb
from benchsuite.boards.reported import read_reported
from benchsuite.dataset import Dataset
from benchsuite.endpoint.kept import Parts, Whose, _Kept
from benchsuite.errors import BadData
from benchsuite.estimation import Estimate
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.files import arrays, coco, images, maps, masks, packed, sight, tabular
from benchsuite.files.answers import answers_of, samples_of
from benchsuite.files.attributes import read_attributes
from benchsuite.files.choices import choices_of
from benchsuite.files.foreign import check_parquet
from benchsuite.files.kept import read_maps
from benchsuite.files.numbers import read_numbers
from benchsuite.files.parquet import parquet_rows, parquet_table
from benchsuite.files.sources import Member, unpack
from benchsuite.files.tables import tables_of
from benchsuite.files.text import json_lines, json_object, json_value, numbered_lines, record_of
from benchsuite.gates.policy import rules_of
from benchsuite.learning.card import Card, Data, read_card
from benchsuite.learning.speaking import _pairs_of
from benchsuite.learning.weights import read_header, read_shapes, read_tensors
from benchsuite.publishing.export.citation import read_citation
from benchsuite.runs.answers import Answers, _Noted, answers
from benchsuite.runs.call import Call
from benchsuite.runs.cells import read_cells, table_of
from benchsuite.runs.log import LOG, Accepted, Number, Told, read_log
from benchsuite.runs.manifest import Identity
from benchsuite.runs.seal import CHECKSUM, artefact_bytes, artefact_of, parquet, sealed
from benchsuite.runs.seal import table_of as table_in
from benchsuite.runs.statistics import HEAD, Statistics, baseline_bytes, read_statistics
from benchsuite.runs.store import RunDirectory
from benchsuite_tasks.bright.datasets.directory import read as read_collection
from benchsuite_tasks.bright.datasets.judgements import judgements
from benchsuite_tasks.bright.datasets.rankings import parts_of
from benchsuite_tasks.compositional.datasets.features import _embeddings, diwan
from benchsuite_tasks.compositional.datasets.groups import Group, of_features
from benchsuite_tasks.compositional.datasets.pairs import pairs
from benchsuite_tasks.compositional.formats import read_predictions as read_scores
from benchsuite_tasks.compositional.formats.colorswap import colorswap_answers
from benchsuite_tasks.compositional.formats.sugarcrepe import sugarcrepe_answers
from benchsuite_tasks.cosal.datasets.groups import by_category, folders
from benchsuite_tasks.fairseg.datasets.harvard import read_attributes as harvard_attributes
from benchsuite_tasks.fairseg.datasets.harvard import read_disc_cup, read_fundus
from benchsuite_tasks.fairseg.datasets.masks import masks as masks_dataset
from benchsuite_tasks.instance_segmentation.datasets.coco import coco as coco_dataset
from benchsuite_tasks.instance_segmentation.formats import read_results
from benchsuite_tasks.stereotypes.datasets.bbq import bbq
from benchsuite_tasks.stereotypes.datasets.pairs import crows_pairs
from benchsuite_tasks.sts.datasets.files import sts
from tests.toys import MEAN, manifest, numbers

PREDICTED: Final = "\n".join(
    ["id,prediction", *(f"{x.id},1" for x in numbers().samples())]
).encode()
PICTURE: Final = np.arange(12 * 9 * 3, dtype=np.uint8).reshape(12, 9, 3)
LABELS: Final = (np.arange(12 * 9).reshape(12, 9) % 3).astype(np.uint8)
"""A picture and a label map, both of 12 × 9 pixels."""
Read = Callable[[Path], object]


@dataclass(frozen=True)
class Reader:
    """What reads a file; `whole` are the bytes of one that it reads, `beside` the files beside it."""

    name: str
    file: str
    whole: bytes
    read: Read
    beside: tuple[tuple[str, bytes], ...] = ()

    @property
    def is_json(self) -> bool:
        """Whether its values can be altered one by one."""
        return self.file.endswith((".json", ".jsonl")) and b"\n{" not in self.whole.strip()

    def placed(self, folder: Path, data: bytes) -> Path:
        """The file with these bytes, in a folder that has the others."""
        for name, content in (*self.beside, (self.file, data)):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder / self.file


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def picture(kind: str, pixels: np.ndarray = PICTURE, **options: Any) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, kind, **options)
    return sink.getvalue()


def npy(array: np.ndarray) -> bytes:
    sink = io.BytesIO()
    np.save(sink, array)
    return sink.getvalue()


def npz(compress: bool = True, **held: np.ndarray) -> bytes:
    sink = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(sink, **held)  # type: ignore[operator]
    return sink.getvalue()


def zipped(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return sink.getvalue()


def table(**columns: Any) -> bytes:
    return parquet(pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False))


def consumed(read: Callable[[Path], Iterable[object]]) -> Read:
    """A reader that yields, read to its end."""
    return lambda path: list(read(path))


RLE: Final = masks.encoded(LABELS)
ANNOTATIONS: Final = {
    "images": [
        {"id": 7, "file_name": "a.png", "height": 12, "width": 9},
        {"id": "b", "file_name": "b.png", "height": 12, "width": 9},
    ],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 3, "iscrowd": 0, "area": 20.0, "bbox": [1, 1, 5, 4],
         "segmentation": [[1, 1, 6, 1, 6, 5, 1, 5]]},
        {"id": 2, "image_id": 7, "category_id": 1, "iscrowd": 1, "area": 9, "bbox": [0, 0, 3, 3],
         "segmentation": {"size": [12, 9], "counts": [10, 20, 78]}},
        {"id": 3, "image_id": "b", "category_id": 1, "area": 9, "bbox": [0, 0, 3, 3],
         "segmentation": RLE},
    ],
    "categories": [{"id": 3, "name": "car"}, {"id": 1, "name": "person"}],
}  # fmt: skip
PICTURES: Final = (("images/a.png", picture("PNG")), ("images/b.png", picture("PNG")))
RESULTS: Final = [
    {"image_id": 7, "category_id": 3, "score": 0.5, "bbox": [1, 1, 5, 4],
     "segmentation": [[1, 1, 6, 1, 6, 5, 1, 5]]},
    {"image_id": "b", "category_id": 1, "score": 0.25, "segmentation": RLE},
]  # fmt: skip


def annotations(path: Path) -> None:
    for image in coco.read(path, objects=True).images:
        for annotation in image.objects():
            image.mask(annotation)


def detections(path: Path) -> object:
    return read_results(path, coco_dataset(str(path.parent)))


MASKS: Final = (
    ("images/a.png", picture("PNG")),
    ("masks/a.png", picture("PNG", LABELS % 2)),
    ("attributes.csv", b"id,race,patient\na,x,p1\n"),
)


def masks_folder(path: Path) -> None:
    root = path.parent if path.name in ("attributes.csv", "annotations.json") else path.parents[1]
    made = masks_dataset(str(root), groups=["race"])
    for sample in made.samples():
        dict(sample.inputs), dict(sample.truth)


TOPICS: Final = b"<top>\n<num> Number: 51\n<title> a &amp; b\n<desc> Description:\nwhat\n</top>\n"
DOCUMENTS: Final = (
    b"<DOC>\n<DOCNO> d1 </DOCNO>\n<HEADLINE a='x'>one</HEADLINE><TEXT>two</TEXT>\n</DOC>\n"
)
QRELS: Final = b"51 0 d1 1\n51 0 d2 0\n"
BEIR: Final = (
    ("corpus.jsonl", b'{"_id": "d1", "title": "t", "text": "one"}\n{"_id": "d2", "text": "two"}\n'),
    ("queries.jsonl", b'{"_id": "51", "text": "what", "metadata": {"excluded_ids": ["d2"]}}\n'),
    ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\n51\td1\t1\n"),
)
RUN_FILE: Final = b"51 Q0 d1 1 2.5 tag\n51 Q0 d2 2 1e-3 tag\n"


def collection(path: Path) -> object:
    root = path.parent if path.parent.name != "qrels" else path.parents[1]
    return read_collection(root, "test")


def toy_groups() -> Any:
    vectors = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    return of_features("toy", [Group("t", "0", vectors[:2], vectors[2:])])


SCORES: Final = [[0.5, 0.25], [1.0, 0.75]]
ANSWER: Final = [
    {"asked": asked, "number": n, "right": 1, "chosen": 2} for asked in ("text", "image") for n in (1, 2)
]  # fmt: skip


COLORSWAP: Final = {
    "id": 0,
    **{f"response_image_{n}": "A" for n in (1, 2)},
    **{f"log_{n}": {"caption_1": "x", "caption_2": "y", "correct_answer": "A"} for n in (1, 2)},
}  # fmt: skip
SUGARCREPE: Final = {
    "1": {"answer": {"free_form_answer": "(1)", "multiple_choice_answer": "c"}, "caption": "c",
          "negative_caption": "n"},
}  # fmt: skip


def scores(path: Path) -> object:
    return read_scores(path, toy_groups())


def colorswap(path: Path) -> None:
    if isinstance(entries := json_value(path), list):
        list(colorswap_answers(path, entries, {}))


def own_pairs(path: Path) -> None:
    for sample in pairs(str(path)).samples():
        dict(sample.inputs)


def judged_pairs(path: Path) -> None:
    sts(str(path)).samples()


def sampled_answers(path: Path) -> None:
    for row in answers_of(path):
        row.question, row.target  # noqa: B018 - what a dataset reads
    samples_of(path, {"q"})


CARD: Final = Card("unet", "CC0", 12, Data("mini", "0" * 32), {"epochs": 3}, folds={"p1": "0"})
TENSORS: Final = {
    "a.weight": torch.arange(6.0).reshape(2, 3),
    "b": torch.zeros(2, dtype=torch.int64),
}


def torch_file(held: Any) -> bytes:
    sink = io.BytesIO()
    torch.save(held, sink)
    return sink.getvalue()


QUESTION: Final = {
    "example_id": 0, "question_index": "1", "question_polarity": "neg", "context_condition": "ambig",
    "category": "Age", "context": "Two waited.", "question": "Who?", "ans0": "A", "ans1": "B", "ans2": "?", "label": 2,
    "answer_info": {"ans0": ["a", "old"], "ans1": ["b", "nonOld"], "ans2": ["?", "unknown"]},
    "additional_metadata": {"stereotyped_groups": ["old"]},
}  # fmt: skip
SAMPLED_ANSWERS: Final = {
    "id": "q", "question": "1 + 1?", "target": "2", "temperature": 0.5,
    "samples": ["2", {"answer": "3", "correct": False}], "correct": [1, 0],
}  # fmt: skip
LM_EVAL: Final = {
    "results": {"hellaswag": {"alias": "h", "acc,none": 0.31, "acc_stderr,none": 0.004}},
    "group_subtasks": {"hellaswag": []}, "configs": {}, "versions": {"hellaswag": 1.0},
    "n-shot": {"hellaswag": 10}, "higher_is_better": {"hellaswag": {"acc": True}},
    "n-samples": {"hellaswag": {"original": 10, "effective": 10}},
    "config": {"model": "hf", "model_args": "pretrained=lab/small"}, "model_name": "lab/small",
}  # fmt: skip
MTEB: Final = {
    "task_name": "SciFact", "dataset_revision": "a", "mteb_version": "1.2",
    "scores": {"test": [{"main_score": 0.5, "ndcg_at_10": 0.5, "hf_subset": "default", "languages": ["eng"]}]},
    "evaluation_time": 3.0,
}  # fmt: skip


def harness(path: Path) -> None:
    value = json_value(path)
    if is_lm_eval(value):
        read_lm_eval(path, value)
    if is_mteb(value):
        read_mteb(path, value, "m")


REPORTED: Final = (
    b"model,dataset,condition,metric,value,stderr,n,attribute,group,source\n"
    b"m,numbers,clean,accuracy,0.5,0.1,9,,,A 2020\nm,numbers,clean,accuracy,0.4,,,size,big,A 2020\n"
)
MARKDOWN: Final = "# t\n\n| model | acc | mAP |\n| --- | :-: | --: |\n| **a** | 0.5 | [1](x) |\n| b | 0.6 ± 0.1 | - |\n".encode()
LATEX: Final = (
    rb"\begin{tabular}{lcc}\toprule Model & \multicolumn{2}{c}{mAP} \\ \cmidrule(lr){2-3} & a & b \\ \midrule"
    b"\n"
    rb"\multirow{2}{*}{X}~\cite{y} & \textbf{1.5} & $2_{\pm.1}$ \\ & 3 & 4 \\ \bottomrule\end{tabular}"
)
MANIFEST: Final = asdict(manifest())


def resealed(path: Path) -> None:
    """A manifest whose checksums somebody has computed again after altering it."""
    held = json_object(path)
    with suppress(BadData):
        held["run_id"] = record_of(Identity, "", held.get("identity")).run_id
    _write(path, sealed(held))
    found = RunDirectory(path.parent).manifest
    found.metrics_of(MEAN)
    assert found.tails is not found.environment.versions


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), "utf-8", "surrogatepass")


@cache
def baseline() -> bytes:
    rows = {"sample_id": ["a", "b"], "cluster": ["a", "b"], "hit": [1.0, 0.0]}
    return baseline_bytes(
        Statistics(Path("a"), manifest(), {"clean": pd.DataFrame(rows)}, ()), ["hit"]
    )


def rebased(path: Path) -> None:
    """A baseline whose head somebody has altered, and whose checksums fit."""
    rows = table_in(baseline())
    assert rows is not None
    head = zlib.compress(json.dumps(sealed(json_object(path))).encode())
    file = path.with_name("baseline.parquet")
    file.write_bytes(parquet(rows.replace_schema_metadata({HEAD: base64.b64encode(head)})))
    read_statistics(file).groups("clean")


def head_of_baseline() -> Any:
    rows = table_in(baseline())
    assert rows is not None
    head = json.loads(zlib.decompress(base64.b64decode(rows.schema.metadata[HEAD])))
    return {key: value for key, value in head.items() if key != CHECKSUM}


POLICY: Final = b"""mode = "detect"
alpha = 0.05
metrics = ["ndcg@10"]
conditions = ["clean"]

[margin]
"ndcg@10" = 0.02

[equity]
max_gap = 0.1
"""
PROJECT: Final = b"""[project]
name = "mine"

[tool.benchsuite.gate]
alpha = 0.01
"""
CITED: Final = b"""cff-version: 1.2.0
title: A board
authors:
  - given-names: Ann
    family-names: Lee
  - name: A group
license: [MIT]
url: https://example.org
date-released: 2026-11-28
version: 1.0
"""
TREC: Final = (("topics.txt", TOPICS), ("docs.txt", DOCUMENTS), ("qrels.txt", QRELS))


def whole_run(path: Path) -> None:
    """A run on a dataset, its board, and its gate against itself."""
    folder = path.parent
    ranking = folder.parent / "a.run"
    ranking.write_bytes(RUN_FILE)
    run = evaluate(
        "bright", "run", dataset="trec", path=str(folder), results=str(folder.parent / "results"),
        model_options={"path": str(ranking)}, dataset_options={"missing": "keep"},
        replicates=200,
    )  # fmt: skip
    assert len(run.table())
    gate(run, run)


@cache
def log_line() -> bytes:
    number = Number("accuracy", "clean", 0.5, 0.4, 0.6, 0.05, 9, 9)
    told = Told("ann", "2026-11-28T20:15:00Z", "why")
    one = Accepted("t", "d", "m", told, "r", "0" * 64, "a", (number,), "1" * 64, (number,))
    return as_json(asdict(one)) + b"\n"


def call(path: Path) -> object:
    held = json_object(path)
    _write(path, sealed(held))
    found = RunDirectory(path.parent).call
    return found.public, found.text(["clean"])


def status(path: Path) -> object:
    _write(path, sealed(json_object(path)))
    directory = RunDirectory(path.parent)
    return directory.complete, directory.invalid


def kept_answer(path: Path) -> None:
    record_of(Answers, str(path), record_of(_Kept, str(path), json_object(path)).answer)


KEPT: Final = asdict(
    _Kept(Parts("u", "", {"model": "m"}), Whose("s"), 1.5, asdict(Answers(1, 2, ("a",))))
)
NOTED: Final = asdict(_Noted(Answers(3, 4, ("m",), ("n",), ("t",), 1), 5.0))


@cache
def cells_file() -> bytes:
    one = Estimate(0.5, np.zeros(3, np.float32), 2, 2)
    return parquet(table_of({("clean", EVERYBODY, "accuracy"): one}))


def cells(path: Path) -> object:
    held = table_in(path.read_bytes())
    return None if held is None else read_cells(held)


def artefact(path: Path) -> object:
    return artefact_of("k", path.read_bytes())


def member(path: Path) -> None:
    Member(path, "a.txt").read_bytes()
    unpack(path, path.parent / "out")
    outside = set(path.parent.parent.iterdir()) - {path.parent}
    assert not outside, outside


FORMATS: Final = {
    "a.png": picture("PNG"), "a.jpg": picture("JPEG"), "a.tif": picture("TIFF"),
    "lzw.tif": picture("TIFF", compression="tiff_lzw"), "a.bmp": picture("BMP"),
    "a.gif": picture("GIF"), "a.webp": picture("WEBP"), "a.ppm": picture("PPM"),
    "deep.png": picture("PNG", LABELS.astype(np.uint16) * 9000),
    "palette.png": picture("PNG", LABELS), "rgba.png": picture("PNG", np.dstack([PICTURE, LABELS])),
}  # fmt: skip


def looked_at(path: Path) -> None:
    """An image by each of its readers: what one refuses, another may read."""
    for read in (images.image_size, images.read_image, images.read_rgb, maps.read_map, maps.read_grey, maps.read_codes):  # fmt: skip
        try:
            read(path)
        except BadData:
            continue


def array_read(path: Path) -> None:
    found = arrays.read_npy(path)
    maps.whole_numbers(found, "map")


CLASSES: Final = (
    ("image/cat/1.jpg", picture("JPEG")),
    ("gt/cat/1.png", picture("PNG", (LABELS > 0).astype(np.uint8) * 255)),
)
"""Photographs and masks in a folder for each class."""


def seen(dataset: Dataset) -> None:
    for sample in dataset.samples():
        sample.inputs["image"], sample.truth["mask"]


def maps_of_classes(path: Path) -> None:
    found = read_maps(path.parents[1], folders(str(path.parents[2])))
    for key in found:
        maps.grey(found[key])


def texts(path: Path) -> None:
    for _, row in json_lines(path):
        record_of(Whose, "row", row)


def _readers() -> Iterable[Reader]:
    yield Reader("COCO", "annotations.json", as_json(ANNOTATIONS), annotations, PICTURES)
    yield Reader(
        "COCO dataset",
        "annotations.json",
        as_json(ANNOTATIONS),
        lambda p: coco_dataset(str(p.parent)),
        PICTURES,
    )
    yield Reader(
        "COCO by category",
        "annotations.json",
        as_json(ANNOTATIONS),
        lambda p: seen(by_category(str(p.parent), least=0.0, smallest=1)),
        PICTURES,
    )
    for name, content in CLASSES:
        yield Reader(
            f"a folder for each class: {name}",
            name,
            content,
            lambda p: seen(folders(str(p.parents[2]))),
            tuple(one for one in CLASSES if one[0] != name),
        )
    yield Reader("maps of classes", "maps/cat/1.png", CLASSES[1][1], maps_of_classes, CLASSES)
    yield Reader(
        "detections",
        "results.json",
        as_json(RESULTS),
        detections,
        (("annotations.json", as_json(ANNOTATIONS)), *PICTURES),
    )
    yield Reader(
        "masks from COCO",
        "annotations.json",
        as_json(
            {
                **ANNOTATIONS,
                "images": ANNOTATIONS["images"][:1],
                "annotations": ANNOTATIONS["annotations"][:2],
            }
        ),
        masks_folder,
        (MASKS[0], MASKS[2]),
    )
    for name, content in MASKS:
        yield Reader(
            f"masks: {name}",
            name,
            content,
            masks_folder,
            tuple(one for one in MASKS if one[0] != name),
        )
    for name, content in FORMATS.items():
        yield Reader(f"image {name}", name, content, looked_at)
    yield Reader("npy", "a.npy", npy(LABELS), array_read)
    yield Reader("npy map", "a.npy", npy(LABELS.astype(float)), maps.read_map)
    yield Reader("npz", "a.npz", npz(a=LABELS, b=np.array(["x", "é"])), arrays.read_npz)
    yield Reader(
        "npz of stored arrays", "a.npz", npz(False, a=LABELS, b=np.array(3)), arrays.read_npz
    )
    yield Reader("npz member", "a.npz", npz(a=LABELS), lambda p: arrays.read_member(p, ["a"]))
    yield Reader(
        "pickle",
        "a.pkl",
        pickle.dumps({"a": LABELS, "b": np.float64(2), "c": "x"}, 2),
        arrays.read_pickled,
    )
    fundus = {
        "slo_fundus": LABELS * 80.0,
        "disc_cup_mask": -LABELS.astype(np.int8),
        **{
            k: np.array(1)
            for k in ("age", "gender", "race", "ethnicity", "language", "maritalstatus")
        },
    }
    yield Reader(
        "Harvard",
        "a.npz",
        npz(**fundus),
        lambda p: (read_fundus(p), read_disc_cup(p), harvard_attributes(p)),
    )
    yield Reader(
        "embeddings",
        "a.npz",
        npz(image=np.ones((1, 2, 3), np.float16), text=np.ones((1, 2, 3), np.float16)),
        _embeddings,
    )
    yield Reader("Diwan", "a.json", as_json({"1": ["Complex"]}), lambda p: diwan(p, ["1"]))
    yield Reader(
        "CSV",
        "a.csv",
        b'id,a,"b c"\r\n1,x,"y\r\nz"\r\n2,,-\r\n',
        lambda p: read_attributes(p, "id"),
    )
    yield Reader(
        "table",
        "a.csv",
        b"age,sex,pay\n20,f,1\n40,m,2\n",
        lambda p: tabular.table(str(p), "pay", numbers=["age"], groups=["sex"]),
    )
    yield Reader("numbers", "a.csv", PREDICTED, lambda p: read_numbers(p, numbers()))
    yield Reader(
        "TSV", "a.csv", b"\xef\xbb\xbfsep=\t\nid\ta\n1\tx\n", lambda p: read_attributes(p, "id")
    )
    yield Reader("Markdown", "a.md", MARKDOWN, tables_of)
    yield Reader("LaTeX", "a.tex", LATEX, tables_of)
    yield Reader("reported", "a.csv", REPORTED, lambda p: read_reported(p, MEAN))
    yield Reader("lm-eval", "a.json", as_json(LM_EVAL), harness)
    yield Reader("MTEB", "a.json", as_json(MTEB), harness)
    yield Reader(
        "gzip",
        "a.gz",
        gzip.compress(TOPICS, mtime=0),
        lambda p: (packed.bytes_of(p), packed.head_of(p, 99)),
    )
    yield Reader(
        "at first sight",
        "a.run",
        RUN_FILE,
        lambda p: (sight.is_trec_run(p), sight.is_coco_results(p), sight.begins_as_json(p)),
    )
    yield Reader("lines", "a.txt", TOPICS, consumed(numbered_lines))
    yield Reader("record", "a.jsonl", as_json(asdict(Whose("s", "m", "f", ("a",)))), texts)
    yield Reader(
        "TREC topics",
        "topics.txt",
        TOPICS,
        collection,
        (("docs.txt", DOCUMENTS), ("qrels.txt", QRELS)),
    )
    yield Reader(
        "TREC documents",
        "docs.txt",
        DOCUMENTS,
        collection,
        (("topics.txt", TOPICS), ("qrels.txt", QRELS)),
    )
    yield Reader("TREC judgements", "qrels.txt", QRELS, consumed(judgements))
    for name, content in BEIR:
        yield Reader(
            f"BEIR {name}", name, content, collection, tuple(one for one in BEIR if one[0] != name)
        )
    yield Reader("run file", "a.run", RUN_FILE, parts_of)
    yield Reader(
        "rankings",
        "a.json",
        as_json({"split": {"51": {"d1": 2.5, "d2": 1}}, "x": {"52": ["d1"]}}),
        parts_of,
    )
    yield Reader(
        "per query", "a.json", as_json({"51": {"ndcg_cut_10": 0.5, "recall_100": 1.0}}), parts_of
    )
    yield Reader("scores", "a.jsonl", as_json({"id": "0", "source_scores": SCORES}), scores)
    yield Reader("answers", "a.jsonl", as_json({"id": "0", "answers": ANSWER}), scores)
    yield Reader(
        "answers as CSV",
        "a.csv",
        b"id,question,number,correct,chosen\n0,text,1,a,b\n0,text,2,1,\n0,image,1,second,1\n0,image,2,1,2\n",
        scores,
    )
    yield Reader(
        "ColorSwap's answers",
        "a.json",
        as_json([COLORSWAP]),
        colorswap,
    )
    yield Reader(
        "SugarCrepe's answers",
        "swap_att.json",
        as_json(SUGARCREPE),
        lambda p: sugarcrepe_answers(p, json_object(p), {"1": ("c", "n")}),
    )
    yield Reader(
        "scores as npz", "a.npz", npz(id=np.array(["0"]), source_scores=np.ones((1, 2, 2))), scores
    )
    yield Reader(
        "pairs",
        "pairs.jsonl",
        as_json({"id": "1", "images": ["a.png"], "captions": ["x", "y"], "attributes": {"k": "v"}}),
        own_pairs,
        (("a.png", picture("PNG")),),
    )
    yield Reader(
        "Parquet",
        "a.parquet",
        table(a=["x", "y"], b=[1.5, 2.5]),
        lambda p: (parquet_table(p, ["a"]), parquet_rows(p)),
    )
    yield Reader(
        "Parquet of strangers",
        "a.parquet",
        parquet(pa.table({"a": ["x", "y"], "b": [[1], [2, 3]]})),
        check_parquet,
    )
    yield Reader("baseline", "a.parquet", baseline(), read_statistics)
    yield Reader("head of a baseline", "head.json", as_json(head_of_baseline()), rebased)
    yield Reader("policy of a gate", "benchsuite.gate.toml", POLICY, rules_of)
    yield Reader("policy in a project", "pyproject.toml", PROJECT, rules_of)
    yield Reader("citation", "CITATION.cff", CITED, read_citation)
    for name, content in TREC:
        rest = tuple(one for one in TREC if one[0] != name)
        yield Reader(f"whole run, {name}", name, content, whole_run, rest)
    yield Reader("log of baselines", LOG, log_line(), lambda p: read_log(p.parent))
    yield Reader("manifest", "manifest.json", as_json(MANIFEST), resealed)
    yield Reader(
        "damaged manifest",
        "manifest.json",
        as_json(sealed(MANIFEST)),
        lambda p: RunDirectory(p.parent).manifest,
    )
    yield Reader("sampled answers", "a.jsonl", as_json(SAMPLED_ANSWERS), sampled_answers)
    yield Reader(
        "choices", "a.jsonl", b'{"id": "7", "scores": [-1.5, -2]}\n{"id": "8", "answer": "no"}\n',
        lambda p: choices_of(p, dict.fromkeys("78", ("yes", "no")), lambda where, row: ""),
    )  # fmt: skip
    yield Reader(
        "pairs of texts", "a.jsonl", as_json({"texts": ["a", "b"]}), lambda p: _pairs_of(str(p))
    )
    yield Reader("BBQ", "Age.jsonl", as_json(QUESTION), lambda p: bbq(str(p)))
    yield Reader(
        "CrowS-Pairs", "a.csv", b"sent_more,sent_less,bias_type\nthis,that,age\n",
        lambda p: crows_pairs(str(p)),
    )  # fmt: skip
    yield Reader(
        "judged pairs",
        "pairs.tsv",
        b"sentence1\tsentence2\tscore\na\tb\t3\nb\tc\t1\n",
        judged_pairs,
    )
    gold = (("STS.gs.a.txt", b"4\n\n"),)
    yield Reader("SemEval's pairs", "STS.input.a.txt", b"a b\tc\nd\te\n", judged_pairs, gold)
    yield Reader(
        "call",
        "call.json",
        as_json(asdict(Call("run", ("a=/home/x/y.csv", "b"), "", {"kind": "k"}, "/home"))),
        call,
    )
    yield Reader(
        "status", "status.json", as_json({"state": "complete", "pid": 1, "heartbeat": 2.5}), status
    )
    yield Reader(
        "counts of answers",
        "answers/every.json",
        as_json(NOTED),
        lambda p: answers(RunDirectory(p.parents[1])),
        (("answers/begun.json", as_json({"begun": 4})),),
    )
    yield Reader(
        "begun",
        "answers/begun.json",
        as_json({"begun": 4}),
        lambda p: answers(RunDirectory(p.parents[1])),
        (("answers/every.json", as_json(NOTED)),),
    )
    yield Reader("kept answer", "a.json", as_json(KEPT), kept_answer)
    yield Reader("cells", "cells.parquet", cells_file(), cells)
    yield Reader("artefact", "a.safetensors", artefact_bytes("k", {"a": np.ones(3)}), artefact)
    yield Reader("card", "card.json", as_json(asdict(CARD)), lambda p: read_card(p.parent))
    weights = save_tensors(TENSORS, {"key": "k"})
    yield Reader(
        "safetensors",
        "a.safetensors",
        weights,
        lambda p: (read_header(p), read_shapes(p), read_tensors(p)),
    )
    yield Reader("torch", "a.pt", torch_file({"model": TENSORS}), read_tensors)
    yield Reader("ZIP", "in/a.zip", zipped(**{"a.txt": b"x" * 99, "b/c.txt": b"y"}), member)


READERS: Final = tuple(_readers())

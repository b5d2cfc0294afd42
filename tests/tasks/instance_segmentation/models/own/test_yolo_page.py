"""The examples of the page on YOLO run, as a person would copy them."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchsuite.cli.parser import main
from benchsuite.learning.objects import load_object
from benchsuite.learning.own import fingerprint_of
from tests.plugin import blocks
from tests.tasks.instance_segmentation.datasets.test_pennfudan import PERSONS, write_pennfudan
from tests.test_docs import told

ROOT = Path(__file__).parents[5]
PAGE = ROOT / "tasks/instance_segmentation/models/own/README.md"
OF_NCNN, OF_LITERT = blocks(PAGE, "python")
COMMANDS = {
    name: words
    for words in told(PAGE)
    for name in ("ncnn", "litert")
    if f"./yolo_{name}" in " ".join(words)
}
SHARED = ROOT.parent / "shared/data"
IMAGE = np.random.default_rng(0).random((1, 3, 64, 64), dtype=np.float32)


@pytest.fixture(autouse=True)
def _workplace(tmp_path, monkeypatch):
    """An empty folder to work in, with the files of the page and photographs of persons."""
    Path(tmp_path / "yolo_ncnn.py").write_text(OF_NCNN)
    Path(tmp_path / "yolo_litert.py").write_text(OF_LITERT)
    write_pennfudan(tmp_path / "persons", PERSONS)
    monkeypatch.chdir(tmp_path)


def ran(name, *settings, **files):
    """The exit code of the page's command, with files instead of its FILEs."""
    words = [word.replace("=DIR", "=persons") for word in COMMANDS[name][1:]]
    for kind, path in files.items():
        words = [word.replace(f"FILE.{kind}", str(path)) for word in words]
    return main([*words, "conditions=clean", "replicates=200", *settings])


def constant(folder, number=0.9):
    """A network of ncnn that finds one person, whatever its input is."""
    places = 64 + 16 + 4
    rows = np.zeros((places, 4 + 80 + 2), dtype=np.float32)
    rows[:, :2] = np.linspace(1, 63, places)[:, None]
    rows[0, :5] = [32, 32, 60, 60, number]
    rows[:, -1] = 1
    (folder / "a.param").write_text(
        "7767517\n3 3\nInput images 0 1 images\n"
        "Convolution masks 1 1 images masks 0=2 1=1 3=4 5=1 6=6\n"
        f"MemoryData rows 0 1 rows 0={rows.shape[1]} 1={places}\n"
    )
    whole, weights, bias = np.zeros(1, np.uint32), np.zeros(6, np.float32), np.ones(2, np.float32)
    content = b"".join(part.tobytes() for part in (whole, weights, bias, rows))
    (folder / "a.bin").write_bytes(content)
    return folder / "a.param", folder / "a.bin"


def test_a_network_of_ncnn_runs_by_the_page_s_command(tmp_path):
    pytest.importorskip("ncnn", reason="ncnn is not installed")
    param, weights = constant(tmp_path)
    assert ran("ncnn", "model.size=64", "model.rect=false", param=param, bin=weights) == 0


def test_other_weights_are_another_model(tmp_path):
    pytest.importorskip("ncnn", reason="ncnn is not installed")
    files = {"param": "a.param", "weights": "a.bin"}
    prints = []
    for number in (0.9, 0.9, 0.8):
        constant(tmp_path, number)
        prints.append(fingerprint_of(load_object("./yolo_ncnn.py:Ncnn", files)))
    assert prints[0] == prints[1] != prints[2]


class Quantised:
    """Stands for the interpreter: twice the input, in whole numbers or not, NHWC or NCHW."""

    def __init__(self, model_content, num_threads):
        self.kind, self.shape, self.scale, self.zero = eval(model_content)  # noqa: S307

    def allocate_tensors(self):
        pass

    def get_input_details(self):
        where = {"index": 0, "shape": np.array(self.shape, dtype=np.int32)}
        return [
            {**where, "dtype": np.dtype(self.kind).type, "quantization": (self.scale, self.zero)}
        ]

    def get_output_details(self):
        return [{"index": 1, "quantization": (2 * self.scale, self.zero)}]

    def set_tensor(self, index, value):
        assert index == 0 and value.dtype == self.kind and value.shape == tuple(self.shape)
        self.value = value

    def invoke(self):
        if not self.scale:
            self.value = 2 * self.value

    def get_tensor(self, index):
        assert index == 1
        return self.value


@pytest.mark.parametrize("shape", [(1, 64, 64, 3), (1, 3, 64, 64)])
@pytest.mark.parametrize(
    ("kind", "scale", "zero"),
    [("int8", 1 / 255, -128), ("uint8", 1 / 255, 0), ("float32", 0.0, 0), ("float16", 0.0, 0)],
)
def test_inputs_and_outputs_of_tensorflow_lite_are_quantised(monkeypatch, shape, kind, scale, zero):
    fake = ModuleType("ai_edge_litert.interpreter")
    fake.Interpreter = Quantised
    monkeypatch.setitem(sys.modules, "ai_edge_litert", ModuleType("ai_edge_litert"))
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", fake)
    Path("a.tflite").write_text(repr((kind, shape, scale, zero)))
    network = load_object("./yolo_litert.py:LiteRT", {"path": "a.tflite"})
    assert network.size == [64, 64]
    (found,) = network(IMAGE)
    expected = 2 * (IMAGE if shape[1] == 3 else IMAGE.transpose(0, 2, 3, 1))
    assert found == pytest.approx(expected, abs=2 / 255 if scale else 2e-3)


@pytest.mark.parametrize("name", ["ncnn", "litert"])
def test_a_real_network_finds_what_is_in_photographs(name, tmp_path):
    package = {"ncnn": "ncnn", "litert": "ai_edge_litert"}[name]
    pytest.importorskip(package, reason=f"{package} is not installed")
    if not (SHARED / "yolo").is_dir():
        pytest.skip("../shared/data/yolo is not there")
    import benchsuite as bs

    of = {
        "ncnn": (
            "./yolo_ncnn.py:Ncnn",
            {"param": "yolov5n-seg.param", "weights": "yolov5n-seg.bin"},
        ),
        "litert": ("./yolo_litert.py:LiteRT", {"path": "yolo11n-seg_full_integer_quant.tflite"}),
    }
    spec, files = of[name]
    network = load_object(spec, {key: str(SHARED / "yolo" / file) for key, file in files.items()})
    run = bs.evaluate(
        "instance_segmentation", network, dataset="coco", path=str(SHARED / "coco128_seg"),
        subset=6, conditions=["clean"], replicates=200,
        model_options={"convention": "yolo", "rect": name == "ncnn"},
    )  # fmt: skip
    assert float(run.explain("AP50", "clean").value) > 0.4

"""Weights are found by name, read without running code, and loaded only where they fit."""

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from benchsuite.errors import BadData, NotAvailable
from benchsuite.learning.weights import (
    fill,
    load_weights,
    read_header,
    read_shapes,
    read_tensors,
    weights_folder,
)

TENSORS = {"a": torch.zeros(2), "b": torch.ones(3)}


def module_of(tensors) -> torch.nn.Module:
    module = torch.nn.Module()
    for name, tensor in tensors.items():
        module.register_parameter(name, torch.nn.Parameter(torch.full_like(tensor, 7)))
    return module


def folder_of(path: Path) -> Path:
    path.mkdir(parents=True)
    save_file(TENSORS, path / "model.safetensors")
    return path


def test_a_name_that_ships_is_found_and_otherwise_a_folder_of_ones_own(tmp_path, monkeypatch):
    shipped, own = folder_of(tmp_path / "weights/erm"), folder_of(tmp_path / "mine/erm")
    assert weights_folder(tmp_path / "weights", "erm") == shipped
    assert weights_folder(tmp_path / "weights", str(own)) == own
    monkeypatch.chdir(tmp_path)
    assert weights_folder(tmp_path / "weights", "mine/erm") == Path("mine/erm")


def test_weights_may_ship_in_a_folder_of_each_method(tmp_path):
    shipped = folder_of(tmp_path / "weights/stdlib/pointwise")
    own = folder_of(tmp_path / "mine")
    assert weights_folder(tmp_path / "weights", "stdlib", "pointwise") == shipped
    assert weights_folder(tmp_path / "weights", str(own), "pointwise") == own


@pytest.mark.parametrize("name", ["emr", "", ".", "..", "../weights/erm2", "empty"])
def test_a_name_of_nothing_is_told_the_near_ones(tmp_path, monkeypatch, name):
    folder_of(tmp_path / "weights/erm")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotAvailable, match=rf"found '{name}' \((did you mean|there are) erm"):
        weights_folder(tmp_path / "weights", name)


def test_weights_that_fit_are_loaded(tmp_path):
    save_file(TENSORS, tmp_path / "w.safetensors")
    module = module_of(TENSORS)
    load_weights(tmp_path / "w.safetensors", module)
    assert module.a.tolist() == [0, 0] and module.b.tolist() == [1, 1, 1]
    assert read_shapes(tmp_path / "w.safetensors") == {"a": (2,), "b": (3,)}


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"a": torch.zeros(2)}, "unexpected b$"),
        ({**TENSORS, "c": torch.zeros(1)}, "missing c$"),
        ({"a": torch.zeros(2), "c": torch.zeros(1)}, "missing c; unexpected b$"),
        ({"a": torch.zeros(2), "b": torch.ones(4)}, r"b: expected the shape \(4,\), found \(3,\)"),
        (
            {"a": torch.zeros(1), "c": torch.zeros(1)},
            r"missing c; unexpected b; a: expected the shape \(1,\), found \(2,\)$",
        ),
        (
            {f"x{n}": torch.zeros(1) for n in range(7)},
            r"missing x0, x1, x2, x3, x4 and 2 more; unex",
        ),
    ],
)
def test_missing_and_unexpected_tensors_are_named(tmp_path, expected, message):
    save_file(TENSORS, tmp_path / "w.safetensors")
    with pytest.raises(BadData, match=message):
        load_weights(tmp_path / "w.safetensors", module_of(expected))


def test_tensors_may_be_optional():
    module = torch.nn.BatchNorm1d(2)
    some = {k: v + 1 for k, v in module.state_dict().items() if k != "bias"}
    fill(module, some, "here", lambda name: name == "bias")
    assert module.weight.tolist() == [2, 2]
    with pytest.raises(BadData, match=r"^here: the weights do not fit the network: missing bias$"):
        fill(module, some, "here")


def test_what_follows_from_the_configuration_may_be_missing_or_left_over():
    module = torch.nn.BatchNorm1d(2)
    some = {k: v + 1 for k, v in module.state_dict().items() if k != "num_batches_tracked"}
    fill(module, {**some, "embeddings.position_ids": torch.arange(3)}, "here")
    assert module.weight.tolist() == [2, 2]


class Runs:
    def __reduce__(self):
        return print, ("code of a pickle ran",)


def test_a_pickle_is_read_where_it_holds_tensors_alone(tmp_path, capsys):
    torch.save({"model": TENSORS}, tmp_path / "w.pth")
    assert set(read_tensors(tmp_path / "w.pth")) == {"a", "b"}
    with pytest.raises(BadData, match=r"expected weights as \.safetensors, found '.pth'"):
        load_weights(tmp_path / "w.pth", module_of(TENSORS))
    (tmp_path / "w.pkl").write_bytes(pickle.dumps({"a": Runs()}, protocol=2))
    with pytest.raises(BadData, match="torch tensors alone"):
        read_tensors(tmp_path / "w.pkl")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(BadData, match="expected tensors by name, found list"):
        read_tensors(tmp_path / "list.pth")
    assert "ran" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth"])
@pytest.mark.parametrize("content", [None, b"", b"no weights"])
def test_damaged_and_missing_files_are_one_line(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadData, match=name) as error:
        read_tensors(tmp_path / name)
    assert "\n" not in str(error.value)
    with pytest.raises(BadData, match=name):
        read_header(tmp_path / name)


def test_the_header_of_a_file_is_read(tmp_path):
    save_file(TENSORS, tmp_path / "w.safetensors", {"settings": "{}"})
    assert read_header(tmp_path / "w.safetensors") == {"settings": "{}"}

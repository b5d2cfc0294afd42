"""A training that was stopped goes on from its checkpoint, and from no other one."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from benchsuite.errors import BadData
from benchsuite.learning.checkpoint import read_checkpoint, write_checkpoint


def training(seed: int = 0, steps: int = 0, width: int = 3):
    torch.manual_seed(seed)
    module = torch.nn.Linear(width, 2)
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.1)
    for step in range(steps):
        one_step(module, optimizer, step)
    return module, optimizer


def one_step(module, optimizer, step: int) -> None:
    optimizer.zero_grad()
    module(torch.full((4, module.in_features), float(step + 1))).square().sum().backward()
    optimizer.step()


def test_a_restored_training_takes_the_same_steps(tmp_path):
    path = tmp_path / "deep/checkpoint.safetensors"
    module, optimizer = training(steps=3)
    write_checkpoint(path, "mine", module, optimizer, {"losses": torch.tensor([1.0, 0.5])})
    other, its = training(seed=1)
    more = read_checkpoint(path, "mine", other, its)
    assert more is not None and more["losses"].tolist() == [1.0, 0.5]
    for step in (3, 4):
        one_step(module, optimizer, step)
        one_step(other, its, step)
    assert torch.equal(module.weight, other.weight)


def test_where_there_is_none_a_training_begins(tmp_path):
    assert read_checkpoint(tmp_path / "none.safetensors", "mine", *training()) is None


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, "other", *training(steps=1), {})
    with pytest.raises(BadData, match=r"of this training \(mine\), found one of other data"):
        read_checkpoint(path, "mine", *training())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("stray", "foreign key 'stray'"),
        ("module.stray", "unexpected stray"),
        ("optimizer.7.step", "foreign key 'optimizer.7.step'"),
        ("optimizer.x", "foreign key 'optimizer.x'"),
    ],
)
def test_foreign_keys_are_named(tmp_path, name, message):
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, "mine", *training(steps=1), {})
    save_file({**load_file(path), name: torch.zeros(1)}, path, {"key": "mine"})
    with pytest.raises(BadData, match=message):
        read_checkpoint(path, "mine", *training())


def test_missing_weights_and_other_shapes_are_named(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, "mine", *training(width=4), {})
    with pytest.raises(BadData, match=r"weight: expected the shape \(2, 3\), found \(2, 4\)"):
        read_checkpoint(path, "mine", *training())
    save_file({"module.bias": torch.zeros(2)}, path, {"key": "mine"})
    with pytest.raises(BadData, match="missing weight"):
        read_checkpoint(path, "mine", *training())


def test_what_is_no_checkpoint_is_one_line(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(b"no")
    with pytest.raises(BadData, match="expected a checkpoint in safetensors"):
        read_checkpoint(path, "mine", *training())

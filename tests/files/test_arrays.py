"""Arrays are read without pickle, and what is damaged or too large is one line."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchsuite.errors import BadData
from benchsuite.files import limits
from benchsuite.files.arrays import read_member, read_npy, read_npz, read_pickled

A, B = np.arange(6.0).reshape(2, 3), np.array(["x", "y"])


def test_arrays_are_read_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=A, b=B)
    found = read_npz(tmp_path / "a.npz")
    assert list(found) == ["a", "b"]
    np.testing.assert_array_equal(found["a"], A)
    np.testing.assert_array_equal(read_member(tmp_path / "a.npz", ("z", "b", "a")), B)
    np.save(tmp_path / "a.npy", A)
    np.testing.assert_array_equal(read_npy(tmp_path / "a.npy"), A)


def test_only_the_array_that_is_asked_for_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=A, b=np.array([{}], dtype=object))
    np.testing.assert_array_equal(read_member(tmp_path / "a.npz", ["a"]), A)
    with pytest.raises(BadData, match=r"a\.npz: expected b: a readable array without pickle"):
        read_npz(tmp_path / "a.npz")
    with pytest.raises(BadData, match=r"a\.npz: expected the key 'c', found a, b"):
        read_member(tmp_path / "a.npz", ["c", "d"])


def test_an_array_is_no_archive_and_an_archive_no_array(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", A)
    np.savez(tmp_path / "a.npz", a=A)
    with pytest.raises(BadData, match="expected an npz file, found a single array"):
        read_npz(tmp_path / "a.npy")
    with pytest.raises(BadData, match="expected an array, found an archive"):
        read_npy(tmp_path / "a.npz")


def test_missing_and_damaged_files_are_one_line(tmp_path: Path) -> None:
    path, sink = tmp_path / "a.npz", io.BytesIO()
    np.savez_compressed(sink, a=np.random.default_rng(0).random((30, 30)))
    whole = sink.getvalue()
    for read in (read_npz, read_npy, lambda p: read_member(p, ["a"])):
        with pytest.raises(BadData, match="found no file"):
            read(path)
    middle = whole[:200] + b"\xff" * 40 + whole[240:]
    for content in (b"", b"PK", b"\x80\x04K\x01.", whole[:-30], whole[:90], middle):
        path.write_bytes(content)
        with pytest.raises(BadData, match=r"a\.npz: expected [^\n]*$"):
            read_npz(path)


def test_what_is_no_array_in_an_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("a.txt", "hello")
        file.writestr("b.npy", b"hello")
    for name in ("a.txt", "b"):
        with pytest.raises(BadData, match=f"{name}: expected an array|{name}: a readable array"):
            read_member(tmp_path / "a.npz", [name])


def test_a_bomb_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(10_000))
    size = (tmp_path / "a.npz").stat().st_size
    monkeypatch.setattr(limits, "FREE", 50_000)
    for read in (read_npz, lambda path: read_member(path, ["a"])):
        with pytest.raises(BadData, match=f"expected at most 50,000 .* has {size}, found 80,128"):
            read(tmp_path / "a.npz")
    monkeypatch.setattr(limits, "RATIO", 80_128 / size + 1)
    assert read_npz(tmp_path / "a.npz")["a"].sum() == 0


def test_many_small_arrays_are_measured_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "a.npz", **{f"a{i}": np.zeros(1000) for i in range(10)})
    monkeypatch.setattr(limits, "FREE", 50_000)
    monkeypatch.setattr(limits, "RATIO", 1)
    assert read_member(tmp_path / "a.npz", ["a3"]).sum() == 0
    with pytest.raises(BadData, match="expected at most 50,000 bytes in memory"):
        read_npz(tmp_path / "a.npz")


def test_a_declared_size_that_the_file_has_not_is_refused(tmp_path: Path) -> None:
    sink = io.BytesIO()
    np.save(sink, A)
    big = sink.getvalue().replace(b"(2, 3)", b"(20000000, 300000000)")
    (tmp_path / "a.npy").write_bytes(big)
    with pytest.raises(BadData, match=r"a\.npy: expected an array"):
        read_npy(tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("a.npy", big)
    with pytest.raises(BadData, match=r"a\.npz: expected a: a readable array"):
        read_npz(tmp_path / "a.npz")


def test_a_pickle_of_arrays_is_read_and_code_in_one_is_not_run(tmp_path):
    good, bad, ran = tmp_path / "good.pkl", tmp_path / "bad.pkl", tmp_path / "ran"
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array(2)}
    good.write_bytes(pickle.dumps({"model": arrays, "__author__": "zoo"}, protocol=2))
    found = read_pickled(good)["model"]
    assert found["a"].tolist() == arrays["a"].tolist()
    assert found["b"] == 2

    class Code:
        def __reduce__(self):
            return (os.system, (f"touch {ran}",))

    bad.write_bytes(pickle.dumps({"model": {"a": Code()}}))
    with pytest.raises(BadData, match=r"bad\.pkl: expected a pickle of arrays alone.*system"):
        read_pickled(bad)
    assert not ran.exists()
    bad.write_bytes(b"c_codecs\nencode\n(Vx\nVhex\ntR.")  # it would double a text each time
    with pytest.raises(BadData, match=r"bad\.pkl: expected a pickle of arrays alone.*hex"):
        read_pickled(bad)
    bad.write_bytes(b"no pickle")
    with pytest.raises(BadData, match=r"bad\.pkl: expected a pickle of arrays alone"):
        read_pickled(bad)

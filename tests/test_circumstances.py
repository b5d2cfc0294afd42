"""A run notes the libraries that its task needs, and no others."""

import pytest

from benchsuite import circumstances

REQUIRED = {
    "benchsuite": [
        "numpy>=1.26",
        'numba>=0.60; extra == "image"',
        'benchsuite[image]; extra == "pictures"',
        'torch>=2.6; extra == "pictures"',
        'bm25s>=0.2.7; extra == "texts"',
        'benchsuite[pictures,texts]; extra == "all"',
    ]
}
KNOWN = {"numpy": "2", "numba": "1", "torch": "3", "bm25s": "4"}


@pytest.mark.parametrize(
    ("extra", "names"),
    [
        ("", {"numpy"}),
        ("texts", {"numpy", "bm25s"}),
        ("pictures", {"numpy", "numba", "torch"}),
        ("all", {"numpy", "numba", "torch", "bm25s"}),
    ],
)
def test_an_extra_stands_for_what_it_requires(monkeypatch, extra, names):
    monkeypatch.setattr(circumstances, "requires", lambda owner: REQUIRED[owner])
    monkeypatch.setattr(circumstances, "version", lambda name: KNOWN[name])
    found = circumstances.circumstances("no-task", extra)["libraries"]
    assert found == {name: KNOWN[name] for name in names}

"""A run notes the libraries that its task needs, and no others."""

from functools import partial

import pytest

from benchsuite.perturb.image import Corruption
from benchsuite.runs import environment
from tests import toys

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
KNOWN = {"numpy": "2", "numba": "1", "torch": "3", "bm25s": "4", "benchsuite": "5"}


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
    monkeypatch.setattr(environment, "requires", lambda owner: REQUIRED[owner])
    monkeypatch.setattr(environment, "version", lambda name: KNOWN[name])
    found = environment.environment("no-task", extra, [])
    assert found.libraries == {name: KNOWN[name] for name in names}
    assert {"benchsuite": "5", **found.libraries}.items() <= found.versions.items()


def test_code_is_that_of_the_module_which_defines_a_function():
    noise = partial(partial(toys.add_noise, severity=1), generator=None)
    found = environment.code_of([noise, toys.measure_hit, Corruption("fog"), len])
    assert sorted(found) == ["benchsuite.perturb.image", "tests.toys"]
    assert found == environment.code_of([Corruption("snow"), toys.NOISE[0].alter])

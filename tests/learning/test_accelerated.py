"""Mixed precision and compiled networks: another model, and every row says which."""

from dataclasses import dataclass, field

import numpy as np
import pytest

import benchsuite as bs
from benchsuite.errors import WrongCall
from benchsuite.learning.accelerated import accelerated
from benchsuite.model import State, factors, fingerprint, prepared
from tests.toys import Centred, Linear

torch = pytest.importorskip("torch")


@dataclass(frozen=True)
class Net:
    """A network of one product, which says in which precision it ran."""

    name: str = "net"
    fingerprint: str = "net-1"
    seen: list = field(default_factory=list)
    network: torch.nn.Module = field(default_factory=lambda: torch.nn.Linear(8, 8))

    def predict(self, state, inputs):
        found = [self.network(torch.ones(1, 8)) for _ in inputs]
        self.seen.extend(one.dtype for one in found)
        return [0.5 for _ in found]


def test_a_model_as_usual_stays_itself():
    model = Linear()
    assert accelerated(model, "float32", False) is model


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_a_model_runs_in_the_precision_that_is_asked_for_and_says_so(precision):
    net = Net()
    model = accelerated(net, precision, False)
    model.predict(State({}), [None])
    assert net.seen == [getattr(torch, precision)]
    assert factors(model) == {"precision": precision}
    assert fingerprint(model) != fingerprint(net)
    net.predict(State({}), [None])
    assert net.seen[-1] == torch.float32  # nothing of it is left behind


def test_networks_are_compiled_once(monkeypatch):
    called = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self: called.append(self) or setattr(
        self, "_compiled_call_impl", self.forward))  # fmt: skip
    net = Net()
    model = accelerated(net, "float32", True)
    for _ in range(2):
        model.predict(State({}), [None])
    assert called == [net.network]
    assert factors(model) == {"compiled": "yes"}


def test_what_a_model_prepares_is_of_the_precision_too():
    plain, short = Centred(), accelerated(Centred(), "bfloat16", False)
    assert prepared(short) is short
    assert short.prepare_fingerprint != getattr(plain, "prepare_fingerprint", plain.fingerprint)
    assert not hasattr(short, "answered")


def test_a_precision_that_does_not_exist_is_named_with_the_near_one():
    with pytest.raises(WrongCall, match=r"expected one of .*, found 'bfloat' \(.*bfloat16"):
        accelerated(Linear(), "bfloat", False)


def test_a_model_without_networks_is_not_compiled():
    with pytest.raises(WrongCall, match="model linear names no networks"):
        accelerated(Linear(), "float32", True)


def test_a_run_shows_the_precision_of_its_model(tmp_path):
    words = {"dataset_options": {"subjects": 6}, "results": tmp_path, "replicates": 200}
    run = bs.evaluate("fairseg", "erm", precision="bfloat16", **words)
    plain = bs.evaluate("fairseg", "erm", **words)
    assert run.path != plain.path
    told = run.table().query("metric == 'dice' and form == 'value' and group == ''")
    usual = plain.table().query("metric == 'dice' and form == 'value' and group == ''")
    assert np.allclose(told.value.iloc[0], usual.value.iloc[0], atol=0.05)

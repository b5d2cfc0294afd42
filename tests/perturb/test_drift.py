"""Drift changes what is seen by when a sample arrives, and by nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.condition import CLEAN, Condition, check_fields
from benchsuite.dataset import Sample, in_memory
from benchsuite.errors import WrongCall
from benchsuite.perturb.drift import DRIFTS, EVERY

NAMED = {one.full_name: one for one in DRIFTS}
X = np.linspace(0, 1, 16)


def sample(n, share):
    return Sample(str(n), {"x": X, "arrival": (share, 0.5)}, truth=0.0)


def seen(name, *shares):
    return [NAMED[name].view(0, "d", sample(n, s)).fields["x"] for n, s in enumerate(shares)]


@pytest.mark.parametrize("severity", EVERY)
def test_an_abrupt_drift_begins_in_the_middle_and_mirrors_every_so_many_features(severity):
    before, middle, after = seen(f"drift/abrupt/{severity}", 0.4999, 0.5, 0.9)
    assert before.tolist() == X.tolist()
    changed = np.arange(16) % EVERY[severity] == 0
    assert middle.tolist() == after.tolist() == np.where(changed, 1 - X, X).tolist()


def test_a_gradual_drift_is_as_likely_as_the_share_of_the_stream_that_has_passed():
    shares = np.arange(2000) / 2000
    changed = np.array([x[0] == 1 for x in seen("drift/gradual/1", *shares)])
    quarters = changed.reshape(4, 500).mean(axis=1)
    np.testing.assert_allclose(quarters, [0.125, 0.375, 0.625, 0.875], atol=0.06)


@given(st.sampled_from(sorted(NAMED)), st.floats(0, 1, exclude_max=True), st.integers(0, 99))
def test_features_stay_in_their_range_and_the_sample_as_it_was(name, share, n):
    one = sample(n, share)
    view = NAMED[name].view(0, "d", one)
    assert view.fields["x"].tolist() == view.fields["x"].tolist()
    assert 0 <= view.fields["x"].min() <= view.fields["x"].max() <= 1
    assert one.inputs["x"].tolist() == X.tolist() == CLEAN.view(0, "d", one).fields["x"].tolist()
    assert view.fields["arrival"] == (share, 0.5)


def test_a_condition_needs_the_field_beside_the_one_that_it_alters():
    dataset = in_memory("d", [Sample("1", {"x": X}, truth=0.0)])
    with pytest.raises(WrongCall, match="no sample of dataset d has its field 'arrival', only x"):
        check_fields(DRIFTS, dataset)
    check_fields([replace(DRIFTS[0], beside="")], dataset)


def test_an_alteration_gets_the_pair_of_its_field_and_the_one_beside():
    both = Condition("k", field="x", alter=lambda pair, severity, generator: pair, beside="arrival")
    value, beside = both.view(0, "d", sample(1, 0.25)).fields["x"]
    assert (value.tolist(), beside) == (X.tolist(), (0.25, 0.5))

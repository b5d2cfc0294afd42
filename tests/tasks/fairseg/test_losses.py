"""The losses on cases worked out by hand."""

import math

import pytest

torch = pytest.importorskip("torch")

from benchsuite_tasks.fairseg.training import losses  # noqa: E402


def flat(*scores: float):
    """Two classes at one pixel: scores of the second class, one a sample, (B, 2, 1, 1)."""
    s = torch.tensor(scores).reshape(-1, 1, 1, 1)
    return torch.cat([1 - s, s], dim=1)


def labels(*values: int):
    return torch.tensor(values).reshape(-1, 1, 1)


def dice_loss(s: list[float], t: list[int]) -> float:
    both = 2 * sum(a * b for a, b in zip(s, t, strict=True))
    return 1 - both / (sum(a * a for a in s) + sum(b * b for b in t))


def test_soft_dice_is_of_the_whole_batch_class_by_class():
    scores, target = flat(0.8, 0.4), losses.one_hot(labels(1, 0), 2)
    found = losses.soft_dice_loss(scores, target)
    assert found[1].item() == pytest.approx(dice_loss([0.8, 0.4], [1, 0]), abs=1e-4)
    assert found[0].item() == pytest.approx(dice_loss([0.2, 0.6], [0, 1]), abs=1e-4)


def test_a_perfect_prediction_has_no_dice_loss():
    target = losses.one_hot(labels(1, 0), 2)
    assert losses.soft_dice_loss(target, target).tolist() == pytest.approx([0, 0])


def group_loss(s: list[float], t: list[int]) -> float:
    return dice_loss(s, t) + dice_loss([1 - x for x in s], [1 - x for x in t])


def test_the_weight_of_a_group_is_tanh_of_its_share_of_the_least_loss():
    scores, target = flat(0.9, 0.2, 0.6, 0.7), losses.one_hot(labels(1, 0, 1, 0), 2)
    groups = torch.tensor([0, 0, 1, 1])
    good, bad = group_loss([0.9, 0.2], [1, 0]), group_loss([0.6, 0.7], [1, 0])
    found = losses.febs_weights(scores, target, groups)
    assert good < bad
    best, worse = math.tanh(1), math.tanh(good / bad)
    assert found.tolist() == pytest.approx([best, best, worse, worse], abs=1e-4)
    squared = losses.febs_weights(scores, target, groups, gamma=2.0)
    assert squared[2].item() == pytest.approx(math.tanh((good / bad) ** 2), abs=1e-4)


def test_a_group_that_is_absent_from_the_batch_changes_nothing():
    scores, target = flat(0.9, 0.6), losses.one_hot(labels(1, 1), 2)
    near, far = (losses.febs_weights(scores, target, torch.tensor(g)) for g in ([0, 1], [0, 7]))
    assert near.tolist() == far.tolist()
    assert torch.isfinite(near).all()
    assert near[1] > 0


def test_a_sample_of_unknown_group_is_no_group_s():
    scores, target = flat(0.9, 0.6, 0.1), losses.one_hot(labels(1, 1, 1), 2)
    known = losses.febs_weights(scores[:2], target[:2], torch.tensor([0, 1]))
    found = losses.febs_weights(scores, target, torch.tensor([0, 1, -1]))
    assert found[:2].tolist() == known.tolist()
    assert found[2].item() == pytest.approx(math.tanh(1))


def test_a_batch_of_unknown_groups_is_scaled_alike():
    scores, target = flat(0.9, 0.1), losses.one_hot(labels(1, 1), 2)
    found = losses.febs_weights(scores, target, torch.tensor([-1, -1]))
    assert found.tolist() == pytest.approx([math.tanh(1)] * 2)


def test_febs_is_the_dice_of_the_scaled_scores_and_unscaled_cross_entropy():
    logits = torch.log(flat(0.9, 0.6))
    target, groups = labels(1, 0), torch.tensor([0, 1])
    weights = losses.febs_weights(flat(0.9, 0.6), losses.one_hot(target, 2), groups).tolist()
    scaled = [[w * x for w, x in zip(weights, s, strict=True)] for s in ([0.1, 0.4], [0.9, 0.6])]
    dice = (dice_loss(scaled[0], [0, 1]) + dice_loss(scaled[1], [1, 0])) / 2
    entropy = -(math.log(0.9) + math.log(0.4)) / 2
    found = losses.febs(logits, target, groups).item()
    assert found == pytest.approx(0.2 * entropy + 0.8 * dice, abs=1e-4)


def test_no_gradient_flows_through_a_weight_and_the_loss_has_one():
    logits = torch.log(flat(0.9, 0.6)).requires_grad_()
    losses.febs(logits, labels(1, 0), torch.tensor([0, 1])).backward()
    assert torch.isfinite(logits.grad).all()
    assert logits.grad.abs().sum() > 0


def test_group_dro_moves_its_shares_to_the_worse_group():
    shares = torch.full((3,), 1 / 3)
    found, grown = losses.group_dro({0: torch.tensor(0.2), 1: torch.tensor(1.0)}, shares, 0.5)
    raw = [math.exp(0.1) / 3, math.exp(0.5) / 3, 1 / 3]
    expected = [x / sum(raw) for x in raw]
    assert grown.tolist() == pytest.approx(expected)
    assert found.item() == pytest.approx(expected[0] * 0.2 + expected[1] * 1.0)


def test_samples_of_unknown_group_are_the_last_share():
    _, grown = losses.group_dro({-1: torch.tensor(1.0)}, torch.full((3,), 1 / 3), 0.5)
    assert grown.argmax() == 2


def test_group_losses_are_the_mean_error_of_each_group_s_samples():
    logits, target = torch.log(flat(0.9, 0.6, 0.3)), labels(1, 0, 1)
    found = losses.group_losses(logits, target, torch.tensor([1, -1, 1]))
    assert set(found) == {-1, 1}
    assert found[1].item() == pytest.approx(losses.erm(logits[[0, 2]], target[[0, 2]]).item())

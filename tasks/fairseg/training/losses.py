"""What training minimises: the mean error, a fair scaling of it, or that of the worst group.

`erm`, `febs` and `group-dro` are all 0.2 · cross-entropy + 0.8 · soft Dice; they differ in what
groups do to it. Groups are numbers from 0; -1 is a sample whose group is not known.
"""

import torch
from torch.nn import functional as F  # noqa: N812

CROSS_ENTROPY, DICE = 0.2, 0.8
SMOOTH = 1e-5
"""Keeps the Dice of a class that is nowhere defined."""
LOSSES = ("erm", "febs", "group-dro")


def soft_dice_loss(scores: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """1 - soft Dice of each class over a batch, (C,), from scores and one-hot target (B, C, H, W).

    Dice = (2 Σ s·t + ε) / (Σ s² + Σ t² + ε) (Milletari et al. 2016).
    """
    over = (0, 2, 3)
    both = (scores * target).sum(dim=over)
    total = (scores**2).sum(dim=over) + (target**2).sum(dim=over)
    return 1 - (2 * both + SMOOTH) / (total + SMOOTH)


def one_hot(labels: torch.Tensor, classes: int) -> torch.Tensor:
    """Labels int64 (B, H, W) as float32 (B, C, H, W)."""
    return F.one_hot(labels, classes).permute(0, 3, 1, 2).float()


def erm(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The mean error: no group counts."""
    target = one_hot(labels, logits.shape[1])
    dice = soft_dice_loss(logits.softmax(dim=1), target).mean()
    return CROSS_ENTROPY * F.cross_entropy(logits, labels) + DICE * dice


def febs_weights(
    scores: torch.Tensor, target: torch.Tensor, groups: torch.Tensor, gamma: float = 1.0
) -> torch.Tensor:
    """The fair error-bound scaling of each sample (B,): tanh((min_h L_h / L_g)^γ).

    L_g is the sum over classes of 1 - soft Dice of the samples of group g in the batch, as in
    FairSeg (Tian et al. 2024). A group without a sample in the batch takes no part in the minimum
    (there it makes every weight NaN or 0), and a sample of unknown group is not scaled more than
    the best group's (there it counts as the last group). No gradient flows through a weight.
    """
    with torch.no_grad():
        known = [int(g) for g in groups.unique() if g >= 0]
        losses = {g: soft_dice_loss(scores[groups == g], target[groups == g]).sum() for g in known}
        best = min(losses.values(), default=torch.tensor(1.0))
        ratios = torch.ones(len(groups))
        for g, loss in losses.items():
            ratios[groups == g] = best / loss.clamp_min(SMOOTH)
        return torch.tanh(ratios.clamp(max=1.0) ** gamma)


def febs(logits: torch.Tensor, labels: torch.Tensor, groups: torch.Tensor) -> torch.Tensor:
    """Fair error-bound scaling: scores of worse groups are scaled down, which raises their loss."""
    target = one_hot(labels, logits.shape[1])
    scores = logits.softmax(dim=1)
    weights = febs_weights(scores, target, groups)
    dice = soft_dice_loss(scores * weights[:, None, None, None], target).mean()
    return CROSS_ENTROPY * F.cross_entropy(logits, labels) + DICE * dice


def group_losses(
    logits: torch.Tensor, labels: torch.Tensor, groups: torch.Tensor
) -> dict[int, torch.Tensor]:
    """The error of each group with samples in the batch; those of unknown group are one, -1."""
    return {
        int(g): erm(logits[groups == g], labels[groups == g]) for g in groups.unique(sorted=True)
    }


def group_dro(
    losses: dict[int, torch.Tensor], shares: torch.Tensor, step: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss and the new shares (G+1,), unknown last, of groups (Sagawa et al. 2020, alg. 1).

    q_g ← q_g · exp(η · L_g) for the groups in the batch, normalised; the loss is Σ q_g · L_g.
    """
    grown = shares.clone()
    for g, loss in losses.items():
        grown[g] = shares[g] * torch.exp(step * loss.detach())
    grown = grown / grown.sum()
    parts = [grown[g] * loss for g, loss in losses.items()]
    return torch.stack(parts).sum(), grown

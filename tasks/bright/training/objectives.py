"""What the learned rerankers are trained for.

Each objective takes logits (B, L), `there` (B, L) bool, gain (B, L) and a generator, and gives the
loss; a place without a candidate counts for nothing.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, log_softmax

from ..models.features import Paradigm
from ..models.network import Scorer
from .material import Material

SAMPLES = 8
"""Rankings that are drawn of each group, and compared with one another."""
NOISE = 0.5
"""SD of the scores that are drawn, in units of a logit."""
ALIGNED = 0.5
"""Weight of the reward's second term."""
CUT = 10

Objective = Callable[[Tensor, Tensor, Tensor, torch.Generator], Tensor]


def pairs(logits: Tensor, there: Tensor, gain: Tensor, random: torch.Generator) -> Tensor:
    """Binary cross-entropy of each candidate, where relevant ones weigh as much as the others."""
    relevant = (gain > 0).float()
    weight = (there.sum() - relevant.sum()) / relevant.sum().clamp(min=1.0)
    each = binary_cross_entropy_with_logits(
        logits.masked_fill(~there, 0.0), relevant, pos_weight=weight, reduction="none"
    )
    return (each * there).sum() / there.sum()


def lists(logits: Tensor, there: Tensor, gain: Tensor, random: torch.Generator) -> Tensor:
    """Cross-entropy of the softmax over a list, against its grades (ListNet: Cao et al. 2007)."""
    has = gain.sum(dim=1) > 0
    if not has.any():
        return logits.masked_fill(~there, 0.0).sum() * 0.0
    target = gain[has] / gain[has].sum(dim=1, keepdim=True)
    each = log_softmax(logits[has], dim=1).masked_fill(~there[has], 0.0)
    return -(target * each).sum(dim=1).mean()


def groups(logits: Tensor, there: Tensor, gain: Tensor, random: torch.Generator) -> Tensor:
    """The order within a group, and a scale that all groups have in common."""
    return lists(logits, there, gain, random) + pairs(logits, there, gain, random)


OBJECTIVES: dict[Paradigm, Objective] = {"pointwise": pairs, "listwise": lists, "groupwise": groups}


def policy(logits: Tensor, there: Tensor, gain: Tensor, random: torch.Generator) -> Tensor:
    """Group-relative policy optimisation (Shao et al., arXiv 2402.03300, equation 3), on policy.

    The policy draws the scores of a group from normal distributions around the logits. The reward
    is heterogeneous, as in GroupRank (arXiv 2511.11653): nDCG@10 of the drawn order, where anything
    is relevant, and how near the scores are to 1 for relevant candidates and 0 for the others,
    which makes groups comparable. The advantage is the reward's z-score among the draws.
    """
    mean = logits.masked_fill(~there, 0.0)
    noise = torch.randn(SAMPLES, *mean.shape, generator=random)
    drawn = (mean.detach() + NOISE * noise).masked_fill(~there, -torch.inf)
    reward = ndcg(drawn, gain) + ALIGNED * _nearness(drawn, there, gain)
    advantage = (reward - reward.mean(dim=0)) / (reward.std(dim=0) + 1e-4)
    log_density = -((drawn.masked_fill(~there, 0.0) - mean) ** 2 * there) / (2 * NOISE**2)
    return -(advantage[..., None] * log_density).sum(dim=-1).mean() / there.shape[1]


def _nearness(scores: Tensor, there: Tensor, gain: Tensor) -> Tensor:
    relevant = (gain > 0).float()
    off = (torch.sigmoid(scores) - relevant).abs() * there
    wrong = (off * (1 - relevant)).sum(-1) / ((1 - relevant) * there).sum(-1).clamp(min=1)
    missed = (off * relevant).sum(-1) / relevant.sum(-1).clamp(min=1)
    return 1 - (wrong + missed) / 2


def ndcg(scores: Tensor, gain: Tensor) -> Tensor:
    """nDCG@10 (..., B) of scores (..., B, L): linear gain; 0 where nothing is relevant."""
    depth = min(CUT, gain.shape[-1])
    discount = 1 / torch.log2(torch.arange(depth) + 2.0)
    order = scores.argsort(dim=-1, descending=True, stable=True)[..., :depth]
    found = gain.expand_as(scores).gather(-1, order) @ discount
    ideal = gain.sort(dim=-1, descending=True).values[..., :depth] @ discount
    return torch.where(ideal > 0, found / ideal.clamp(min=1e-9), 0.0)


def grouped(
    x: Tensor, there: Tensor, gain: Tensor, size: int, random: torch.Generator | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Lists (B, L, …) as groups (B · G, size, …), shuffled by the generator if there is one."""
    b, length = there.shape
    number = -(-length // size)
    order = torch.arange(length).expand(b, length)
    if random is not None:
        order = torch.rand(b, length, generator=random).argsort(dim=1)
    pad = number * size - length
    parts = []
    for part in (x, there, gain):
        index = order if part.dim() == 2 else order[..., None].expand(-1, -1, part.shape[2])
        filler = part.new_zeros(b, pad, *part.shape[2:])
        whole = torch.cat([part.gather(1, index), filler], dim=1)
        parts.append(whole.reshape(b * number, size, *part.shape[2:]))
    x, there, gain = parts
    some = there.any(dim=1)
    return x[some], there[some], gain[some]


def quality(network: Scorer, size: int, data: Material) -> float:
    """Mean nDCG@10 over the candidates of each query; groups are consecutive candidates."""
    network.eval()
    x, there, gain = (torch.from_numpy(a) for a in (data.x, data.there, data.gain))
    with torch.inference_mode():
        if network.attention is not None and not network.ordered:
            length = -(-x.shape[1] // size) * size
            scores = torch.full((len(x), length), -torch.inf)
            cut = torch.nn.functional.pad(there, (0, length - there.shape[1]))
            groups_x, groups_there, _ = grouped(x, there, gain, size, None)
            held = cut.reshape(-1, size).any(dim=1)
            flat = scores.reshape(-1, size)
            flat[held] = network(groups_x, groups_there)
            scores = flat.reshape(len(x), length)[:, : x.shape[1]]
        else:
            scores = network(x, there)
    return float(ndcg(scores, gain).mean())

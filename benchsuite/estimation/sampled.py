"""What k of n answers that were sampled for one question are expected to get: pass@k and maj@k.

Both are exact expectations over all draws of k of the n without replacement, computed without
numbers of draws, which overflow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special


def pass_at(k: int, n: int, right: int) -> float:
    """The probability that any of k of n answers is right: 1 - C(n-right, k) / C(n, k).

    As the product of Chen et al. (2021, arXiv 2107.03374, figure 3), which cannot overflow.
    """
    return float(1 - np.prod(1 - k / np.arange(n - right + 1.0, n + 1))) if n - right >= k else 1.0


def maj_at(k: int, answers: Sequence[str], right: Sequence[bool]) -> float:
    """The probability that the most frequent of k answers is right; exact, over all draws of k.

    Draws are without replacement, and texts that tie share the vote evenly. An empty answer has no
    vote; if all k are empty, nothing is right. A text judged both ways counts by its right share.
    """
    judged = Counter(text for text, is_right in zip(answers, right, strict=True) if is_right)
    votes = Counter(filter(None, answers))
    every, empty = tuple(sorted(votes.values())), len(answers) - votes.total()
    shares = {text: judged[text] / count for text, count in votes.items() if judged[text]}
    return sum(share * _elected(k, votes[text], every, empty) for text, share in shares.items())


@lru_cache(maxsize=4096)
def _elected(k: int, own: int, votes: tuple[int, ...], empty: int) -> float:
    """The expected share of the vote for a text that stands `own` times among the n answers.

    Numbers of draws by text are binomial with any p, given that their sum is k. So for s draws of
    this text, a product over the others has the chance of how many are drawn, and how many tie.
    """
    n, place = sum(votes) + empty, votes.index(own)
    drawn = [_binomial(count, k / (n + 1)) for count in votes]
    blank, every, mine = _binomial(empty, k / (n + 1)), _binomial(n, k / (n + 1)), 0.0
    for s, chance in enumerate(drawn[place][1 : k + 1], start=1):
        ways = np.zeros((k - s + 1, k // s))  # how many are drawn, how many of the texts have s
        ways[: len(blank), 0] = blank[: len(ways)]
        for other in drawn[:place] + drawn[place + 1 :]:
            before, ways = ways, np.zeros_like(ways)
            for x, weight in enumerate(other[: min(s, k - s) + 1]):
                ties = int(x == s)
                ways[x:, ties:] += weight * before[: len(ways) - x, : k // s - ties]
        mine += chance * float(ways[-1] @ (1 / np.arange(1, k // s + 1)))
    return mine / float(every[k])


def _binomial(n: int, p: float) -> NDArray[np.float64]:
    """The probabilities of 0 … n of n draws."""
    x = np.arange(n + 1.0)
    ways = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return np.asarray(np.exp(ways + x * np.log(p) + (n - x) * np.log1p(-p)))

"""Planned missingness: which clusters are measured under which conditions of a sampled suite.

Each cluster is dealt a few conditions, as cards are: from a shuffled deck of all of them, and from
a new deck when it is empty. So every condition gets the same number of clusters, give or take one.
Clusters of the same attributes are dealt one after another, so each group has its share of every
condition, too. All of it is a function of the key and the samples: every model gets the same deal,
and its runs stay paired.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from benchsuite.dataset import Sample


def deal(
    samples: Iterable[Sample], conditions: Sequence[str], per_cluster: int, *key: object
) -> Mapping[str, frozenset[str]]:
    """The clusters that are measured under each condition, `per_cluster` conditions a cluster."""
    dealt: dict[str, set[str]] = {name: set() for name in conditions}
    deck: list[str] = []
    decks = 0
    for cluster in _in_order(samples, key):
        hand, deck = deck[:per_cluster], deck[per_cluster:]
        if len(hand) < per_cluster:
            decks += 1
            # What the cluster holds already lies at the bottom of its new deck.
            new = sorted(conditions, key=lambda name: (name in hand, _rank(*key, decks, name)))
            short = per_cluster - len(hand)
            hand, deck = hand + new[:short], new[short:]
        for name in hand:
            dealt[name].add(cluster)
    return {name: frozenset(clusters) for name, clusters in dealt.items()}


def _in_order(samples: Iterable[Sample], key: tuple[object, ...]) -> list[str]:
    """The clusters: those of the same attributes side by side, and among them by the key."""
    groups: dict[str, tuple[tuple[str, str], ...]] = {}
    for sample in samples:
        own = tuple(sorted(sample.attributes.items()))
        groups[sample.cluster_id] = min(groups.get(sample.cluster_id, own), own)
    return sorted(groups, key=lambda cluster: (groups[cluster], _rank(*key, cluster)))


def _rank(*key: object) -> bytes:
    """Bytes that depend on the key alone, on every machine and in every version of numpy."""
    parts = [str(part).encode("utf-8", "surrogatepass") for part in key]
    told = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return blake2b(told, digest_size=16).digest()

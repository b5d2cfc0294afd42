"""The mean over the conditions of a sampled suite, where values are missing by design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .estimate import Estimate, mean
from .notes import Code, join_notes, note
from .spread import Spread
from .strata import welch


def sampled_mean(conditions: Sequence[Estimate], per_cluster: int) -> Estimate:
    """The mean over conditions, of which each cluster was measured under `per_cluster` at random.

    Each condition's value estimates its mean over all clusters without bias, and so does the mean
    of these values. It is a mean over strata that share clusters: df and inflation are those of a
    macro mean, but df never exceeds what the clusters of all conditions together allow, as if a
    cluster's scores were all alike.
    """
    spreads = [Spread(one.effective, one.inflation) for one in conditions]
    df, inflation = welch(np.stack([one.replicates for one in conditions]), spreads)
    effective = sum(one.effective for one in conditions) / per_cluster
    average = mean(conditions)
    return replace(
        average,
        n=sum(one.n for one in conditions) // per_cluster,
        clusters=sum(one.clusters for one in conditions) // per_cluster,
        effective=effective,
        df=min(df, max(effective - 1, 0.0)),
        inflation=inflation,
        notes=join_notes([average.notes, note(Code.SAMPLED, per_cluster, len(conditions))]),
    )

"""The largest of many contrasts in each replicate, compiled: they are never held at once."""

from __future__ import annotations

from benchsuite.compiled import compiled

from .contrasts import Array


@compiled
def keep_largest(
    now: Array, then: Array, moved: Array, scale: Array, onward: Array, back: Array
) -> None:
    """Raise `onward` of each y, and `back` of each x, to the largest standardised ±θ, (P, R)."""
    count, replicates = now.shape
    for x in range(count):
        for y in range(count):
            shift, by = moved[x, y], scale[x, y]
            for r in range(replicates):
                z = (now[x, r] - then[y, r] + shift) * by
                onward[y, r] = max(onward[y, r], z)
                back[x, r] = max(back[x, r], -z)

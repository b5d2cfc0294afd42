"""F and S written out pixel by pixel, after the papers."""

import numpy as np


def f_of(found, mask, threshold):
    """F at a threshold of the stretched levels 0 to 255."""
    low, high = int(found.min()), int(found.max())
    right = taken = 0
    for value, inside in zip(found.ravel().tolist(), mask.ravel().tolist(), strict=True):
        level = (
            int((value / 255 - low / 255) / (high / 255 - low / 255) * 255) if high > low else value
        )
        taken += level >= threshold
        right += inside and level >= threshold
    if not right:
        return 0.0
    precision, recall = right / taken, right / mask.sum()
    return 1.3 * precision * recall / (0.3 * precision + recall)


def s_of(found, mask):
    """S of a map in 0..1 whose mask has pixels inside and outside."""
    share = mask.mean()

    def even(values):
        spread = np.sqrt(((values - values.mean()) ** 2).sum() / max(len(values) - 1, 1))
        return 2 * values.mean() / (values.mean() ** 2 + 1 + spread)

    def alike(a, b):
        n = a.size
        x, y = a.mean(), b.mean()
        xx, yy = ((a - x) ** 2).sum() / max(n - 1, 1), ((b - y) ** 2).sum() / max(n - 1, 1)
        xy = ((a - x) * (b - y)).sum() / max(n - 1, 1)
        if 4 * x * y * xy:
            return 4 * x * y * xy / ((x * x + y * y) * (xx + yy))
        return float((x * x + y * y) * (xx + yy) == 0)

    objects = share * even(found[mask]) + (1 - share) * even((1 - found)[~mask])
    rows, columns = np.nonzero(mask)
    down, across = round(rows.mean()) + 1, round(columns.mean()) + 1
    regions = 0.0
    for upper in (True, False):
        for left in (True, False):
            part = found[:down] if upper else found[down:]
            true = mask[:down] if upper else mask[down:]
            part = part[:, :across] if left else part[:, across:]
            true = true[:, :across] if left else true[:, across:]
            if part.size:
                regions += part.size / mask.size * alike(part, true.astype(float))
    return max(0.0, 0.5 * objects + 0.5 * regions)

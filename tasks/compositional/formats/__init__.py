"""Predictions made elsewhere: scores, answers to questions with options, and published answers.

JSON lines, an object a group, with one of the three:

    {"id": "7", "scores": [[...], ...]}           as the group is shown
    {"id": "7", "source_scores": [[...], ...]}    as it stands in the dataset's own files
    {"id": "7", "answers": [{"asked": "text", "number": 1, "right": 2, "chosen": 2}, ...]}

Scores are (m, k), or (S, m, k) for S repeats: the orders in which options were asked, seeds. Where
all groups have one shape, an NPZ file has the same in two arrays: `id` (N,), texts, and `scores` or
`source_scores`, (N, m, k) or (N, S, m, k).

Answers are of groups of 1×2 and 2×2; `Answer` explains their fields. A table of them (CSV) has the
columns `id`, `question`, `number`, `correct` and `chosen`, as in `9,text,1,B,B`. What was answered
several times is several repeats.

The answers of chat models that SugarCrepe's and ColorSwap's authors publish are read as they are.
"""

from .predictions import answer_line, read_predictions, write_predictions

__all__ = ["answer_line", "read_predictions", "write_predictions"]

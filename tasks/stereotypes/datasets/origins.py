"""Where the datasets come from."""

from benchsuite.task import Access, Origin, Part

ORIGINS = {
    "pairs-mini": Origin("generated pairs", "Apache-2.0", Access.INCLUDED, public=True),
    "crows-pairs": Origin(
        "CrowS-Pairs", "CC BY-SA 4.0", Access.OPEN, "https://github.com/nyu-mll/crows-pairs",
        "https://arxiv.org/abs/2010.00133", layout=(Part("*.csv*", "the pairs"),),
        rights="offensive on purpose: for measuring, never for training", steps=("its data/",)),
    "bbq": Origin(
        "BBQ", "CC BY 4.0", Access.OPEN, "https://github.com/nyu-mll/BBQ", steps=("its data/",),
        citation="https://arxiv.org/abs/2110.08193", layout=(Part("*.jsonl*", "its data/"),)),
}  # fmt: skip

"""`sums-mini`: generated papers of 15 questions, harder and harder, as AIME has them."""

from collections.abc import Sequence
from dataclasses import replace

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, Sample, in_memory

from ..metrics import KS, metrics_of


def sums_mini(name: str = "sums-mini", papers: int = 8, k: Sequence[int] = KS) -> Dataset:
    """Chains of 1 to 15 steps, worked from left to right modulo 1000; 2 papers have AIME's size."""
    every = [_question(paper, steps) for paper in range(papers) for steps in range(1, 16)]
    return replace(in_memory(name, every, {"k": tuple(k)}), metrics=metrics_of(k))


def _question(paper: int, steps: int) -> Sample:
    draw = generator("sums-mini", paper, steps)
    subject, signs = (("sums", "+-"), ("products", "+-x"))[paper % 2]
    chain = (f" {draw.choice(list(signs))} {draw.integers(2, 100)}" for _ in range(steps))
    question = f"{draw.integers(100, 1000)}{''.join(chain)}"
    groups = {"subject": subject, "difficulty": ("easy", "medium", "hard")[(steps - 1) // 5]}
    return Sample(f"{paper}-{steps}", {"question": question}, str(worked(question)), groups)


def worked(question: str, missed: Sequence[bool] = (False,) * 15) -> int:
    """The result of a chain without the steps that are missed."""
    start, *rest = question.split()
    total = int(start)
    for sign, number, left_out in zip(rest[::2], map(int, rest[1::2]), missed, strict=False):
        done = {"+": total + number, "-": total - number, "x": total * number}[sign]
        total = total if left_out else done % 1000
    return total

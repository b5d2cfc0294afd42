"""Answers of a judge whose every passage ends with its worth."""

import json
import re


def passages(text: str) -> list[str]:
    """The passages of a prompt, in their order."""
    return re.findall(r'<passage number="\d+">\n(.*?)\n</passage>', text, re.DOTALL)


def by_worth(text: str) -> str:
    """Grades the passages of a prompt by the number that each ends with."""
    grades = {f"[{i}]": int(p.split()[-1]) % 11 for i, p in enumerate(passages(text), start=1)}
    return f"<answer>{json.dumps(grades)}</answer>"

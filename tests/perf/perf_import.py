"""What `import benchsuite` costs in a new process, against pandas, which every user has loaded."""

import subprocess
import sys
from collections.abc import Iterator

from tests.perf import Ratio

REPEATS = 5
TIMED = """
import time
start = time.process_time()
import {0}
print(time.process_time() - start)
"""


def measure() -> Iterator[Ratio]:
    """The least of some imports: the package loads neither torch nor a plugin."""
    ours, peer = _imported("benchsuite"), _imported("pandas")
    yield Ratio("import benchsuite", "import pandas", ours, peer, 10)


def _imported(name: str) -> float:
    words = [sys.executable, "-c", TIMED.format(name)]
    called = (subprocess.run(words, capture_output=True, check=True) for _ in range(REPEATS))
    return min(float(one.stdout) for one in called)

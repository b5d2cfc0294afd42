"""What the first call of each corruption costs in a new process: `python -m tests.perf.first_call`.

Once with an empty cache of compiled code (the first process on a machine), once with a full one.
"""

import os
import subprocess
import sys
import tempfile
import time

NAMED = "--one"


def main(words: list[str]) -> None:
    if words[:1] == [NAMED]:
        _first_calls()
        return
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        for title in ("cold: nothing compiled yet", "warm: compiled by another process"):
            print(title, flush=True)
            command = [sys.executable, "-m", "tests.perf.first_call", NAMED]
            subprocess.run(command, env=environment, check=True)


def _first_calls() -> None:
    import numpy as np

    from benchsuite.condition import generator
    from benchsuite.perturb.image import Corruption
    from tests.perturb.corruptions import NAMES

    image = generator("image").integers(0, 256, (480, 640, 3), dtype=np.uint8)
    start = time.process_time()
    import benchsuite.perturb.image.kernels  # noqa: F401

    print(f"  import of numba, OpenCV and the kernels {time.process_time() - start:.2f} s CPU")
    costs = {}
    for name in NAMES:
        begun = time.process_time()
        Corruption(name)(image, 1, generator(name))
        costs[name] = time.process_time() - begun
    print("  first calls, s CPU: " + ", ".join(f"{n} {s:.2f}" for n, s in costs.items()))
    print(f"  in all {time.process_time() - start:.2f} s CPU")


if __name__ == "__main__":
    main(sys.argv[1:])

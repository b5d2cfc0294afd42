"""A package that is missing is named with the extra that has it, in whatever command needs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchsuite.errors import install_command

BLOCK = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == sys.argv[1]:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
sys.meta_path.insert(0, Missing())
from benchsuite.cli.parser import main
sys.exit(main(sys.argv[2:]))
"""
RUN = ("conditions=clean", "replicates=200")


@pytest.mark.parametrize(
    ("package", "extra", "words"),
    [
        ("bm25s", "bright", ("run", "task=bright", "model=bm25", *RUN)),
        ("bm25s", "bright", ("run", "task=bright", "model=bm25", *RUN, "on_error=skip")),
        ("sentence_transformers", "bright", ("run", "task=bright", "model=minilm", *RUN)),
        ("cv2", "fairseg", ("run", "task=fairseg", *RUN)),
        ("torch", "compositional", ("run", "task=compositional", "model=dual-mini", *RUN)),
        ("torch", "fairseg", ("train", "task=fairseg", "model=unet-mini", "out=w")),
        ("pycocotools", "instance-segmentation", ("run", "task=instance_segmentation", *RUN)),
        ("torchvision", "instance-segmentation", ("run", "task=instance_segmentation", *RUN)),
    ],
)  # fmt: skip
def test_a_missing_package_is_not_available(tmp_path, package, extra, words):
    pytest.importorskip(package)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", BLOCK, package, *words], cwd=tmp_path, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 69, done.stderr
    (said,) = done.stderr.splitlines()
    assert f"needs the package '{package}" in said
    assert said.endswith(f": {install_command(f'benchsuite[{extra}]')}")

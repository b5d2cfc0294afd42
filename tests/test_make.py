"""`make` takes PyTorch from the index that TORCH_INDEX names, and everything else from pip's own."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PINS = dict(
    line.strip().split("==")
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if "==" in line
)
TORCH, VISION = PINS["torch"], PINS["torchvision"]
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
import shutil
def build_editable(folder, *_):
    return shutil.copy("benchsuite-0-py3-none-any.whl", folder).rpartition("/")[2]
"""


def package(folder: Path, name: str, version: str, *needs: str) -> None:
    """Write an empty wheel into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    about = f"{name}-{version}.dist-info"
    required = "".join(f"Requires-Dist: {need}\n" for need in needs)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as made:
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        made.writestr(
            f"{about}/METADATA", f"{head}Provides-Extra: all\nProvides-Extra: dev\n{required}"
        )
        made.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr(f"{about}/RECORD", "")


def index(folder: Path) -> str:
    """The address of a folder of wheels as an index: a page per package, with links."""
    for wheel in folder.glob("*.whl"):
        name = wheel.name.partition("-")[0].replace("_", "-")
        page = folder / "simple" / name / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f'<a href="{wheel.as_uri()}">{wheel.name}</a>')
    return (folder / "simple").as_uri()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile and the pins, with a project that needs PyTorch and packages without content."""
    for name in ("Makefile", "constraints.txt"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "backend.py").write_text(BACKEND)
    package(tmp_path, "benchsuite", "0", "torch>=2.6; extra=='all'", "torchvision; extra=='all'")
    usual, other = tmp_path / "usual", tmp_path / "other"
    package(usual, "torch", TORCH, "nvidia-cuda", "sympy")
    package(usual, "torchvision", VISION, f"torch=={TORCH}")
    package(usual, "nvidia_cuda", "13")
    package(usual, "sympy", PINS["sympy"])
    package(usual, "imagecorruptions_imaug", PINS["imagecorruptions-imaug"])
    package(other, "torch", f"{TORCH}+cpu", "sympy")
    package(other, "torchvision", f"{VISION}+cpu", f"torch=={TORCH}")
    return tmp_path


def installed(checkout: Path, *words: str) -> dict[str, str]:
    """The packages in `.venv`, with their versions, after its target was made."""
    alone = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index(checkout / "usual")}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "MAKE", "TORCH_"))}
    command = ["make", ".venv/.installed", f"PYTHON={sys.executable}", *words]
    done = subprocess.run(
        command, cwd=checkout, env={**kept, **alone}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    about = [path.name for path in (checkout / ".venv").rglob("*.dist-info")]
    return dict(name.removesuffix(".dist-info").split("-", 1) for name in about)


def test_make_takes_pytorch_from_the_index_that_it_is_told(checkout):
    found = installed(checkout, f"TORCH_INDEX={index(checkout / 'other')}")
    assert (found["torch"], found["torchvision"]) == (f"{TORCH}+cpu", f"{VISION}+cpu")
    assert "nvidia_cuda" not in found
    assert found["sympy"] == PINS["sympy"]


def test_make_takes_pytorch_from_the_usual_index_otherwise(checkout):
    found = installed(checkout)
    assert (found["torch"], found["torchvision"]) == (TORCH, VISION)
    assert "nvidia_cuda" in found

"""The image corruptions of ImageNet-C and COCO-C: `(image, severity 1..5, generator) -> image`.

The 15 of the benchmark and the 4 held out for validation, after Hendrycks and Dietterich (ICLR
2019) and Michaelis et al. (arXiv 1907.07484), with the constants of the package imagecorruptions:
the same image within one grey level where a corruption draws no random numbers, and the same
distribution where it does. Importing this is cheap; numba and OpenCV load with the first image.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchsuite.condition import CLEAN, Condition, SuiteNames
from benchsuite.errors import BadData, WrongCall, near, needing
from benchsuite.perturb.image.texture_files import hash_of, package_folder
from benchsuite.perturb.image.types import Array

SEVERITIES: Final = (1, 2, 3, 4, 5)
SMALLEST, LARGEST = 32, 8192
"""Pixels of a side."""

_MOVES = "; pixels move and the truth stays"
BENCHMARK: Final = {
    "noise": {
        "gaussian_noise": "normal noise",
        "shot_noise": "Poisson noise of few photons",
        "impulse_noise": "values turned black or white",
    },
    "blur": {
        "defocus_blur": "out of focus, a disk",
        "glass_blur": "seen through frosted glass, pixels scattered",
        "motion_blur": "the camera moved along a line",
        "zoom_blur": "zoomed while exposed" + _MOVES,
    },
    "weather": {
        "snow": "falling flakes and a paler scene",
        "frost": "ice on the lens; generated textures, comparable with the reference in kind, "
        "not in pixels",
        "fog": "a haze of uneven density",
        "brightness": "brighter",
    },
    "digital": {
        "contrast": "less contrast",
        "elastic_transform": "smooth small shifts" + _MOVES,
        "pixelate": "few, large pixels",
        "jpeg_compression": "strong JPEG compression",
    },
}
"""The 15 corruptions of the benchmark by family, and what each does."""
HOLDOUT: Final = {
    "noise": {"speckle_noise": "normal noise in proportion to the value"},
    "blur": {"gaussian_blur": "a Gaussian blur"},
    "weather": {"spatter": "drops of water, or mud, on the lens"},
    "digital": {"saturate": "less colour at severities 1 and 2, more from 3"},
}
"""The 4 that are held out, for choosing hyperparameters, and never part of mPC."""
SUITE: Final = "imagecorruptions"
SUITE_NAMES: Final = {SUITE: SuiteNames("mPC", "rPC")}
"""Mean performance under corruption, and its share of clean (Michaelis et al. 2019)."""
ALIASES: Final = {
    short: f"corruption/{name}"
    for name, several in {
        "gaussian_noise": ("Gauss.", "Gaussian", "Gauss. noise"), "shot_noise": ("Shot",),
        "impulse_noise": ("Impulse", "Impul."), "defocus_blur": ("Defocus", "Defoc."),
        "glass_blur": ("Glass", "Frosted glass blur"), "motion_blur": ("Motion",),
        "zoom_blur": ("Zoom",), "brightness": ("Bright.", "Brit."), "contrast": ("Contr.",),
        "elastic_transform": ("Elastic", "Elas."), "pixelate": ("Pixel", "Pix."),
        "jpeg_compression": ("JPEG", "JPEG comp."), "speckle_noise": ("Speckle",),
    }.items()
    for short in several
}  # fmt: skip
"""What the headers of published tables call the corruptions."""
PARTS: Final = {"": BENCHMARK, "-holdout": HOLDOUT}
"""What follows the name of each suite of corruptions."""

_BACKENDS = ("benchsuite", "imagecorruptions")


@dataclass(frozen=True)
class Corruption:
    """One corruption, callable as `(image, severity, generator)`.

    `backend` is `benchsuite`, or `imagecorruptions` for the package itself. `textures`, a folder,
    replaces the generated textures of frost.
    """

    name: str
    backend: str = "benchsuite"
    textures: str = ""

    def __call__(self, image: Array, severity: int, generator: np.random.Generator) -> Array:
        """The altered image: uint8, of the given shape; the argument is not changed.

        image       uint8, RGB (H, W, 3) or grey (H, W) or (H, W, 1), sides of 32 to 8192 pixels
        severity    1..5
        generator   all randomness: the result depends on nothing else

        A grey image is altered as the RGB image of three equal channels, of which the first comes
        back. Raises BadData for any other image, WrongCall for another severity.
        """
        if not isinstance(severity, int | np.integer) or severity not in SEVERITIES:
            raise WrongCall(f"{self.name}: expected a severity of 1 to 5, found {severity!r}")
        rgb = _rgb(self.name, image)
        made = self._altered(rgb, severity, generator)
        return made if image.ndim == 3 and image.shape[2] == 3 else _first(made, image.ndim)

    def _altered(self, image: Array, severity: int, generator: np.random.Generator) -> Array:
        if self.backend == "imagecorruptions":
            from benchsuite.perturb.image.package import corrupted

            return corrupted(self.name, image, severity, generator)
        with needing(self.name, "benchsuite[image]"):
            from benchsuite.perturb.image.kernels import KERNELS
            from benchsuite.perturb.image.weather import frost
        if self.name == "frost":
            return frost(image, severity, generator, self.textures)
        return KERNELS[self.name](image, severity, generator)


def _rgb(name: str, image: Array) -> Array:
    wanted = f"expected uint8 RGB (H, W, 3) or grey (H, W), sides {SMALLEST} to {LARGEST}"
    if not isinstance(image, np.ndarray):
        raise BadData(f"{name}: {wanted}, found {type(image).__name__}")
    fits = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (1, 3))
    sides = image.shape[:2]
    if image.dtype != np.uint8 or not fits or min(sides) < SMALLEST or max(sides) > LARGEST:
        raise BadData(f"{name}: {wanted}, found {image.dtype} {image.shape}")
    if image.ndim == 3 and image.shape[2] == 3:
        # Kernels are compiled for arrays that can be written to; no kernel does.
        return np.require(image, requirements=("C", "W"))
    return np.repeat(image.reshape(*sides, 1), 3, axis=2)


def _first(made: Array, ndim: int) -> Array:
    return np.ascontiguousarray(made[..., 0] if ndim == 2 else made[..., :1])


def clean_and_corrupted(backend: str, textures: str) -> tuple[Condition, ...]:
    """Clean and the corruptions of `image`: what a task's `redrawn` is, if it has no more."""
    return (CLEAN, *conditions(backend=backend, textures=textures))


def conditions(
    field: str = "image", backend: str = "benchsuite", textures: str = ""
) -> tuple[Condition, ...]:
    """All 19 corruptions at 5 severities, of the image under `field` of the inputs.

    `corruption/fog/3` and so on, in the suites `imagecorruptions` (the 15) and
    `imagecorruptions-holdout` (the 4). What gives other pixels has other names:

    backend     "imagecorruptions": the installed package itself runs, for comparison:
                `package/fog/3`, in the suites `imagecorruptions-package` and
                `imagecorruptions-package-holdout`
    textures    a folder of pictures, or "imagecorruptions" for those of the installed package, of
                which frost is made: `corruption/frost-1a2b3c4d/3` after the hash of the files, and
                the suite of the 15 is `imagecorruptions-1a2b3c4d`; read once per process
    """
    if backend not in _BACKENDS:
        raise WrongCall(f"backend: no backend is called '{backend}'{near(backend, _BACKENDS)}")
    if backend == "imagecorruptions" and textures:
        raise WrongCall("textures: the package imagecorruptions takes none but its own")
    package = backend == "imagecorruptions"
    folder = package_folder() if textures == "imagecorruptions" else textures
    mark = f"-{hash_of(folder)}" if textures else "-package" if package else ""
    made = [
        Condition("corruption", name, severity, family, field, Corruption(name), summary, suite)
        for suite, families in ((f"{SUITE}{mark}{part}", of) for part, of in PARTS.items())
        for family, members in families.items()
        for name, summary in members.items()
        for severity in SEVERITIES
    ]
    if package:
        return tuple(_by_the_package(condition) for condition in made)
    return tuple(_of_textures(c, folder, mark) if textures else c for c in made)


def _by_the_package(condition: Condition) -> Condition:
    return replace(
        condition,
        kind="package",
        alter=Corruption(condition.name, backend="imagecorruptions"),
        summary=f"{condition.name} by the package imagecorruptions",
    )


def _of_textures(condition: Condition, folder: str, mark: str) -> Condition:
    if condition.name != "frost":
        return condition
    alter, summary = Corruption("frost", textures=folder), f"ice on the lens, from {folder}"
    return replace(condition, name=f"frost{mark}", alter=alter, summary=summary)

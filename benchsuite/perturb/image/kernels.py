"""The 19 corruptions by name. Importing this loads numba and OpenCV."""

from collections.abc import Mapping
from typing import Final

from benchsuite.perturb.image import blur, colour, digital, noise, spatter, weather, zoom
from benchsuite.perturb.image.types import Kernel

KERNELS: Final[Mapping[str, Kernel]] = {
    kernel.__name__: kernel
    for kernel in (
        noise.gaussian_noise, noise.shot_noise, noise.impulse_noise, noise.speckle_noise,
        blur.defocus_blur, blur.glass_blur, blur.motion_blur, zoom.zoom_blur, blur.gaussian_blur,
        weather.snow, weather.frost, weather.fog, colour.brightness, spatter.spatter,
        colour.contrast, digital.elastic_transform, digital.pixelate, digital.jpeg_compression,
        colour.saturate,
    )
}  # fmt: skip

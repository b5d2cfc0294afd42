"""The image corruptions keep their promises: pure, repeatable, and clear about bad input."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from benchsuite.condition import generator
from benchsuite.dataset import Sample
from benchsuite.errors import BadData, WrongCall, install_command
from benchsuite.perturb.image import BENCHMARK, SEVERITIES, Corruption, conditions
from tests.perturb.corruptions import NAMES
from tests.perturb.photographs import photographs

DRAWS_NOTHING = {
    "defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate", "jpeg_compression",
    "gaussian_blur", "saturate",
}  # fmt: skip


@pytest.fixture(scope="module")
def small() -> np.ndarray:
    return np.ascontiguousarray(photographs()["astronaut"][60:156, 180:308])


def altered(name: str, image: np.ndarray, severity: int, key: object = 0) -> np.ndarray:
    return Corruption(name)(image, severity, generator("test", key))


def test_conditions_are_19_corruptions_at_5_severities_in_their_families() -> None:
    every = conditions("photo")
    assert len({c.full_name for c in every}) == 95
    assert {c.field for c in every} == {"photo"}
    suites = {
        suite: {c.name for c in every if c.suite == suite} for suite in {c.suite for c in every}
    }
    assert suites["imagecorruptions-holdout"] == {
        "speckle_noise", "gaussian_blur", "spatter", "saturate",
    }  # fmt: skip
    assert suites["imagecorruptions"] == set(NAMES) - suites["imagecorruptions-holdout"]
    families = {family: {c.name for c in every if c.family == family} for family in BENCHMARK}
    assert families == {
        "noise": {"gaussian_noise", "shot_noise", "impulse_noise", "speckle_noise"},
        "blur": {"defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "gaussian_blur"},
        "weather": {"snow", "frost", "fog", "brightness", "spatter"},
        "digital": {"contrast", "elastic_transform", "pixelate", "jpeg_compression", "saturate"},
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_corruption_is_a_pure_function_of_image_severity_and_key(
    name: str, small: np.ndarray
) -> None:
    before = small.copy()
    first = {s: altered(name, small, s) for s in SEVERITIES}
    for severity in reversed(SEVERITIES):
        again = altered(name, small, severity)
        assert again.dtype == np.uint8
        assert again.shape == small.shape
        np.testing.assert_array_equal(first[severity], again)
    np.testing.assert_array_equal(small, before, "the argument was changed")
    changed = not np.array_equal(first[3], altered(name, small, 3, key=1))
    assert changed == (name not in DRAWS_NOTHING)


def test_threads_and_opencvs_threads_give_the_same_bytes(small: np.ndarray) -> None:
    import cv2

    jobs = [(name, severity) for name in NAMES for severity in (1, 4)]
    count = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        alone = [altered(name, small, severity).tobytes() for name, severity in jobs]
        cv2.setNumThreads(4)
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda job: altered(job[0], small, job[1]).tobytes(), jobs))
    finally:
        cv2.setNumThreads(count)
    assert [jobs[i] for i in range(len(jobs)) if alone[i] != together[i]] == []


def test_a_view_is_the_same_after_pickling(small: np.ndarray) -> None:
    every = pickle.loads(pickle.dumps(conditions()))
    sample = Sample("s", {"image": small, "text": "kept"}, truth={"box": (1, 2, 3, 4)})
    chosen = [c for c in every if c.severity == 5]
    assert {c.name for c in chosen} == set(NAMES)
    for condition in chosen:
        view = condition.view(0, "d", sample)
        assert view.fields["text"] == "kept"
        np.testing.assert_array_equal(
            view.fields["image"],
            Corruption(condition.name)(small, 5, generator(0, "d", "s", condition.full_name)),
        )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(32, 32), (33, 47), (40, 401), (401, 40)])
def test_grey_and_odd_shapes_keep_their_shape(name: str, shape: tuple[int, int]) -> None:
    grey = generator("grey").integers(0, 256, size=shape, dtype=np.uint8)
    rgb = np.stack([grey] * 3, axis=2)
    for severity in (1, 3, 5):
        colour = altered(name, rgb, severity)
        assert colour.shape == rgb.shape
        np.testing.assert_array_equal(altered(name, grey, severity), colour[..., 0])
        np.testing.assert_array_equal(altered(name, grey[..., None], severity), colour[..., :1])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", [0, 255])
def test_black_and_white_images_are_no_error(name: str, level: int) -> None:
    flat = np.full((32, 40, 3), level, np.uint8)
    for severity in SEVERITIES:
        assert altered(name, flat, severity).shape == flat.shape


@pytest.mark.parametrize(
    ("image", "found"),
    [
        (np.zeros((31, 64, 3), np.uint8), "uint8 (31, 64, 3)"),
        (np.zeros((64, 64, 4), np.uint8), "uint8 (64, 64, 4)"),
        (np.zeros((64, 64, 3), np.float32), "float32 (64, 64, 3)"),
        (np.zeros((64, 64), np.uint16), "uint16 (64, 64)"),
        (np.zeros((2, 64, 64, 3), np.uint8), "uint8 (2, 64, 64, 3)"),
        (np.zeros((32, 8193), np.uint8), "uint8 (32, 8193)"),
        ([[0]], "list"),
    ],
)
def test_any_other_image_is_one_clear_error(image: object, found: str) -> None:
    with pytest.raises(BadData) as error:
        Corruption("fog")(image, 1, generator(0))
    assert str(error.value).endswith(f"found {found}")
    assert "expected uint8 RGB (H, W, 3) or grey (H, W)" in str(error.value)


@pytest.mark.parametrize("severity", [0, 6, 2.5, 2.0])
def test_another_severity_is_a_wrong_call(severity: int, small: np.ndarray) -> None:
    with pytest.raises(WrongCall, match="severity of 1 to 5"):
        Corruption("fog")(small, severity, generator(0))


@pytest.mark.slow
def test_a_4k_image_is_altered_like_any_other() -> None:
    image = generator("4k").integers(0, 256, (2160, 3840, 3), dtype=np.uint8)
    for name in NAMES:
        made = altered(name, image, 3)
        assert made.shape == image.shape
        assert not np.array_equal(made, image), name


def test_views_and_read_only_images_give_the_bytes_of_a_copy(small: np.ndarray) -> None:
    frozen, view = small.copy(), np.asfortranarray(small)[:, ::-1][:, ::-1]
    frozen.flags.writeable = False
    for name in NAMES:
        expected = altered(name, small, 2)
        np.testing.assert_array_equal(altered(name, frozen, 2), expected)
        np.testing.assert_array_equal(altered(name, view, 2), expected)


def test_another_process_gives_the_same_bytes_in_another_order() -> None:
    code = """
import hashlib, numpy as np
from benchsuite.condition import generator
from benchsuite.perturb.image import Corruption, conditions
names = sorted({c.name for c in conditions()})
image = generator("process").integers(0, 256, (50, 60, 3), dtype=np.uint8)
made = {n: Corruption(n)(image, 4, generator(n)).tobytes() for n in ORDER(names)}
digest = hashlib.sha256(b"".join(made[n] for n in names)).hexdigest()
"""
    here: dict[str, object] = {"ORDER": list}
    exec(code, here)  # noqa: S102 - the same lines, here and there
    other = "ORDER = reversed\n" + code + "print(digest)"
    found = subprocess.run(
        [sys.executable, "-c", other], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == here["digest"]


def test_frost_of_a_folder_is_named_after_its_pictures(tmp_path: Path, small: np.ndarray) -> None:
    import cv2

    for name, level in (("b.png", 250), ("a.png", 250)):
        cv2.imwrite(str(tmp_path / name), np.full((40, 50, 3), level, np.uint8))
    before = {c.full_name for c in conditions(textures=str(tmp_path)) if "frost" in c.name}
    frost = next(c for c in conditions(textures=str(tmp_path)) if c.name.startswith("frost-"))
    assert frost.alter is not None
    made = frost.alter(small, 5, generator(0))
    expected = np.minimum(np.float32(0.6) * small + np.float32(0.75) * np.float32(250), 255)
    np.testing.assert_array_equal(made, expected.astype(np.uint8))
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((40, 50, 3), np.uint8))
    after = {c.full_name for c in conditions(textures=str(tmp_path)) if "frost" in c.name}
    assert len(before) == len(after) == 5
    assert not before & after


def test_textures_that_are_none_are_one_clear_error(tmp_path: Path, small: np.ndarray) -> None:
    with pytest.raises(BadData, match="expected frost textures"):
        conditions(textures=str(tmp_path))
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(BadData, match=r"broken\.png: expected a picture"):
        Corruption("frost", textures=str(tmp_path))(small, 1, generator(0))
    with pytest.raises(WrongCall, match="none but its own"):
        conditions(backend="imagecorruptions", textures="imagecorruptions")
    with pytest.raises(WrongCall, match="no backend is called 'imagecorruption'"):
        conditions(backend="imagecorruption")


@pytest.mark.parametrize("missing", ["numba", "cv2"])
def test_a_missing_package_is_named_with_its_remedy(missing: str) -> None:
    code = f"""
import sys, numpy as np
sys.modules[{missing!r}] = None
from benchsuite.errors import NotAvailable
from benchsuite.perturb.image import Corruption
try:
    Corruption("fog")(np.zeros((32, 32, 3), np.uint8), 1, np.random.default_rng(0))
except NotAvailable as error:
    print(error)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    command = install_command("benchsuite[image]")
    assert found.stdout == f"fog needs the package '{missing}': {command}\n"


def test_conditions_load_neither_numba_nor_opencv() -> None:
    code = (
        "import sys; from benchsuite.perturb.image import conditions; conditions();"
        "print(sorted({'numba', 'cv2', 'scipy', 'PIL'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

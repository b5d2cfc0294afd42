"""Images are read as a person sees them; what would have to be changed is refused."""

import io
import re
import struct
import sys
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchsuite.errors import BadData, NotAvailable, install_command
from benchsuite.files import images, limits
from benchsuite.files.images import by_stem, image_size, png_bytes, read_image, read_rgb, resized
from benchsuite.files.maps import read_codes, read_map

from .pictures import COLOUR, DEEP, GREY, UPRIGHT, chunk, exif, png, saved, tiff

# --- images -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp"])
@pytest.mark.parametrize("orientation", sorted(UPRIGHT))
@pytest.mark.parametrize("seen", [COLOUR, GREY], ids=["rgb", "grey"])
def test_every_orientation_is_turned_upright(
    tmp_path: Path, seen: np.ndarray, orientation: int, ending: str
) -> None:
    stored = np.kron(UPRIGHT[orientation](seen), np.ones((8, 8, 1)[: seen.ndim], np.uint8))
    path = tmp_path / f"a.{ending}"
    best = {"jpg": {"quality": 100}, "webp": {"lossless": True}}.get(ending, {})
    saved(path, stored, exif=exif(orientation), **best)
    found = read_image(path)
    assert image_size(path) == found.shape[:2] == (40, 56)
    assert found.dtype == np.uint8
    if ending == "webp":  # has no grey
        found = found if seen.ndim == 3 else found[..., 0]
    shown = found[4::8, 4::8].astype(int)
    # JPEG blurs colours: its picture is then the nearest of those that could be meant
    meant = {k: UPRIGHT[k](seen) for k in UPRIGHT if UPRIGHT[k](seen).shape == seen.shape}
    errors = {k: float(np.abs(shown - one).mean()) for k, one in meant.items()}
    assert min(errors, key=lambda k: errors[k]) == 1
    assert ending == "jpg" or errors[1] == 0


@pytest.mark.parametrize("ending", ["png", "jpg", "tif"])
@pytest.mark.parametrize("orientation", sorted(UPRIGHT))
def test_an_image_that_was_annotated_as_stored_is_not_turned(
    tmp_path: Path, orientation: int, ending: str
) -> None:
    stored = np.kron(UPRIGHT[orientation](GREY), np.ones((8, 8), np.uint8))
    best = {"quality": 100} if ending == "jpg" else {}
    path = saved(tmp_path / f"a.{ending}", stored, exif=exif(orientation), **best)
    upright = read_image(path)
    for size in ((40, 56), (56, 40), (3, 5)):
        as_stored = size == (56, 40) and orientation >= 5
        found = read_image(path, size)
        assert image_size(path, size) == found.shape
        if as_stored:
            assert np.abs(found.astype(int) - stored).max() <= 3
        else:
            np.testing.assert_array_equal(found, upright)


@pytest.mark.parametrize("orientation", ["number", "garbage"])
def test_an_orientation_that_does_not_exist_turns_nothing(tmp_path: Path, orientation: str) -> None:
    path = saved(tmp_path / "a.jpg", COLOUR)
    block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + struct.pack("<I", 9) + b"\0\0\0\0"
    data = path.read_bytes()
    raw = b"Exif\0\0" + (block if orientation == "number" else b"garbage")
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(raw) + 2) + raw + data[2:])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert read_image(path).shape == (5, 7, 3)
        assert image_size(path) == (5, 7)


def test_grey_stays_grey_and_rgb_can_be_asked_for(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", GREY)
    np.testing.assert_array_equal(read_image(path), GREY)
    np.testing.assert_array_equal(read_rgb(path), np.repeat(GREY[..., None], 3, axis=2))
    np.testing.assert_array_equal(read_rgb(saved(tmp_path / "b.png", COLOUR)), COLOUR)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_alpha_is_dropped(tmp_path: Path, ending: str) -> None:
    alpha = np.arange(35, dtype=np.uint8).reshape(5, 7, 1)
    rgba = saved(tmp_path / f"a.{ending}", np.concatenate([COLOUR, alpha], axis=2))
    np.testing.assert_array_equal(read_image(rgba), COLOUR)
    la = saved(tmp_path / f"b.{ending}", np.concatenate([GREY[..., None], alpha], axis=2))
    np.testing.assert_array_equal(read_image(la), GREY)


@pytest.mark.parametrize("transparency", [None, 0, b"\0\x80\xff"])
@pytest.mark.parametrize("ending", ["png", "gif"])
def test_a_palette_becomes_its_colours(tmp_path: Path, ending: str, transparency: object) -> None:
    if ending == "gif" and isinstance(transparency, bytes):
        pytest.skip("GIF has one transparent colour")
    indices = np.arange(35, dtype=np.uint8).reshape(5, 7) % 3
    image = Image.frombytes("P", (7, 5), indices.tobytes())
    image.putpalette([10, 20, 30, 200, 0, 0, 0, 0, 255])
    options = {} if transparency is None else {"transparency": transparency}
    image.save(tmp_path / f"a.{ending}", **options)
    colours = np.array([[10, 20, 30], [200, 0, 0], [0, 0, 255]], np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(read_image(tmp_path / f"a.{ending}"), colours[indices])


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", GREY > 128)
    np.testing.assert_array_equal(read_image(path), np.where(GREY > 128, 255, 0))


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    Image.fromarray(COLOUR).convert("CMYK").save(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), COLOUR)
    Image.fromarray(COLOUR).convert("CMYK").save(tmp_path / "a.jpg")
    assert read_image(tmp_path / "a.jpg").shape == (5, 7, 3)


@pytest.mark.parametrize("colour", [0, 2, 4, 6], ids=["grey", "rgb", "la", "rgba"])
def test_sixteen_bits_a_channel_in_a_png_are_refused(tmp_path: Path, colour: int) -> None:
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    lines = [np.repeat(row, channels).astype(">u2").tobytes() for row in DEEP]
    path = png(tmp_path / "a.png", colour, 16, lines, 3)
    for read in (read_image, read_rgb):
        with pytest.raises(BadData, match=r"a\.png: expected 8 bits a channel, found .*16"):
            read(path)
    if colour == 6:
        with pytest.raises(BadData, match="expected RGBA of 8 bits"):
            read_codes(path)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3])
def test_more_than_eight_bits_in_a_tiff_are_refused(
    tmp_path: Path, kind: type, order: str, channels: int
) -> None:
    pixels = np.repeat(DEEP[..., None], channels, axis=2).astype(kind)
    path = tiff(tmp_path / "a.tif", pixels if channels == 3 else pixels[..., 0], order)
    with pytest.raises(BadData, match=r"a\.tif: expected (8 bits|an image)"):
        read_image(path)


@pytest.mark.parametrize("head", [b"P5 3 2 65535\n", b"P6 3 2 65535\n", b"P6 3 2 1023\n"])
def test_more_than_eight_bits_in_a_ppm_are_refused(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "a.ppm").write_bytes(head + b"\0\1" * 18)
    with pytest.raises(BadData, match="expected 8 bits a channel"):
        read_image(tmp_path / "a.ppm")


@pytest.mark.parametrize("order", ["<", ">"])
def test_eight_bits_in_a_tiff_are_read(tmp_path: Path, order: str) -> None:
    np.testing.assert_array_equal(read_image(tiff(tmp_path / "a.tif", COLOUR, order)), COLOUR)
    np.testing.assert_array_equal(read_image(tiff(tmp_path / "b.tif", GREY, order)), GREY)


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "bmp", "gif", "webp"])
@pytest.mark.parametrize("kept", [0.0, 0.05, 0.5, 0.9])
def test_a_truncated_file_is_one_line(tmp_path: Path, ending: str, kept: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (60, 60), dtype=np.uint8)
    path = saved(tmp_path / f"a.{ending}", noise)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(BadData, match=rf"a\.{ending}: expected .*, found [^\n]+$"):
        read_image(path)


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "bmp", "gif", "webp"])
def test_damaged_bytes_are_read_or_one_line(tmp_path: Path, ending: str) -> None:
    whole = bytearray(saved(tmp_path / f"a.{ending}", COLOUR).read_bytes())
    rng = np.random.default_rng(2)
    for number in range(300):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            damaged[place] = rng.integers(256)
        path = tmp_path / f"{number}.{ending}"
        path.write_bytes(damaged)
        for read in (read_image, image_size, read_map):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    read(path)
            except BadData as error:
                assert "\n" not in str(error)


@pytest.mark.parametrize("read", [read_image, read_map, read_codes, image_size])
def test_a_missing_file_a_folder_and_another_kind_are_one_line(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    with pytest.raises(BadData, match=r"none\.png: expected an image, found no file"):
        read(tmp_path / "none.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(BadData, match=r"folder\.png: expected "):
        read(tmp_path / "folder.png")
    for content in (b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"):
        (tmp_path / "a.png").write_bytes(content)
        with pytest.raises(BadData, match=r"a\.png: expected an image .*, found another kind"):
            read(tmp_path / "a.png")


@pytest.mark.parametrize("side", [13_378, 100_000])
@pytest.mark.parametrize("read", [read_image, read_map, image_size])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_before_it_is_decoded(
    tmp_path: Path, read: Callable[[Path], object], side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None if side == 13_378 else 89_478_485)
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    with pytest.raises(BadData, match=r"a\.png: expected .* pixels"):
        read(tmp_path / "a.png")


@pytest.mark.parametrize("ending", ["tif", "gif", "png", "webp"])
@pytest.mark.parametrize("read", [read_image, read_map, image_size])
def test_several_pages_or_frames_are_refused(
    tmp_path: Path, read: Callable[[Path], object], ending: str
) -> None:
    pages = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    pages[0].save(tmp_path / f"a.{ending}", save_all=True, append_images=pages[1:])
    with pytest.raises(BadData, match="expected a single image, found 2 pages or frames"):
        read(tmp_path / f"a.{ending}")


def test_a_phone_s_jpeg_is_its_first_picture(tmp_path: Path) -> None:
    first, preview = Image.new("RGB", (32, 24), (250, 0, 0)), Image.new("RGB", (8, 6))
    first.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[preview])
    with Image.open(tmp_path / "a.jpg") as made:
        assert (made.format, made.n_frames) == ("MPO", 2)
    assert read_image(tmp_path / "a.jpg").shape == (24, 32, 3)
    assert read_image(tmp_path / "a.jpg")[..., 0].min() > 240
    assert image_size(tmp_path / "a.jpg") == (24, 32)


class Bytes:
    """An image that is no file, such as a value of a table."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __str__(self) -> str:
        return "table.parquet: row 3"

    def read_bytes(self) -> bytes:
        return self.data


def test_bytes_with_a_name_are_read_like_a_file() -> None:
    np.testing.assert_array_equal(read_image(Bytes(png_bytes(COLOUR))), COLOUR)
    with pytest.raises(BadData, match=r"table\.parquet: row 3: expected an image"):
        read_image(Bytes(b"no"))


@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "rgb"])
def test_png_bytes_are_those_of_pillow_and_read_back(tmp_path: Path, pixels: np.ndarray) -> None:
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG")
    assert png_bytes(pixels) == sink.getvalue()
    (tmp_path / "a.png").write_bytes(png_bytes(pixels))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), pixels)


def test_without_pillow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    for call in (lambda: read_image(tmp_path / "a.png"), lambda: png_bytes(COLOUR)):
        with pytest.raises(NotAvailable, match=re.escape(install_command("benchsuite[image]"))):
            call()


# --- folders ----------------------------------------------------------------------------------


def test_files_are_found_by_name_without_suffix(tmp_path: Path) -> None:
    for name in ("a.png", "b.PNG", "c.x.png", "d.txt"):
        (tmp_path / name).touch()
    assert sorted(by_stem(tmp_path, (".png",))) == ["a", "b", "c.x"]
    (tmp_path / "a.tif").touch()
    with pytest.raises(BadData, match=r"a\.tif: expected one file per name, found a\.png, too"):
        by_stem(tmp_path, images.IMAGES)
    with pytest.raises(BadData, match=r"none: expected a folder of files \.png, found none"):
        by_stem(tmp_path / "none", (".png",))


@pytest.mark.parametrize("kind", ["RGB", "L", "P", "1"])
def test_a_picture_that_is_large_in_memory_alone_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = tmp_path / "a.png"
    Image.new(kind, (300, 200)).save(path)
    assert read_image(path).shape[:2] == (200, 300)
    monkeypatch.setattr(limits, "FREE", 100_000)
    monkeypatch.setattr(limits, "RATIO", 100)
    for read in (read_image, image_size, read_map):
        with pytest.raises(BadData, match=r"a\.png: 200 × 300 pixels: expected at most 100,000 by"):
            read(path)
    noise = np.random.default_rng(0).integers(0, 2, (200, 300), dtype=np.uint8)
    Image.fromarray(noise).save(path)  # as large, and its file is, too
    assert read_image(path).shape == (200, 300)


def test_an_image_of_another_size_is_linear_between_its_pixels() -> None:
    ramp = np.array([[0, 200]], np.uint8)
    wider = resized(ramp, (3, 4))
    assert wider.shape == (3, 4)
    np.testing.assert_array_equal(wider, [[0, 50, 150, 200]] * 3)
    np.testing.assert_array_equal(resized(COLOUR, COLOUR.shape[:2]), COLOUR)

"""Images are read as a person sees them, maps as they are stored; what would change is refused."""

import io
import struct
import sys
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchsuite.errors import BadData, NotAvailable
from benchsuite.files import images
from benchsuite.files.images import (
    by_stem,
    image_size,
    png_bytes,
    read_codes,
    read_image,
    read_map,
    read_rgb,
)

COLOUR = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
GREY = COLOUR[..., 0]
UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda seen: seen,
    2: lambda seen: seen[:, ::-1],
    3: lambda seen: seen[::-1, ::-1],
    4: lambda seen: seen[::-1],
    5: lambda seen: seen.swapaxes(0, 1),
    6: lambda seen: seen.swapaxes(0, 1)[::-1],
    7: lambda seen: seen[::-1, ::-1].swapaxes(0, 1),
    8: lambda seen: seen.swapaxes(0, 1)[:, ::-1],
}
"""What a file of each EXIF orientation stores of an image that is seen upright."""


def saved(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, **options)
    return path


def exif(orientation: object) -> Image.Exif:
    held = Image.Exif()
    held[images.ORIENTATION] = orientation
    return held


def chunk(kind: bytes, data: bytes) -> bytes:
    checked = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checked)


def png(path: Path, colour: int, depth: int, lines: list[bytes], width: int) -> Path:
    """A PNG of any bit depth and colour type, which Pillow does not write."""
    head = struct.pack(">IIBBBBB", width, len(lines), depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + line for line in lines))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )
    return path


def tiff(path: Path, pixels: np.ndarray, order: str = "<") -> Path:
    """An uncompressed TIFF of any depth, in either byte order."""
    stored = pixels.astype(pixels.dtype.newbyteorder(order))
    height, width, channels = (*pixels.shape, 1)[:3]
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    bits = 8 * pixels.dtype.itemsize
    tags = [
        (256, width), (257, height), (258, bits), (259, 1), (262, 2 if channels == 3 else 1),
        (273, 8), (277, channels), (278, height), (279, stored.nbytes), (339, kind),
    ]  # fmt: skip
    data = stored.tobytes()
    data += b"\0" * (len(data) % 2)
    entries, extra = b"", b""
    beyond = 8 + len(data) + 2 + 12 * len(tags) + 4
    for tag, value in tags:
        if tag in (258, 339) and channels == 3:
            entries += struct.pack(f"{order}HHII", tag, 3, 3, beyond + len(extra))
            extra += struct.pack(f"{order}3H", *[value] * 3)
        else:
            entries += struct.pack(f"{order}HHII", tag, 4, 1, value)
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    path.write_bytes(
        mark + struct.pack(f"{order}I", 8 + len(data)) + data
        + struct.pack(f"{order}H", len(tags)) + entries + b"\0" * 4 + extra
    )  # fmt: skip
    return path


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


DEEP = np.arange(6, dtype=np.uint16).reshape(2, 3) * 9000


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
        with pytest.raises(NotAvailable, match=r"pip install 'benchsuite\[image\]'"):
            call()


# --- label maps -------------------------------------------------------------------------------


def test_a_map_holds_the_numbers_of_the_file(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_map(saved(tmp_path / "a.png", GREY)), GREY)
    bits = read_map(saved(tmp_path / "b.png", GREY > 128))
    np.testing.assert_array_equal(bits, (GREY > 128).astype(int))
    assert bits.dtype == np.uint8
    deep = saved(tmp_path / "c.png", DEEP)
    np.testing.assert_array_equal(read_map(deep), DEEP)
    indices = Image.frombytes("P", (7, 5), (GREY % 3).tobytes())
    indices.putpalette([10, 20, 30, 200, 0, 0, 0, 0, 255])
    indices.save(tmp_path / "d.png", transparency=b"\0\x80\xff", bits=2)
    np.testing.assert_array_equal(read_map(tmp_path / "d.png"), GREY % 3)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16, np.int32])
def test_a_map_in_a_tiff_is_read_in_both_byte_orders(
    tmp_path: Path, kind: type, order: str
) -> None:
    found = read_map(tiff(tmp_path / "a.tif", (DEEP // 300).astype(kind), order))
    np.testing.assert_array_equal(found, DEEP // 300)
    assert found.dtype.isnative
    assert found.dtype.kind in "iu"


def test_a_grey_map_of_few_bits_is_not_spread_over_0_to_255(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", 0, 4, [bytes([0x01, 0x23])], 4)
    with pytest.raises(BadData, match=r"expected 1, 8 or 16 bits a label, found L;4"):
        read_map(path)
    assert read_image(path).tolist() == [[0, 17, 34, 51]]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "CMYK", "F"])
def test_colours_are_no_map(tmp_path: Path, mode: str) -> None:
    Image.fromarray(COLOUR).convert(mode).save(tmp_path / "a.tif")
    with pytest.raises(BadData, match=f"expected one label a pixel, found mode {mode}"):
        read_map(tmp_path / "a.tif")


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_a_map_that_exif_would_turn_is_refused(tmp_path: Path, ending: str) -> None:
    assert read_map(saved(tmp_path / f"a.{ending}", GREY, exif=exif(1))).shape == (5, 7)
    with pytest.raises(BadData, match="expected a label map without EXIF orientation, found 6"):
        read_map(saved(tmp_path / f"b.{ending}", GREY, exif=exif(6)))


@pytest.mark.parametrize("kind", ["u1", "<u2", ">u2", "<i8", ">i4", "<f4", ">f8", "?"])
def test_an_npy_of_whole_numbers_is_a_map(tmp_path: Path, kind: str) -> None:
    np.save(tmp_path / "a.npy", (GREY % 2).astype(kind))
    found = read_map(tmp_path / "a.npy")
    np.testing.assert_array_equal(found, GREY % 2)
    assert found.dtype.isnative
    assert found.dtype.kind in "iu"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 4, 3)), r"expected a label map \(H, W\) .* \(4, 4, 3\)$"),
        (np.zeros(4), r"found float64 \(4,\)$"),
        (np.zeros((4, 4), "S1"), r"whole numbers, found \|S1"),
        (np.zeros((4, 4), "c8"), "whole numbers, found complex64"),
        (np.zeros((4, 4), "M8[D]"), "whole numbers, found datetime64"),
        (np.full((4, 4), 0.5), "whole numbers, found 0.5$"),
        (np.full((4, 4), np.nan), "whole numbers, found nan$"),
        (np.full((4, 4), -np.inf), "whole numbers, found -inf$"),
        (np.full((4, 4), 1e300), "whole numbers, found 1e"),
        (np.zeros((0, 4), np.uint8), "expected .*found"),
        (np.array([{}], dtype=object), "expected an array without pickle"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_an_npy_that_is_no_map_is_one_line(tmp_path: Path, array: np.ndarray, message: str) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(BadData, match=rf"a\.npy: .*{message}"):
        read_map(tmp_path / "a.npy")


def test_archives_pickles_and_damaged_arrays_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.savez(tmp_path / "a.npz", GREY)
    (tmp_path / "a.npz").rename(path)
    with pytest.raises(BadData, match="expected an array, found an archive"):
        read_map(path)
    np.save(path, GREY)
    whole = path.read_bytes()
    big = whole.replace(b"(5, 7)", b"(50000000, 70000000)")
    for content in (b"", b"\x80\x04K\x01.", whole[:90], whole[:-3], big, b"PK\3\4", whole[:10]):
        path.write_bytes(content)
        with pytest.raises(BadData, match=r"a\.npy: expected an array[^\n]*$"):
            read_map(path)


def test_an_npy_of_more_pixels_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "a.npy", GREY)
    monkeypatch.setattr(images, "MOST_PIXELS", 34)
    with pytest.raises(BadData, match=r"expected at most 34 pixels, found \(5, 7\)"):
        read_map(tmp_path / "a.npy")


def test_codes_are_the_four_bytes_as_they_are_stored(tmp_path: Path) -> None:
    codes = np.random.default_rng(3).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    np.testing.assert_array_equal(read_codes(saved(tmp_path / "a.png", codes)), codes)
    with pytest.raises(BadData, match="expected RGBA of 8 bits a channel, found mode RGB"):
        read_codes(saved(tmp_path / "b.png", COLOUR))


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

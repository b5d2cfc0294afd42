"""Label maps hold what the file holds; greys are cut at a threshold alone; all else is refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchsuite.errors import BadData
from benchsuite.files import maps
from benchsuite.files.images import read_image
from benchsuite.files.maps import (
    foreground,
    grey,
    maps_by_stem,
    read_codes,
    read_grey,
    read_map,
    read_mask,
)

from .pictures import COLOUR, DEEP, GREY, exif, png, saved, tiff


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


@pytest.mark.parametrize("mode", ["1", "L"])
def test_a_tiff_in_which_0_is_white_is_refused(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(GREY).convert(mode).save(path, tiffinfo={262: 0})
    with pytest.raises(BadData, match=r"a\.tif: expected a label map in which 0 is black"):
        read_map(path)


def test_a_grey_map_of_few_bits_is_not_spread_over_0_to_255(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", 0, 4, [bytes([0x01, 0x23])], 4)
    with pytest.raises(BadData, match=r"expected 1, 8 or 16 bits a label, found L;4"):
        read_map(path)
    assert read_image(path).tolist() == [[0, 17, 34, 51]]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK"])
def test_colours_are_no_map(tmp_path: Path, mode: str) -> None:
    Image.fromarray(COLOUR).convert(mode).save(tmp_path / "a.tif")
    with pytest.raises(BadData, match=rf"expected one label a pixel, found .*mode {mode}"):
        read_map(tmp_path / "a.tif")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_equal_channels_are_one_number_unless_a_pixel_is_transparent(
    tmp_path: Path, mode: str
) -> None:
    made = Image.fromarray(GREY).convert(mode)
    made.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_map(tmp_path / "a.png"), GREY)
    if mode != "RGB":
        made.putpixel((0, 0), (*made.getpixel((0, 0))[:-1], 254))
        made.save(tmp_path / "b.png")
        with pytest.raises(BadData, match="expected one label a pixel, found transparent pixels"):
            read_map(tmp_path / "b.png")


def test_sixteen_bits_of_three_channels_are_never_cut_to_eight(tmp_path: Path) -> None:
    deep = np.repeat(DEEP[:, :, None], 3, axis=2)
    with pytest.raises(BadData, match="expected one label a pixel, found mode RGB"):
        read_map(tiff(tmp_path / "a.tif", deep))


@pytest.mark.parametrize("labels", [GREY % 2, GREY % 2 * 255, GREY % 3, GREY % 2 * 2])
def test_a_gif_holds_the_greys_that_were_saved_whatever_its_palette(
    tmp_path: Path, labels: np.ndarray
) -> None:
    np.testing.assert_array_equal(read_map(saved(tmp_path / "a.gif", labels)), labels)
    with pytest.raises(BadData, match="found colours"):
        read_map(saved(tmp_path / "b.gif", COLOUR))


def test_a_jpeg_is_no_label_map_but_has_greys(tmp_path: Path) -> None:
    for pixels in (GREY, np.repeat(GREY[:, :, None], 3, axis=2)):
        path = saved(tmp_path / "a.jpg", pixels, quality=100)
        with pytest.raises(BadData, match="expected a lossless label map, found a JPEG"):
            read_map(path)
        assert np.abs(read_grey(path).astype(int) - GREY).max() <= 3
    with pytest.raises(BadData, match="found colours"):
        read_grey(saved(tmp_path / "b.jpg", np.kron(COLOUR, np.ones((8, 8, 1), np.uint8))))


@pytest.mark.filterwarnings("error")
def test_half_floats_are_a_map_without_a_warning(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GREY.astype(np.float16))
    np.testing.assert_array_equal(read_map(tmp_path / "a.npy"), GREY)


def test_floats_are_a_map_if_they_are_whole_and_greys_if_they_are_finite(tmp_path: Path) -> None:
    whole = tiff(tmp_path / "a.tif", GREY.astype(np.float32), ">")
    np.testing.assert_array_equal(read_map(whole), GREY)
    part = tiff(tmp_path / "b.tif", (GREY / 255).astype(np.float32))
    np.testing.assert_allclose(read_grey(part), GREY / 255, rtol=1e-6)
    with pytest.raises(BadData, match="expected labels, whole numbers"):
        read_map(part)
    np.save(tmp_path / "c.npy", GREY / 255)
    np.testing.assert_array_equal(read_grey(tmp_path / "c.npy"), GREY / 255)
    np.save(tmp_path / "d.npy", np.full((2, 2), np.nan))
    with pytest.raises(BadData, match="expected finite grey values, found nan"):
        read_grey(tmp_path / "d.npy")
    np.save(tmp_path / "e.npy", np.zeros((2, 2, 2)))
    with pytest.raises(BadData, match=r"expected grey values \(H, W\), found float64 \(2, 2, 2\)"):
        read_grey(tmp_path / "e.npy")


def test_a_foreground_is_one_value_beside_0() -> None:
    for value in (1, 255, -1, 7.0):
        inside = foreground(np.array([[0, value], [value, value]]), "a.png")
        assert inside.tolist() == [[False, True], [True, True]]
    assert not foreground(np.zeros((2, 2)), "a.png").any()
    with pytest.raises(
        BadData, match=r"^a\.png: expected 0 and one other value, found .* 3 to 255!"
    ):
        foreground(np.array([[0, 3], [255, 255]]), "a.png", "!")


def test_a_view_beside_a_label_map_is_left_out(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "b.gif", "c.jpeg"):
        (tmp_path / name).touch()
    found = maps_by_stem(tmp_path)
    assert {key: path.name for key, path in found.items()} == {
        "a": "a.png", "b": "b.gif", "c": "c.jpeg"
    }  # fmt: skip
    (tmp_path / "b.jpg").touch()
    with pytest.raises(BadData, match=r"expected one file per name"):
        maps_by_stem(tmp_path)


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
        (np.zeros((4, 4), "c8"), "numbers or texts, found complex64"),
        (np.zeros((4, 4), "M8[D]"), "numbers or texts, found datetime64"),
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
    monkeypatch.setattr(maps, "MOST_PIXELS", 34)
    with pytest.raises(BadData, match=r"expected at most 34 pixels, found \(5, 7\)"):
        read_map(tmp_path / "a.npy")


def test_codes_are_the_four_bytes_as_they_are_stored(tmp_path: Path) -> None:
    codes = np.random.default_rng(3).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    np.testing.assert_array_equal(read_codes(saved(tmp_path / "a.png", codes)), codes)
    with pytest.raises(BadData, match="expected RGBA of 8 bits a channel, found mode RGB"):
        read_codes(saved(tmp_path / "b.png", COLOUR))


@pytest.mark.parametrize(
    ("white", "edge", "inside"), [(255, 128, True), (255, 127, False), (1, 1, True)]
)
def test_a_mask_is_cut_at_half_of_white(
    tmp_path: Path, white: int, edge: int, inside: bool
) -> None:
    found = read_mask(saved(tmp_path / "a.png", np.array([[0, white], [edge, 0]], np.uint8)))
    np.testing.assert_array_equal(found, [[False, True], [inside, False]])
    bits = read_mask(saved(tmp_path / "b.png", np.array([[True, False]])))
    np.testing.assert_array_equal(bits, [[True, False]])


@pytest.mark.parametrize("shape", [(2, 3), (1, 2, 3), (1, 1, 2, 3), (2, 3, 1)])
def test_a_grey_map_is_eight_bits_of_what_people_have(shape: tuple[int, ...]) -> None:
    values = np.array([[0.0, 0.5, 1.0], [1.0, 0.25, 0.0]])
    whole = np.array([[0, 128, 255], [255, 64, 0]])
    for kind in (np.float64, np.float32, np.float16):
        np.testing.assert_array_equal(grey(values.reshape(shape).astype(kind)), whole)
    np.testing.assert_array_equal(grey(whole.reshape(shape).astype(np.uint8)), whole)
    np.testing.assert_array_equal(grey((values > 0.4).reshape(shape)), 255 * (values > 0.4))
    assert grey(np.zeros((1, 5))).shape == (1, 5)


@pytest.mark.parametrize(
    "wrong", [np.zeros(3), np.zeros((2, 2, 2)), np.zeros((0, 3)), np.full((2, 2), 1.1), [["a"]],
              np.full((2, 2), np.nan), np.full((2, 2), 255)]
)  # fmt: skip
def test_what_is_no_grey_map_is_refused(wrong: object) -> None:
    with pytest.raises(BadData, match="expected a map"):
        grey(wrong)

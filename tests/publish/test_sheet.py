"""The contact sheet shows every condition, and says what is wrong with a picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchsuite.cli import main
from benchsuite.condition import Condition
from benchsuite.errors import BadData, Exit
from benchsuite.publish import sheet


def picture(mode: str = "RGB") -> Image.Image:
    levels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    return Image.fromarray(levels).convert(mode)


def test_each_severity_has_its_column_and_each_name_its_row() -> None:
    shown = np.asarray(picture())

    def paint(image: np.ndarray, severity: int, generator: np.random.Generator) -> np.ndarray:
        return np.full_like(image, 40 * severity)

    rows = [
        *(Condition("paint", "dark", s, field="image", alter=paint) for s in (1, 2, 3)),
        Condition("paint", "once", field="image", alter=lambda image, s, g: 255 - image),
    ]
    made = np.asarray(sheet.contact_sheet(shown, rows, seed=0, width=64))
    grid = sheet._Grid(64, 48)

    def at(row: int, column: int) -> np.ndarray:
        left, top = grid.corner(row, column)
        return made[top : top + 48, left : left + 64]

    np.testing.assert_array_equal(at(0, 1), shown)
    for severity in (1, 2, 3):
        assert (at(1, severity) == 40 * severity).all()
    np.testing.assert_array_equal(at(2, 1), 255 - shown)
    assert (at(2, 2) == 255).all()


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P"])
def test_show_writes_a_sheet_of_all_corruptions(mode: str, tmp_path: Path) -> None:
    file, out = tmp_path / "in.png", tmp_path / "deep" / "sheet.png"
    picture(mode).save(file)
    assert (
        main(["show", "conditions", "--image", str(file), "--out", str(out), "--width", "40"]) == 0
    )
    with Image.open(out) as made:
        assert made.format == "PNG"
        assert made.size == sheet._Grid(40, 30).corner(20, 6)
        colours = made.convert("RGB").getcolors(2**24)
    assert colours is not None
    assert len(colours) > 200


def test_the_same_sheet_is_the_same_bytes(tmp_path: Path) -> None:

    def drawn(image: np.ndarray, severity: int, key: np.random.Generator) -> np.ndarray:
        return key.integers(0, 256, image.shape, dtype=np.uint8)

    conditions = [Condition("noise", "drawn", 1, field="image", alter=drawn)]
    for name in ("a.png", "b.png"):
        sheet.write_sheet(tmp_path / name, np.asarray(picture()), conditions, 0, 50)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_pictures_are_upright_and_grey_ones_stay_grey(tmp_path: Path) -> None:
    turned = picture()
    turned.getexif()[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=turned.getexif())
    assert sheet.read_picture(tmp_path / "turned.png").shape == (64, 48, 3)
    picture("L").save(tmp_path / "grey.png")
    assert sheet.read_picture(tmp_path / "grey.png").shape == (48, 64)


def test_a_picture_that_is_missing_or_broken_is_one_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tmp_path / "whole.png"
    picture().save(whole)
    for name, content in (("cut.png", whole.read_bytes()[:200]), ("text.png", b"text")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadData, match=rf"{name}: expected a picture, found"):
            sheet.read_picture(tmp_path / name)
    command = ["show", "conditions", "--image", str(tmp_path / "none.png")]
    assert main(command) == Exit.BAD_DATA
    assert "none.png: expected a picture, found no file" in capsys.readouterr().err


def test_a_task_without_that_field_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "in.png"
    picture().save(file)
    command = ["show", "conditions", "--image", str(file), "--task", "bright"]
    assert main(command) == Exit.WRONG_CALL
    assert (
        "no condition alters 'image' (fields that are altered: candidates, query)"
        in capsys.readouterr().err
    )

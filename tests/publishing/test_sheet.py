"""The contact sheet shows every condition, and says what is wrong with a picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchsuite.cli import main
from benchsuite.condition import Condition
from benchsuite.errors import Exit
from benchsuite.publishing import sheet


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


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.png", "expected an image, found no file"),
        ("cut.png", "expected a whole image, found"),
        ("text.png", "expected an image (PNG, JPEG"),
        ("deep.png", "expected 8 bits a channel, found mode I;16"),
    ],
)
def test_a_picture_that_cannot_be_shown_as_it_is_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    picture().save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:200])
    (tmp_path / "text.png").write_bytes(b"text")
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / "deep.png")
    assert main(["show", "conditions", "--image", str(tmp_path / name)]) == Exit.BAD_DATA
    assert f"{name}: {message}" in capsys.readouterr().err


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

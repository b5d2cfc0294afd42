"""Rows of the table and images meet by name, and what does not meet is told."""

from pathlib import Path

import pytest

from benchsuite.errors import BadData
from benchsuite_tasks.fairseg.datasets.masks import masks
from benchsuite_tasks.fairseg.formats import read_masks
from benchsuite_tasks.fairseg.measure import Structures
from benchsuite_tasks.fairseg.task import TASK

from .loading import changed, loaded


def without_row(root: Path, key: str) -> None:
    changed(root, lambda rows: rows.remove(next(row for row in rows if row["id"] == key)))


def test_an_image_without_a_row_is_refused_kept_or_skipped(directory):
    without_row(directory, "s05")
    with pytest.raises(
        BadData, match=r"attributes\.csv: id: expected a row for 's05\.png', .*keep"
    ):
        masks(str(directory))
    kept = masks(str(directory), groups=["race"], unlisted="keep")
    assert len(kept.samples()) == 12
    assert next(s for s in kept.samples() if s.id == "s05").attributes == {}
    skipped = masks(str(directory), groups=["race"], unlisted="skip")
    assert "s05" not in {s.id for s in skipped.samples()}
    assert len(masks(str(directory), unlisted="keep").samples()) == 12
    told = "attributes.csv: 1 of 12 images have no row, such as 's05.png'"
    assert told in kept.warnings and told in skipped.warnings
    with pytest.raises(BadData, match=r"'s05': patient: expected the cluster"):
        loaded(directory, unlisted="keep")


def test_a_row_may_name_the_folder_of_images(directory):
    plain = loaded(directory)
    changed(directory, lambda rows: [row.update(id=f"images/{row['id']}.png") for row in rows])
    made = loaded(directory)
    assert {s.id for s in made.samples()} == {f"{s.id}.png" for s in plain.samples()}
    assert len(read_masks(directory / "masks", made)) == 12


def test_a_column_that_is_asked_for_and_always_unknown_is_told(directory):
    changed(directory, lambda rows: [row.update(race="NA") for row in rows])
    made = masks(str(directory), groups=["race"])
    assert "attributes.csv: race: 12 values count as unknown (NA)" in made.warnings[0]


def test_names_in_another_form_of_unicode_meet(directory):
    for folder in ("images", "masks"):
        (directory / folder / "s05.png").rename(directory / folder / "se\u0301.png")
    changed(directory, lambda rows: rows[5].update(id="s\u00e9"))
    made = loaded(directory)
    assert {s.id for s in made.samples()} >= {"s\u00e9", "s04"}
    assert len(read_masks(directory / "masks", made)) == 12


def test_files_that_a_system_hides_are_no_images(directory):
    (directory / "images" / "._s05.png").write_bytes(b"of a Mac")
    assert len(loaded(directory).samples()) == 12


@pytest.mark.parametrize("column", ["dice", "size", "area_structure", "cluster", "error"])
def test_a_column_that_the_suite_needs_is_refused_with_the_file(directory, column):
    changed(directory, lambda rows: [row.update({column: row["race"] or "c"}) for row in rows])
    with pytest.raises(BadData, match=rf"attributes\.csv: attribute '{column}': .*dataset\.groups"):
        masks(str(directory))
    assert masks(str(directory), groups=["race"]).samples()


def test_the_columns_that_are_refused_are_those_that_are_measured(directory):
    made = loaded(directory, structures={"a": [1], "b": [1, 2]}, ratio=["a", "b"])
    sample = made.samples()[1]
    row = TASK.measure(sample, sample.truth["labels"], made.shared)
    assert Structures(**made.shared["structures"]).columns == {*row}


def test_marks_of_one_s_own_and_patients_that_repeat(directory):
    changed(directory, lambda rows: [row.update(race="9999") for row in rows[2:5]])
    made = masks(str(directory), groups=["race"], missing=[9999])
    assert {s.attributes.get("race") for s in made.samples()} == {None, "a", "b"}
    assert any("race: 3 values count as unknown (9999)" in line for line in made.warnings)
    assert any("patient: 12 samples are of 6" in line for line in made.warnings)
    assert not any("patient" in line for line in loaded(directory).warnings)

"""Figures of boards: what they draw is what the table says, and everybody can read it."""

import math
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import Code, note
from benchsuite.files.text import text_of
from benchsuite.publishing.escape import line
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import Charts, charts_of, spark_of
from benchsuite.publishing.site.charts.measure import (
    apart,
    fitted,
    fitted_apart,
    scale_of,
    width_of,
)
from benchsuite.publishing.site.charts.svg import WIDTH
from benchsuite.publishing.words import number
from tests.house.source import ROOT
from tests.site.hostile import HOSTILE, NAMES, harm_of_html
from tests.site.made import ODD, Shape, runs, tidy

STYLE = text_of(ROOT / "benchsuite/publishing/site/pages/charts.css")
SIZES = {"small": 9.5, "tiny": 8.0}
SHAPES = {
    "default": Shape(),
    "many models": Shape(models=[f"model {i}" for i in range(40)], corruptions=2, metrics=("f1",)),
    "many conditions": Shape(corruptions=19, severities=5, metrics=("f1",)),
    **ODD,
}


def board(shape: Shape, **changed: object) -> Published:
    made = Published(
        task="toy", dataset=shape.dataset, folder="toy/numbers", table=tidy(shape),
        runs=runs(shape), pairs=pd.DataFrame(), findings="", elsewhere=False, stand_in=False,
        names={},
    )  # fmt: skip
    return replace(made, **changed)


def every(charts: Charts) -> dict[str, Chart]:
    return {chart.name: chart for chart in (*charts.conditions, *charts.groups)}


@cache
def of(shape: str) -> dict[str, Chart]:
    return every(charts_of(board(SHAPES[shape])))


def elements(chart: Chart, tag: str = "", classes: str = "") -> list[ElementTree.Element]:
    """The elements of a picture of this tag and with these classes."""
    found = [(one.tag.partition("}")[2], one) for one in ElementTree.fromstring(chart.svg).iter()]  # noqa: S314
    wanted = {*classes.split()}
    return [
        one
        for name, one in found
        if tag in ("", name) and wanted <= {*one.get("class", "").split()}
    ]


def texts(chart: Chart) -> list[str]:
    return ["".join(one.itertext()) for one in elements(chart, "text")]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_picture_is_whole_and_says_what_it_is_to_those_who_do_not_see_it(shape):
    for chart in of(shape).values():
        (svg,) = elements(chart, "svg")
        assert svg.get("role") == "img"
        named = {one.get("id") for one in (elements(chart, "title")[0], elements(chart, "desc")[0])}
        assert {*svg.get("aria-labelledby").split()} == named
        assert elements(chart, "desc")[0].text == chart.caption
        assert len(chart.table)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_picture_asks_for_nothing_and_its_style_has_all_its_classes(shape):
    for chart in of(shape).values():
        assert not re.search(
            r"<script|<style|style=|href|https?://(?!www.w3.org/2000/svg)", chart.svg
        )
        used = {name for one in elements(chart) for name in one.get("class", "").split()}
        assert {name for name in used if f".{name} " not in STYLE} == set(), chart.name


@pytest.mark.parametrize("shape", SHAPES)
def test_no_id_occurs_twice_on_a_board(shape):
    ids = [one.get("id") for c in of(shape).values() for one in elements(c) if one.get("id")]
    assert len(ids) == len(set(ids))


def boxes(chart: Chart) -> list[tuple[str, float, float, float, float]]:
    """Where the texts of a picture are that do not lean: left, top, right, bottom."""
    found = []
    for one in elements(chart, "text"):
        if one.get("transform"):
            continue
        told = "".join(one.itertext())
        size = next((SIZES[name] for name in one.get("class", "").split() if name in SIZES), 11.0)
        wide = width_of(told, size)
        left = float(one.get("x")) - {"end": 1, "middle": 0.5}.get(one.get("text-anchor"), 0) * wide
        bottom = float(one.get("y"))
        found.append((told, left, bottom - 0.72 * size, left + wide, bottom))
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_no_text_leaves_a_picture_or_stands_on_another(shape):
    for chart in of(shape).values():
        there = boxes(chart)
        for i, (told, left, top, right, bottom) in enumerate(there):
            assert left >= -0.5 and right <= WIDTH + 0.5, (chart.name, told)
            for other, left2, top2, right2, bottom2 in there[:i]:
                apart_ = right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
                assert apart_, (chart.name, told, other)


@pytest.mark.parametrize("shape", ["default", "300 groups", "many conditions"])
def test_the_same_board_gives_the_same_bytes(shape):
    again = every(charts_of(board(SHAPES[shape])))
    assert {name: chart.svg for name, chart in again.items()} == {
        name: chart.svg for name, chart in of(shape).items()
    }


def test_a_board_has_a_figure_for_each_question_and_a_reason_for_each_that_lacks():
    assert [*of("default")] == [
        "ranking", "conditions", "curves", "severities", "against-corruption",
        "groups-age", "groups-site", "gaps", "equity",
    ]  # fmt: skip
    bare = charts_of(board(SHAPES["one number"]))
    assert [*every(bare)] == ["ranking"]
    assert len(bare.left_out) == 7
    nothing = charts_of(board(SHAPES["all cells missing"]))
    assert not every(nothing)
    assert len(nothing.left_out) == 8


def test_the_ranking_has_the_numbers_of_the_table_in_their_order():
    chart = of("default")["ranking"]
    clean = tidy(SHAPES["default"]).query(
        "metric == 'accuracy' and kind == 'clean' and attribute == '' and form == 'value'"
    )
    best = clean.sort_values("value", ascending=False, kind="stable")
    shown = texts(chart)
    assert [told for told in shown if told in {*clean["model"]}] == [*best["model"]]
    assert [told for told in shown if re.fullmatch(r"\d\.\d{3}", told)] == [
        number(value) for value in best["value"]
    ]
    places = [float(one.get("cx")) for one in elements(chart, "circle", "dot")]
    assert places == sorted(places, reverse=True)
    lines = elements(chart, "line", "line")
    for (_, row), one in zip(best.iterrows(), lines, strict=True):
        width = float(one.get("x2")) - float(one.get("x1"))
        scale = (places[0] - places[-1]) / (best["value"].iloc[0] - best["value"].iloc[-1])
        assert width == pytest.approx((row["ci_high"] - row["ci_low"]) * scale, abs=0.05)


def test_models_that_cannot_be_told_from_the_best_stand_on_a_band():
    table = tidy(SHAPES["default"])
    clean = table.query("metric == 'accuracy' and kind == 'clean' and attribute == '' and rank > 0")
    alike = int((clean.query("form == 'value'")["rank_low"] == 1).sum())
    chart = of("default")["ranking"]
    (band,) = elements(chart, "rect", "band")
    rows = len(elements(chart, "rect", "bar"))
    step = float(elements(chart, "rect", "bar")[1].get("y")) - float(
        elements(chart, "rect", "bar")[0].get("y")
    )
    assert 1 < alike < rows
    assert float(band.get("height")) == pytest.approx(alike * step)


def test_a_value_without_an_interval_is_hollow_and_one_with_it_has_a_line():
    shape = SHAPES["default"]
    table = tidy(shape)
    bare = table.assign(**dict.fromkeys(("ci_low", "ci_high", "rank_low", "rank_high"), np.nan))
    made = charts_of(board(shape, table=bare.query("form == 'value'"), elsewhere=True))
    for chart in every(made).values():
        assert not elements(chart, "line", "line") or chart.name == "curves", chart.name
        assert not elements(chart, "", "dot"), chart.name
        assert not elements(chart, "", "area")
    assert len(elements(every(made)["ranking"], "circle", "hollow")) == len(shape.models)
    assert "without intervals" in every(made)["ranking"].caption


def test_sets_that_are_ranked_apart_have_panels_of_their_own():
    shape = Shape(corruptions=0, groups={}, metrics=("accuracy",), incomplete=0)
    table = tidy(shape)
    theirs = table["model"].isin(["ant", "bee"])
    named = [note(Code.RANKED, "ours" if one else "theirs", 5) for one in theirs]
    table = table.assign(
        note=pd.Series(named, dtype=object), protocol=np.where(theirs, "short", "long")
    )
    charts = charts_of(board(shape, table=table))
    assert texts(every(charts)["ranking"]).count("long") == 1
    assert "Each set is ranked by itself" in every(charts)["ranking"].caption
    assert "3 of 5 models" in charts.left_out[-1]


def test_a_cell_without_a_value_is_hatched_and_says_why():
    def hatched(chart: Chart) -> int:
        return sum("hatch" in one.get("fill", "") for one in elements(chart, "rect"))

    assert not hatched(of("default")["severities"])
    shape = replace(SHAPES["default"], incomplete=len(SHAPES["default"].models))
    chart = every(charts_of(board(shape)))["severities"]
    codes = [told for told in texts(chart) if told == "–" or re.fullmatch(r"◌ \d/\d", told)]
    assert len(codes) == hatched(chart) > 0
    assert any(told.startswith("◌ part of the set") for told in texts(chart))
    assert "".join(elements(chart, "title")[-1].itertext()) in {"not measured", *codes}


def test_every_cell_of_a_map_has_its_number_and_letters_that_stand_out():
    chart = of("default")["conditions"]
    cells = [one for step in range(9) for one in elements(chart, "rect", f"s{step}")]
    numbers = [told for told in texts(chart) if re.fullmatch(r"\d\.\d{3}", told)]
    assert len(cells) == len(numbers) == len([t for t in texts(chart) if t.startswith("±")])
    for step in range(9):
        (fill,) = re.findall(rf"\.s{step} {{ fill: (#\w+)", STYLE)
        letters = "#000000" if step >= 4 else "#ffffff"
        assert contrast(fill, letters) >= 4.5


def contrast(one: str, other: str) -> float:
    """The ratio of luminances of two colours, as WCAG 2.2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("place", range(8))
def test_every_series_stands_out_on_a_light_and_on_a_dark_page(place):
    light, *dark = re.findall(rf"--c{place}: (#\w+)", STYLE)
    assert contrast(light, "#ffffff") >= 3
    assert len(dark) == 2 and dark[0] == dark[1]
    assert contrast(dark[0], "#14161a") >= 3


def test_groups_of_too_few_clusters_are_named_and_not_drawn():
    chart = of("default")["groups-site"]
    assert "Without an interval, and not drawn: C (n=3)." in chart.caption
    assert not any(told.startswith("C ") for told in texts(chart))
    assert "C" in {*chart.table["group"]}


def test_of_many_groups_the_worst_and_the_best_are_drawn_and_the_rest_is_counted():
    chart = of("300 groups")["groups-word"]
    drawn = {told for told in texts(chart) if told.startswith("w")}
    assert len(drawn) == 16
    assert "more between them, in the table" in " ".join(texts(chart))
    assert chart.table["group"].nunique() >= 300


def test_a_gap_without_an_interval_is_named_and_not_drawn():
    table = tidy(SHAPES["default"])
    bare = (table["form"] == "gap") & (table["attribute"] == "age")
    table = table.assign(ci_low=table["ci_low"].mask(bare), ci_high=table["ci_high"].mask(bare))
    chart = every(charts_of(board(SHAPES["default"], table=table)))["gaps"]
    assert "Without an interval, and not drawn: age." in chart.caption
    assert {*chart.table["attribute"]} == {"site"}


def test_a_model_without_a_severity_has_no_line_in_a_panel():
    table = tidy(SHAPES["default"])
    bare = (table["model"] == "ant") & (table["kind"] != "clean")
    found = every(charts_of(board(SHAPES["default"], table=table[~bare])))
    chart = found["curves"]
    assert "bee" in texts(chart) and "ant" not in texts(chart)
    assert "ant" not in {*chart.table["model"]}
    assert chart.caption.startswith("bee goes from") and "Grey" not in chart.caption
    assert "of bee by condition" in found["severities"].title


def test_a_panel_of_curves_has_the_whole_name_of_its_condition():
    single = tidy(SHAPES["default"]).query("scope == 'condition' and severity > 0")
    names = {f"{kind}/{name}" for kind, name in zip(single["kind"], single["name"], strict=True)}
    assert names & {*texts(of("default")["curves"])}


def test_what_a_board_has_too_much_of_is_named():
    shape = Shape(
        models=["ant", "bee"], corruptions=1, incomplete=0, metrics=("f1",),
        groups={f"attribute {i:02d}": {"a": 60, "b": 70} for i in range(12)},
    )  # fmt: skip
    charts = charts_of(board(shape))
    assert len([name for name in every(charts) if name.startswith("groups-")]) == 8
    assert any(
        "f1 by attribute 08" in why and "f1 by attribute 11" in why for why in charts.left_out
    )
    for name in ("gaps", "equity"):
        assert "In the table alone: 2 more attributes." in every(charts)[name].caption


def test_a_gap_is_drawn_over_what_chance_gives():
    chart = of("default")["gaps"]
    gaps = chart.table.query("form == 'gap'")
    null = chart.table.query("form == 'null95'")
    bars = elements(chart, "rect", "chance")[1:]  # the first one is in the key
    assert len(bars) == len(gaps) == len(null)
    widths = [float(bar.get("width")) for bar in bars]
    assert np.argmax(widths) == np.argmax(null["value"].to_numpy()) or len(set(widths)) == 1
    assert any(told == "0.0" or re.fullmatch(r"0\.0+", told) for told in texts(chart))


def test_quality_is_drawn_against_cost_where_the_runs_say_it():
    shape = SHAPES["default"]
    cost = runs(shape).assign(**{"factor:cost": ["0.5", "", "20", "300", "free"]})
    charts = charts_of(board(shape, runs=cost))
    chart = every(charts)["cost"]
    assert sorted(chart.table["cost"]) == [0.5, 20, 300]
    assert {"1", "10", "100"} <= {*texts(chart)}  # a scale of logarithms
    assert not any("cost" in why for why in charts.left_out)
    assert any("cost" in why for why in charts_of(board(shape)).left_out)


def test_a_board_in_one_line_shows_every_model():
    chart = spark_of(board(SHAPES["many models"]), "spark-1")
    assert len(elements(chart, "circle")) == 40
    assert chart.name == "spark-1"
    assert spark_of(board(SHAPES["all cells missing"]), "spark-2") is None


@pytest.mark.parametrize("shape", ["one model", "many models", "one number"])
def test_the_numbers_of_a_board_in_one_line_do_not_touch(shape):
    chart = spark_of(board(SHAPES[shape]), "spark")
    ends = sorted((left, right) for _, left, _, right, _ in boxes(chart))
    assert all(one[1] < other[0] for one, other in pairwise(ends))
    assert ends[0][0] >= 0 and ends[-1][1] <= WIDTH


def test_a_caption_says_whether_chance_could_make_a_gap():
    table = tidy(SHAPES["default"])
    for name, value in (("over", 0.9), ("within", 0.01)):
        gap = table["value"].where(table["form"] != "gap", value)
        chart = every(charts_of(board(SHAPES["default"], table=table.assign(value=gap))))
        assert f", {name} chance (up to " in chart["groups-age"].caption


def test_names_of_others_are_text():
    shape = Shape(
        models=NAMES[:6], corruptions=2, metrics=(HOSTILE["element"],),
        groups={HOSTILE["attribute"]: {name: 60 + i for i, name in enumerate(NAMES)}},
    )  # fmt: skip
    for chart in every(charts_of(board(shape))).values():
        assert harm_of_html(chart.svg) == []
        assert elements(chart, "svg")
        for told, left, _, right, _ in boxes(chart):
            assert left >= -0.5 and right <= WIDTH + 0.5, (chart.name, told)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.integers(2, 8))
def test_ticks_are_round_values_within_their_scale(values, most):
    scale = scale_of(values, 10, 200)
    ticks = scale.ticks(most)
    assert all(scale.low - 1e-6 <= value <= scale.high + 1e-6 for value, _ in ticks)
    assert all(
        math.isclose(float(told), value, rel_tol=1e-6, abs_tol=1e-9) for value, told in ticks
    )
    assert len(ticks) <= most + 1
    assert all(10 - 1e-6 <= scale.at(value) <= 200 + 1e-6 for value in values)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.floats(1, 20), st.floats(0, 50))
def test_labels_that_are_moved_apart_keep_order_and_distance_and_stay_inside(places, gap, low):
    high = low + 100
    moved = apart(places, gap, low, high)
    room = min(gap, (high - low) / max(1, len(places) - 1))
    order = sorted(range(len(places)), key=lambda i: places[i])
    steps = np.diff([moved[i] for i in order])
    assert (steps >= room - 1e-6).all()
    assert all(low - 1e-6 <= place <= high + 1e-6 for place in moved)


@given(
    st.text(st.characters(exclude_characters="…"), max_size=60), st.floats(5, 200), st.floats(0, 1)
)
def test_a_shortened_text_fits_and_keeps_its_ends(text, width, head):
    short = fitted(text, width, 10, head)
    assert short == line(text) or width_of(short, 10) <= width or (text and short == "…")
    if short != line(text):
        first, _, last = short.partition("…")
        assert line(text).startswith(first) and line(text).endswith(last)


def test_different_names_stay_different_when_they_are_shortened():
    names = ["mask_rcnn_r50_fpn_1x", "mask_rcnn_dconv_r50_fpn_1x", "mask_rcnn_r50_fpn_1x_coco"]
    assert len({*fitted_apart(names, 110, 10)}) == 3

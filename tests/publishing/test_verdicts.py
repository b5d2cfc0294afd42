"""What continuous integration shows of a verdict: every number, the worst first, as text alone."""

import json
from argparse import Namespace
from dataclasses import fields, replace
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

import benchsuite as bs
from benchsuite.api.outcome import Outcome
from benchsuite.cli.gate import _concluded
from benchsuite.condition import CLEAN
from benchsuite.estimation import Mean
from benchsuite.gates.pairs import compare_pair
from benchsuite.gates.verdict import Finding, Verdict, fingerprint
from benchsuite.gates.verdict import Outcome as Bare
from benchsuite.publishing.ci import ANNOTATIONS, annotated, junit, verdict_json
from benchsuite.publishing.verdicts import Moved, Report, Shown, summary
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.forms import Form
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import read_statistics
from tests.gates.made import statistics
from tests.site.hostile import NAMES, acting, harm_of_json, harm_of_markdown
from tests.toys import MEAN, NOISE, Linear, install, numbers

SCHEMA = json.loads(files("benchsuite").joinpath("publishing/gate.schema.json").read_text())
RUN = Run(MEAN, numbers(300), Linear("a", bias=0.1), (CLEAN, *NOISE))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    models = [Linear("a", bias=0.1), Linear("b", bias=0.8)]
    made = [evaluate(replace(RUN, model=one), root, replicates=200) for one in models]
    return [str(one.path) for one in made]


@pytest.fixture
def failed(runs, monkeypatch):
    install(monkeypatch, MEAN)
    return bs.gate(*runs, bs.Policy(replicates=300))


def made(name: str, status: str = "worse", drop: float = 0.1) -> Finding:
    return Finding(
        name, "toy/m", "clean", "colour", name, "accuracy", Form.VALUE, "detail", status, -drop, -drop - 0.1,
        -drop + 0.05, 0.02, 40, 0.5, 0.5 - drop, 0.01, "max-T", 12, "",
    )  # fmt: skip


def report(*findings: Finding, verdict: Verdict = Verdict.FAIL) -> Report:
    samples = (Moved("s1", 1.0, 0.0),)
    cells = tuple(Shown(one, samples if one.worse else ()) for one in findings)
    return Report(Bare("gate", verdict, f"worse: {findings[0].name}"), cells)


def parsed(shown: Report) -> Xml.Element:
    return Xml.fromstring(junit(shown).encode())  # noqa: S314


def test_a_fail_names_for_the_worst_cells_the_samples_that_fell_most(failed, runs):
    assert failed.verdict == Verdict.FAIL
    worst = failed.report.cells[0]
    assert worst.finding.worse
    before, after = (
        read_statistics(path).tables[worst.finding.condition].set_index("sample_id")["hit"]
        for path in map(Path, runs)
    )
    assert 1 <= len(worst.samples) <= 5
    for one in worst.samples:
        assert (before[one.sample], after[one.sample]) == (one.baseline, one.candidate) == (1, 0)
        assert one.sample in failed.to_markdown()


def test_the_worst_cells_come_first_with_both_values_and_an_interval_of_the_difference(failed):
    cells = failed.cells
    worse = cells[cells["status"] == "worse"]
    assert len(worse) < len(cells)
    assert list(worse.index) == [*range(len(worse))]
    assert (worse["difference"] / worse["baseline"]).is_monotonic_increasing
    np.testing.assert_allclose(cells["candidate"] - cells["baseline"], cells["difference"])
    known = cells.dropna(subset=["low"])
    assert (known["low"] < known["difference"]).all() and (
        known["difference"] < known["high"]
    ).all()
    first = failed.to_markdown().splitlines()[6]
    assert first.startswith(f"| {worse['name'].iloc[0]} | worse | ")


def test_the_interval_of_a_cost_that_rises_is_above_0():
    before = np.random.default_rng(0).normal(5, 1, (80, 1))
    pair = (statistics(before), statistics(before + np.linspace(0.1, 0.3, 80)[:, None]))
    found = compare_pair(pair, Mean("score", "x", higher_is_better=False))[0].finding
    assert found.difference == pytest.approx(0.2)
    assert 0 < found.low < found.difference < found.high


def test_the_schema_has_the_fields_of_the_records_and_is_kept(failed, runs):
    cell, sample = SCHEMA["$defs"]["cell"], SCHEMA["$defs"]["sample"]
    names = [field.name for field in fields(Finding)]
    assert [*cell["properties"]] == cell["required"] == [*names, "samples"]
    assert [*sample["properties"]] == sample["required"] == [f.name for f in fields(Moved)]
    assert SCHEMA["required"] == [*SCHEMA["properties"]]
    told = json.loads(failed.to_json())
    invalid = json.loads(bs.gate("nowhere", runs[0]).to_json())
    unequal = json.loads(bs.equity(runs[1]).to_json())
    for one in (told, invalid, unequal):
        assert [*one] == SCHEMA["required"]
        assert one["verdict"] in SCHEMA["properties"]["verdict"]["enum"]
        assert all([*cell] == [*names, "samples"] for cell in one["cells"])
    assert (told["verdict"], invalid["exit_code"]) == ("FAIL", 3)
    validator = pytest.importorskip("jsonschema").Draft202012Validator(SCHEMA)
    assert [[*validator.iter_errors(one)] for one in (told, invalid, unequal)] == [[], [], []]


def test_a_cell_is_a_test_case_and_skipped_with_the_reason_without_a_verdict():
    small = replace(made("small", "no verdict"), note="3 clusters")
    root = parsed(report(made("b"), made("c", "not worse"), small))
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("3", "1", "1")
    failure, skipped = root.find(".//failure"), root.find(".//skipped")
    assert failure is not None and skipped is not None
    assert (
        "0.500 -> 0.400, -0.100 [-0.200, -0.050]; detectable drop 0.020"
        in failure.attrib["message"]
    )
    assert "'s1' 1.000 -> 0.000" in (failure.text or "")
    assert skipped.attrib["message"] == "3 clusters"


@pytest.mark.parametrize(
    ("verdict", "kind"), [(Verdict.INVALID, "error"), (Verdict.INCONCLUSIVE, "skipped")]
)
def test_what_no_cell_says_is_a_case_of_its_own(verdict, kind):
    root = parsed(report(made("a", "not worse"), verdict=verdict))
    assert [case.get("name") for case in root.iter("testcase") if case.find(kind) is not None] == [
        "verdict"
    ]


def test_github_gets_at_most_ten_errors_the_verdict_first():
    lines = annotated(report(*(made(f"g{i}") for i in range(30)))).splitlines()
    assert len(lines) == ANNOTATIONS
    assert lines[0] == "::error title=benchsuite gate%3A FAIL::FAIL: worse: g0"
    assert lines[-1].endswith("::22 more cells are worse")
    passed = annotated(report(made("a", "not worse"), verdict=Verdict.PASS))
    assert passed.startswith("::notice title=") and passed.count("\n") == 1


def test_five_lines_say_what_was_tested_and_why(failed, runs):
    for outcome in (failed, bs.equity(runs[0]), bs.gate("nowhere", runs[0])):
        told = outcome.explain()
        assert [line.partition(": ")[0] for line in told] == [
            "tested", "policy", "error", "found", "why",
        ]  # fmt: skip
        assert not any("\n" in line for line in told)
        assert told[-1] == f"why: {outcome.line}"
        assert f"policy: {fingerprint(outcome.rules)} of the defaults; " in told[1]
    derived = failed.cells["family"] == "derived"
    told = f"{(~derived).sum()} cells, {derived.sum()} worst groups and gaps: runs toy-mean/b"
    assert told in failed.explain()[0]


def test_no_name_acts_in_what_continuous_integration_reads():
    worst = [replace(made(name), note=name, run=name) for name in NAMES]
    samples = tuple(Moved(name, 1.0, 0.0) for name in NAMES[:5])
    shown = Report(
        Bare("gate", Verdict.FAIL, NAMES[0], remarks=NAMES), tuple(Shown(w, samples) for w in worst)
    )
    assert harm_of_markdown(summary(shown), images=0) == []
    assert acting(junit(shown)) == set()
    cases = [*parsed(shown).iter("testcase")]
    assert len(cases) == len(NAMES)
    assert {child.tag for case in cases for child in case} == {"failure"}
    assert harm_of_json(verdict_json(shown)) == []
    assert [c["name"] for c in json.loads(verdict_json(shown))["cells"]] == [*NAMES]
    for hostile in (*NAMES, "a\n::error::b", "%0A::error::c"):
        lines = annotated(report(made(hostile))).splitlines()
        assert len(lines) == 2
        for line in lines:
            _, properties, message = line.split("::", 2)
            assert properties.startswith("error title=") and properties.count(",") == 0
            assert "%0A" not in message and acting(message, "") == set()


def test_no_name_begins_a_line_that_a_runner_reads(capsys):
    asked = Namespace(annotate=False, explain=True, all=True, out=[], summary=None)
    hostile = "a\n::error::b"
    assert _concluded(Outcome("gate", Verdict.INVALID, hostile, remarks=(hostile,)), asked) == 3
    said = capsys.readouterr().out
    assert said.count("::error::b") == 3
    assert not any(row.startswith("::") for row in said.splitlines())


def test_two_writes_are_the_same_bytes(failed):
    again = Outcome.of(failed, failed.rules)
    for way in ("to_markdown", "to_junit", "to_json", "to_annotations"):
        assert getattr(failed, way)() == getattr(again, way)()

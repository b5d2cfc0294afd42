"""A verdict as continuous integration reads it: JUnit's XML, GitHub's annotations, JSON."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final
from xml.etree import ElementTree as Xml

from benchsuite.gates.verdict import Verdict
from benchsuite.publishing.escape import in_json, in_workflow, in_xml
from benchsuite.publishing.verdicts import Report, Shown

SCHEMA: Final = 1
"""The version of the JSON, as `gate.schema.json` describes it."""
ANNOTATIONS: Final = 10
"""Lines of a level that GitHub shows of a step."""
LEVELS: Final = {
    Verdict.PASS: "notice",
    Verdict.FAIL: "error",
    Verdict.INCONCLUSIVE: "warning",
    Verdict.INVALID: "error",
}


def verdict_json(report: Report) -> str:
    """The verdict and every cell, as `gate.schema.json` says; null where there is no number."""
    outcome = report.outcome
    whole = {
        "schema": SCHEMA,
        "gate": outcome.gate,
        "verdict": outcome.verdict.value,
        "exit_code": outcome.exit_code,
        "reason": outcome.reason,
        "policy": outcome.policy,
        "cells": [
            {**asdict(cell.finding), "samples": [asdict(one) for one in cell.samples]}
            for cell in report.cells
        ],
        "remarks": list(outcome.remarks),
    }
    text = json.dumps(_finite(whole), indent=1, ensure_ascii=False, allow_nan=False)
    return in_json(text) + "\n"


def _finite(value: Any) -> Any:
    """The value, with None in place of numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def junit(report: Report) -> str:
    """One test case a cell: a failure if it is worse, skipped with the reason without a verdict.

    Where the verdict is INVALID or INCONCLUSIVE, a first case says why: no cell does.
    """
    cases = [*_whole(report), *map(_case, report.cells)]
    counts = {
        "tests": str(len(cases)),
        **{f"{kind}s": str(_count(cases, kind)) for kind in ("failure", "error")},
        "skipped": str(_count(cases, "skipped")),
    }
    name = f"benchsuite {report.outcome.gate}"
    root = Xml.Element("testsuites", {"name": name, **counts})
    suite = Xml.SubElement(root, "testsuite", {"name": name, **counts})
    suite.extend(cases)
    Xml.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, "unicode")}\n'


def _whole(report: Report) -> Iterator[Xml.Element]:
    kinds = {Verdict.INVALID: "error", Verdict.INCONCLUSIVE: "skipped"}
    if (kind := kinds.get(report.outcome.verdict)) is not None:
        case = Xml.Element("testcase", {"classname": report.outcome.gate, "name": "verdict"})
        Xml.SubElement(case, kind, {"message": in_xml(report.outcome.line)})
        yield case


def _case(cell: Shown) -> Xml.Element:
    one = cell.finding
    case = Xml.Element("testcase", {"classname": in_xml(one.run), "name": in_xml(one.name)})
    if one.worse:
        found = Xml.SubElement(case, "failure", {"message": in_xml(cell.line), "type": one.status})
        found.text = in_xml(f"lost most: {cell.moved}" if cell.samples else one.note)
    elif one.status == "no verdict":
        Xml.SubElement(case, "skipped", {"message": in_xml(one.note or "no verdict")})
    else:
        Xml.SubElement(case, "system-out").text = in_xml(cell.line)
    return case


def _count(cases: list[Xml.Element], kind: str) -> int:
    return sum(case.find(kind) is not None for case in cases)


def annotated(report: Report) -> str:
    """GitHub's lines: the verdict, then the worst cells as errors, and how many have no verdict.

    GitHub shows ten lines of a level; the last one says how many cells are not shown.
    """
    outcome = report.outcome
    lines = [_annotation(LEVELS[outcome.verdict], report.title, outcome.line)]
    worse = [cell for cell in report.cells if cell.finding.worse]
    most = ANNOTATIONS - 1 if len(worse) < ANNOTATIONS else ANNOTATIONS - 2
    for cell in worse[:most]:
        behind = f"; lost most: {cell.moved}" if cell.samples else ""
        lines.append(_annotation("error", cell.finding.name, cell.line + behind))
    if left := len(worse[most:]):
        lines.append(_annotation("error", report.title, f"{left} more cells are worse"))
    untold = [cell.finding for cell in report.cells if cell.finding.status == "no verdict"]
    if untold:
        told = f"no verdict on {len(untold)} cells, such as {untold[0].name}: {untold[0].note}"
        lines.append(_annotation("notice", report.title, told))
    return "".join(f"{line}\n" for line in lines)


def _annotation(level: str, title: str, message: str) -> str:
    shown = in_workflow(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={shown}::{in_workflow(message)}"

"""Findings are text of a person: they format a page, and add nothing else to it."""

import pytest

from benchsuite.publishing.site.findings import html_of_findings


def test_markdown_becomes_html_below_the_headings_of_a_page():
    found = html_of_findings("# Fog\n\n**Half** is lost.\n\n- one\n- two")
    assert "<h3>Fog</h3>" in found
    assert "<strong>Half</strong>" in found
    assert found.count("<li>") == 2


def test_a_table_scrolls_in_a_box_of_its_own():
    found = html_of_findings("| a | b |\n| --- | --- |\n| 1 | 2 |\n\nx\n\n| c |\n| --- |\n| 3 |")
    assert found.count('<div class="box"') == found.count("</table>\n</div>") == 2
    assert "Table 2 of the findings" in found


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <b onmouseover=alert(1)>b</b>",
        "![x](https://a.example/x.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hello)",
        "[x][y]\n\n[y]: file:///etc/passwd",
    ],
)
def test_findings_add_no_tag_picture_or_script(text):
    found = html_of_findings(text)
    for harm in ("<script", "<b ", "<img", "href="):
        assert harm not in found


def test_a_link_leads_to_the_web_or_is_text():
    found = html_of_findings("[a](https://a.example) and [b](../other/README.md)")
    assert '<a href="https://a.example" rel="noreferrer">a</a>' in found
    assert found.count("<a ") == 1
    assert " and b" in found


def test_marks_that_turn_text_around_are_spelled_out():
    assert "\\u202e" in html_of_findings("a \u202e b")

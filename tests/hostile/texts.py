"""Every reader of free text: what it may hold that means something to the reader.

Texts of these signs, in any order and repeated, are what no pattern may be slow on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchsuite.api.words import in_hydra, word_of
from benchsuite.boards.imports.values import cell_of, unit_of
from benchsuite.endpoint.replies import Reply, meaning
from benchsuite.files import answers as sampled
from benchsuite.files import names, sgml, table, tables, text
from benchsuite.files.marks import mark_of
from benchsuite.publishing import escape
from benchsuite.publishing.tex import in_latex
from benchsuite.runs.call import Call
from benchsuite_tasks.bright.datasets.judgements import judgements
from benchsuite_tasks.bright.datasets.rankings import parts_of
from benchsuite_tasks.bright.models.judge import answers


@dataclass(frozen=True)
class Spoken:
    """What reads a text, and the signs that it knows."""

    name: str
    signs: tuple[str, ...]
    read: Callable[[str], object]


def in_file(read: Callable[[Path], object]) -> Callable[[str], object]:
    """A reader of files, of a text."""

    def of_text(content: str) -> object:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "a.txt"
            path.write_text(content, "utf-8")
            return read(path)

    return of_text


def topics(path: Path) -> None:
    for element in sgml.elements(path, "doc", "top"):
        sgml.inner(element.content, "num")
        sgml.plain(element.content, ("date",))


def shown(name: str) -> None:
    for way in (
        escape.in_markdown,
        escape.in_html,
        escape.in_spreadsheet,
        escape.in_json,
        in_latex,
    ):
        way(name)


def signs(text: str, *more: str) -> tuple[str, ...]:
    return (*text.split(" "), " ", *more)


ANSWER: Final = signs(
    "score : 1 / 10 [ ] ( ) { } \" ' > - . , is passage id rate best = | first ½ <answer> <think>",
    "\n",
)
SPOKEN: Final = (
    Spoken("grade", ANSWER, answers.grade),
    Spoken("grades", ANSWER, partial(answers.grades, number=5)),
    Spoken("order", ANSWER, partial(answers.order, number=20)),
    Spoken("choice", ANSWER, partial(answers.choice, number=20)),
    Spoken("cut answer", signs("1 / 10 ] analysis thought <think> </think> <|channel|> final a", "\n"), partial(answers.grade, complete=False)),
    Spoken("Markdown", signs("| - -- : [ ] ( ) < > <sup> ** $ \\ [^ ![ ` a", "\n", "|\n|-|\n|"), in_file(tables.tables_of)),
    Spoken("LaTeX", signs(r"\begin{tabular} \end{tabular} \begin{array} { } [ & \\ \hline \multicolumn{99} \multirow{9} \cite[ \specialrule{ \Xhline{ \toprule[ % \textcolor{a} \cmidrule( \\[ \rowcolor[ a", "\n"), in_file(tables.tables_of)),
    Spoken("CSV", signs('a , ; " | \t', "\n", "\r\n"), in_file(table.csv_rows)),
    Spoken("SGML", signs("<doc> </doc> <doc <a a= ='x' \" ' <! <? > / & &# ; <![CDATA[ ]]> <date> a"), in_file(topics)),
    Spoken("run", signs("q Q0 d 1 2.5 t", "\t", "\n"), in_file(parts_of)),
    Spoken("judgements", signs("q 0 d 1 .0", "\t", "\n"), in_file(judgements)),
    Spoken("reply", signs("< <title> <title </title> <script> </script> <style > input ( ) model api key"), lambda body: meaning(Reply(500, body))),
    Spoken("cell", signs("1 . e + - % ± +/- * † ( ) [ ] a ,"), cell_of),
    Spoken("unit", signs("( [ % × 100 x percent ↑ ) ]"), unit_of),
    Spoken("sampled answer", signs(r"\boxed \boxed{ { } #### answer is: \frac{1}{2} \left \text{ $ , 1 . / - * a", "\n", ". "), sampled.normal),
    Spoken("number", signs("1 . e + - , _"), partial(text.number, "a", "b")),
    Spoken("mark", signs("# / ! ? < ( a 1 ."), mark_of),
    Spoken("name", signs("0 . .0 a / \\ .png"), lambda name: names.alike(name, f"{name}x")),
    Spoken("call", signs("a = / : // file: \\ http:// + ' , C:\\ [ ( -"), lambda word: Call("run", (word,), word).public),
    Spoken("value", signs("\\ ' \" a : . $ {"), partial(word_of, "key")),
    Spoken("word", signs("\\ ' \" a : . $ { = é"), lambda word: in_hydra(f"key={word}")),
    Spoken("shown", signs("[ ] ( | $ < = @ ` * _ \x1b \u202e # http:// www. : :: ##[ . -- a", "\n"), shown),
)  # fmt: skip

"""No file, text or setting of others crashes benchsuite: it is read, or refused in one line.

A few hundred cases are part of `make test`, ten thousand and more of `make test-all`.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchsuite.api.config import setting_names
from benchsuite.api.config import settings as settings_of
from benchsuite.errors import BenchsuiteError
from benchsuite.publishing.escape import line
from tests.hostile import damage
from tests.hostile.readers import READERS, Reader
from tests.hostile.texts import SPOKEN, Spoken

FEW, MANY = 5, 150
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
AMOUNTS = [FEW, pytest.param(MANY, marks=pytest.mark.slow)]
AT = [HealthCheck.function_scoped_fixture, *CHECKS]


def named(one: Reader | Spoken) -> str:
    return one.name


def judged(read: Callable[[], object]) -> str:
    """What is said of a file; empty where it is read. Anything but one line is an error here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow and numpy
            read()
    except BenchsuiteError as error:
        assert line(str(error)).strip()
        return str(error)
    return ""


def of_file(reader: Reader, data: bytes) -> str:
    with TemporaryDirectory() as folder:
        path = reader.placed(Path(folder) / "in", data)
        return judged(lambda: reader.read(path))


@pytest.mark.parametrize("reader", READERS, ids=named)
def test_the_whole_file_is_read(reader):
    assert of_file(reader, reader.whole) == ""


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("reader", READERS, ids=named)
def test_a_damaged_file_is_read_or_refused(reader, amount):
    ways = [damage.of_bytes(reader.whole)]
    if reader.is_json:
        ways += 2 * [damage.of_json(reader.whole)]

    @settings(max_examples=amount, suppress_health_check=CHECKS)
    @given(st.one_of(ways))
    def check(data: bytes) -> None:
        of_file(reader, data)

    check()


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("spoken", SPOKEN, ids=named)
def test_a_text_is_read_or_refused(spoken, amount):
    @settings(max_examples=amount, suppress_health_check=CHECKS)
    @given(damage.of_text(spoken.signs))
    def check(text: str) -> None:
        judged(lambda: spoken.read(text))

    check()


KEYS = (*setting_names(), "dataset.path", "dataset.name", "model.k", "hydra", "hydra.run.dir", "model@x", "x", "")  # fmt: skip
VALUES = (
    "glob(*)", "glob(*,exclude=[a])", "a,b", "[1,2]", "{a:1}", "${seed}", "${oc.env:HOME}", "???", "null",
    "nan", "1e400", "9" * 20, "range(1,3)", "choice(a,b)", "shuffle(a)", "interval(0,1)", "int(a)", "'a",
    '"', "$", "\\", "é", "\x1b[31m", "\n", "!!python/object/apply:os.system [ls]", "[" * 300, "extend_list(1)",
    "[]", "{}", "''", ",", "../../x", "file://x", "pkg://os", "\ud800", "clean", "x" * 1000, "a=b", "{a:" * 50,
)  # fmt: skip
WORDS = st.builds(
    lambda sign, key, equals, values: f"{sign}{key}{equals}{''.join(values)}",
    st.sampled_from(("", "", "", "+", "++", "~")), st.sampled_from(KEYS),
    st.sampled_from(("=", "=", "=", "+=", "")), st.lists(st.sampled_from(VALUES), max_size=2),
)  # fmt: skip


@pytest.mark.parametrize("amount", [15, pytest.param(400, marks=pytest.mark.slow)])
def test_a_setting_is_understood_or_refused(amount):
    @settings(max_examples=amount, suppress_health_check=CHECKS)
    @given(st.lists(WORDS, min_size=1, max_size=3), st.booleans())
    def check(words: list[str], multirun: bool) -> None:
        judged(lambda: settings_of(["task=bright", *words], multirun))

    check()

"""A missing package is installed from where benchsuite itself came, which pip records (PEP 610)."""

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from benchsuite.errors import NotAvailable, install_command, needing

COMMIT = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
GIT = {"vcs": "git", "commit_id": COMMIT, "requested_revision": "main"}
WHEEL = "file:///tmp/a%20b/benchsuite-0.1.0-py3-none-any.whl"
HOST = "https://example.org/benchsuite"

Installed = Callable[[Any], None]


@pytest.fixture
def came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """Installs the record of a package `benchsuite` with that `direct_url.json`, before all others."""
    about = tmp_path / "site/benchsuite-0.1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: benchsuite\nVersion: 0.1.0\n")
    (about / "RECORD").write_text("benchsuite/__init__.py,,\n")
    monkeypatch.syspath_prepend(about.parent)

    def install(origin: Any) -> None:
        text = origin if isinstance(origin, bytes) else json.dumps(origin).encode()
        (about / "direct_url.json").write_bytes(text)

    return install


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ({"url": "file:///src/suite", "dir_info": {"editable": True}}, ["-e", "/src/suite[bright]"]),
        ({"url": "file:///a%20b/it's", "dir_info": {"editable": True}}, ["-e", "/a b/it's[bright]"]),
        ({"url": "file:///src/suite", "dir_info": {}}, ["benchsuite[bright] @ file:///src/suite"]),
        ({"url": "file:///src", "dir_info": {"editable": False}}, ["benchsuite[bright] @ file:///src"]),
        ({"url": WHEEL, "archive_info": {}}, [f"benchsuite[bright] @ {WHEEL}"]),
        ({"url": f"{HOST}.whl", "archive_info": {}}, [f"benchsuite[bright] @ {HOST}.whl"]),
        ({"url": HOST, "vcs_info": GIT}, [f"benchsuite[bright] @ git+{HOST}@{COMMIT}"]),
        (
            {"url": HOST, "vcs_info": GIT, "subdirectory": "python"},
            [f"benchsuite[bright] @ git+{HOST}@{COMMIT}#subdirectory=python"],
        ),
    ],
    ids=["editable", "spaces", "folder", "copied", "wheel", "address", "repository", "subdirectory"],
)  # fmt: skip
@pytest.mark.skipif(os.name != "posix", reason="the words of a POSIX shell")
def test_a_hint_installs_from_where_the_package_came(came, origin, expected):
    came(origin)
    assert shlex.split(install_command("benchsuite[bright]")) == ["pip", "install", *expected]


def test_a_package_of_an_index_is_installed_from_there(came):
    assert install_command("benchsuite[bright]") in (
        "pip install 'benchsuite[bright]'",
        'pip install "benchsuite[bright]"',
    )


def test_a_hint_may_name_several_extras(came):
    came({"url": WHEEL, "archive_info": {}})
    assert f"benchsuite[bright,fairseg] @ {WHEEL}" in install_command("benchsuite[bright,fairseg]")


def test_a_checkout_is_no_installation(came, tmp_path, monkeypatch):
    came({"url": WHEEL, "archive_info": {}})
    left = tmp_path / "checkout/benchsuite.egg-info"
    left.mkdir(parents=True)
    (left / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: benchsuite\nVersion: 0.1.0\n")
    monkeypatch.syspath_prepend(left.parent)
    assert WHEEL in install_command("benchsuite[bright]")


@pytest.mark.parametrize("asked", ["monai", "no_such_package", "a>=2", ""])
def test_another_package_is_installed_by_its_name(came, asked):
    came({"url": WHEEL, "archive_info": {}})
    assert asked in install_command(asked)
    assert WHEEL not in install_command(asked)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab \n/", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["url", "dir_info", "editable", "vcs_info", "vcs"]), inner
        )
    ),
)


@given(JSON.map(lambda made: json.dumps(made).encode()) | st.binary(max_size=8))
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_a_broken_record_leaves_the_name(came, text):
    came(text)
    assert install_command("benchsuite[bright]")[12:].strip("'\"") == "benchsuite[bright]"


@pytest.mark.parametrize("text", [b"[" * 100_000, b"\xff\xfe", b"", b'{"url": "a b\\nc"}'])
def test_an_unreadable_record_leaves_the_name(came, text):
    came(text)
    assert install_command("benchsuite[bright]")[12:].strip("'\"") == "benchsuite[bright]"


def test_a_missing_package_is_named_with_the_command(came, monkeypatch):
    came({"url": WHEEL, "archive_info": {}})
    monkeypatch.setitem(sys.modules, "bm25s", None)
    with pytest.raises(NotAvailable) as caught, needing("task bright", "benchsuite[bright]"):
        import bm25s  # noqa: F401
    assert str(caught.value) == (
        f"task bright needs the package 'bm25s': {install_command('benchsuite[bright]')}"
    )
    assert WHEEL in str(caught.value)

"""The corpus of `stdlib-mini`: the docstrings of this interpreter's own standard library."""

import importlib
import inspect
import re
import warnings
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

# Fixed, rather than sys.stdlib_module_names: that set differs between versions and holds modules
# that act when imported. Modules that 3.12, 3.13 or 3.14 removed are left out.
MODULES = tuple(
    re.findall(
        r"\S+",
        """
        abc argparse array ast asyncio atexit base64 binascii bisect builtins bz2 calendar cmd
        codecs collections collections.abc colorsys concurrent.futures configparser contextlib copy
        copyreg csv dataclasses datetime decimal difflib email email.header email.message
        email.parser email.utils enum errno faulthandler fcntl filecmp fileinput fnmatch fractions
        functools gc getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html
        html.parser http http.client http.cookies http.server importlib io ipaddress itertools json
        linecache logging logging.handlers lzma marshal math mimetypes mmap multiprocessing
        multiprocessing.pool multiprocessing.shared_memory numbers operator os os.path pathlib
        pickle plistlib pprint pwd queue random re reprlib resource runpy sched secrets select
        selectors shelve shlex shutil signal smtplib socket socketserver sqlite3 ssl stat statistics
        string struct subprocess sys syslog tarfile tempfile textwrap threading time timeit tomllib
        traceback tracemalloc unicodedata urllib.error urllib.parse urllib.request
        urllib.robotparser uuid warnings wave weakref webbrowser xml.etree.ElementTree zipfile zlib
        zoneinfo
        """,
    )
)

# Public modules that implement another public one: what they define is a passage of the module
# that people import it from.
_IMPLEMENTATIONS = {
    "os": frozenset({"posix", "nt"}),
    "os.path": frozenset({"posixpath", "ntpath", "genericpath"}),
}

# Hooks that programs replace, and where Python keeps its own: no program changes the corpus.
_HOOKS = {
    ("sys", "breakpointhook"): "__breakpointhook__",
    ("sys", "displayhook"): "__displayhook__",
    ("sys", "excepthook"): "__excepthook__",
    ("sys", "unraisablehook"): "__unraisablehook__",
    ("threading", "excepthook"): "__excepthook__",
    ("warnings", "formatwarning"): "_formatwarning_orig",
    ("warnings", "showwarning"): "_showwarning_orig",
}

_STOP_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
        about after again against all already also always among and another any anything are because
        been before being between both but can cannot could did does doing done down during each
        either else ever every few for from further had has have having her here hers him his how
        however into isn its itself just may might more most much must neither nor not nothing off
        once one only onto other others our ours out over own per rather same shall she should some
        something such than that the their theirs them themselves then there these they thing things
        this those though through too two under until upon very was were what whatever when whenever
        where whether which while who whom whose why will with within without would yet you your
        yours yourself
        """,
    )
)
# Shorter words carry grammar more often than content.
_MIN_LETTERS = 3


def passages() -> dict[str, str]:
    """The passages by dotted name: the name, a newline, the cleaned docstring."""
    return dict(_passages())


def stems(text: str) -> set[str]:
    """The stems of the content words of `text`, those of a dotted or camel-case name included."""
    stemmer = _stemmer()
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    words = (word.lower() for word in re.findall(r"[^\W\d_]+", spaced))
    return {
        stemmer.stemWord(word)
        for word in words
        if len(word) >= _MIN_LETTERS and word not in _STOP_WORDS
    }


@cache
def _stemmer() -> Any:
    # Imported here so that reading the corpus needs no third-party package.
    import Stemmer

    return Stemmer.Stemmer("english")


@cache
def _passages() -> dict[str, str]:
    found: dict[str, str] = {}
    owners: dict[int, tuple[bool, str]] = {}
    for module_name in MODULES:
        module = _module(module_name)
        if module is None:
            continue
        if isinstance(module.__doc__, str) and module.__doc__.strip():
            found[module_name] = f"{module_name}\n{inspect.cleandoc(module.__doc__)}"
        for name, value in _members(module, module_name):
            doc = _docstring(value)
            if doc is None:
                continue
            dotted = f"{module_name}.{name}"
            # One object under two names (bisect and bisect_right) would be two equal passages of
            # which a query could judge only one: the name it calls itself by wins.
            rank = (getattr(value, "__name__", None) != name, dotted)
            earlier = owners.get(id(value))
            if earlier is not None and earlier <= rank:
                continue
            if earlier is not None:
                del found[earlier[1]]
            owners[id(value)] = rank
            found[dotted] = f"{dotted}\n{doc}"
    return dict(sorted(found.items()))


def _module(name: str) -> ModuleType | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ImportError:
            # Some modules exist on some platforms only, or need a library that Python was built
            # without.
            return None


def _members(module: ModuleType, module_name: str) -> Iterator[tuple[str, Any]]:
    # vars, not getattr: a module's __getattr__ answers for deprecated names, with a warning.
    namespace = vars(module)
    exported = namespace.get("__all__")
    names = namespace if exported is None else exported
    for name in sorted(set(names)):
        value = namespace.get(_HOOKS.get((module_name, name), name), namespace.get(name))
        if name.startswith("_") or not (inspect.isclass(value) or inspect.isroutine(value)):
            continue
        if _belongs(value, module_name):
            yield name, value


def _belongs(value: Any, module_name: str) -> bool:
    home = getattr(value, "__module__", None)
    if not isinstance(home, str):
        # Builtin methods bound to a hidden instance (random.random) name no module.
        return True
    if home == module_name or home in _IMPLEMENTATIONS.get(module_name, ()):
        return True
    if home in MODULES:
        return False
    # What a private module (_heapq) or a submodule (asyncio.tasks) defines is public here only.
    return home.startswith((f"{module_name}.", "_")) or "._" in home


def _docstring(value: Any) -> str | None:
    if inspect.isclass(value):
        doc = vars(value).get("__doc__")
        if any(doc == vars(base).get("__doc__") for base in value.__mro__[1:]):
            return None
        if isinstance(doc, str) and _is_generated(value.__name__, doc):
            return None
    else:
        doc = getattr(value, "__doc__", None)
    if not isinstance(doc, str) or not doc.strip():
        return None
    return inspect.cleandoc(doc)


def _is_generated(name: str, doc: str) -> bool:
    # Dataclasses and named tuples are given their signature as a docstring, the nodes of ast their
    # line of the grammar, and converted enumerations a sentence that says nothing.
    if doc == "An enumeration.":
        return True
    name = re.escape(name)
    return bool(
        re.fullmatch(rf"{name}(\([^()]*(\([^()]*\)[^()]*)*\)| = .*)?", doc.strip(), re.DOTALL)
    )

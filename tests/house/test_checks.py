"""The checks of the house see what they look for: each finds a fault in a source of a few lines."""

import re

import pytest

from tests.house import copies, dead, graph, names, readers, shape
from tests.house.source import Module


def house(**sources: str) -> list[Module]:
    """Modules of a package `own`, by name; `room__part` is `own.room.part`."""
    dotted = {name.replace("__", "."): text for name, text in sources.items()}
    return [
        Module(f"own.{name}", f"own/{name}.py", text, any(o.startswith(f"{name}.") for o in dotted))
        for name, text in dotted.items()
    ]


def one(text: str, name: str = "own.a") -> Module:
    return Module(name, "own/a.py", text)


def room(name: str) -> str:
    return name.split(".")[1]


@pytest.mark.parametrize(
    "text",
    [
        "import own.b",
        "from own import b",
        "from own.b import thing",
        "from .b import thing",
        "from . import b",
        "def f():\n    from own.b import thing",
        "if TYPE_CHECKING:\n    from own.b import thing",
        "b = import_module('own.b')",
        "b = importlib.import_module('own.b')",
    ],
)
def test_every_kind_of_import_is_an_edge(text):
    assert graph.import_graph(house(a=text, b=""))["own.a"] == {"own.b"}


def test_an_import_of_a_package_is_no_import_of_its_modules():
    modules = house(a="from own.room import part, name", room="", room__part="", room__other="")
    assert graph.import_graph(modules)["own.a"] == {"own.room", "own.room.part"}


def test_a_relative_import_in_a_package_starts_at_the_package():
    modules = house(room="from .part import x", room__part="from ..a import y", a="")
    found = graph.import_graph(modules)
    assert found["own.room"] == {"own.room.part"}
    assert found["own.room.part"] == {"own.a"}


def test_cycles_are_found_among_modules_and_among_rooms():
    modules = house(
        a="from own.b import x",
        b="def f():\n    from own.c import y",
        c="from own.a import z",
        d="",
    )
    assert graph.cycles(graph.import_graph(modules)) == [["own.a", "own.b", "own.c"]]
    rooms = house(a__one="import own.b.one", a__two="", b__one="", b__two="import own.a.two")
    inner = graph.import_graph(rooms)
    assert graph.cycles(inner) == []
    assert graph.cycles(graph.gathered(inner, room)) == [["a", "b"]]


def test_levels_are_the_longest_chain_of_rooms():
    modules = house(
        a="from own import b, d", b="from own import c", c="from own import d", d="", e=""
    )
    rooms = graph.gathered(graph.import_graph(modules), room)
    assert graph.longest_path(rooms) == ["a", "b", "c", "d"]
    assert len(rooms) == 5
    circle = house(a="from own import b", b="from own import c", c="from own import b, d", d="")
    assert len(graph.longest_path(graph.gathered(graph.import_graph(circle), room))) == 4


def test_imports_that_leave_a_package_are_found():
    modules = house(
        room="", room__a="from own.b import x", room__b="from own.room.a import y", b=""
    )
    assert graph.leaving(graph.import_graph(modules), "own.room") == ["own.room.a -> own.b"]


@pytest.mark.parametrize(
    "text",
    [
        "from benchsuite_tasks.two import x",
        "from benchsuite_tasks import two",
        "MODEL = 'benchsuite_tasks.two.models:Model'",
        "def f():\n    return f'benchsuite_tasks.two.{f}'",
    ],
)
def test_a_plugin_that_names_another_is_found(text):
    assert graph.strangers(one(text), "one")
    assert graph.strangers(one(text), "two") == []


def test_a_docstring_may_speak_of_a_plugin():
    assert graph.strangers(one('"""As benchsuite_tasks.two does."""\nx = 1'), "one") == []


@pytest.mark.parametrize(
    "text",
    [
        "from own.b import _hidden",
        "from own._b import shown",
        "from own import b\nb._hidden()",
        "import own.b as b\nb._hidden",
    ],
)
def test_a_borrowed_private_name_is_found(text):
    assert len(graph.private_imports(one(text), ["own"])) == 1


@pytest.mark.parametrize(
    "text",
    ["from own.b import shown", "from other import _x", "self._x", "from own.b import __version__"],
)
def test_names_of_one_s_own_are_not_borrowed(text):
    assert graph.private_imports(one(text), ["own"]) == []


PARSING = [
    'condition.startswith("domain/")',
    "row.metric.removesuffix(f' {metric}')",
    'metric.split(" ")[-1]',
    'factors["first_stage"].partition("@")',
    'factors.get("prompt", "").rpartition(" ")',
    'run.manifest.factors["norm"].split("-")',
    'str(row.condition).split("/")',
    "row.note.split('; ')",
    "estimate.note.lower().startswith('few')",
    "(row.group or row.metric).endswith('x')",
    "cell.group[0].split('×')",
    "attribute.split(CROSS)",
    "label.replace('es_sum', 'es')",
    "c.full_name.partition('/')",
    "f'{metric}'.split()",
    're.match("AP", metric)',
    "re.sub('a', 'b', row['label'])",
    "AFTER.match(row.metric)",
    "re.compile('x').search(condition)",
    "pattern.search(row.note)",
    'rows["condition"].str.contains(PART)',
    "rows.metric.str.match(AFTER)",
    'table["metric"].str.partition("@")[0]',
    'table["note"].str.lower().str.endswith("x")',
    "table['condition'].str[:4].str.startswith('x')",
    "'missing' in estimate.note",
    "' ' not in row.metric",
    "metric[5:]",
    "row.condition[:-3]",
]


@pytest.mark.parametrize("code", PARSING)
def test_code_that_takes_a_name_apart_is_found(code):
    assert names.parsed_names(one(f"x = {code}")), code


@pytest.mark.parametrize("code", ["name.partition('_')", "name.startswith(PATIENT)"])
def test_a_plain_name_is_a_name_where_metrics_live(code):
    for home in ("own.metrics", "own.reports.figures", "own.task"):
        assert names.parsed_names(one(code, home)), home
    assert names.parsed_names(one(code, "own.datasets.coco")) == []


@pytest.mark.parametrize(
    "code",
    [
        "word.partition('=')",
        "line.split(',')",
        "text.startswith('#')",
        "re.sub('a', 'b', text)",
        "replace(condition, name='x')",
        "metrics.index(metric)",
        "conditions.index('clean')",
        "'clean' in conditions",
        "'loss' in factors",
        "groups[1:]",
        "np.split(rows, edges)",
        "index.search(model, queries)",
        "' × '.join(group.values)",
        "metric == 'dice'",
        "table['metric'] == 'dice'",
        "table['metric'].isin(names)",
        "factors['loss'] == 'erm'",
        "name.replace('_', '-')",
    ],
)
def test_code_that_reads_fields_is_not_found(code):
    assert names.parsed_names(one(f"x = {code}")) == [], code


@pytest.mark.parametrize(
    "code",
    [
        "open(path)",
        "path.open('rb')",
        "path.read_text()",
        "self.path.read_bytes()",
        "Image.open(path)",
        "PIL.Image.open(path)",
        "csv.DictReader(file)",
        "csv.reader(file)",
        "json.load(file)",
        "json.loads(text)",
        "np.load(path)",
        "numpy.load(path)",
        "torch.load(path, weights_only=True)",
        "load_file(path)",
        "safetensors.torch.load_file(path)",
        "safe_open(path, 'pt')",
        "zipfile.ZipFile(path)",
        "ZipFile(path)",
        "pd.read_csv(path)",
    ],
)
def test_code_that_opens_a_file_is_found(code):
    assert len(readers.opened_files(one(f"x = {code}"))) == 1


@pytest.mark.parametrize(
    "code",
    ["read_image(path)", "json.dumps(x)", "task.load()", "log.open('a')", "dataset.load('')"],
)
def test_code_that_opens_nothing_is_not_found(code):
    assert readers.opened_files(one(f"x = {code}")) == []


def test_a_reader_belongs_where_data_is_read():
    text = "from benchsuite.files.images import png_bytes, read_image"
    assert list(readers.misplaced_readers(one(text, "benchsuite_tasks.one.measure"))) == [
        "own/a.py: imports benchsuite.files.images.read_image"
    ]
    for place in ("datasets.coco", "formats", "models.sam", "training.loop"):
        assert list(readers.misplaced_readers(one(text, f"benchsuite_tasks.one.{place}"))) == []


def test_long_modules_and_functions_are_found():
    body = "def f():\n" + "    x = 1\n" * 40
    assert shape.long_functions(one(body)) == ["own/a.py:1: f has 41 lines, at most 40"]
    assert (
        shape.long_functions(one(f"class A:\n    def f(self):\n{'        x = 1' + chr(10)}")) == []
    )
    assert shape.long_modules([one("x = 1\n" * 301), one("x = 1\n" * 300)]) == [
        "own/a.py: 301 lines, at most 300"
    ]


def test_wide_signatures_are_found_but_for_self_and_factories():
    wide = "def f(a, b, c, d, *, e, g, h): ...\nclass A:\n    def m(self, a, b, c, d, e, g): ..."
    assert shape.wide_signatures(one(wide)) == ["own/a.py:1: f has 7 parameters, at most 6"]
    assert shape.wide_signatures(one(wide), [re.compile("own.a:f")]) == []


@pytest.mark.parametrize(
    "text",
    [
        "Plug('one', 'own.a:f')",
        "HERE = 'own'\nPlug('one', f'{HERE}.a:f')",
        "[Plug('one', f'own.a:{name}') for name in names]",
    ],
)
def test_the_factories_of_a_task_are_known_by_its_plugs(text):
    factories = shape.factories_of([one(text, "own.task")])
    assert any(p.fullmatch("own.a:f") for p in factories)
    assert not any(p.fullmatch("own.b:f") for p in factories)


def test_a_foreign_entry_of_a_task_is_found():
    tracked = ["tasks/one/task.py", "tasks/one/models/a.py", "tasks/one/extra.py", "tasks/two/x.py"]
    assert shape.foreign_entries(tracked, "one") == ["tasks/one/extra.py"]


def test_a_task_py_with_code_is_found():
    assert list(shape.more_than_a_task(one("TASK = Task()\n\ndef measure(): ..."))) == [
        "own/a.py:3: defines measure"
    ]


def test_what_nothing_uses_is_dead():
    modules = house(
        a=(
            "def used(): ...\ndef dead(): ...\nLIMIT = 1\nTABLE: dict = {}\n"
            "class A:\n    def seen(self): ...\n    def unseen(self): ...\n"
            "def made(): ...\ndef forward(): ...\n__all__ = ['shown']\ndef shown(): ..."
        ),
        b="from own.a import A, LIMIT, used\nused(LIMIT, A().seen)\nPlug('one', 'own.a:made')\n",
    )
    assert dead.unused(modules, ["forward"]) == [
        "own/a.py:2: dead", "own/a.py:4: TABLE", "own/a.py:7: unseen"
    ]  # fmt: skip


def test_a_copy_is_found_whatever_its_names_are():
    body = (
        "    {0} = read({1})\n    {0}.sort(key=len)\n    return [x + 1 for x in {0} if x > limit]\n"
    )
    first = 'def first(path):\n    """One."""\n' + body.format("rows", "path")
    second = "def second(file):\n" + body.format("found", "file")
    other = "def other(file):\n" + body.format("found", "file").replace("sort", "order")
    modules = house(a=first, b=second, c=other)
    assert copies.copied(modules, 10) == ["own/a.py:1 first = own/b.py:1 second"]
    assert copies.copied(modules, 100) == []

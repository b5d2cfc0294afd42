"""`benchsuite data`: a person finds a dataset, gets it, and learns whether it is the right one."""

import json
import os
import shlex
import subprocess
import zipfile
from dataclasses import replace
from hashlib import sha256
from io import BytesIO

import pytest
from filelock import FileLock
from huggingface_hub import constants

from benchsuite.api.data import entries
from benchsuite.cli import main
from benchsuite.files import download
from benchsuite.task import Access, Content, File, Repository, load_task
from benchsuite_tasks.bright.datasets.origins import ORIGINS as BRIGHT
from benchsuite_tasks.compositional.datasets.origins import ORIGINS as PAIRS
from benchsuite_tasks.instance_segmentation.datasets.origins import ORIGINS as OBJECTS
from tests.house.source import SHARED
from tests.hub import COMMIT, serving
from tests.plugin import command

ROW = {"filename": "1.jpg", "caption": "a red door", "negative_caption": "a blue door"}
FILES = {
    f"{name}.json": json.dumps({str(i): {**ROW, "filename": f"{i}.jpg"} for i in range(3)}).encode()
    for name in ("swap_att", "swap_obj")
}
SECRET = "hf_this_is_never_shown"  # noqa: S105


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setattr(download, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(download, "SILENCE", 0.5)
    monkeypatch.setenv("BENCHSUITE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))


@pytest.fixture
def server():
    with serving() as served:
        yield served


@pytest.fixture
def crepe(server, monkeypatch):
    """SugarCrepe, as files of a server on this machine."""
    server.files |= {f"/{name}": data for name, data in FILES.items()}
    files = tuple(
        File(f"{server.address}/{name}", name, len(data), sha256(data).hexdigest())
        for name, data in FILES.items()
    )
    known = Content({"samples": 6, "subset=swap_att": 3, "subset=swap_obj": 3}, "this test")
    origin = replace(PAIRS["sugarcrepe"], files=files, contents=(known,))
    monkeypatch.setitem(PAIRS, "sugarcrepe", origin)
    return server


@pytest.fixture
def answers(server, monkeypatch):
    """BRIGHT's answers, as a gated repository of a Hub on this machine."""
    rows = [
        {"id": str(i), "query": f"why {i}?", "gold_answer": f"because {i} " * 200} for i in range(4)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    sites = [
        "biology",
        "earth_science",
        "economics",
        "psychology",
        "robotics",
        "stackoverflow",
        "sustainable_living",
    ]
    server.add(
        "org/answers",
        README_dot_md=b"not asked for",
        **{f"examples__{site}_dot_jsonl": text.replace(b"why", site.encode()) for site in sites},
    )
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, server.address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "ENDPOINT", server.address)
    where = Repository("org/answers", COMMIT, ("examples/*",))
    origin = replace(
        BRIGHT["bright-answers"], repositories=(where,), contents=(),
        terms="https://example.org/terms",
    )  # fmt: skip
    monkeypatch.setitem(BRIGHT, "bright-answers", origin)
    return server


def run(capsys, *words):
    code = main(["data", *words])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err and SECRET not in shown.out + shown.err
    return code, shown.out, shown.err


# --- list and info


def test_every_dataset_of_every_task_says_where_it_comes_from():
    for one in entries():
        assert one.origin is not None, f"{one.task.name}: {one.name}: no origin"
        known = one.origin
        assert known.title and known.licence
        free = (Access.INCLUDED, Access.OWN)
        assert known.downloads or known.steps or known.access in free, one.name
        assert known.access in free or (known.homepage and known.citation and known.layout)
        if known.access in (Access.GATED, Access.FORM):
            assert known.terms.startswith("https://")
        for file in known.files:
            assert file.sha256 or file.url.startswith("https://")


def test_the_list_fits_a_page_and_names_every_dataset(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert max(len(line) for line in out.splitlines() if line.startswith("|")) <= 100
    assert all(f"| {one.name} " in out for one in entries())
    _, out, _ = run(capsys, "list", "fairseg")
    assert "harvard-fairseg" in out and "bright" not in out


def test_the_list_says_what_is_here(capsys, crepe, tmp_path):
    def here():
        lines = run(capsys, "list", "compositional")[1].splitlines()
        (row,) = (line for line in lines if line.startswith("| sugarcrepe "))
        return row.split("|")[-2].strip()

    assert here() == "no"
    assert run(capsys, "get", "sugarcrepe")[0] == 0
    assert here() == "yes"


def test_list_and_info_ask_nothing_of_any_server(capsys, crepe, answers):
    for words in (["list"], ["info", "sugarcrepe"], ["info", "bright-answers"]):
        assert run(capsys, *words)[0] == 0
    assert crepe.asked == answers.asked == []


@pytest.mark.parametrize("one", entries(), ids=lambda one: f"{one.task.name}-{one.name}")
def test_info_tells_access_licence_and_what_comes_next(capsys, one):
    code, out, _ = run(capsys, "info", one.name, "--task", one.task.name)
    assert code == 0
    assert f"licence   {one.origin.licence}" in out and f"access    {one.origin.access}" in out
    assert "benchsuite " in out or one.origin.steps
    assert all(part.path in out for part in one.origin.layout)


def test_where_several_tasks_have_a_dataset_of_a_name_the_commands_name_the_task(capsys):
    code, _, err = run(capsys, "info", "coco")
    assert code == 64 and "expected --task, found it in cosal, instance_segmentation" in err
    _, out, _ = run(capsys, "info", "coco", "--task", "instance_segmentation")
    assert "benchsuite data get coco --task instance_segmentation\n" in out


def test_info_says_which_part_is_missing(capsys, crepe, tmp_path):
    (tmp_path / "data/winoground/data").mkdir(parents=True)
    (tmp_path / "data/winoground/data/examples.jsonl").write_text("{}")
    _, out, _ = run(capsys, "info", "winoground")
    lines = [line.split() for line in out.splitlines()]
    assert ["data/examples.jsonl", "here"] in [line[:2] for line in lines]
    assert ["data/images*", "missing"] in [line[:2] for line in lines]


def test_a_near_name_is_named(capsys):
    code, _, err = run(capsys, "info", "sugarcrap")
    assert code == 64 and "did you mean sugarcrepe" in err
    code, _, err = run(capsys, "info", "bright", "--task", "fairsag")
    assert code == 64 and "did you mean fairseg" in err


# --- get: files


def test_get_downloads_and_prints_the_command_that_runs_on_it(capsys, crepe, tmp_path):
    code, out, err = run(capsys, "get", "sugarcrepe")
    assert (code, err) == (0, "")
    folder = tmp_path / "data/sugarcrepe"
    assert {path.name for path in folder.glob("*.json")} == set(FILES)
    *_, line = out.splitlines()
    assert shlex.split(line) == [
        "benchsuite", "run", "task=compositional", "dataset=sugarcrepe", f"dataset.path={folder}",
    ]  # fmt: skip
    before = len(crepe.asked)
    assert run(capsys, "get", "sugarcrepe")[0] == 0
    assert len(crepe.asked) == before


def test_get_goes_where_it_is_told_and_fetches_the_files_that_are_asked_for(
    capsys, crepe, tmp_path
):
    code, _, _ = run(
        capsys, "get", "sugarcrepe", "--out", str(tmp_path / "x y"), "--files", "*att*"
    )
    assert code == 0
    assert [path.name for path in (tmp_path / "x y").glob("*.json")] == ["swap_att.json"]
    code, _, err = run(capsys, "get", "sugarcrepe", "--files", "*.txt")
    assert code == 64 and "expected a pattern of swap_att.json, swap_obj.json" in err


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        ("lie", 65, "expected SHA-256"),
        ("404", 69, "HTTP 404: it is gone, or not shown to everybody: see https://github.com/"),
        ("403", 69, "HTTP 403: your account may not have it yet"),
        ("500", 69, "HTTP 500; the same command goes on where it stopped"),
        ("cut", 69, "the same command goes on where it stopped"),
    ],
)
def test_a_fault_of_a_server_is_one_line_with_its_code(capsys, crepe, tmp_path, fault, code, told):
    crepe.faults["/swap_obj.json"] = [f"always {fault}"] * 99
    if fault == "cut":
        crepe.faults["/swap_obj.json"] = ["always slow", *["always 500"] * 9]
    found, _, err = run(capsys, "get", "sugarcrepe")
    assert found == code and told in err and err.count("\n") == 1
    assert not (tmp_path / "data/sugarcrepe/swap_obj.json").exists()
    crepe.faults.clear()
    assert run(capsys, "get", "sugarcrepe")[0] == 0


def test_a_disk_that_is_too_small_is_told_before_anything_is_asked(capsys, crepe, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("benchsuite.api.data.shutil.disk_usage", lambda path: usage)
    code, _, err = run(capsys, "get", "sugarcrepe")
    assert code == 73 and "expected room for" in err
    assert crepe.asked == []


def test_two_processes_do_not_write_into_one_folder(capsys, crepe, tmp_path):
    folder = tmp_path / "data/sugarcrepe"
    folder.mkdir(parents=True)
    with FileLock(folder / ".get.lock"):
        code, _, err = run(capsys, "get", "sugarcrepe")
    assert code == 75 and "another process downloads into it" in err


def test_a_download_that_was_cut_is_not_here_until_it_is_whole(capsys, crepe, tmp_path):
    crepe.faults["/swap_obj.json"] = ["always 404"]
    assert run(capsys, "get", "sugarcrepe")[0] == 69
    assert (tmp_path / "data/sugarcrepe/swap_att.json").exists()
    _, out, _ = run(capsys, "info", "sugarcrepe")
    assert "incomplete" in out and "get       benchsuite data get sugarcrepe" in out
    crepe.faults.clear()
    assert run(capsys, "get", "sugarcrepe")[0] == 0
    _, out, _ = run(capsys, "info", "sugarcrepe")
    assert "incomplete" not in out and "benchsuite data check sugarcrepe" in out


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_line(capsys, crepe, tmp_path):
    (tmp_path / "data").mkdir(mode=0o500)
    assert run(capsys, "get", "sugarcrepe")[0] == 73


def test_a_file_where_the_folder_should_be_is_one_line(capsys, crepe, tmp_path):
    (tmp_path / "data").write_text("")
    code, _, err = run(capsys, "get", "sugarcrepe")
    assert code == 73 and err.count("\n") == 1


def test_archives_are_unpacked_and_the_command_names_their_parts(
    capsys, server, tmp_path, monkeypatch
):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("annotations/instances_val2017.json", "{}")
        file.writestr("val2017/1.jpg", "x")
    server.files["/all.zip"] = packed.getvalue()
    made = File(f"{server.address}/all.zip", "all.zip", zipped=True)
    monkeypatch.setitem(OBJECTS, "coco", replace(OBJECTS["coco"], files=(made,)))
    code, out, err = run(capsys, "get", "coco", "--task", "instance_segmentation")
    assert (code, err) == (0, "")
    folder = tmp_path / "data/coco"
    assert (folder / "val2017/1.jpg").read_text() == "x"
    assert f"dataset.path={folder}/annotations/instances_val2017.json" in out
    assert f"dataset.images={folder}/val2017" in out


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("harvard-fairseg", "ask for the data with the form"),
        ("stdlib-mini", "it comes with the task"),
        ("masks", "a folder of your own: `benchsuite data info masks`"),
        ("whatsup", "Google Drive"),
    ],
)
def test_what_no_command_can_fetch_says_what_a_person_does(capsys, name, told):
    code, _, err = run(capsys, "get", name)
    assert code == 69 and told in err and err.count("\n") == 1


# --- get: the Hub


def test_get_fetches_the_pinned_commit_of_the_hub(capsys, answers, tmp_path):
    code, out, err = run(capsys, "get", "bright-answers")
    assert (code, err) == (0, "")
    assert f"datasets/org/answers at {COMMIT}" in out
    folder = tmp_path / "data/bright-answers"
    assert len(list((folder / "examples").iterdir())) == 7
    assert not (folder / "README.md").exists()
    assert f"/api/datasets/org/answers/revision/{COMMIT}" in [path for _, path, _ in answers.asked]
    code, out, _ = run(capsys, "check", "bright-answers")
    assert code == 0 and "| samples " in out


def test_a_hub_that_lists_no_hashes_is_asked_for_each_file(capsys, answers, tmp_path):
    answers.hashes = False
    place = answers.at("org/answers", "examples/robotics.jsonl")
    answers.faults[place] = ["", "always lie"]
    code, _, err = run(capsys, "get", "bright-answers")
    assert code == 65 and "expected SHA-256" in err
    answers.faults.clear()
    assert run(capsys, "get", "bright-answers")[0] == 0


def test_a_hub_of_another_commit_is_not_believed(capsys, answers, monkeypatch):
    origin = BRIGHT["bright-answers"]
    other = Repository("org/answers", "b" * 40, ("examples/*",))
    monkeypatch.setitem(BRIGHT, "bright-answers", replace(origin, repositories=(other,)))
    code, _, err = run(capsys, "get", "bright-answers")
    assert code == 69 and "HTTP 404" in err
    path = f"/api/datasets/org/answers/revision/{'b' * 40}"
    answers.files[path] = b""
    answers.faults[path] = [f"to {answers.address}/api/datasets/org/answers/revision/{COMMIT}"]
    code, _, err = run(capsys, "get", "bright-answers")
    assert code == 65 and f"expected commit {'b' * 40}, found {COMMIT}" in err


def test_a_repository_without_a_known_commit_is_read_at_the_one_that_a_person_names(
    capsys, answers, monkeypatch
):
    pinned = BRIGHT["bright-answers"]
    unpinned = replace(pinned, repositories=(Repository("org/answers"),))
    monkeypatch.setitem(BRIGHT, "bright-answers", unpinned)
    assert (
        "benchsuite data get bright-answers --revision COMMIT"
        in run(capsys, "info", "bright-answers")[1]
    )
    expected = "expected --revision with a commit of https://huggingface.co/datasets/org/answers"
    for words, found in (((), "no commit is known"), (("--revision", "main"), "found main")):
        code, _, err = run(capsys, "get", "bright-answers", *words)
        assert (code, err.count("\n")) == (64, 1) and f"{expected}, {found}" in err
    assert answers.asked == []
    code, out, _ = run(capsys, "get", "bright-answers", "--revision", COMMIT)
    assert code == 0 and f"datasets/org/answers at {COMMIT}" in out
    monkeypatch.setitem(BRIGHT, "bright-answers", pinned)
    code, _, err = run(capsys, "get", "bright-answers", "--revision", COMMIT)
    assert code == 64 and "expected no --revision: its commit is known" in err


def test_a_gated_dataset_asks_for_a_token_and_then_for_access(capsys, answers, monkeypatch):
    answers.gated.add("org/answers")
    code, _, err = run(capsys, "get", "bright-answers")
    assert code == 69 and err.count("\n") == 1
    assert "a token is needed: accept the terms at https://example.org/terms" in err
    assert "HF_TOKEN" in err
    monkeypatch.setenv("HF_TOKEN", SECRET)
    code, _, err = run(capsys, "get", "bright-answers")
    assert code == 69 and "ask for access at https://example.org/terms" in err
    answers.members.add(SECRET)
    assert run(capsys, "get", "bright-answers")[0] == 0


def test_a_token_that_is_not_accepted_is_told(capsys, answers, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", SECRET)
    answers.faults[f"/api/datasets/org/answers/revision/{COMMIT}"] = ["always 401"]
    code, _, err = run(capsys, "get", "bright-answers")
    assert code == 69 and "your token is not accepted" in err


@pytest.mark.parametrize("token", ["schlüssel", "a\nb", "\x00"])
def test_a_token_that_no_request_can_hold_is_one_line(capsys, answers, monkeypatch, token):
    monkeypatch.setattr("huggingface_hub.utils._headers.get_token", lambda: token)
    code, out, err = run(capsys, "get", "bright-answers")
    assert code == 69 and err.count("\n") == 1 and token not in out + err


@pytest.mark.parametrize("fault", ["429", "500", "503"])
def test_a_hub_that_is_busy_is_asked_again(capsys, answers, fault):
    listing = f"/api/datasets/org/answers/revision/{COMMIT}"
    answers.faults[listing] = [fault]
    assert run(capsys, "get", "bright-answers")[0] == 0


def test_files_that_the_repository_lacks_are_named(capsys, answers):
    code, _, err = run(capsys, "get", "bright-answers", "--files", "documents/*")
    assert code == 65 and "expected files documents/*, found README.md, examples/" in err


def test_of_several_repositories_those_are_fetched_that_have_the_files(
    capsys, answers, monkeypatch, tmp_path
):
    for name in ("A", "B"):
        answers.add(f"org/{name}", corpus_dot_jsonl=name.encode(), x_dot_txt=b"x")
    several = tuple(Repository(f"org/{n}", COMMIT, ("*.jsonl",), n) for n in ("A", "B"))
    monkeypatch.setitem(BRIGHT, "r2med", replace(BRIGHT["r2med"], repositories=several))
    assert run(capsys, "get", "r2med", "--out", str(tmp_path / "one"), "--files", "B/*")[0] == 0
    found = {
        str(p.relative_to(tmp_path / "one")) for p in (tmp_path / "one").rglob("*.*") if p.is_file()
    }
    assert {name for name in found if name[0] != "."} == {"B/corpus.jsonl", "B/x.txt"}
    assert run(capsys, "get", "r2med", "--out", str(tmp_path / "all"))[0] == 0
    assert (tmp_path / "all/A/corpus.jsonl").read_bytes() == b"A"
    code, _, err = run(capsys, "get", "r2med", "--files", "C/*")
    assert code == 65 and "expected files C/*, found corpus.jsonl, x.txt" in err


def test_offline_nothing_is_asked(capsys, answers, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    code, _, err = run(capsys, "get", "bright-answers")
    assert code == 69 and "HF_HUB_OFFLINE is set" in err
    assert answers.asked == []


def test_without_its_package_the_hint_names_the_extra(capsys, answers, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    code, _, err = run(capsys, "get", "bright-answers")
    assert code == 69 and "huggingface_hub" in err and "[data]" in err


# --- runs


@pytest.mark.parametrize(
    "words",
    [
        ["task=bright", "dataset=bright"],
        ["task=bright", "dataset=r2med"],
        ["task=bright", "model=dense", "model.path=org/model"],
        ["task=compositional", "dataset=winoground"],
        ["task=compositional", "model=pretrained", "model.path=org/model"],
    ],
)
def test_a_run_asks_nothing_of_the_hub_unless_it_may(capsys, answers, tmp_path, monkeypatch, words):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    words = [*words, f"results={tmp_path / 'results'}"]
    for more, told in (
        ((), "download=yes fetches it"),
        (("download=yes",), "could not be fetched"),
    ):
        assert main(["run", *words, *more]) == 69
        err = capsys.readouterr().err
        assert told in err and err.count("\n") == 1
        assert bool(answers.asked) is bool(more)


# --- check


def test_check_compares_with_what_is_published(capsys, crepe, tmp_path):
    assert run(capsys, "get", "sugarcrepe")[0] == 0
    code, out, _ = run(capsys, "check", "sugarcrepe")
    rows = {
        line.split("|")[1].strip(): line.split("|")[2:5] for line in out.splitlines() if "|" in line
    }
    assert code == 0
    assert [cell.strip() for cell in rows["samples"]] == ["6", "6", "yes"]
    assert [cell.strip() for cell in rows["clusters"]] == ["unknown", "3", "unknown"]
    (tmp_path / "data/sugarcrepe/swap_obj.json").unlink()
    code, out, err = run(capsys, "check", "sugarcrepe")
    assert code == 65
    assert "samples: expected 6, found 3, and 1 more" in err
    assert "none" in out


def test_check_says_so_where_nothing_is_published_for_the_settings(capsys, crepe):
    assert run(capsys, "get", "sugarcrepe")[0] == 0
    code, out, _ = run(capsys, "check", "sugarcrepe", "dataset.subsets=swap_att")
    assert code == 0 and "nothing is published of it" in out and "| yes " not in out


def test_check_compares_the_fingerprint(capsys, crepe, monkeypatch):
    assert run(capsys, "get", "sugarcrepe")[0] == 0
    _, out, _ = run(capsys, "check", "sugarcrepe")
    (line,) = (line for line in out.splitlines() if line.startswith("| fingerprint"))
    own = line.split("|")[3].strip()
    for fingerprint, code in ((own, 0), ("0" * 32, 65)):
        known = replace(PAIRS["sugarcrepe"].contents[0], fingerprint=fingerprint)
        monkeypatch.setitem(PAIRS, "sugarcrepe", replace(PAIRS["sugarcrepe"], contents=(known,)))
        assert run(capsys, "check", "sugarcrepe")[0] == code


def test_check_takes_the_words_of_a_run(capsys, crepe, tmp_path):
    folder = tmp_path / "else where"
    assert run(capsys, "get", "sugarcrepe", "--out", str(folder))[0] == 0
    words = ["task=compositional", "dataset=sugarcrepe", f"dataset.path='{folder}'"]
    code, out, _ = run(capsys, "check", "sugarcrepe", *words, "dataset.name=mine")
    assert code == 0 and "as published: this test" in out
    code, _, err = run(capsys, "check", "sugarcrepe", "dataset.pth=x")
    assert code == 64 and "did you mean path" in err
    code, _, err = run(capsys, "check", "winoground-features")
    assert code == 64 and "dataset.path" in err


def test_check_of_a_small_dataset_of_the_suite(capsys):
    code, out, _ = run(capsys, "check", "shapes-mini")
    assert code == 0 and "| 720 " in out


@pytest.mark.parametrize(
    ("name", "folder"), [("bright-answers", "bright"), ("winoground-features", "winoground_clip")]
)
def test_what_is_published_is_what_the_reader_finds(capsys, name, folder):
    path = SHARED / "data" / folder
    if not path.is_dir():
        pytest.skip(f"{path} is not here")
    code, out, _ = run(capsys, "check", name, f"dataset.path={path}")
    (line,) = (line for line in out.splitlines() if line.startswith("| fingerprint"))
    assert (code, line.split("|")[4].strip()) == (0, "yes")


def test_what_is_published_is_of_options_that_the_reader_has():
    for one in entries():
        known = load_task(one.task.name)
        kind = one.name if one.name in known.datasets else None
        options = set(known.datasets[kind].options()) if kind else set()
        for content in one.origin.contents:
            assert not kind or set(content.options) <= options
            assert content.source and all(count >= 0 for count in content.counts.values())
            assert content.fingerprint == "" or len(content.fingerprint) == 32
        assert not kind or one.origin.access is Access.INCLUDED or one.origin.of_places <= options


def test_the_hub_is_the_one_that_the_environment_names(server, tmp_path):
    server.commit = BRIGHT["bright"].repositories[0].revision
    server.add("xlangai/BRIGHT", examples__pony_dot_parquet=b"e", documents__pony_dot_parquet=b"d")
    done = subprocess.run(
        command("data", "get", "bright", "--out", "here"), cwd=tmp_path, capture_output=True,
        text=True, check=False, env={**os.environ, "HF_ENDPOINT": server.address},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "here/documents/pony.parquet").read_bytes() == b"d"

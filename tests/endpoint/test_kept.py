"""A kept answer is of one address, model and revision, and of the server that says so now."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from benchsuite.endpoint import Endpoint, seconds
from benchsuite.endpoint.kept import lasting
from tests.scripted import Reply, Scripted, endpoint

REQUEST: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "x"}]}


def counting() -> Any:
    return endpoint(lambda n, text: Reply(str(n)))


def entry(**more: Any) -> dict[str, Any]:
    return {"id": "m", "created": time.time_ns(), "owned_by": "us", **more}


def asked(seen: Scripted, cache: Path | None, **more: Any) -> str:
    """The answer that a new process gets."""
    return Endpoint(seen.url, cache=cache, sleep=lambda s: None, **more).ask(REQUEST, "p").text


def test_an_answer_never_crosses_from_one_address_or_revision_to_another(tmp_path: Path) -> None:
    with counting() as one, counting() as other:
        assert [asked(one, tmp_path), asked(one, tmp_path)] == ["0", "0"]
        assert asked(one, tmp_path, revision="2") == "1"
        assert asked(one, tmp_path, revision="2") == "1"
        asked(other, tmp_path)
    assert (one.asked, other.asked) == (2, 1)


def test_a_server_that_says_that_it_serves_another_model_is_asked_again(tmp_path: Path) -> None:
    with counting() as seen:
        for root, answer in (("/a", "0"), ("/a", "0"), ("/b", "1"), ("/b", "1")):
            seen.models = [entry(root=root), entry(id="other")]
            assert asked(seen, tmp_path) == answer


def test_what_changes_with_every_request_makes_no_answer_useless(tmp_path: Path) -> None:
    with counting() as seen:
        for build in range(3):
            seen.models = [entry(permission=[{"id": f"perm-{build}"}], status={"since": build})]
            assert asked(seen, tmp_path) == "0"
    assert seen.asked == 1


def test_kept_answers_serve_without_a_server(tmp_path: Path) -> None:
    with counting() as seen:
        seen.models = [entry(root="/a")]
        asked(seen, tmp_path)
    assert asked(seen, tmp_path) == "0"


def test_nothing_is_kept_without_a_folder(tmp_path: Path) -> None:
    with counting() as seen:
        assert [asked(seen, None), asked(seen, None)] == ["0", "1"]


@pytest.mark.parametrize(
    ("models", "says"),
    [
        ({"data": [{"id": "m", "root": "/a", "created": 5}]}, '{"id": "m", "root": "/a"}'),
        ({"data": [{"id": "m", "meta": {"n_params": 7, "x": 1}}]}, '{"id": "m", "n_params": 7}'),
        ({"data": [{"id": "alias"}]}, '{"id": "alias"}'),
        ({"data": [{"id": "a"}, {"id": "b"}]}, ""),
        ({"data": "?"}, ""), ({"data": [3, None]}, ""), ([], ""), (30, ""), (None, ""),
    ],
)  # fmt: skip
def test_a_list_of_models_says_what_lasts_or_nothing(models: Any, says: str) -> None:
    assert lasting(models, "m") == says


def test_files_of_an_earlier_form_are_passed_over(tmp_path: Path) -> None:
    old = {"parts": {"request": {"model": "m"}, "prompt": "p", "repeat": ""}, "answer": {}}
    (tmp_path / "aa").mkdir()
    (tmp_path / "aa/aaaa.json").write_text(json.dumps(old))
    with counting() as seen:
        assert asked(seen, tmp_path) == "0"
    assert [(model, prompt) for model, prompt, _ in seconds(tmp_path)] == [("m", "p")]


def test_a_key_is_in_no_file_and_no_message(tmp_path: Path) -> None:
    said = json.dumps({"error": {"message": "Incorrect key provided: sekrit"}})
    replies = [Reply("fine"), Reply(status=401, raw=said), *[Reply(status=500, raw=said)] * 5]
    with endpoint(lambda n, text: replies[n]) as seen:
        messages = []
        asked(seen, tmp_path, key="sekrit\n")
        for place in ("http://u:sekrit@", "http://"):
            url = seen.url.replace("http://", place)
            one = Endpoint(url, key="sekrit", sleep=lambda s: None)
            with pytest.raises(Exception, match="Incorrect key provided") as error:
                one.ask(REQUEST, "p")
            messages.append(str(error.value))
    assert not any("sekrit" in message for message in messages)
    assert not any("sekrit" in path.read_text() for path in tmp_path.rglob("*.json"))

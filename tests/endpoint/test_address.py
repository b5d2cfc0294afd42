"""An address may end anywhere; its secrets are in no name."""

import pytest

from benchsuite.endpoint.address import Address
from benchsuite.errors import WrongCall


@pytest.mark.parametrize(
    "url",
    [
        "http://h:80", "http://h:80/", "http://h:80/v1", "http://h:80/v1/",
        "http://h:80/v1/chat/completions", "http://h:80/v1/chat/completions/",
        "http://H:80/v1#part",
    ],
)  # fmt: skip
def test_one_server_has_one_name(url: str) -> None:
    assert Address(url).named("chat/completions") == "http://h:80/v1/chat/completions"
    assert Address(url).named("models") == "http://h:80/v1/models"


@pytest.mark.parametrize(
    ("url", "path", "where"),
    [
        ("https://h/api/paas/v4", "embeddings", "https://h/api/paas/v4/embeddings"),
        ("http://h/rerank", "rerank", "http://h/rerank"),
        ("http://h/rerank", "models", "http://h/models"),
        ("https://h/d/x?api-version=3", "score", "https://h/d/x/score?api-version=3"),
    ],
)
def test_a_path_of_its_own_is_kept(url: str, path: str, where: str) -> None:
    assert Address(url).of(path) == where


def test_passwords_and_queries_are_in_no_name_and_still_tell_servers_apart() -> None:
    one, other = (Address(f"https://me:secret@h/v1?key={key}") for key in ("abc", "abd"))
    assert one.shown == "https://h/v1"
    names = {one.named("score"), other.named("score")}
    assert len(names) == 2
    assert not any(word in name for name in names for word in ("secret", "abc", "abd"))


@pytest.mark.parametrize("url", ["localhost:8000/v1", "", "ftp://h/v1", "http://", "http://a:b:c"])
def test_an_address_that_cannot_be_is_one_line(url: str) -> None:
    with pytest.raises(WrongCall, match=r"model\.url: expected an address such as http://127"):
        Address(url)

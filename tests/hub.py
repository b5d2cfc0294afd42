"""A server on this machine that has files, the Hub's listing of them, and every fault of a server."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "a" * 40


@dataclass
class Served:
    """What the server has, what it does wrong, and what it was asked.

    files    by path: `/x.bin`; those of a dataset on the Hub are below its `resolve` address
    faults   by path: what the next answers do, one each, before the file is given as it is
    listed   by dataset: its files
    """

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    listed: dict[str, dict[str, bytes]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    hashes: bool = True
    commit: str = COMMIT

    def add(self, dataset: str, **files: bytes) -> None:
        """A dataset on the Hub with these files; `__` in a name is a slash, `_dot_` a dot."""
        named = {k.replace("__", "/").replace("_dot_", "."): v for k, v in files.items()}
        self.listed[dataset] = named
        for path, data in named.items():
            self.files[f"/datasets/{dataset}/resolve/{self.commit}/{path}"] = data

    def at(self, dataset: str, path: str) -> str:
        return f"/datasets/{dataset}/resolve/{self.commit}/{path}"

    def of(self, path: str) -> list[Mapping[str, str]]:
        """The headers of the requests for a file."""
        return [
            headers for method, asked, headers in self.asked if (method, asked) == ("GET", path)
        ]


class Quiet(ThreadingHTTPServer):
    """A server that says nothing of clients that left."""

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Served]:
    """A server as a context; it ends with it."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            _answer(self, served, body=False)

        def do_GET(self) -> None:
            _answer(self, served, body=True)

    server = Quiet(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, served: Served, body: bool) -> None:
    path = unquote(urlsplit(handler.path).path)
    served.asked.append((handler.command, path, dict(handler.headers)))
    waiting = served.faults.get(path, [])
    fault = (waiting[0] if waiting[0].startswith("always ") else waiting.pop(0)) if waiting else ""
    fault = fault.removeprefix("always ")
    if fault[:3].isdigit():
        status, _, wait = fault.partition(" ")
        return _send(handler, int(status), b"no", {"Retry-After": wait} if wait else {}, body)
    if fault.startswith("to "):
        return _send(handler, 302, b"", {"Location": fault.removeprefix("to ")}, body)
    if path.startswith("/api/datasets/"):
        return _list(handler, served, path, body)
    data = served.files.get(path)
    dataset = "/".join(path.split("/")[2:4])
    if dataset in served.gated:
        token = handler.headers.get("Authorization", "")
        if token.removeprefix("Bearer ") not in served.members:
            code = {"X-Error-Code": "GatedRepo"}
            return _send(handler, 403 if token else 401, b"no", code, body)
    if data is None:
        return _send(handler, 404, b"no", {"X-Error-Code": "EntryNotFound"}, body)
    return _give(handler, data, fault, body)


def _give(handler: BaseHTTPRequestHandler, data: bytes, fault: str, body: bool) -> None:
    """Send a file, or what is asked of it, in the way of a fault."""
    asked = handler.headers.get("Range", "")
    start = int(asked[6:-1]) if asked and fault != "whole" else 0
    if start >= len(data) > 0:
        return _send(handler, 416, b"", {"Content-Range": f"bytes */{len(data)}"}, body)
    part, first = _spoilt(data[start:], fault), start + (fault == "other place")
    headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "Accept-Ranges": "bytes"}
    if start:
        headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
    status = 206 if start else 200
    if fault not in ("cut", "slow"):
        return _send(handler, status, part, headers, body)
    _send(handler, status, part, headers, False)
    if body:
        handler.wfile.write(part[: len(part) // 2])
        handler.wfile.flush()
    if fault == "slow":
        time.sleep(1.5)
    handler.close_connection = True
    return None


def _spoilt(part: bytes, fault: str) -> bytes:
    if fault == "lie":
        return bytes(byte ^ 255 for byte in part)
    return part + b"more" if fault == "long" else part[:-3] if fault == "short" else part


def _list(handler: BaseHTTPRequestHandler, served: Served, path: str, body: bool) -> None:
    """The listing of a dataset, as the Hub has it."""
    dataset, _, revision = path.removeprefix("/api/datasets/").partition("/revision/")
    if dataset not in served.listed or revision not in ("", "main", served.commit):
        code = "RevisionNotFound" if dataset in served.listed else "RepoNotFound"
        return _send(handler, 404, b"{}", {"X-Error-Code": code}, body)
    siblings = [
        _sibling(name, data, served.hashes) for name, data in served.listed[dataset].items()
    ]
    told = {"id": dataset, "sha": served.commit, "siblings": siblings, "private": False}
    return _send(
        handler, 200, json.dumps(told).encode(), {"Content-Type": "application/json"}, body
    )


def _sibling(name: str, data: bytes, hashes: bool) -> dict[str, object]:
    """A large file is known by its SHA-256, a small one by the hash of git's blob."""
    if not hashes:
        return {"rfilename": name}
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    if len(data) < 1000:
        return {"rfilename": name, "size": len(data), "blobId": blob}
    lfs = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
    return {"rfilename": name, "size": len(data), "blobId": "0" * 40, "lfs": lfs}


def _send(
    handler: BaseHTTPRequestHandler,
    status: int,
    data: bytes,
    headers: Mapping[str, str],
    body: bool,
) -> None:
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(data))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if body:
        handler.wfile.write(data)

"""A scripted endpoint on loopback: it answers as it is told to, and counts what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[[int, str], "Reply"]


@dataclass(frozen=True)
class Reply:
    """What the endpoint does with one request."""

    text: str = ""
    status: int = 200
    wait: float = 0.0
    cut: bool = False
    raw: str | None = None
    after: str = ""
    finish: str = "stop"
    first: dict[str, float] | None = None
    build: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Scripted:
    """The requests that came, in their order.

    models: the list that the endpoint gives; without one it knows no such path.
    """

    url: str = ""
    models: list[dict[str, Any]] | None = None
    paths: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    busy: int = 0
    most: int = 0

    @property
    def asked(self) -> int:
        return len(self.bodies)


@contextmanager
def endpoint(script: Script) -> Iterator[Scripted]:
    """An endpoint that follows a script of (number of the request, prompt or body)."""
    seen, lock = Scripted(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                seen.bodies.append(body)
                seen.paths.append(self.path)
                seen.times.append(time.monotonic())
                number = len(seen.bodies) - 1
                seen.busy += 1
                seen.most = max(seen.most, seen.busy)
            asked = body["messages"][0]["content"] if "messages" in body else json.dumps(body)
            reply = script(number, asked)
            time.sleep(reply.wait)
            with lock:
                seen.busy -= 1
            self._send(reply)

        def do_GET(self) -> None:
            known = self.path.endswith("/models") and seen.models is not None
            self._send(Reply(raw=json.dumps({"data": seen.models}), status=200 if known else 404))

        def _send(self, reply: Reply) -> None:
            choice: dict[str, Any] = {
                "message": {"content": reply.text}, "finish_reason": reply.finish,
            }  # fmt: skip
            if reply.first is not None:
                top = [{"token": t, "logprob": p} for t, p in reply.first.items()]
                choice["logprobs"] = {"content": [{"top_logprobs": top}]}
            usage = {"prompt_tokens": 100, "completion_tokens": 10}
            text = (
                reply.raw
                if reply.raw is not None
                else json.dumps(
                    {"choices": [choice], "usage": usage, "system_fingerprint": reply.build}
                )
            )
            data = text.encode()
            self.send_response(reply.status)
            self.send_header("content-length", str(len(data)))
            after = {"retry-after": reply.after} if reply.after else {}
            for name, value in {**after, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if reply.cut else data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    seen.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()

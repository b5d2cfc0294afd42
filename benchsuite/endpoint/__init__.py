"""Servers with OpenAI's interface: one client with retries, limits, a budget and kept answers."""

from benchsuite.endpoint.calls import Call, Limits
from benchsuite.endpoint.chat import IMAGE_TOKENS, Answer, Backend, estimated, read_reply, tokens_of
from benchsuite.endpoint.client import Endpoint
from benchsuite.endpoint.kept import Used, kept, new, parts_of, seconds
from benchsuite.endpoint.settings import Served, more_of

__all__ = [
    "IMAGE_TOKENS", "Answer", "Backend", "Call", "Endpoint", "Limits", "Served", "Used",
    "estimated", "kept", "more_of", "new", "parts_of", "read_reply", "seconds", "tokens_of",
]  # fmt: skip

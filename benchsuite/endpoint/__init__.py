"""Servers with OpenAI's interface: one client with retries, limits, a budget and kept answers."""

from benchsuite.endpoint.client import (
    IMAGE_TOKENS,
    Answer,
    Backend,
    Endpoint,
    Limits,
    estimated,
    kept,
    read_reply,
    seconds,
)

__all__ = [
    "IMAGE_TOKENS", "Answer", "Backend", "Endpoint", "Limits", "estimated", "kept", "read_reply",
    "seconds",
]  # fmt: skip

"""Where units run: in this process, or in worker processes. The bytes are the same."""

from benchsuite.engine.local import Engine, Local

__all__ = ["Engine", "Local"]

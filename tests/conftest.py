from tests.plugin import installed

__all__ = ["installed"]

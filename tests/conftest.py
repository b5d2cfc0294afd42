import os

from hypothesis import settings

from tests.plugin import installed

__all__ = ["installed"]

# New examples are for whoever runs the tests at a desk; a gate must not turn red by the draw.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

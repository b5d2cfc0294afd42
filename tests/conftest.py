import os

from hypothesis import settings

from tests.plugin import installed
from tests.warm import let_no_write_wait

__all__ = ["installed"]

let_no_write_wait()

# New examples are for whoever runs the tests at a desk; a gate must not turn red by the draw. An
# example may be the first that calls a compiled kernel, so none has a deadline.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

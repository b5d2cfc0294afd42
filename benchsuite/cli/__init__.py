"""The command line: a thin layer over the library."""

from benchsuite.cli.parser import main, run_main

__all__ = ["main", "run_main"]

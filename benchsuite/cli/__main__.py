"""`python -m benchsuite.cli`."""

from benchsuite.cli.parser import run_main

run_main()

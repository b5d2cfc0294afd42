"""Two commands in one process, with the word `then` between them."""

import sys

from benchsuite.cli.parser import main

if __name__ == "__main__":
    then = sys.argv.index("then")
    sys.exit(main(sys.argv[1:then]) or main(sys.argv[then + 1 :]))

"""How much a file may become in memory: told from its header, before anything is unpacked.

A few kilobytes can say that they are gigabytes. What is small in memory may be packed as well as
any packer can; what is large there has to be large on disk, too.
"""

from typing import Final

from benchsuite.errors import BadData

FREE: Final = 2**28
"""Bytes that any file may become: a picture of 67 million pixels in colour, 134 million in grey."""
RATIO: Final = 100
"""How many times its own size a larger file may become. Texts, arrays and photographs are packed 2
to 30 times; a bomb is packed a thousand times."""
MOST_CELLS: Final = 10**6
"""Cells of a table in a page, which is padded to its longest row."""
LONGEST_OUTLINE: Final = 2**22
"""Pixels that the outlines of one mask may run through: 32 times around the largest picture."""


def most_bytes(packed: int) -> int:
    """The bytes that a file of `packed` bytes may become in memory."""
    return max(FREE, RATIO * packed)


def check_bytes(where: str, unpacked: int, packed: int) -> None:
    """Raise BadData where a file of `packed` bytes says that it becomes too many."""
    if unpacked > (most := most_bytes(packed)):
        raise BadData(f"{where}: expected at most {most:,} bytes in memory, as the file has "
                      f"{packed:,}, found {unpacked:,}")  # fmt: skip

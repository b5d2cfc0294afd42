"""Every reader of files of others, each with a small file that it reads.

A reader is added to the module of its room when it is written. `test_readers` damages its file in
every way.
"""

from typing import Final

from . import boards, files, groups, learning, pictures, retrieval, runs, sentences
from .reader import Reader

__all__ = ["READERS", "Reader"]

ROOMS: Final = (files, pictures, boards, runs, learning, retrieval, groups, sentences)
READERS: Final = tuple(one for room in ROOMS for one in room.READERS)

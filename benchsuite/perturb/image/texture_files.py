"""Frost textures on disk: which files they are, and a hash that names them."""

from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchsuite.errors import BadData, NotAvailable

ENDINGS: Final = (".png", ".jpg", ".jpeg")


def texture_files(folder: str) -> tuple[Path, ...]:
    """The pictures of a folder, by name. Raises BadData where there is none."""
    found = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in ENDINGS)
    if not found:
        raise BadData(f"{folder}: expected frost textures ({', '.join(ENDINGS)}), found none")
    return tuple(found)


def hash_of(folder: str) -> str:
    """8 hex digits that depend on the bytes of the pictures, in their order."""
    state = blake2b(digest_size=4)
    for path in texture_files(folder):
        state.update(blake2b(path.read_bytes()).digest())
    return state.hexdigest()


def package_folder() -> str:
    """Where the installed package imagecorruptions keeps its pictures; it is not imported.

    Raises NotAvailable where it is not installed.
    """
    found = find_spec("imagecorruptions")
    if found is None or found.origin is None:
        raise NotAvailable(
            "textures: the package imagecorruptions is not installed: "
            "pip install --no-deps imagecorruptions-imaug"
        )
    return str(Path(found.origin).parent / "frost")

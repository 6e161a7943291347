"""The compiled twin of `bot.detection`: the same modules made into machine code by mypyc, for a third less time.

`deploy/compile_detection.py` makes it, where there is a C compiler; nothing needs it. A twin stands in a folder named
for the interpreter and for what it was made of, so one of other sources is never loaded: whoever edits a detector runs
the edited one. It is loaded whole or not at all, and not where the system refuses it. `VIDEOBERATUNG_INTERPRETED=1` in
the environment leaves it aside.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "bot.detection"
LIBRARY = "detection__mypyc"
"""The module that holds the machine code; the others are doors to it."""
INTERPRETED = "VIDEOBERATUNG_INTERPRETED"
LEFT_OUT = ("__init__.py",)
"""Not compiled: packages."""


def sources(root: Path = ROOT) -> list[Path]:
    """Every source file of the package under `root`, ordered by path."""
    return sorted(root.joinpath(*PACKAGE.split(".")).rglob("*.py"))


def folder(root: Path = ROOT) -> Path:
    """Where the twin of the sources under `root` stands, if there is one."""
    made_of = sha256()
    for source in sources(root):
        text = source.read_bytes()
        made_of.update(f"{source.relative_to(root).as_posix()} {len(text)}\n".encode())
        made_of.update(text)
    return root / "build" / "compiled" / f"{sys.implementation.cache_tag}-{made_of.hexdigest()[:16]}"


def modules(root: Path = ROOT) -> dict[str, Path]:
    """The file of each module of the twin by its name; empty unless all are there."""
    parts = [source.relative_to(root).with_suffix("") for source in sources(root) if source.name not in LEFT_OUT]
    names = [".".join(part.parts) for part in parts] + [LIBRARY]
    twin, suffix = folder(root), EXTENSION_SUFFIXES[0]
    found = {name: twin / (name.replace(".", "/") + suffix) for name in names}
    return found if twin.is_dir() and all(file.is_file() for file in found.values()) else {}


class Twin(MetaPathFinder):
    """Finds the modules of the twin before the sources are found."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module of the twin, nothing for any other."""
        file = self._files.get(name)
        return None if file is None else spec_from_file_location(name, file)


def prefer_twin() -> None:
    """Load the package's modules from its twin from now on, where there is one and the environment does not refuse."""
    if os.environ.get(INTERPRETED) or not (files := modules()):
        return
    twin = Twin(files)
    sys.meta_path.insert(0, twin)
    try:
        import_module(LIBRARY)
    except ImportError:  # another system's, or not whole
        sys.meta_path.remove(twin)


def in_use() -> bool:
    """Whether modules of the package are loaded from its twin."""
    return any(type(finder) is Twin for finder in sys.meta_path)

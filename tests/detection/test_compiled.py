"""The compiled twin is loaded where it is made of exactly these sources, and nowhere else."""

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from bot import compiled

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "deploy/compile_detection.py"
NO_COMPILER = {"CC": "no-such-compiler"}
TINY = '''"""A module with constants, and a name that is none."""
from collections.abc import (
    Callable,
)

FACTOR = 2
TIMES: int = 1
GROWN = 0
GROWN += TIMES


def twice(number: int) -> int:
    LOCAL = number
    apply: Callable[[int], int] = lambda one: FACTOR * one * GROWN
    return apply(LOCAL)
'''
COMPILES = pytest.mark.skipif(
    shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) is None
    or not Path(sysconfig.get_path("include"), "Python.h").exists(),
    reason="no C compiler, or no headers of Python",
)


def small_project(root: Path) -> Path:
    """A project with a detection of one module and what makes and loads its twin."""
    for name in ("bot/__init__.py", "bot/compiled.py", SCRIPT):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "bot/detection").mkdir()
    (root / "bot/detection/__init__.py").write_text("")
    (root / "bot/detection/tiny.py").write_text(TINY)
    return root


def run(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python in the small project, without what this process was told."""
    given = {name: value for name, value in os.environ.items() if name not in (compiled.INTERPRETED, "PYTHONPATH")}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=root, env=given | environment, capture_output=True, text=True, timeout=100, check=False
    )


def loaded(root: Path, **environment: str) -> str:
    """From which file the module came, and that it works."""
    code = "import bot.detection.tiny as tiny; assert tiny.twice(21) == 42; print(tiny.__file__)"
    done = run(root, "-c", code, **environment)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip()).name


def made_by_hand(root: Path) -> Path:
    """The folder of a twin in which a file stands for each module."""
    twin = compiled.folder(root)
    for name in (f"bot/detection/tiny{EXTENSION_SUFFIXES[0]}", f"{compiled.LIBRARY}{EXTENSION_SUFFIXES[0]}"):
        (twin / name).parent.mkdir(parents=True, exist_ok=True)
        (twin / name).touch()
    return twin


def test_a_twin_is_known_by_what_it_was_made_of(tmp_path: Path) -> None:
    """A changed, renamed or new source, or a file that is missing, and there is no twin."""
    root = small_project(tmp_path)
    twin = made_by_hand(root)
    assert sorted(compiled.modules(root)) == ["bot.detection.tiny", compiled.LIBRARY]
    source = root / "bot/detection/tiny.py"
    text = source.read_text()
    source.write_text(text + "\n")
    assert compiled.modules(root) == {}
    source.write_text(text)
    (root / "bot/detection/more.py").write_text("")
    assert compiled.modules(root) == {}
    (root / "bot/detection/more.py").unlink()
    assert compiled.modules(root) != {}
    (twin / f"bot/detection/tiny{EXTENSION_SUFFIXES[0]}").unlink()
    assert compiled.modules(root) == {}


def test_a_twin_that_does_not_load_is_left_aside(tmp_path: Path) -> None:
    """Where the system refuses the machine code, the sources run."""
    root = small_project(tmp_path)
    made_by_hand(root)
    assert loaded(root) == "tiny.py"


def test_the_finder_knows_its_modules_and_no_other(tmp_path: Path) -> None:
    """Whatever else is imported is left to the others."""
    root = small_project(tmp_path)
    made_by_hand(root)
    finder = compiled.Twin(compiled.modules(root))
    spec = finder.find_spec("bot.detection.tiny")
    assert spec is not None
    assert spec.origin == str(compiled.modules(root)["bot.detection.tiny"])
    for name in ("bot.detection", "bot.compiled", "json"):
        assert finder.find_spec(name) is None


def test_without_a_compiler_the_sources_run(tmp_path: Path) -> None:
    """One line says what is missing; that is a failure only for who requires the twin."""
    root = small_project(tmp_path)
    done = run(root, SCRIPT, **NO_COMPILER)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "The detection stays interpreted, which nothing but its speed depends on: no C compiler (no-such-compiler).\n"
    )
    assert run(root, SCRIPT, "--required", **NO_COMPILER).returncode == 1
    assert loaded(root) == "tiny.py"


@COMPILES
def test_what_cannot_be_compiled_runs_interpreted(tmp_path: Path) -> None:
    """An error of the compiler is shown, leaves nothing behind and stops nothing."""
    root = small_project(tmp_path)
    (root / "bot/detection/tiny.py").write_text("def twice(number: int) -> int:\n    return 'x' and 2 * number + ''\n")
    done = run(root, SCRIPT)
    assert done.returncode == 0
    assert "The detection stays interpreted: it could not be compiled" in done.stdout
    assert list((root / "build/compiled").iterdir()) == []


@COMPILES
def test_a_twin_is_made_loaded_and_left_aside(tmp_path: Path) -> None:
    """Made once and loaded; not where the environment refuses it, and not when a source was edited since."""
    root = small_project(tmp_path)
    done = run(root, SCRIPT)
    assert done.stdout.splitlines()[-1].startswith("Compiled into build"), done.stdout + done.stderr
    assert loaded(root) == f"tiny{EXTENSION_SUFFIXES[0]}"
    assert loaded(root, **{compiled.INTERPRETED: "1"}) == "tiny.py"
    assert run(root, SCRIPT).stdout == ""
    with (root / "bot/detection/tiny.py").open("a") as source:
        source.write("\n# edited\n")
    assert loaded(root) == "tiny.py"
    assert run(root, SCRIPT).returncode == 0
    assert loaded(root) == f"tiny{EXTENSION_SUFFIXES[0]}"
    assert len(list((root / "build/compiled").iterdir())) == 1, "the twin of the older sources is gone"

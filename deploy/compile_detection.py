"""Compile the detection with mypyc: `python deploy/compile_detection.py` (`make compiled`).

Makes the twin that `bot/compiled.py` loads, in build/compiled; takes about a minute, or nothing where it is there
already. Without a C compiler or Python's headers one line says so and the status is 0, since nothing needs the twin;
with `--required` (the image) the status is 1.
"""

import argparse
import ast
import contextlib
import io
import os
import shutil
import sys
import sysconfig
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["VIDEOBERATUNG_INTERPRETED"] = "1"

from bot import compiled  # noqa: E402


def say(line: str) -> None:
    """One line on standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def missing() -> str:
    """What this machine lacks to compile, or nothing."""
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"no C compiler ({compiler})"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "no headers of Python"
    return ""


def with_constants(source: str) -> str:
    """The Python `source` with every name in capitals that is assigned once, by the module itself, declared Final:
    machine code then reaches it directly, and not through the module's dictionary. Lines keep their numbers."""
    tree = ast.parse(source)
    stored = Counter(
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    lines = source.splitlines(keepends=True)
    found = False
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name) as target]) if name.isupper() and stored[name] == 1:
                line = lines[node.lineno - 1]
                lines[node.lineno - 1] = f"{name}: Final{line[target.end_col_offset :]}"
                found = True
    if found:
        first = next((node for node in tree.body if not isinstance(node, ast.Expr)), tree.body[0])
        lines[first.lineno - 1] = f"from typing import Final; {lines[first.lineno - 1]}"
    return "".join(lines)


def build(into: Path, work: Path) -> None:
    """Compile the sources into the folder `into`; the folder `work` holds what arises on the way.

    Raises whatever mypyc and setuptools raise, SystemExit included.
    """
    from mypyc.build import mypycify
    from setuptools import Distribution

    shutil.copytree(ROOT / "bot", work / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    if (settings := ROOT / "pyproject.toml").exists():
        shutil.copy(settings, work)
    files = [str(path.relative_to(ROOT)) for path in compiled.sources() if path.name not in compiled.LEFT_OUT]
    for file in files:
        (work / file).write_text(with_constants((ROOT / file).read_text(encoding="utf-8")), encoding="utf-8")
    library = compiled.LIBRARY.removesuffix("__mypyc")
    with contextlib.chdir(work):
        extensions = mypycify(
            files, opt_level="2", debug_level="0", multi_file=True, group_name=library, target_dir=str(work / "c")
        )
        for extension in extensions:
            # Nobody outside sees its functions and variables, so those within reach each other directly.
            extension.extra_compile_args += ["-fvisibility=hidden"]
        command = Distribution({"name": library, "ext_modules": extensions}).get_command_obj("build_ext")
        command.build_lib, command.build_temp, command.parallel = str(into), str(work / "o"), os.cpu_count() or 1
        command.ensure_finalized()
        command.run()


def main() -> int:
    """Make the twin if it is not there; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--required", action="store_true", help="fail where it cannot be compiled")
    failed = 1 if parser.parse_args().required else 0
    twin = compiled.folder()
    if compiled.modules():
        return 0
    if lacking := missing():
        say(f"The detection stays interpreted, which nothing but its speed depends on: {lacking}.")
        return failed
    say("Compiling the detection (about a minute) ...")
    twin.parent.mkdir(parents=True, exist_ok=True)
    said = io.StringIO()
    with tempfile.TemporaryDirectory(dir=twin.parent) as folder:
        work = Path(folder)
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                build(work / "twin", work)
        except (Exception, SystemExit) as error:
            say(f"{said.getvalue()}\nThe detection stays interpreted: it could not be compiled ({error!r}).")
            return failed
        for old in twin.parent.glob(f"{sys.implementation.cache_tag}-*"):
            shutil.rmtree(old, ignore_errors=True)
        (work / "twin").rename(twin)
    say(f"Compiled into {twin.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

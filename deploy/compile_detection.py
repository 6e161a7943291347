"""Compile the detection with mypyc: `python deploy/compile_detection.py` (`make compiled`).

Makes the twin that `bot/compiled.py` loads, in build/compiled; takes about a minute, or nothing where it is there
already. Without a C compiler or Python's headers one line says so and the status is 0, since nothing needs the twin;
with `--required` (the image) the status is 1.
"""

import argparse
import contextlib
import io
import os
import shutil
import sys
import sysconfig
import tempfile
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


def build(files: list[str], into: Path, work: Path) -> None:
    """Compile `files`, paths from the project's root, into the folder `into`; `work` holds what arises on the way.

    Raises whatever mypyc and setuptools raise, SystemExit included.
    """
    from mypyc.build import mypycify
    from setuptools import Distribution

    library = compiled.LIBRARY.removesuffix("__mypyc")
    extensions = mypycify(
        files, opt_level="2", debug_level="0", multi_file=True, group_name=library, target_dir=str(work / "c")
    )
    command = Distribution({"name": library, "ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp, command.parallel = str(into), str(work / "o"), os.cpu_count() or 1
    command.ensure_finalized()
    command.run()


def main() -> int:
    """Make the twin if it is not there; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--required", action="store_true", help="fail where it cannot be compiled")
    failed = 1 if parser.parse_args().required else 0
    os.chdir(ROOT)
    twin = compiled.folder()
    if compiled.modules():
        return 0
    if lacking := missing():
        say(f"The detection stays interpreted, which nothing but its speed depends on: {lacking}.")
        return failed
    say("Compiling the detection (about a minute) ...")
    files = [str(path.relative_to(ROOT)) for path in compiled.sources() if path.name not in compiled.LEFT_OUT]
    twin.parent.mkdir(parents=True, exist_ok=True)
    said = io.StringIO()
    with tempfile.TemporaryDirectory(dir=twin.parent) as folder:
        work = Path(folder)
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                build(files, work / "twin", work)
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

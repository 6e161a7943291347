"""A throw-away PostgreSQL server, or the database TEST_POSTGRES_URL names."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """Where the server's programs are, None where there are none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@contextmanager
def server() -> Iterator[str | None]:
    """The URL of an empty database on a server that is gone afterwards; None where there is no PostgreSQL."""
    given = os.environ.get("TEST_POSTGRES_URL")
    programs = binaries()
    if given or programs is None:
        yield given
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="load-postgres-"))
    as_user = os.geteuid() == 0  # the server refuses to run as root
    if as_user:
        shutil.chown(folder, "postgres")
    data = folder / "data"

    def run(command: str) -> None:
        words = ["su", "postgres", "-c", command] if as_user else ["sh", "-c", command]
        subprocess.run(words, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    try:
        run(f"{programs}/initdb -D {data} -U load --auth=trust --encoding=UTF8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        run(f"{programs}/pg_ctl -D {data} -o '{options}' -w -l {folder}/log start")
        try:
            yield f"postgresql://load@127.0.0.1:{port}/postgres"
        finally:
            run(f"{programs}/pg_ctl -D {data} -m immediate stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)

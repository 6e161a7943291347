"""The product with its log in a file, a disk that can be made full and a database that can be taken away:
`program.py LOG FULL serve`.

As long as the file FULL exists, SQLite may not grow its database (PRAGMA max_page_count), which is how a full disk
looks to it: SQLITE_FULL for whatever needs a new page. As long as FULL.away exists, no transaction can be begun
(SQLITE_IOERR); a PostgreSQL is taken away at the server instead.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNLIMITED = 1_073_741_823


def main() -> int:
    """Run the command line with standard error in LOG."""
    log, full = sys.argv[1:3]
    os.dup2(os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), 2)
    sys.path[0] = str(ROOT)  # instead of this folder, whose modules are not for the product
    import app
    from bot.storage import engine

    begin = engine._begin

    def limited(connection: object) -> None:
        if os.path.exists(f"{full}.away"):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        begin(connection)  # type: ignore[arg-type]
        most = 1 if os.path.exists(full) else UNLIMITED  # less than there are pages means: no more than there are
        connection.exec_driver_sql(f"PRAGMA max_page_count={most}")  # type: ignore[attr-defined]

    engine._begin = limited
    return app.main(sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())

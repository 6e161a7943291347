"""What can go wrong with the database, as our own error with an enumerated code.

A driver's own message quotes values ("Key (customer_email)=(...) already exists"): it must reach no log and no table
(architecture decision 3). So every foreign exception ends here and only its kind goes on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from sqlalchemy import exc

from bot.ports import BooksError

Code = Literal[
    "full", "busy", "unreachable", "read_only", "damaged", "not_a_database", "newer_schema", "no_schema", "invalid",
    "failed", "open_readers",
]  # fmt: skip

_SQLITE = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_CANTOPEN: "unreachable",
    sqlite3.SQLITE_IOERR: "unreachable",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "not_a_database",
    sqlite3.SQLITE_CONSTRAINT: "invalid",
    sqlite3.SQLITE_TOOBIG: "invalid",
}
_SQLSTATE = {  # PostgreSQL, appendix A "Error Codes": the first two characters are the class
    "53100": "full",
    "53": "busy",
    "40": "busy",
    "55P03": "busy",
    "57014": "busy",
    "57P": "unreachable",
    "08": "unreachable",
    "28": "unreachable",
    "3D": "unreachable",
    "25006": "read_only",
    "22": "invalid",
    "23": "invalid",
    "54000": "invalid",
    "42P01": "no_schema",
    "XX001": "damaged",
    "XX002": "damaged",
}


class StorageError(BooksError):
    """The database could not do it; `code` says why, in our words.

    `full`, `busy`, `unreachable` and `open_readers` (bytes of erased data are still held by another process's open
    transaction) may be tried again; the others need a person.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def passing(self) -> bool:
        """True where trying again later can help."""
        return self.code in ("full", "busy", "unreachable", "open_readers")


def code_of(error: BaseException) -> str:
    """Our word for a driver's exception."""
    original = getattr(error, "orig", None) or error
    sqlstate = getattr(original, "sqlstate", None)
    if isinstance(sqlstate, str):
        for length in (5, 3, 2):
            if sqlstate[:length] in _SQLSTATE:
                return _SQLSTATE[sqlstate[:length]]
        return "failed"
    number = getattr(original, "sqlite_errorcode", None)
    if isinstance(number, int):
        return _SQLITE.get(number & 0xFF, "failed")  # the low byte is the primary code, the rest its variety
    if isinstance(error, exc.TimeoutError):  # every connection of the pool is in use
        return "busy"
    if isinstance(error, exc.OperationalError | exc.InterfaceError | OSError):
        return "unreachable"
    if isinstance(error, exc.StatementError | sqlite3.InterfaceError | UnicodeError | OverflowError):
        return "invalid"
    return "failed"


@contextmanager
def own_errors() -> Iterator[None]:
    """Turn every exception of the database into a StorageError that remembers nothing of it."""
    try:
        yield
    except (exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StorageError(code_of(error)) from None

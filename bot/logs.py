"""What other people's libraries may log in our process: that something failed, never what they were given.

aiohttp quotes the bytes it could not read as HTTP, which after a proxy's slip are a message's text (decision 3).
"""

from __future__ import annotations

import logging

CURT = ("aiohttp.server", "aiohttp.web", "aiohttp.internal", "aiohttp.client", "aiohttp.websocket")


def curt(record: logging.LogRecord) -> bool:
    """Reduce a record to the kind of its exception (a logging filter). Always True: that it happened is told."""
    error = record.exc_info[1] if record.exc_info else None
    record.msg, record.args = "%s", (type(error).__name__ if error is not None else "not handled",)
    record.exc_info = record.exc_text = record.stack_info = None
    return True


def begin(level: str) -> None:
    """Log to standard error from `level` on, with the libraries held to what they may say."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for name in CURT:
        logging.getLogger(name).addFilter(curt)

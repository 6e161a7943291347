"""The libraries' own logging: a message's text is in none of it, whatever a proxy makes of a delivery."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot import logs
from tests.teams.world import bearer, message, running_front

SECRET = "DE89370400440532013000"
HEAD = b"POST /api/messages HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\n"


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """What the process logs at the lowest level; the loggers are put back afterwards."""
    names = ("", "alembic", *logs.CURT)
    before = {name: (logging.getLogger(name).level, list(logging.getLogger(name).filters)) for name in names}
    for name in logs.CURT:  # another test of this process may have begun to log
        logging.getLogger(name).filters.clear()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    yield stream
    logging.getLogger().removeHandler(handler)
    for name, (level, filters) in before.items():
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).filters[:] = filters


async def deliver(transfer: bytes) -> bytes:
    """A message of a customer with its secret, spoilt on its way; the answer."""
    body = json.dumps(message(f"Meine IBAN ist {SECRET}")).encode()
    async with running_front() as world:
        reader, writer = await asyncio.open_connection("127.0.0.1", world.client.port)
        writer.write(HEAD + b"Authorization: " + bearer().encode() + b"\r\n" + transfer.replace(b"BODY", body))
        await writer.drain()
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert world.inbox.everything == []
    return answer


SPOILT = {
    "a chunk without its size": b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\nBODY\r\n",
    "a line among the headers": b"BODY\r\n\r\n",
}


@pytest.mark.parametrize("transfer", SPOILT.values(), ids=SPOILT)
async def test_a_spoilt_delivery_leaves_its_kind_and_no_text(heard: io.StringIO, transfer: bytes) -> None:
    """Bytes that are no HTTP are not quoted in the log; without our filter they are (the control)."""
    await deliver(transfer)
    assert SECRET in heard.getvalue()
    heard.truncate(0)
    logs.begin("DEBUG")
    await deliver(transfer)
    assert SECRET not in heard.getvalue()
    assert "TransferEncodingError" in heard.getvalue() or "BadHttpMessage" in heard.getvalue()

"""The benchmarks and loads run, with tiny numbers and without the peers' environments. No time is asserted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from bot.settings import load_settings
from bot.storage import open_books
from tests.benchmarks import inbound, latency
from tests.load import many, two_replicas
from tests.load.consultations import CLEAN, SECRET, chat, message, open_all
from tests.load.replicas import Replica, serve
from tests.load.sending import Sender
from tests.load.sink import Sink

pytestmark = pytest.mark.asyncio(loop_scope="module")
Running = tuple[Sink, ClientSession, Replica]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[Running]:
    """One product with five open consultations, and the platform it works with."""
    sink = Sink()
    await sink.start()
    with TemporaryDirectory(prefix="bench-") as folder:
        url = f"sqlite:///{folder}/books.sqlite3"
        async with ClientSession() as session:
            replica = await serve(sink.environment(url), session)
            try:
                books = await open_books(url)
                await open_all(books, sink, range(5))
                await books.close()
                yield sink, session, replica
            finally:
                await replica.stop()
                await sink.stop()


async def test_the_product_answers_the_inbound_benchmark(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message of the benchmark is taken, and answers are counted."""
    monkeypatch.setattr(inbound, "WARM_UP", 20)
    monkeypatch.setattr(inbound, "CONSULTATIONS", 5)
    sink, _, replica = running
    assert await inbound.measure(replica.port, replica.process.pid, inbound.requests_of(sink), 0.2, 20) > 0


async def test_a_peer_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of the inbound benchmark is started and measured, and has its line in the table."""
    monkeypatch.setattr(inbound, "WARM_UP", 20)
    figures = await inbound.compare(0.2, 1, names=("bare",))
    assert figures["bare"][0] > 0
    assert "bare aiohttp" in inbound.table({"ours": [1.0], **figures})[0]


async def test_the_table_says_when_a_goal_is_missed() -> None:
    """A product slower than the goal fails the check, one that is fast enough passes."""
    assert inbound.table({"ours": [39.0] * 3, "bare": [100.0, 100.0, 10.0]})[1] is False
    assert inbound.table({"ours": [41.0] * 3, "bare": [100.0, 100.0, 1000.0]})[1] is True


async def test_no_message_of_the_inbound_benchmark_repeats_an_id(running: Running) -> None:
    """A repeated id would be recognised as a second delivery and not be scanned."""
    requests = islice(inbound.requests_of(running[0]), 500)
    assert len({request.partition(b"\r\n\r\n")[2] for request in requests}) == 500


async def test_every_finding_causes_one_request(running: Running) -> None:
    """The latency benchmark has a time for each finding, and the platform was asked once for each."""
    sink, session, replica = running
    seconds = await latency.findings_at(replica.url, sink, session, 2, warm_up=0)
    assert len(seconds) == 2
    assert set(sink.hidden.values()) == {1}


async def test_every_consultation_is_spoken_in(running: Running) -> None:
    """The load of many consultations has an answer for each, and reads the product's resident memory."""
    sink, session, replica = running
    sender = Sender(sink, session)
    await many.say_once_in_each(sender, replica, 5)
    assert len(sender.answers) == 5
    assert 10 < replica.resident < many.MOST


async def test_what_was_missed_or_done_twice_is_told(running: Running, tmp_path: Path) -> None:
    """The judge of the two replicas reports an unseen message, a missed finding and a repeated request."""
    sink = Sink()
    ident, _ = message(running[0], 0, SECRET)
    sink.hidden[ident] += 2
    books = await open_books(f"sqlite:///{tmp_path / 'books.sqlite3'}")
    lines, good = await two_replicas.judge(books, sink, two_replicas.Load({ident: chat(0)}, {ident: chat(0)}, set()))
    await books.close()
    assert not good
    assert "unseen: 1; findings missed: 1, invented: 0" in lines
    assert lines[-1] == "not dealt with: 0; dealt with twice: 1"


async def test_a_refused_delivery_is_an_error_of_the_load(running: Running) -> None:
    """A load whose messages are not taken fails instead of printing figures."""
    sink, session, _ = running
    with pytest.raises(RuntimeError):
        await Sender(sink, session).send(f"{sink.origin}/nowhere", message(sink, 0, CLEAN[0]))


async def test_the_settings_are_complete(running: Running) -> None:
    """The product accepts the settings that lead it to the platform."""
    assert load_settings(running[0].environment("sqlite:///x.sqlite3")).rehearsal

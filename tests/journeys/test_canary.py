"""Known secrets go through every scenario, and none is found in anything the process wrote or told others."""

from __future__ import annotations

import base64
import json
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from aiohttp import web

from bot.rehearsal.platform import Platform
from bot.rehearsal.platform.web import BODY
from bot.rehearsal.player import play
from bot.rehearsal.scenario import load_scenario
from bot.storage.reports import audit_export

from .playing import SCENARIOS, Playing, each_scenario, scenario_names

#: What the example scenarios disclose, as typed without its spaces.
SECRETS = ("DE89370400440532013000", "Sommer2024!", "Summer2024!")


def forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """The shapes in which a secret could lie in a file, each with its name."""
    grouped = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    for name, text in (("plain", secret), ("spaced", grouped), ("lower case", secret.lower())):
        yield name, text.encode()
        yield f"{name}, UTF-16", text.encode("utf-16-le")
        yield f"{name}, UTF-16 big-endian", text.encode("utf-16-be")
        yield f"{name}, percent-encoded", quote(text, safe="").encode()
        yield f"{name}, every byte percent-encoded", "".join(f"%{byte:02X}" for byte in text.encode()).encode()
        for shift in range(3):
            # The middle of the base64 text does not depend on what stands before or after, only on the alignment.
            encoded = base64.b64encode(b"\0" * shift + text.encode())
            yield f"{name}, base64 at offset {shift}", encoded[4 if shift else 0 : -4]
            wide = base64.b64encode(b"\0" * shift + text.encode("utf-16-le"))
            yield f"{name}, UTF-16 in base64 at offset {shift}", wide[4 if shift else 0 : -4]
        yield f"{name}, hexadecimal", text.encode().hex().encode()


def found(raw: bytes, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    """The names of the forms in which a secret stands in ``raw``."""
    return [f"{secret[:2]}…: {name}" for secret in secrets for name, shape in forms(secret) if shape in raw]


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything a run left in its folder: the database with its log and shared memory."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", each_scenario())
def test_no_secret_in_anything_written(playing: Playing, name: str) -> None:
    """Database files, logs, exceptions, timeline, report and the bot's own messages hold no disclosed secret."""
    played = playing[name]
    assert played.status == 0
    files = files_of(playing.folder(name))
    assert any(content.startswith(b"SQLite format 3") for content in files.values())
    places = {**files, "standard error": played.errors.encode(), "report": played.output}
    assert {place: found(raw) for place, raw in places.items() if found(raw)} == {}


def test_scenarios_disclose_what_is_looked_for() -> None:
    """Each secret really is typed by somebody in the example scenarios, or the search would prove nothing."""
    typed = "".join(
        str(step)
        for name in scenario_names()
        for step in yaml.safe_load((SCENARIOS / f"{name}.yaml").read_text("utf-8"))["steps"]
    ).replace(" ", "")
    assert [secret for secret in SECRETS if secret not in typed] == []


class ListeningPlatform(Platform):
    """A stand-in that keeps what the bot sends and answers (``told``), and what it is sent (``heard``)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.told: list[bytes] = []
        self.heard: list[bytes] = []
        post = self._core.delivery.post

        async def listening(url: str, **content: Any) -> tuple[int, bytes]:
            self.heard.append(json.dumps(content.get("json"), ensure_ascii=False).encode())
            status, answer = await post(url, **content)
            self.told.append(answer)
            return status, answer

        self._core.delivery.post = listening  # type: ignore[method-assign]

    async def start(self, app: web.Application | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        @web.middleware
        async def listening(request: web.Request, handler: Any) -> web.StreamResponse:
            response = await handler(request)
            body = json.dumps(request.get(BODY), ensure_ascii=False, default=str)
            self.told += [str(request.rel_url).encode(), str(dict(request.headers)).encode(), body.encode()]
            return response

        app = web.Application(middlewares=[listening], handler_args={"max_field_size": 65536})
        listener = socket.create_server((host, port))
        await super().start(app, host, listener.getsockname()[1])
        self._listening = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._listening.setup()
        await web.SockSite(self._listening, listener).start()

    async def stop(self) -> None:
        await super().stop()
        await self._listening.cleanup()


@pytest.mark.parametrize("name", ["guest-discloses-iban", "withdrawn-by-card"])
async def test_no_secret_in_what_the_bot_tells_others(tmp_path: Path, name: str) -> None:
    """No request of the bot, no answer of it, and no line of the audit export holds what a guest disclosed."""
    url = f"sqlite:///{tmp_path / 'rehearsal.sqlite3'}"
    platforms: list[ListeningPlatform] = []

    def listening(**options: Any) -> Platform:
        platforms.append(ListeningPlatform(**options))
        return platforms[0]

    await play(load_scenario(SCENARIOS / f"{name}.yaml"), url, make_platform=listening)
    (platform,) = platforms
    assert found(b"\n".join(platform.heard)) != []
    assert b"guard_notice" in b"\n".join(platform.told)
    assert found(b"\n".join(platform.told)) == []
    trail = await audit_export(url, platform.conversation_id)
    assert trail
    assert found(json.dumps(trail, ensure_ascii=False).encode()) == []


@pytest.mark.parametrize("secret", SECRETS)
def test_every_planted_form_is_found(tmp_path: Path, secret: str) -> None:
    """A secret planted in a database file is found in each of its shapes."""
    for name, shape in forms(secret):
        path = tmp_path / "planted.sqlite3"
        path.unlink(missing_ok=True)
        database = sqlite3.connect(path)
        with database:
            database.execute("CREATE TABLE planted (note BLOB)")
            database.execute("INSERT INTO planted VALUES (?)", (b"before " + shape + b" after",))
        database.close()
        assert any(name in hit for hit in found(files_of(tmp_path)["planted.sqlite3"])), name


@pytest.mark.parametrize("shift", range(6))
def test_secret_inside_longer_base64_is_found(shift: int) -> None:
    """A secret in the middle of a base64 column is found at every alignment."""
    column = base64.b64encode(b"x" * shift + SECRETS[0].encode() + b"and more")
    assert found(column)


def test_secret_in_a_long_log_is_found() -> None:
    """The search sees a secret in JSON lines as a log would hold them."""
    line = json.dumps({"event": "message", "text": "Meine IBAN ist DE89 3704 0044 0532 0130 00"})
    assert found(line.encode())

"""Clean messages a second on one core: our front against the SDK, its successor and a bare handler.

    python tests/benchmarks/inbound.py [--seconds 3] [--rounds 3] [--check]

Each server is a process on one core, the load another on another core: 16 kept connections, messages of about 1,250
bytes, one RS256 token as the channel sends it. Counted are answers per second of the server's own processor time (on
Linux), so that what else the machine does weighs little. The rounds take turns; the median counts. `--check` ends with
status 1 where a ratio misses its goal. The virtual environment for (b) is made on first use under build/.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
APP_ID = "11111111-2222-3333-4444-555555555555"
SERVICE_URL = "https://smba.trafficmanager.net/emea/"
CONNECTIONS = 16
GOALS = {"sdk": 40.0, "agents": 2.5, "bare": 0.4}
NAMES = {
    "ours": "our front, scanning every message",
    "sdk": "(a) botbuilder 4.17.1, echo bot without a reply",
    "agents": "(b) microsoft-agents-hosting-aiohttp 1.9.0, the same",
    "bare": "(c) bare aiohttp: parse the JSON, answer 201",
}
_TEXTS = (
    "Guten Tag, vielen Dank für das Gespräch. Die Unterlagen zur Wärmepumpe sende ich gern noch einmal zu, der Termin "
    "am Donnerstag passt uns gut.",
    "Ja, das Dach zeigt nach Süden, es wurde vor zehn Jahren neu gedeckt. Fotos habe ich leider noch keine gemacht.",
    "Können wir bitte noch kurz über den Wechsel sprechen? Mein Mann kommt gleich dazu, er war eben noch im Keller.",
    "Perfekt, danke! Dann hören wir uns nächste Woche wieder, ich bin ab Mittwoch im Urlaub und danach gut erreichbar.",
    "Der Ton ist bei mir etwas leise, das Bild ist gut. Soll ich einmal neu beitreten oder liegt es an der Verbindung?",
)


def bodies() -> Iterator[bytes]:
    """A few hundred different clean messages of a meeting chat (teams-platform 1.3), one in four with formatting."""
    for n in range(256):
        text = f"{_TEXTS[n % len(_TEXTS)]} {chr(65 + n % 26)}."
        rich = text.replace(". ", ".&nbsp;<br>").replace("gut", "<strong>gut</strong>") if n % 4 == 0 else text
        yield json.dumps(
            {
                "type": "message", "id": str(1766394000000 + n), "timestamp": "2026-11-22T09:00:00.1234567Z",
                "channelId": "msteams", "serviceUrl": SERVICE_URL, "from": {"id": f"29:guest{n % 7}", "name": "Kundin"},
                "conversation": {"isGroup": True, "conversationType": "groupChat", "tenantId": "tenant",
                                 "id": f"19:meeting_{n % 50}@thread.v2"},
                "recipient": {"id": f"28:{APP_ID}", "name": "Videoberatung"}, "textFormat": "plain", "text": text,
                "attachments": [{"contentType": "text/html", "content": f"<p>{rich}</p>"}],
                "entities": [{"type": "clientInfo", "locale": "de-DE", "country": "DE", "platform": "Web"}],
                "channelData": {"tenant": {"id": "tenant"}, "meeting": {"id": "bWVldGluZw=="}},
                "locale": "de-DE", "localTimezone": "Europe/Berlin",
            },
            ensure_ascii=False,
        ).encode()  # fmt: skip


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is complete; counts good answers."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._buffer = b""
        self.good = 0
        self.bad = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        if len(rest) < length:
            return
        self._buffer = b""
        if head[9:12] in (b"201", b"202"):
            self.good += 1
        else:
            self.bad += 1
            return
        self.transport.write(next(self._requests))


def busy(pid: int) -> float:
    """Seconds of processor time a process has used; wall time where /proc does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return time.perf_counter()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(port: int, pid: int, requests: list[bytes], seconds: float) -> float:
    """Answers a second of the server's time, after a warm-up of half a second. RuntimeError if any was not 2xx."""
    turn = cycle(requests)
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Connection(turn), "127.0.0.1", port) for _ in range(CONNECTIONS)]
    await asyncio.sleep(0.5)
    before, began = sum(one.good for _, one in made), busy(pid)
    await asyncio.sleep(seconds)
    after, ended = sum(one.good for _, one in made), busy(pid)
    for transport, _ in made:
        transport.abort()
    if any(one.bad for _, one in made) or after == before:
        raise RuntimeError("the server did not accept the benchmark's messages")
    return (after - before) / (ended - began)


def agents_python() -> Path:
    """The interpreter of the environment for (b), made and filled on first use and when the pins change."""
    home, pins = ROOT / "build" / "bench-inbound", HERE / "requirements-inbound.txt"
    python, stamp = home / "bin" / "python", home / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != pins.read_text():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "-r", pins], check=True)
        stamp.write_text(pins.read_text())
    return python


@contextmanager
def running(command: list[str | Path], core: int | None) -> Iterator[tuple[int, int]]:
    """A server process on one core; yields its port and process id."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True
    )
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    finally:
        process.kill()
        process.wait()


async def issuer(key: rsa.RSAPrivateKey) -> tuple[web.AppRunner, str]:
    """OpenID metadata and keys on loopback."""
    jwk = {**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "key", "use": "sig"}
    found = {"origin": ""}

    async def metadata(_: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": f"{found['origin']}/keys", "issuer": "https://api.botframework.com"})

    async def keys(_: web.Request) -> web.Response:
        return web.json_response({"keys": [{**jwk, "endorsements": ["msteams"]}]})

    app = web.Application()
    app.add_routes([web.get("/openid", metadata), web.get("/keys", keys)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found["origin"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner, found["origin"]


async def compare(seconds: float, rounds: int) -> dict[str, float]:
    """Messages a second of each server: the median of the rounds."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    server_core, load_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    if load_core is not None:
        os.sched_setaffinity(0, {load_core})
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = int(time.time())
    claims = {
        "iss": "https://api.botframework.com", "aud": APP_ID, "serviceurl": SERVICE_URL, "nbf": now - 60,
        "exp": now + 3600,
    }  # fmt: skip
    token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "key"})
    head = "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; charset=utf-8\r\n"
    requests = [
        f"{head}Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        for body in bodies()
    ]
    runner, origin = await issuer(key)
    python = {"agents": [await asyncio.to_thread(agents_python), HERE / "inbound_agents.py", APP_ID, origin]}
    figures: dict[str, list[float]] = {name: [] for name in NAMES}
    for _ in range(rounds):
        for name, found in figures.items():
            own = [sys.executable, HERE / "inbound_servers.py", name, APP_ID, origin, SERVICE_URL]
            context = running(python.get(name, own), server_core)
            port, pid = await asyncio.to_thread(context.__enter__)
            try:
                found.append(await measure(port, pid, requests, seconds))
            finally:
                context.__exit__(None, None, None)
    await runner.cleanup()
    return {name: statistics.median(found) for name, found in figures.items()}


def main() -> int:
    """Measure, print one table, and say whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    figures = asyncio.run(compare(options.seconds, options.rounds))
    lines = [f"{'server (one core)':<55} {'messages/s':>10} {'ours is':>9} {'goal':>7}"]
    missed = False
    for name, rate in figures.items():
        ratio, goal = figures["ours"] / rate, GOALS.get(name)
        missed = missed or (goal is not None and ratio < goal)
        aim = f"{goal:>6.1f}x" if goal is not None else ""
        lines.append(f"{NAMES[name]:<55} {rate:>10.0f} {ratio:>8.2f}x {aim}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())

"""The arrows of docs/map.md, over `ast`: who may import whom, and what the pure core may not touch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EDGES = ("bot.teams", "bot.graph", "bot.storage", "bot.web", "bot.rehearsal")
INWARD_FILES = ("bot/desk.py", "bot/ledger.py", "bot/inbox.py", "bot/ear.py", "bot/pacing.py", "bot/presenting.py",
                "bot/ports/__init__.py", "bot/ports/platform.py", "bot/ports/inbound.py", "bot/ports/books.py",
                "bot/commands.py", "bot/bounded.py", "bot/booking.py")  # fmt: skip
INWARD_ROOMS = ("bot/policy", "bot/detection", "bot/effects")
PURE_ROOMS = ("bot/policy", "bot/detection", "bot/texts", "cards")
IMPURE = (
    "aiohttp", "asyncio", "concurrent", "http", "logging", "multiprocessing", "os", "pydantic_settings", "random",
    "secrets", "shutil", "signal", "socket", "sqlalchemy", "sqlite3", "ssl", "subprocess", "tempfile", "threading",
    "time", "urllib.error", "urllib.request", "uuid",
)  # fmt: skip
"""Modules that do I/O, keep time, draw lots or talk."""
FILES_ALLOWED = ("bot/texts/", "cards/")
"""May read their own data files, once: words and templates."""
NOW = frozenset({"now", "utcnow", "today"})
REHEARSAL = ("bot/wiring.py", "bot/settings.py")


def sources(*rooms: str) -> list[Path]:
    """Every Python file of these rooms (a file is a room of its own)."""
    return sorted(
        path for room in rooms for path in ([ROOT / room] if room.endswith(".py") else (ROOT / room).rglob("*.py"))
    )


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names of everything imported, `from a import b` as a.b; what only type checkers see counts too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, module: str) -> bool:
    """Whether a name belongs to a module."""
    return name == module or name.startswith(module + ".")


def impurities(tree: ast.AST, *, files: bool = False) -> Iterator[str]:
    """What a pure module must not do: imports with effects, the clock, files, printing."""
    for name in imported(tree):
        if any(within(name, module) for module in (*IMPURE, "bot.settings")):
            yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and called.attr in NOW:
                yield f"asks the clock: {called.attr}"
            if isinstance(called, ast.Name) and called.id in ("print", "open", "input", "eval", "exec") and not files:
                yield f"calls {called.id}"
            opens = ("read_text", "write_text", "read_bytes", "write_bytes")
            if isinstance(called, ast.Attribute) and called.attr in opens and not files:
                yield f"calls {called.attr}"
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield "is asynchronous"


def outward(tree: ast.AST) -> Iterator[str]:
    """Imports of an edge, or of the composition."""
    for name in imported(tree):
        if any(within(name, edge) for edge in (*EDGES, "bot.wiring", "bot.serve", "app")):
            yield f"imports {name}"


def rehearsal_conditions(tree: ast.AST) -> Iterator[str]:
    """Branches that ask whether this is the rehearsal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            for part in ast.walk(node.test):
                word = part.attr if isinstance(part, ast.Attribute) else part.id if isinstance(part, ast.Name) else ""
                if word.lower() in ("rehearsal", "is_rehearsal", "rehearsing"):
                    yield f"line {node.lineno} asks for {word}"


def parse(path: Path) -> ast.AST:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def broken(paths: list[Path], check: object) -> list[str]:
    """Every violation with its file."""
    return [f"{path.relative_to(ROOT)} {what}" for path in paths for what in check(parse(path))]  # type: ignore[operator]


def test_the_core_is_pure() -> None:
    """Rules, detection, texts and cards do no I/O, ask no clock, draw no lots, log nothing, know no settings."""
    found = []
    for path in sources(*PURE_ROOMS):
        name = path.relative_to(ROOT).as_posix()
        if name in ("cards/snapshots.py", "cards/examples.py"):
            continue  # writes the snapshots of the cards: a tool beside the product
        files = name.startswith(FILES_ALLOWED)
        found += [f"{name} {what}" for what in impurities(parse(path), files=files)]
    assert found == []


def test_the_inward_rooms_know_ports_only() -> None:
    """Desk, ledger, inbox, effects and the core import no edge and not the composition."""
    assert broken(sources(*INWARD_ROOMS, *INWARD_FILES, "cards", "bot/texts"), outward) == []


def test_the_rules_know_neither_desk_nor_ports() -> None:
    """Inside bot/policy only bot/policy (and detection's names) are known."""

    def beyond(tree: ast.AST) -> Iterator[str]:
        for name in imported(tree):
            if within(name, "bot") and not (within(name, "bot.policy") or within(name, "bot.detection")):
                yield f"imports {name}"
            if within(name, "cards"):
                yield f"imports {name}"

    assert broken(sources("bot/policy"), beyond) == []
    inner = [p for p in sources("bot/detection")]
    assert broken(inner, lambda tree: (f"imports {n}" for n in imported(tree)
                                       if within(n, "bot") and not within(n, "bot.detection"))) == []  # fmt: skip


def test_only_the_teams_edge_knows_the_sdk() -> None:
    """A move to the SDK's successor is one folder."""

    def sdk(tree: ast.AST) -> Iterator[str]:
        for name in imported(tree):
            if name.split(".")[0] in ("botbuilder", "botframework"):
                yield f"imports {name}"

    others = [path for path in sources("bot", "cards", "app.py") if (ROOT / "bot/teams") not in path.parents]
    assert broken(others, sdk) == []
    assert broken(sources("bot/teams"), sdk) != [], "the test looks at the right imports"


def test_only_the_composition_names_concrete_edges() -> None:
    """An edge imports no other edge, except that the rehearsal's parts and reports know the storage they look into."""
    allowed = {
        # The player reads the bot's database and builds nothing of it.
        ("bot.rehearsal", "bot.storage"),
        # The control channel runs inside the bot and types what it is given.
        ("bot.rehearsal", "bot.wiring"),
    }
    found = []
    for edge in EDGES:
        for path in sources(edge.replace(".", "/")):
            for name in imported(parse(path)):
                for other in (*EDGES, "bot.wiring", "bot.serve"):
                    if within(name, other) and other != edge and (edge, other) not in allowed:
                        found.append(f"{path.relative_to(ROOT)} imports {name}")
    assert found == []


def test_outside_the_composition_nobody_asks_for_the_rehearsal() -> None:
    """The product cannot tell the stand-in from the real platform: only wiring and settings know."""
    paths = [p for p in sources("bot", "cards") if p.relative_to(ROOT).as_posix() not in REHEARSAL]
    assert broken(paths, rehearsal_conditions) == []


@pytest.mark.parametrize(
    ("source", "check"),
    [
        ("import logging", impurities),
        ("from random import choice", impurities),
        ("from bot.settings import Settings", impurities),
        ("def f():\n    from time import time", impurities),
        ("from datetime import datetime\nnow = datetime.now()", impurities),
        ("x = open('f').read()", impurities),
        ("from pathlib import Path\nPath('f').read_text()", impurities),
        ("async def f(): pass", impurities),
        ("from bot.storage.books import SqlBooks", outward),
        ("from bot import teams", outward),
        ("import bot.graph.client", outward),
        ("if settings.rehearsal:\n    pass", rehearsal_conditions),
        ("x = 1 if self._rehearsal_mode.rehearsal else 2", rehearsal_conditions),
    ],
)
def test_the_checks_find_what_they_look_for(source: str, check: object) -> None:
    """Positive control: a planted violation of each arrow is found."""
    assert list(check(ast.parse(source))) != []  # type: ignore[operator]


@pytest.mark.parametrize("check", [impurities, outward, rehearsal_conditions])
def test_the_checks_leave_harmless_code_alone(check: object) -> None:
    """Negative control: plain data and arithmetic break nothing."""
    source = "from dataclasses import dataclass\nfrom bot.policy.state import State\nx = {'now': 1}\nif x:\n    x = {}"
    assert list(check(ast.parse(source))) == []  # type: ignore[operator]

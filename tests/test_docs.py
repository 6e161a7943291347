"""The documents name everything there is: settings, commands, card kinds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import app
import cards
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]


def read(*names: str) -> str:
    """The text of these documents together; a document that is missing fails the test."""
    missing = [name for name in names if not (ROOT / name).is_file()]
    assert missing == [], f"not written yet: {missing}"
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def commands() -> list[str]:
    """Every command of the command line."""
    actions = app.parser()._subparsers
    assert actions is not None
    return sorted(name for group in actions._group_actions for name in group.choices or ())


def options() -> list[tuple[str, str]]:
    """Every long option of each command."""
    found = []
    actions = app.parser()._subparsers
    assert actions is not None
    for group in actions._group_actions:
        for name, sub in (group.choices or {}).items():  # type: ignore[union-attr]
            for action in sub._actions:
                found += [(name, text) for text in action.option_strings if text.startswith("--") and text != "--help"]
    return found


def settings() -> list[str]:
    """The name of every setting in the environment."""
    return [PREFIX + name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize("name", settings())
def test_every_setting_is_in_the_operators_guide(name: str) -> None:
    """docs/operators.md has each BOT_ setting by its full name."""
    assert re.search(rf"`{name}`", read("docs/operators.md"))


def test_the_operators_guide_invents_no_setting() -> None:
    """What looks like a setting there is one, or is one of the tests' own."""
    named = set(re.findall(r"\bBOT_[A-Z0-9_]+[A-Z0-9]\b", read("docs/operators.md")))
    assert {name for name in named if not name.startswith("BOT_TEST_")} <= set(settings()) | {"BOT_REHEARSAL_"}


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented(name: str) -> None:
    """README or one of the guides shows each command as `app.py NAME`."""
    guides = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").glob("*.md"))]
    assert re.search(rf"app\.py {name}\b", read("README.md", *guides))


@pytest.mark.parametrize("kind", cards.KINDS)
def test_every_card_is_explained(kind: str) -> None:
    """The advisor's guide or the map of the code names each kind of card."""
    present = [name for name in ("docs/advisor.md", "docs/map.md") if (ROOT / name).is_file()]
    assert present, "neither docs/advisor.md nor docs/map.md is written yet"
    assert re.search(rf"\b{kind}\b", read(*present))


def test_the_lists_the_documents_are_held_against_are_not_empty() -> None:
    """Positive control: there are settings, commands with options and cards to be looked for."""
    assert "BOT_APP_ID" in settings()
    assert {"serve", "book", "scan"} <= set(commands())
    assert ("book", "--email") in options()
    assert "welcome" in cards.KINDS

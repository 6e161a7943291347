"""The guides are complete: every setting, every section of the profile, every kind of card."""

from __future__ import annotations

import re
from pathlib import Path

from bot.profile import Profile
from bot.settings import PREFIX, Settings
from cards import KINDS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def guide(name: str) -> str:
    """The text of a guide."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def test_every_setting_is_explained_and_no_other() -> None:
    """docs/operators.md names exactly the settings there are."""
    named = set(re.findall(r"`(BOT_[A-Z_]+)`", guide("operators")))
    assert named == {PREFIX + name.upper() for name in Settings.model_fields}


def test_every_part_of_the_profile_is_explained() -> None:
    """docs/operators.md has a row for each top-level key of the profile and names the keys inside."""
    text = guide("operators")
    for name, field in Profile.model_fields.items():
        row = re.search(rf"^\| `{name}` \| (.+) \|$", text, flags=re.MULTILINE)
        assert row, name
        inner = getattr(field.annotation, "model_fields", {})
        assert [key for key in inner if key not in row[1]] == [], name


def test_every_kind_of_card_is_in_the_advisors_guide() -> None:
    """docs/advisor.md explains each card once by its kind."""
    text = guide("advisor")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []

"""The summary for people, and the description of the format."""

from pathlib import Path
from typing import Any

import pytest

from bot.rehearsal.platform.switches import ALLOWED
from bot.rehearsal.scenario import parse_scenario
from bot.rehearsal.steps import ROLES, STEP_NAMES
from bot.rehearsal.summary import summarise

REPORT: dict[str, Any] = {
    "steps": [{"n": 1, "step": "join", "result": "ok"}],
    "participants": [
        {"who": "erika", "as": "customer", "consented": True, "authenticated": False, "how": None, "present": True}
    ],
    "messages": [{"name": "first", "author": "erika", "kinds": ["IBAN"], "outcome": "chat deleted", "readable_by": []}],
    "chat": [{"where": "meeting", "card": "welcome", "to": ["erika"]}],
    "recording": [],
    "mails": [],
    "consultation": {"state": "ended", "reason": "withdrawn"},
    "audit_chain": "verified",
}


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "de",
            [
                "  erika (customer): eingewilligt, anwesend",
                "  first (erika) [IBAN]: chat deleted; lesbar für niemanden",
            ],
        ),
        ("en", ["  erika (customer): consented, present", "  first (erika) [IBAN]: chat deleted; readable by nobody"]),
    ],
)
def test_summary_says_what_the_report_says(language: str, lines: list[str]) -> None:
    """Each participant and message has a line, in the scenario's language, and an empty member says so."""
    text = summarise(REPORT, parse_scenario(f"title: x\nlanguage: {language}\nsteps: []")).splitlines()
    assert [line for line in lines if line not in text] == []
    assert text.count("  keine" if language == "de" else "  none") == 2


def test_the_format_is_described() -> None:
    """Every step, role and switch stands in the description of the format."""
    described = (Path(__file__).parents[2] / "docs/scenarios.md").read_text("utf-8")
    names = [f"`{name}`" for name in (*STEP_NAMES, *ALLOWED)]
    assert [name for name in (*names, *ROLES) if name not in described] == []

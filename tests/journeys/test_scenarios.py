"""The example scenarios, played through the command line, and the whole report each must give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .expected import EXPECTED
from .playing import SCENARIOS, Playing, each_scenario, play_file, scenario_names

MEMBERS = {
    "steps", "participants", "messages", "chat", "recording", "mails", "consultation", "console", "audit",
    "audit_chain",
}  # fmt: skip
#: Outcomes that claim protection, with who may still read the message then.
CLAIMS = {"hidden": {"author"}, "deleted by author": set(), "chat deleted": set()}


def differences(found: Any, wanted: Any, where: str = "") -> list[str]:
    """Where a report differs from what is expected: named members of mappings, lists as a whole, sets in any order."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [d for key, value in wanted.items() for d in differences(found.get(key), value, f"{where}.{key}")]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [
            d
            for n, (one, other) in enumerate(zip(found, wanted, strict=True))
            for d in differences(one, other, f"{where}[{n}]")
        ]
    if isinstance(wanted, set) and isinstance(found, list) and len(found) == len(set(found)):
        found = set(found)
    return [] if found == wanted else [f"{where}: {found!r} instead of {wanted!r}"]


def test_every_scenario_has_its_expectation() -> None:
    """No example scenario is without an expected report, and none is expected that is not there."""
    assert set(scenario_names()) == set(EXPECTED)
    assert len(EXPECTED) >= 14


@pytest.mark.parametrize("name", each_scenario())
def test_scenario_gives_its_report(playing: Playing, name: str) -> None:
    """The scenario's report holds what was written down by hand from the format's contract."""
    report = playing[name].report
    assert set(report) >= MEMBERS
    assert differences(report, {"audit_chain": "verified", **EXPECTED[name]}) == []


@pytest.mark.parametrize("name", each_scenario())
def test_no_outcome_says_more_than_readable_by_bears_out(playing: Playing, name: str) -> None:
    """Whatever protection the product claims for a message holds in the stand-in's own state."""
    for message in playing[name].report["messages"]:
        allowed = CLAIMS.get(message["outcome"])
        if allowed is not None:
            readers = {"author" if who == message["author"] else who for who in message["readable_by"]}
            assert readers <= allowed, message


@pytest.mark.parametrize("name", each_scenario())
def test_output_is_one_json_document(playing: Playing, name: str) -> None:
    """Standard output holds the report and a line end, nothing else."""
    output = playing[name].output
    assert output.startswith(b"{")
    assert output.endswith(b"}\n")


def test_a_day_of_waiting_takes_seconds(tmp_path: Path) -> None:
    """Without --database the scenario runs on a temporary database and leaves no file behind."""
    before = set(tmp_path.iterdir())
    played = play_file(SCENARIOS / "not-available-yet.yaml")
    assert played.report["steps"][-1]["result"] == "not available"
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("steps:\n  - dance: {}\n", "line 2"),
        ("steps:\n  - join: {who: a, as: guest}\n  - say: {who: a, text: 12}\n", "line 3"),
        ("steps:\n  - join: {who: a, as: guest}\n  - say: {who: a, text: $code}\n", "$code"),
        ("profile: nowhere.yaml\nsteps: []\n", "no such file"),
    ],
)
def test_wrong_file_exits_2(tmp_path: Path, source: str, words: str) -> None:
    """A wrong file gives exit status 2, a message that says where, and nothing on standard output."""
    path = tmp_path / "wrong.yaml"
    path.write_text(source)
    played = play_file(path)
    assert (played.status, played.output) == (2, b"")
    assert words in played.errors
    assert "Traceback" not in played.errors


def test_wrong_database_exits_2() -> None:
    """A database URL of another kind is refused before anything starts."""
    played = play_file(SCENARIOS / "unbooked.yaml", "--database", "mysql://here/there")
    assert (played.status, played.output) == (2, b"")
    assert "sqlite:///" in played.errors

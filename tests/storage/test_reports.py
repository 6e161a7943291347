"""The report of a consultation: what the rows say, in the members the rehearsal and the auditor read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.storage.books import SqlBooks
from bot.storage.reports import audit_export, consultation_report

from .samples import CHAT, NOW, appointment, card, consultation, finding, keep, participant, recording

LATER = NOW + timedelta(minutes=1)


async def test_everything_is_in_the_report(database: str, books: SqlBooks) -> None:
    """People, messages with outcome and attempts, recordings, cards, console and trail are told as they are kept."""
    await keep(
        books,
        consultation(state="ended", reason="withdrawn"),
        participant("29:a", consented_at=NOW, authenticated_at=NOW, how="code"),
        participant("29:b"),
        appointment(conversation=CHAT),
        appointment("a-2", starts_at=NOW + timedelta(days=9)),
        finding("100", hide="refused by platform", warn="done", kinds=("IBAN", "CARD")),
        finding("101", hide="done", found_at=LATER),
        recording(actions=("switched off",)),
        card("1", owner="29:a", message="100", kind="guard_notice"),
    )
    await books.mark_seen([(CHAT, "99", NOW), (CHAT, "100", NOW)])
    async with books.page(CHAT) as page:
        await page.record("message:finding:warned", {"kinds": ["IBAN"]}, NOW)

    report = await consultation_report(database, CHAT)

    told = {person: (p["consented"], p["authenticated"], p["how"]) for person, p in report["participants"].items()}
    assert told == {"29:a": (True, True, "code"), "29:b": (False, False, None)}
    assert list(report["messages"]) == ["100", "101", "99"]
    first = report["messages"]["100"]
    assert (first["kinds"], first["outcome"]) == (["IBAN", "CARD"], "warned")
    assert first["attempts"] == [
        {"rung": "hide", "result": "refused by platform"},
        {"rung": "warn", "result": "done"},
    ]
    assert report["messages"]["99"] == {"kinds": [], "outcome": "clean", "attempts": []}
    assert report["console"] == [
        {"message": "100", "status": "warned"},
        {"message": "101", "status": "hidden"},
    ]
    assert report["recording"] == [
        {"event": "start", "verdict": "violation", "actions": ["switched off"], "kind": "recording"}
    ]
    assert report["consultation"] == {"state": "ended", "reason": "withdrawn", "future_appointments": 1}
    assert report["audit"] == [{"kind": "message:finding:warned", "fields": {"kinds": ["IBAN"]}}]
    assert report["audit_chain"] == "verified"
    [posted] = report["cards"].items()
    assert posted[0] == "1"
    assert posted[1].items() >= {"kind": "guard_notice", "owner": "29:a", "message": "100"}.items()


async def test_an_unknown_consultation_has_an_empty_report(database: str, books: SqlBooks) -> None:
    """Nothing known is nothing said."""
    report = await consultation_report(database, "19:unknown")

    assert report["consultation"] == {"state": None, "reason": None, "future_appointments": 0}
    assert report["audit_chain"] == "verified"
    assert not any(report[name] for name in ("participants", "messages", "recording", "console", "audit", "cards"))


@pytest.mark.parametrize(
    ("changes", "consented"),
    [
        ({"consented_at": NOW}, True),
        ({"consented_at": NOW, "withdrawn_at": LATER}, False),
        ({"consented_at": NOW, "declined_at": LATER}, False),
        ({"consented_at": LATER, "declined_at": NOW}, True),
        ({"consented_at": NOW, "withdrawn_at": NOW}, False),
        ({"withdrawn_at": NOW}, False),
    ],
)
async def test_consent_is_what_holds_now(
    database: str, books: SqlBooks, changes: dict[str, object], consented: bool
) -> None:
    """A later refusal or withdrawal ends it, a later consent renews it; at the same moment the withdrawal holds."""
    await keep(books, participant("29:a", **changes))

    assert (await consultation_report(database, CHAT))["participants"]["29:a"]["consented"] is consented


async def test_the_export_of_the_trail_can_be_verified_without_us(database: str, books: SqlBooks) -> None:
    """Each entry of the export names the hash of the one before it."""
    async with books.page(CHAT) as page:
        for n in range(3):
            await page.record("code:sent", {"n": n}, NOW)

    exported = await audit_export(database, CHAT)

    assert [(e["seq"], e["kind"], e["fields"]) for e in exported] == [(n + 1, "code:sent", {"n": n}) for n in range(3)]
    assert [e["previous_hash"] for e in exported[1:]] == [e["hash"] for e in exported[:-1]]
    assert await audit_export(database, "19:unknown") == []

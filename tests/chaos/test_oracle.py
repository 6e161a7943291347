"""What the fault test looks for would be seen: a true report passes, each way of falsifying it is a violation."""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.policy.decisions import Owe
from bot.rehearsal.platform.connector import publish
from bot.rehearsal.platform.switches import Switches
from bot.rehearsal.timekeeping import VirtualClock
from bot.storage import open_books
from cards import CONTENT_TYPE

from .consultation import Consultation
from .evidence import away, found_in, mails
from .oracle import Oracle, reference
from .stand_in import ChaosPlatform
from .texts import CLEAN, IBAN_CORE, Text, Writer

ERIKA, PETRA = "erika0", "petra0"
GROUPED = " ".join(IBAN_CORE[n : n + 4] for n in range(0, len(IBAN_CORE), 4))
SECRET = Text(f"Meine IBAN ist DE55 {GROUPED}123 45", secret=True)

Report = dict[str, Any]


async def scene() -> tuple[Consultation, Report]:
    """A guest's secret was refused hiding and warned about, a harmless message follows; with the true report."""
    platform = ChaosPlatform(clock=VirtualClock(), switches=Switches(), rng=random.Random(1))
    await platform.add_meeting(PETRA, "Petra Berater")
    who = Consultation(0, platform, Writer(random.Random(2)), random.Random(3))
    who.conversation = platform.conversation_id
    await who.join(PETRA)
    await who.join(ERIKA)
    await who.say(SECRET, ERIKA)
    first = who.memory.told[0].id
    notice(who, first, "duty-" + "1" * 16)
    await who.say(Text(CLEAN[0]), ERIKA)
    second = who.memory.told[1].id
    attempts = [{"rung": "hide", "result": "refused by platform"}, {"rung": "warn", "result": "done"}]
    fields = {"message": first}
    person = who.memory.told[0].person
    who.memory.accepted[person] = who.platform._core.clock()
    return who, {
        "messages": {
            first: {"kinds": ["IBAN"], "outcome": "warned", "attempts": attempts, "version": 1},
            second: {"kinds": [], "outcome": "clean", "attempts": []},
        },
        "participants": {person: {"consented": True, "ref": "p2"}},
        "recording": [],
        "consultation": {"state": "open"},
        "audit_chain": "verified",
        "audit": [
            {"kind": "consent:given", "fields": {"ref": "p2"}},
            {"kind": "rung:hide", "fields": {**fields, "result": "refused by platform"}},
            {"kind": "rung:warn", "fields": {**fields, "result": "done"}},
            {"kind": "message:finding:warned", "fields": fields},
        ],
    }


def notice(who: Consultation, message: str, mark: str) -> None:
    """The bot posts a notice about a message."""
    card = {"body": [{"type": "Container", "id": mark}], "data": {"ref": reference(who.conversation, message)}}
    attachment = {"contentType": CONTENT_TYPE, "name": "guard_notice", "content": card}
    publish(who.platform._core, who.platform.chat(who.conversation), {"type": "message", "attachments": [attachment]})


def violations(who: Consultation, report: Report, *, over: bool = False) -> list[str]:
    """What the oracle says."""
    return list(Oracle(who, report, over=over).violations())


async def test_a_true_report_passes() -> None:
    """Where the report is what the stand-in says, there is no violation."""
    who, report = await scene()
    assert violations(who, report) == []


@pytest.mark.parametrize(
    "outcome",
    ["hidden", "deleted by author", "chat deleted", "edited by author", "released", "clean", "not scanned", "failed"],
)
async def test_another_outcome_is_seen(outcome: str) -> None:
    """Any other outcome than the true one is a violation, be it more or less."""
    who, report = await scene()
    first = who.memory.told[0].id
    report["messages"][first]["outcome"] = outcome
    report["audit"][-1]["kind"] = "message:finding:" + outcome.replace(" ", "_")
    assert any(first in problem for problem in violations(who, report))


async def told_deleted(who: Consultation) -> None:
    await who.platform.delete(ERIKA, who.memory.told[0].id)


async def told_edited(who: Consultation) -> None:
    who.rng = random.Random(8)  # an edit to something harmless
    who._pick = lambda fits: who.memory.told[0]  # type: ignore[method-assign]
    while who.memory.told[0].secret:
        await who.edit()


async def really_hidden(who: Consultation) -> None:
    who.message(who.memory.told[0]).policy = {"dlpAction": "blockAccess"}


async def chat_gone(who: Consultation) -> None:
    who.platform.chat(who.conversation).deleted = True


@pytest.mark.parametrize("change", [told_deleted, told_edited, really_hidden, chat_gone])
async def test_what_was_achieved_and_is_not_told_is_seen(change: Callable[[Consultation], Any]) -> None:
    """A report that stays behind what the stand-in shows is a violation."""
    who, report = await scene()
    await change(who)
    assert violations(who, report) != []


async def test_a_warning_nobody_could_read_is_seen() -> None:
    """`warned` needs a notice that was posted while the author could read it, about the text as it stands."""
    who, report = await scene()
    who.memory.told[0].person = "29:somebody-else"
    assert any("could read no notice" in problem for problem in violations(who, report))


@pytest.mark.parametrize("entry", range(4))
async def test_a_gap_in_the_trail_is_seen(entry: int) -> None:
    """Every consent, rung and finding has its entry."""
    who, report = await scene()
    del report["audit"][entry]
    assert len(violations(who, report)) >= 1
    assert violations(who, copy.deepcopy(report) | {"audit_chain": "broken at 2"})[0] != violations(who, report)[0]


async def test_a_card_that_stands_twice_is_seen() -> None:
    """The same card again, and more notices than a warning and a reminder, are violations."""
    who, report = await scene()
    first = who.memory.told[0].id
    notice(who, first, "duty-" + "1" * 16)
    assert any("posted 2 times" in problem for problem in violations(who, report))
    notice(who, first, "duty-" + "2" * 16)
    assert any("3 notices" in problem for problem in violations(who, report))


async def test_what_runs_and_what_is_left_behind_is_seen() -> None:
    """A recording nobody noticed and nobody switched off, and a readable secret after the end, are violations."""
    who, report = await scene()
    await who.platform.record(PETRA, "start")
    assert len([problem for problem in violations(who, report) if "recording" in problem]) == 2
    who.memory.ended = True
    told = violations(who, report, over=True)
    assert any("the consultation open" in problem for problem in told)
    assert any("the chat is still there" in problem for problem in told)


def test_a_planted_secret_is_seen(tmp_path: Path) -> None:
    """A secret's core in a file, as it was typed, is found; a harmless file is let be."""
    planted = tmp_path / "planted"
    planted.write_text(SECRET.text)
    assert found_in([planted]) != []
    planted.write_text("Meine IBAN nenne ich hier nicht.")
    assert found_in([planted]) == []


async def test_a_closing_nobody_was_told_of_and_one_told_too_often_are_seen() -> None:
    """A closed consultation needs its card, and no more cards than there were endings and people to be told."""
    who, report = await scene()
    who.memory.unguarded = True
    report["audit"].append({"kind": "consultation:ended", "fields": {"reason": "closed"}})
    assert any("no card says so" in problem for problem in violations(who, report, over=True))
    for number in range(3):
        attachment = {"contentType": CONTENT_TYPE, "name": "session_ended", "content": {"body": [number]}}
        activity = {"type": "message", "attachments": [attachment]}
        publish(who.platform._core, who.platform.chat(who.conversation), activity)
    told = violations(who, report, over=True)
    assert not any("no card says so" in problem for problem in told)
    assert any("3 cards session_ended" in problem for problem in told)


async def test_scanning_without_consent_is_seen() -> None:
    """With consent as the basis nothing may be found in a guest's message who never gave it; not scanning it is right
    where the trail says so."""
    who, report = await scene()
    who.guard = who.guard.model_copy(update={"basis": "consent"})
    first, second = who.memory.told
    who.memory.told.remove(second)
    first.agreed = False
    assert any("never consented" in problem for problem in violations(who, report))
    who.memory.asked.add(first.person)
    assert not any("never consented" in problem for problem in violations(who, report))
    first.agreed = True
    report["messages"][first.id] = {"kinds": [], "outcome": "not scanned", "attempts": []}
    assert any("discloses a secret" in problem for problem in violations(who, report))
    report["audit"].append({"kind": "message:not_scanned", "fields": {"message": first.id}})
    who.memory.accepted.clear()
    assert not any("discloses a secret" in problem for problem in violations(who, report))
    who.memory.accepted[first.person] = first.since - timedelta(minutes=1)
    assert any("discloses a secret" in problem for problem in violations(who, report))


async def test_scanning_a_federated_user_without_consent_is_seen() -> None:
    """Who only passes for staff, because an activity does not name the sender's tenant, has not consented either."""
    who, report = await scene()
    who.guard = who.guard.model_copy(update={"basis": "consent"})
    first = who.memory.told[0]
    first.agreed, who.cast[first.who] = False, "federated"
    assert any("never consented" in problem for problem in violations(who, report))


@pytest.mark.parametrize(
    ("who_left", "minutes", "excused"), [("karl0", 1, True), ("karl0", -60, False), ("", 0, False)]
)
async def test_an_author_whom_only_graph_names_need_not_be_warned_where_a_guest_has_left(
    who_left: str, minutes: int, excused: bool
) -> None:
    """`failed` is excused where a guest left after the message, who may have written it, and nowhere else."""
    who, report = await scene()
    first = who.memory.told[0]
    for card in list(who.platform.chat(who.conversation).messages.values()):
        if card.by == "bot":
            del who.platform.chat(who.conversation).messages[card.id]
    report["messages"][first.id] |= {"outcome": "failed", "via": "graph"}
    report["audit"][-1]["kind"] = "message:finding:failed"
    if who_left:
        await who.join(who_left)
        await who.leave(who_left)
        who.memory.left[who.platform.account_of(who_left).person_id] = first.since + timedelta(minutes=minutes)
    assert any("was there to be warned" in problem for problem in violations(who, report)) is not excused


async def test_a_mail_too_many_or_too_few_is_seen(tmp_path: Path) -> None:
    """One for each code that was owed and sent; another one only for a try whose end nobody knows."""
    url = f"sqlite:///{tmp_path / 'books.sqlite3'}"
    books = await open_books(url)
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    async with books.page("19:chat") as page:
        for key in ("code:1", "code:2"):
            await page.owe(Owe(kind="send_code", key=key), now)
    duties = await books.claim(now, holder="me", lease=timedelta(minutes=1), limit=9)
    async with books.page("19:chat") as page:
        for duty in duties:
            assert await page.settle(duty, holder="me", result="done", code="", now=now)
    await books.close()
    assert await mails(url, 2, kills=0) == []
    assert len(await mails(url, 1, kills=0)) == 1
    assert len(await mails(url, 3, kills=0)) == 1
    assert await mails(url, 3, kills=1) == []


async def test_a_database_that_is_away_comes_back(tmp_path: Path) -> None:
    """The sign the program looks for stands as long as it is away."""
    sign = tmp_path / "away"
    async with away(f"sqlite:///{tmp_path / 'books.sqlite3'}", sign):
        assert await asyncio.to_thread(sign.exists)
    assert not await asyncio.to_thread(sign.exists)


@pytest.mark.parametrize("hidden", [True, False])
async def test_a_release_is_compared_with_what_is_blocked(hidden: bool) -> None:
    """What the stand-in still blocks is not released, whoever asked for it."""
    who, report = await scene()
    told = who.memory.told[0]
    told.release_asked = told.released = True
    report["messages"][told.id]["outcome"] = "released"
    report["audit"][-1]["kind"] = "message:finding:released"
    who.message(told).policy = {"dlpAction": "BlockAccess"} if hidden else None
    assert any("on paper" in problem for problem in violations(who, report)) == hidden


EXCUSED = [("on", "unconfirmed", False), ("on", "author_gone", True), ("off", "unconfirmed", True)]


@pytest.mark.parametrize(("switch", "code", "seen"), EXCUSED)
async def test_only_a_targeted_notice_may_be_unconfirmed(switch: str, code: str, seen: bool) -> None:
    """Less than what was achieved is excused where nothing can show it, and the trail says so."""
    who, report = await scene()
    who.platform.switches = Switches(targeted_messages=switch)
    first = report["messages"][who.memory.told[0].id]
    first["outcome"], first["attempts"][1]["result"] = "failed", "failed"
    report["audit"][2]["fields"] |= {"result": "failed", "code": code}
    report["audit"][-1]["kind"] = "message:finding:failed"
    assert bool(violations(who, report)) == seen


async def test_a_targeted_notice_and_a_public_one_are_two() -> None:
    """Both for one version, under the same mark, are one too many."""
    who, report = await scene()
    mark = "duty-1111111111111111"
    [card] = [m for m in who.platform.chat(who.conversation).messages.values() if m.by == "bot"]
    card.target = who.platform.account_of(ERIKA)
    assert not any(mark in problem for problem in violations(who, report))
    notice(who, who.memory.told[0].id, mark)
    assert any(mark in problem for problem in violations(who, report))

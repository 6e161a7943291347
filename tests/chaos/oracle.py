"""What must be true when nothing is owed any more: the report against the stand-in's own state, claim by claim.

Two directions. Nothing is claimed that the stand-in does not bear out (at any calm moment, whoever withdrew what);
and nothing less is claimed than was achieved, no secret is overlooked and nothing is left undone (as long as the
consultation is guarded: a withdrawal or the advisor's closing ends that, by design).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.policy.rules.guard import finding_ref
from bot.policy.state import Finding
from bot.rehearsal.platform.world import Message, Stay

from .consultation import Consultation, Told

LADDER = ("hidden", "warned", "failed", "released")
MARK = re.compile(r"duty-[0-9a-f]{16}")
GUESTS = ("customer", "guest")
TOLD_LATE = timedelta(minutes=5)
UNSEEN: dict[str, Any] = {"kinds": [], "outcome": "not scanned", "attempts": []}


def reference(conversation: str, message: str) -> str:
    """The opaque name of a finding on cards."""
    moment: Any = None
    return finding_ref(
        Finding(conversation=conversation, message=message, kinds=(), found_at=moment, modified_at=moment)
    )


def cards_of(message: Message) -> str:
    """The cards of a message of the bot, as JSON text."""
    return json.dumps([attachment.get("content") for attachment in message.attachments])


def kind_of(message: Message) -> str:
    """The kind of its first card, empty where it has none."""
    return str(message.attachments[0].get("name", "")) if message.attachments else ""


def is_hidden(message: Message) -> bool:
    """Blocked for everybody but its author."""
    return "blockaccess" in message.dlp_actions


class Oracle:
    """Looks at one consultation at a calm moment. `report` is the product's, `over` after the meeting's end."""

    def __init__(self, one: Consultation, report: dict[str, Any], *, over: bool) -> None:
        self.one, self.report, self.over = one, report, over
        self.chat = one.platform.chat(one.conversation)
        self.ours = [m for m in self.chat.messages.values() if m.by == "bot"]

    def violations(self) -> Iterator[str]:
        """Everything that is not as it must be."""
        for told in self.one.memory.told:
            known = self.report["messages"].get(told.id, UNSEEN)
            for problem in (*self.claims(told, known), *self.omissions(told, known)):
                part = " (a part)" if told.part else ""
                yield f"message {told.id} of {told.who} {told.texts}{part}: {problem}; reported {known}"
        yield from self.trail()
        yield from self.duplicates()
        yield from self.recordings()
        if self.over:
            yield from self.ending()

    # -- nothing is claimed that is not so

    def claims(self, told: Told, known: dict[str, Any]) -> Iterator[str]:
        """An outcome is borne out by the stand-in."""
        said, outcome = self.one.message(told), known["outcome"]
        if outcome == "hidden" and not is_hidden(said) and said.deleted is None:  # deleted, nobody reads it either
            yield "hidden only on paper"
        if outcome == "released" and is_hidden(said) and said.deleted is None:
            yield "released only on paper"
        if outcome == "deleted by author" and said.deleted is None:
            yield "not deleted"
        if outcome == "chat deleted" and not self.chat.deleted:
            yield "the chat is there"
        if outcome == "edited by author" and (told.secret and not told.part):
            yield "the secret stands in the text"
        if outcome == "released" and not told.release_asked and len(told.texts) == 1:
            yield "nobody released it"
        if known["kinds"] and not told.agreed and told.person not in self.one.memory.asked:
            yield "its author never consented to its being scanned"
        if outcome == "warned" and not self.warned(told):
            yield "its author could read no notice"
        switches = self.one.platform.switches
        switch = switches.hide_tenant_messages if told.tenant else switches.hide_guest_messages
        for attempt in known["attempts"]:
            refused = attempt["result"] in ("refused by platform", "skipped")
            if refused and attempt["rung"] == "hide" and switch != "refuse":
                yield "hiding was not refused"
            if refused and attempt["rung"] == "delete_chat" and switches.chat_deletion != "refuse":
                yield "the deletion was not refused"

    def warned(self, told: Told) -> bool:
        """Whether a notice about this text was posted while its author could read it."""
        ref = reference(self.one.conversation, told.id)
        return any(
            kind_of(card) == "guard_notice"
            and ref in cards_of(card)
            and card.created >= told.since
            and told.person in self.one.platform.could_read.get(card.id, ())
            for card in self.ours
        )

    # -- nothing is overlooked, nothing is left undone

    def omissions(self, told: Told, known: dict[str, Any]) -> Iterator[str]:
        """An outcome says no less than what was achieved, and everything that could be done was done."""
        said, outcome = self.one.message(told), known["outcome"]
        if self.one.memory.unguarded or told.command or not told.agreed or self.unconsented(told, known):
            return
        if self.chat.deleted:
            # What its author had deleted before it was heard was never scanned, and need not be.
            if outcome != "chat deleted" and said.deleted is None and (outcome != "clean" or told.secret):
                yield "its chat was deleted"
            return
        if said.deleted is not None:
            if outcome in ("warned", "failed", "released"):
                yield "it is deleted"
            return
        if not any(told.texts):
            if outcome != "clean":
                yield "it is clean"
            return
        if not told.secret:
            # Hidden all the same is true, and no less: an older version may have been heard last.
            if outcome in ("warned", "failed", "not scanned") or (outcome == "hidden" and not is_hidden(said)):
                yield "the secret is gone from its text"
            return
        if outcome not in LADDER:
            yield "it discloses a secret"
            return
        if is_hidden(said) and outcome != "hidden" and not told.release_asked:
            yield "it is hidden"
        unconfirmed = self.unconfirmed(told)
        if outcome == "failed" and self.warned(told) and not unconfirmed:
            yield "its author could read a notice"
        if outcome == "failed" and not told.author_left and not self.nameless(told, known) and not unconfirmed:
            yield "its author was there to be warned"
        if told.released and not told.touched and outcome != "released":
            yield "it was released"
        for attempt in known["attempts"]:
            if attempt["result"] == "pending" or (attempt == {"rung": "hide", "result": "failed"}):
                yield f"the rung {attempt['rung']} is {attempt['result']}"

    def unconfirmed(self, told: Told) -> bool:
        """A targeted notice may have been posted, and nothing shows the product whether it was: until the reminder
        it is neither repeated nor claimed, and the trail says so."""
        codes = [
            e["fields"].get("code")
            for e in self.report["audit"]
            if e["kind"] == "rung:warn" and e["fields"].get("message") == told.id
        ]
        return self.one.platform.switches.targeted_messages == "on" and codes[-1:] == ["unconfirmed"]

    def nameless(self, told: Told, known: dict[str, Any]) -> bool:
        """Only Graph brought it, and a guest has left since it was written, who may be its author."""
        left = self.one.memory.left
        gone = any(s.account.anonymous and self.late(left.get(s.person_id), told) for s in self.stays())
        return known.get("via") == "graph" and self.one.cast[told.who] in GUESTS and gone

    def stays(self) -> list[Stay]:
        """Everybody's stays in the call."""
        return self.chat.meeting.stays if self.chat.meeting else []

    @staticmethod
    def late(moment: datetime | None, told: Told) -> bool:
        """Whether the product may take this moment for one after the message: it is told of it late."""
        return moment is not None and moment >= told.since - TOLD_LATE

    def unconsented(self, told: Told, known: dict[str, Any]) -> bool:
        """Only Graph brought it, which names anonymous guests otherwise than the connector: with consent as the basis
        it is scanned where every guest who may have written it had consented, and the trail says where it was not."""
        memory = self.one.memory
        excused = any(
            stay.account.anonymous
            and not memory.accepted.get(stay.person_id, told.since) < told.since
            and (stay.present or self.late(memory.left.get(stay.person_id), told))
            for stay in self.stays()
        )
        noted = (e["fields"].get("message") for e in self.report["audit"] if e["kind"] == "message:not_scanned")
        consent = self.one.guard.basis == "consent" and self.one.cast[told.who] in GUESTS and excused
        return consent and known["outcome"] == "not scanned" and told.id in noted

    # -- the trail

    def trail(self) -> Iterator[str]:
        """The chain is whole, and findings, rungs and consents have their entries."""
        if self.report["audit_chain"] != "verified":
            yield f"the audit chain is {self.report['audit_chain']}"
        newest: dict[tuple[str, str], str] = {}
        for entry in self.report["audit"]:
            message = entry["fields"].get("message")
            if entry["kind"].startswith("message:finding:"):
                newest["finding", message] = entry["kind"].removeprefix("message:finding:").replace("_", " ")
            elif entry["kind"].startswith("rung:"):
                newest[entry["kind"], message] = entry["fields"]["result"]
        for message, known in self.report["messages"].items():
            told, outcome = newest.get(("finding", message)), known["outcome"]
            if outcome != "clean" and told != outcome:
                yield f"the trail says {told!r} of {message}, the report {outcome!r}"
            for attempt in known["attempts"]:
                told = newest.get((f"rung:{attempt['rung']}", message))
                if attempt["result"] != "pending" and told != attempt["result"]:
                    yield f"the trail says {told!r} of {attempt['rung']} on {message}, the report {attempt['result']!r}"
        given = Counter(e["fields"]["ref"] for e in self.report["audit"] if e["kind"] == "consent:given")
        for person, known in self.report["participants"].items():
            if known["consented"] and not given[known["ref"]]:
                yield f"no entry for the consent of {known['ref']}"
            if person in self.one.memory.accepted and not given[known["ref"]] and not self.one.memory.unguarded:
                yield f"{known['ref']} accepted and no entry says so"

    # -- once is enough

    def duplicates(self) -> Iterator[str]:
        """No card stands twice in the meeting chat, be it for everybody or for its author alone."""
        marks = Counter(mark for m in self.ours for mark in set(MARK.findall(cards_of(m))))
        yield from (f"the card {mark} was posted {count} times" for mark, count in marks.items() if count > 1)
        kinds = Counter(kind_of(m) for m in self.ours if m.target is None)
        meeting = self.chat.meeting
        stays = [s for s in meeting.stays if not s.account.of_tenant] if meeting else []
        captures = {(c.kind, c.id) for c in meeting.captures} if meeting else set()
        given = sum(entry["kind"] == "consent:given" for entry in self.report["audit"])
        audit = Counter(entry["kind"] for entry in self.report["audit"])
        ends = audit["consultation:ended"] + audit["data:erased"] + len(stays)  # and one for each who comes too late
        limits = {"welcome": len(stays), "sign_in": given, "recording_flag": len(captures), "session_ended": ends}
        for kind, most in limits.items():
            if kinds[kind] > most:
                yield f"{kinds[kind]} cards {kind}, {most} would do"
        for told in self.one.memory.told:
            ref = reference(self.one.conversation, told.id)
            about = [m for m in self.ours if kind_of(m) == "guard_notice" and ref in cards_of(m)]
            version = self.report["messages"].get(told.id, {}).get("version", 1)
            if len(about) > 2 * version:  # a warning and a reminder for each
                yield f"{len(about)} notices about {told.id}, which has {version} versions"

    # -- recordings and the end

    def recordings(self) -> Iterator[str]:
        """What was recorded was seen, and what can be switched off does not run."""
        meeting, known = self.chat.meeting, self.report["recording"]
        if meeting is None or self.chat.deleted or self.one.memory.unguarded:
            return
        for kind in ("recording", "transcript"):
            started = [c for c in meeting.captures if c.kind == kind]
            if started and not any(r["kind"] == kind for r in known):
                yield f"a {kind} was not noticed"
            if self.one.platform.switches.stop_recording == "ends" and any(c.ended is None for c in started):
                yield f"a {kind} is running and nobody switched it off"

    def ending(self) -> Iterator[str]:
        """After the end the chat goes where a readable secret is left and the platform allows it."""
        memory, known = self.one.memory, self.report["consultation"]
        closed = any(
            e["kind"] == "consultation:ended" and e["fields"]["reason"] == "closed" for e in self.report["audit"]
        )
        if closed and not self.chat.deleted and not any(kind_of(m) == "session_ended" for m in self.ours):
            yield "it was closed and no card says so"
        if memory.unguarded:
            return
        if memory.ended and known["state"] != "ended":
            yield f"the meeting is over, the consultation {known['state']}"
        allowed = self.one.platform.switches.chat_deletion == "allow"
        left = [
            t for t in memory.told
            if t.secret and t.agreed and not t.command and not t.release_asked
            and not is_hidden(self.one.message(t)) and self.one.message(t).deleted is None
        ]  # fmt: skip
        if memory.ended and allowed and not self.chat.deleted:
            if self.one.guard.chat_deletion == "always":
                yield "the chat is still there"
            elif left:
                yield f"{len(left)} secrets are readable and the chat is still there"

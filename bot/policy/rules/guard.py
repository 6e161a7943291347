"""The guard: a message that discloses a secret climbs the ladder, and what is claimed is what was confirmed.

Architecture decision 4; N1, N2, N8; R24, R36-R40. The rule sees kinds and ids, never text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Literal

from bot.policy.decisions import Answer, Decision, Forgo, Keep, Owe, Record
from bot.policy.facts import CardPressed, FellDue, MessageDeleted, MessageHeard
from bot.policy.outcome import outcome, readable
from bot.policy.rules.sign_in import is_advisor
from bot.policy.scanning import author_of
from bot.policy.state import Finding, State
from bot.policy.versions import is_later, is_shown_again, told_already


def finding_ref(finding: Finding) -> str:
    """The opaque reference of a finding on a card: it names neither the message nor its author."""
    return hashlib.sha256(f"{finding.conversation}\n{finding.message}".encode()).hexdigest()[:10]


def rung_key(rung: str, finding: Finding) -> str:
    """The ledger key of a rung: one for each version of a message, so that nothing is owed twice."""
    return f"{rung}:{finding.message}:{finding.version}"


def heard(fact: MessageHeard, state: State, now: datetime) -> Iterator[Decision]:
    """A message was scanned: act on what it discloses, on what it completes, and on what an edit took away."""
    if state.consultation is None:
        return
    if fact.requests and fact.person.kind == "tenant":
        yield Keep(replace(state.consultation, requests=state.consultation.requests + fact.requests))
        author = author_of(fact.person, state)
        fields = (("message", fact.message), ("role", author.role if author else "colleague"), ("count", fact.requests))
        yield Record(kind="message:request", fields=fields)
    if not fact.scanned:
        yield Record(kind="message:not_scanned", fields=(("message", fact.message),))
        return
    for message, kinds, modified in ((fact.message, fact.kinds, fact.modified), *fact.retro):
        for decision in judged(message, kinds, modified, fact, state, now):
            if isinstance(decision, Keep):
                state = state.with_thing(decision.thing)
            yield decision


def judged(
    message: str, kinds: tuple[str, ...], modified: datetime, fact: MessageHeard, state: State, now: datetime
) -> Iterator[Decision]:
    """One message, in its version of the moment `modified`, against what is known of it."""
    known = state.findings.get(message)
    retro = message != fact.message
    participant = author_of(fact.person, state)
    person = participant.person if participant else None
    role = participant.role if participant else ("colleague" if fact.person.kind == "tenant" else fact.person.kind)
    if known is None:
        if kinds:
            finding = Finding(
                conversation=fact.conversation,
                message=message,
                kinds=kinds,
                found_at=now,
                modified_at=modified,
                role=role,
                person=person,
                via=fact.via,
            )
            yield from ladder(finding, fact, state)
        return
    if retro:
        if kinds and outcome(known) == "edited by author":
            yield from anew(known, kinds, modified, fact, state, now)
        return
    later = is_later(fact, known)
    if known.deleted_at is not None and fact.modified < known.deleted_at:
        # Told late: it was deleted, or deleted once more, after this.
        if later:
            yield Keep(replace(known, kinds=kinds or known.kinds, modified_at=fact.modified))
        return
    if fact.event == "undelete" and fact.modified < known.modified_at:
        return  # told late: it has been written anew since
    shown = is_shown_again(fact, known)
    same = fact.again or not later or (told_already(fact, known) and not shown)
    if fact.event != "undelete" and same:
        if fact.again and later:
            known = replace(known, modified_at=fact.modified)
            yield Keep(known)
        if shown:
            yield from hide_again(known)
        elif known.person is None and person is not None and fact.modified >= known.modified_at:
            yield Keep(replace(known, person=person, role=role))
        return
    if kinds:
        yield from anew(known, kinds, modified, fact, state, now)
    else:
        yield from gone_by_edit(known, fact, now)


def anew(
    known: Finding, kinds: tuple[str, ...], modified: datetime, fact: MessageHeard, state: State, now: datetime
) -> Iterator[Decision]:
    """An edit or undelete that leaves or brings back a secret starts anew: what was done before protects no longer."""
    yield from withdraw_rungs(known)
    author = author_of(fact.person, state)  # the first version may have been told by Graph, which names no guest
    finding = replace(
        known,
        person=author.person if author is not None else known.person,
        role=author.role if author is not None else known.role,
        kinds=kinds,
        found_at=now,
        modified_at=max(modified, known.modified_at),
        version=known.version + 1,
        via=fact.via,
        hide=None,
        warn=None,
        delete_chat=None,
        edited_at=None,
        deleted_at=None,
        released_at=None,
        released_by=None,
        reminded_at=None,
    )
    yield from ladder(finding, fact, state)


def ladder(finding: Finding, fact: MessageHeard, state: State) -> Iterator[Decision]:
    """Ask for every rung: hide for every sender unless the same was refused before, and the warning always; in the
    language of the author's client, where it is known."""
    role = finding.role or "guest"
    refused = ("hide", sender_kind(role)) in state.refusals
    finding = replace(finding, hide="skipped" if refused else "pending", warn="pending")
    yield Keep(finding)
    yield found(finding)
    own = (("language", fact.language),) if fact.language is not None else ()
    about = (("message", finding.message), ("version", str(finding.version)), ("role", role), *own)
    if refused:
        yield Record(kind="rung:hide", fields=(("message", finding.message), ("result", "skipped")))
    else:
        yield Owe(kind="hide", key=rung_key("hide", finding), about=about)
    yield Owe(kind="warn", key=rung_key("warn", finding), about=about)


def hide_again(finding: Finding) -> Iterator[Decision]:
    """What was confirmed hidden is not any more, in the same version: it is asked for once more, and nobody is told
    again what they have been told."""
    finding = replace(finding, hide="pending")
    yield Keep(finding)
    yield found(finding)
    about = (("message", finding.message), ("version", str(finding.version)), ("role", finding.role or "guest"))
    yield Owe(kind="hide", key=rung_key("hide", finding), about=(*about, ("again", "yes")), again=True)


def found(finding: Finding) -> Record:
    """The trail's entry for what a message is now: outcome and kinds, no content."""
    fields = (
        ("message", finding.message),
        ("kinds", list(finding.kinds)),
        ("version", finding.version),
        ("role", finding.role or "guest"),
        ("via", finding.via),
    )
    return Record(kind="message:finding:" + outcome(finding).replace(" ", "_"), fields=fields)


def sender_kind(role: str) -> str:
    """The platform treats staff alike, and every other kind of sender on its own (teams-platform 4.1)."""
    return "tenant" if role in ("advisor", "colleague") else role


def withdraw_rungs(finding: Finding) -> Iterator[Decision]:
    """What was owed for a version that is past is owed no longer, unless it has begun: its end is told (ladder.py)."""
    for rung in ("hide", "warn", "timer:remind", "remind"):
        yield Forgo(key=rung_key(rung, finding))


def closed(finding: Finding) -> Finding:
    """The finding with rungs that are no longer asked taken out of its list."""
    return replace(
        finding,
        hide=None if finding.hide == "pending" else finding.hide,
        warn=None if finding.warn == "pending" else finding.warn,
    )


def gone_by_edit(known: Finding, fact: MessageHeard, now: datetime) -> Iterator[Decision]:
    """Its author took the secret out of the text; the platform may keep the old version."""
    yield from withdraw_rungs(known)
    modified_at = max(fact.modified, known.modified_at)
    finding = replace(closed(known), edited_at=now, modified_at=modified_at, deleted_at=None)
    yield Keep(finding)
    yield found(finding)


def deleted(fact: MessageDeleted, state: State, now: datetime) -> Iterator[Decision]:
    """The delete event was seen, or Graph says so: it counts unless the message was written, or brought back, after
    it by the platform's own times, in whichever order that is told, and to whichever replica."""
    known = state.findings.get(fact.message)
    if known is None or (fact.at is not None and fact.at < known.modified_at):
        return
    deleted_at = fact.at or now
    if known.deleted_at is not None:
        if deleted_at > known.deleted_at:  # deleted once more: what was brought back in between is gone
            yield Keep(replace(known, deleted_at=deleted_at))
        return
    yield from withdraw_rungs(known)
    finding = replace(closed(known), deleted_at=deleted_at)
    yield Keep(finding)
    yield found(finding)


def remind(fact: FellDue, state: State, now: datetime) -> Iterator[Decision]:
    """After a while, if it is still there: look again, then remind once."""
    finding = state.findings.get(fact.of("message") or "")
    if fact.timer != "remind" or finding is None or fact.of("version") != str(finding.version):
        return
    if readable(finding) and finding.reminded_at is None and state.is_open:
        yield Owe(kind="remind", key=rung_key("remind", finding), about=fact.about)


def not_a_secret(fact: CardPressed, state: State, now: datetime) -> Iterator[Decision]:
    """The author says on the notice, or the advisor on the status card, that it was no secret."""
    if fact.card == "guard_notice" and fact.verb == "not_a_secret":
        finding = by_ref(fact.ref("ref"), state)
        author = finding is not None and finding.person is not None and finding.person == fact.person.id
        if finding is None:
            yield Answer(card="guard_notice", refused="gone")
        elif not author and not is_advisor(fact, state):
            yield Answer(refused="not_yours", forbidden=True)
        elif outcome(finding) == "released":
            yield Answer(card="guard_notice", state="released")
        elif not releasable(finding):
            yield Answer(card="guard_notice", refused="gone")
        else:
            yield from release(finding, "author" if author else "advisor", now)
            yield Answer(card="guard_notice", state="released")
    elif fact.card == "advisor_status" and fact.verb == "release" and fact.ref("what") == "finding":
        finding = by_ref(fact.ref("ref"), state)
        if not is_advisor(fact, state):
            return
        if finding is None or not releasable(finding):
            yield Answer(card="advisor_status", refused="gone")
        else:
            yield from release(finding, "advisor", now)
            yield Answer(card="advisor_status")


def by_ref(ref: str | None, state: State) -> Finding | None:
    """The finding an opaque reference stands for."""
    return next((f for f in state.findings.values() if finding_ref(f) == ref), None)


def releasable(finding: Finding) -> bool:
    """Only what is there and held back or complained of can be let go."""
    return readable(finding) or outcome(finding) == "hidden"


def release(finding: Finding, by: Literal["advisor", "author"], now: datetime) -> Iterator[Decision]:
    """A hidden message is shown again first; only then is it called released. Hiding that was asked without an answer
    may have come about, so that it too is taken back first."""
    yield from withdraw_rungs(finding)
    about = (("message", finding.message), ("by", by), ("kinds", list(finding.kinds)), ("version", finding.version))
    yield Record(kind="finding:released", fields=about)
    if finding.hide in ("done", "pending", "failed"):
        yield Keep(replace(closed(finding), released_by=by))
        yield show_again(finding)
    else:
        finding = replace(closed(finding), released_at=now, released_by=by)
        yield Keep(finding)
        yield found(finding)


def show_again(finding: Finding) -> Owe:
    """Owe taking the block off a message."""
    about = (("message", finding.message), ("version", str(finding.version)))
    return Owe(kind="unhide", key=rung_key("unhide", finding), about=about, again=True)


def still_readable(state: State) -> bool:
    """True while any message's secret can be read by others, as far as is known."""
    return any(readable(finding) for finding in state.findings.values())


RULES = (
    ((MessageHeard,), heard),
    ((MessageDeleted,), deleted),
    ((FellDue,), remind),
    ((CardPressed,), not_a_secret),
)

"""What the product knows of a consultation, read from its own database: for the rehearsal's report and for auditors.

Reads only, in one snapshot, and says nothing that a row does not say.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.policy.outcome import attempts, outcome
from bot.policy.rules.guard import finding_ref
from bot.policy.state import Finding, Participant, State
from bot.policy.terms import Terms
from bot.storage import audit
from bot.storage.engine import existing, make_engine, reading
from bot.storage.tables import seen
from bot.storage.things import load_state

_ANY_TERMS = Terms(terms_version="", notice_version="")
"""A report looks at what is kept, not at what was promised."""


async def consultation_report(database_url: str, conversation_id: str) -> dict[str, Any]:
    """Everything kept about one consultation, as plain data; empty members where nothing is known.

    Raises StorageError where the database is missing or cannot be read; ValueError for a URL that is none.
    """
    existing(database_url)
    engine = make_engine(database_url, pool_size=1)
    try:
        return await report_from(engine, conversation_id)
    finally:
        await engine.dispose()


async def report_from(engine: AsyncEngine, conversation: str) -> dict[str, Any]:
    """`consultation_report` over an engine that is open already."""
    async with reading(engine, snapshot=True) as connection:
        state = await load_state(connection, conversation, _ANY_TERMS)
        findings = {message: _finding(finding) for message, finding in state.findings.items()}
        clean = {message: dict(_CLEAN) for message in await _seen(connection, conversation) if message not in findings}
        trail = await audit.entries(connection, conversation)
        chain = await audit.verify(connection, conversation)
    return {
        "participants": {person: _participant(known) for person, known in state.people.items()},
        "messages": findings | clean,
        "recording": [
            {"event": r.event, "verdict": r.verdict, "actions": list(r.actions), "kind": r.kind}
            for r in state.recordings
        ],
        "consultation": _consultation(state),
        "console": [{"message": message, "status": said["outcome"]} for message, said in findings.items()],
        "audit": [{"kind": entry.kind, "fields": dict(entry.fields)} for entry in trail],
        "audit_chain": chain,
        "cards": {
            card.activity: {"kind": card.kind, "owner": card.owner, "message": card.message}
            for card in state.cards.values()
        },
    }


async def audit_export(database_url: str, conversation_id: str) -> list[dict[str, Any]]:
    """The conversation's trail with its numbers, times and hashes: enough to verify it without us."""
    existing(database_url)
    engine = make_engine(database_url, pool_size=1)
    try:
        async with reading(engine, snapshot=True) as connection:
            return [
                {
                    "seq": entry.seq,
                    "at": entry.at,
                    "kind": entry.kind,
                    "fields": dict(entry.fields),
                    "previous_hash": entry.previous_hash,
                    "hash": entry.hash,
                }
                for entry in await audit.entries(connection, conversation_id)
            ]
    finally:
        await engine.dispose()


_CLEAN: dict[str, Any] = {"kinds": [], "outcome": "clean", "attempts": []}


async def _seen(connection: AsyncConnection, conversation: str) -> list[str]:
    query = select(seen.c.message).where(seen.c.conversation == conversation).order_by(seen.c.modified, seen.c.message)
    return list((await connection.execute(query)).scalars())


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "kinds": list(finding.kinds),
        "outcome": outcome(finding),
        "attempts": [{"rung": rung, "result": result} for rung, result in attempts(finding)],
        "version": finding.version,
        "role": finding.role,
        "via": finding.via,
        "ref": finding_ref(finding),
    }


def _participant(known: Participant) -> dict[str, Any]:
    """`consented` is what holds now: a later refusal or withdrawal ends it."""
    given = known.consented_at
    ended = [at for at in (known.declined_at, known.withdrawn_at) if at is not None]
    return {
        "consented": given is not None and all(at < given for at in ended),
        "authenticated": known.authenticated_at is not None,
        "how": known.how,
        "ref": known.ref,
    }


def _consultation(state: State) -> dict[str, Any]:
    known = state.consultation
    return {
        "state": known.state if known else None,
        "reason": known.reason if known else None,
        "future_appointments": len(state.later_appointments),
    }

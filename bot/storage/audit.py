"""The audit trail: one hash chain a conversation, append-only, with its head kept apart so that a cut tail shows (N16).

An entry's hash is SHA-256 over the canonical JSON of conversation, number, time, kind, fields and the hash before.
The database refuses UPDATE and DELETE (migration 0001). Whoever can switch that off can also rewrite a whole chain
with its head: only a head that was anchored elsewhere shows this.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.audit_kinds import allowed
from bot.storage.columns import canonical
from bot.storage.tables import audit, audit_heads
from bot.storage.things import insert_into

FIRST = "0" * 64
"""What stands before the first entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the trail; `at` is an ISO time in UTC."""

    seq: int
    at: str
    kind: str
    fields: Mapping[str, object]
    previous_hash: str
    hash: str


def hash_of(conversation: str, seq: int, at: str, kind: str, fields: str, previous_hash: str) -> str:
    """The hash of an entry; `fields` is its canonical JSON."""
    told = canonical([conversation, seq, at, kind, fields, previous_hash])
    return hashlib.sha256(told.encode()).hexdigest()


async def append(
    connection: AsyncConnection, conversation: str, kind: str, fields: Mapping[str, object], now: datetime
) -> None:
    """Add an entry. The caller holds the conversation's page, so nobody else appends meanwhile.

    Raises ValueError for a kind or a field that is not allow-listed.
    """
    text = canonical(allowed(kind, fields))
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    head = (
        await connection.execute(
            select(audit_heads.c.seq, audit_heads.c.hash).where(audit_heads.c.conversation == conversation)
        )
    ).first()
    seq, previous = (head.seq + 1, head.hash) if head else (1, FIRST)
    digest = hash_of(conversation, seq, at, kind, text, previous)
    await connection.execute(
        insert(audit).values(
            conversation=conversation, seq=seq, at=at, kind=kind, fields=text, previous_hash=previous, hash=digest
        )
    )
    new_head = insert_into(connection, audit_heads).values(conversation=conversation, seq=seq, hash=digest)
    await connection.execute(
        new_head.on_conflict_do_update(index_elements=["conversation"], set_={"seq": seq, "hash": digest})
    )


async def entries(connection: AsyncConnection, conversation: str) -> list[Entry]:
    """The trail of a conversation in its order."""
    rows = await connection.execute(select(audit).where(audit.c.conversation == conversation).order_by(audit.c.seq))
    return [
        Entry(
            seq=row.seq,
            at=row.at,
            kind=row.kind,
            fields=json.loads(row.fields),
            previous_hash=row.previous_hash,
            hash=row.hash,
        )
        for row in rows
    ]


async def verify(connection: AsyncConnection, conversation: str) -> str:
    """`verified`, or `broken at N`: the number of the first entry that is not what was written."""
    rows = await connection.execute(select(audit).where(audit.c.conversation == conversation).order_by(audit.c.seq))
    number, previous = 0, FIRST
    for row in rows:
        number += 1
        told = hash_of(conversation, row.seq, row.at, row.kind, row.fields, row.previous_hash)
        if row.seq != number or row.previous_hash != previous or row.hash != told:
            return f"broken at {number}"
        previous = row.hash
    head = (
        await connection.execute(
            select(audit_heads.c.seq, audit_heads.c.hash).where(audit_heads.c.conversation == conversation)
        )
    ).first()
    if (head.seq, head.hash) == (number, previous) if head else number == 0:
        return "verified"
    known = head.seq if head else 0
    return f"broken at {min(known, number) + 1 if known != number else number}"

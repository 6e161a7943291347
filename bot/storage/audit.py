"""The audit trail: one hash chain a conversation, append-only, with its head kept apart so that a cut tail shows (N16).

An entry's hash is SHA-256 over the canonical JSON of conversation, number, time, kind, fields and the hash before.
The database refuses UPDATE, and DELETE of anything but a whole chain whose consultation is gone (migrations 0001 and
0002): the head stays then, with number and hash of the last entry, and a chain that is taken up again goes on from
there. Whoever can switch that off can also rewrite a whole chain with its head: only a head that was anchored
elsewhere shows this.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, or_, select, update
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


async def purge(connection: AsyncConnection, conversation: str, now: datetime) -> int:
    """Delete the whole trail at the end of its retention time; returns how many entries that were.

    The head stays and says so. The database refuses this (StorageError) while a consultation or an appointment of this
    name is there.
    """
    here = audit_heads.c.conversation == conversation
    marks = {"purged_to": audit_heads.c.seq, "purged_hash": audit_heads.c.hash, "purged_at": now}
    left = or_(audit_heads.c.purged_to.is_(None), audit_heads.c.purged_to < audit_heads.c.seq)
    await connection.execute(update(audit_heads).where(here, left).values(marks))
    return (await connection.execute(delete(audit).where(audit.c.conversation == conversation))).rowcount


async def verify(connection: AsyncConnection, conversation: str) -> str:
    """`verified`, `purged` (its retention is over and nothing of it is left), or `broken at N`: the number of the first
    entry that is not what was written."""
    query = select(audit_heads).where(audit_heads.c.conversation == conversation)
    head = (await connection.execute(query)).first()
    gone = head is not None and head.purged_to is not None
    number, previous = (head.purged_to, head.purged_hash) if gone else (0, FIRST)  # type: ignore[union-attr]
    rows = await connection.execute(select(audit).where(audit.c.conversation == conversation).order_by(audit.c.seq))
    for row in rows:
        number += 1
        told = hash_of(conversation, row.seq, row.at, row.kind, row.fields, row.previous_hash)
        if row.seq != number or row.previous_hash != previous or row.hash != told:
            return f"broken at {min(row.seq, number)}"
        previous = row.hash
    if head is None:
        return "verified" if number == 0 else "broken at 1"
    if (head.seq, head.hash) != (number, previous):
        return f"broken at {min(head.seq, number) + 1 if head.seq != number else number}"
    return "purged" if head.purged_to == head.seq else "verified"

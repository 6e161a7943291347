"""The end of the longer retention times (R62, R73, R77): findings, and at last the trail with everything that is left.

What is said of people and bookings goes earlier (erasure.py). Afterwards the old bytes are removed from the files.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, not_

from bot.storage import audit
from bot.storage.books import SqlBooks
from bot.storage.compaction import remove_old_bytes
from bot.storage.errors import own_errors
from bot.storage.pruning import close_books_on, drop_attempts_of_nothing
from bot.storage.tables import (
    appointments,
    attempts,
    cards,
    consultations,
    facts_taken,
    findings,
    owed,
    participants,
    recordings,
    refusals,
    seen,
    sent,
    subscriptions,
)
from bot.storage.things import APPOINTMENT_PREFIX

RUNG_KINDS = ("hide", "unhide", "warn", "remind", "timer:remind", "redraw_notice")
"""Duties about one finding."""

LAST_DUTY = "purge"
"""The kind of duty that asks for a purge: its own row goes last."""

OF_A_CONSULTATION = (
    consultations, participants, cards, findings, recordings, refusals, facts_taken, seen, subscriptions, sent,
)  # fmt: skip


async def erase_findings(books: SqlBooks, conversation: str) -> dict[str, int]:
    """Delete what is kept of findings: their rows, and what was owed and tried for them.

    Which messages were scanned is forgotten with them: a message with a finding must not pass for a clean one.
    Returns how many rows went. Raises StorageError as `erase_consultation` does.
    """
    async with books.page(conversation) as page:
        with own_errors():
            counts = {}
            for table in (findings, seen):
                gone = await page.connection.execute(delete(table).where(table.c.conversation == conversation))
                counts[table.name] = gone.rowcount
            closed = (owed.c.kind.in_(RUNG_KINDS), owed.c.state != "open")
            await page.connection.execute(delete(owed).where(owed.c.conversation == conversation, *closed))
            await drop_attempts_of_nothing(page.connection, conversation)
    async with books.alone(conversation):
        await remove_old_bytes(books.engine, ("findings", "seen", "owed", "attempts"))
    return {name: count for name, count in counts.items() if count}


async def purge(books: SqlBooks, conversation: str, now: datetime) -> int:
    """Delete all that is left of a consultation, or of an appointment (`appointment:<ref>`), with its trail.

    What stays is the head of the trail, which says when it was purged and how long it was. Returns how many entries
    went; asked again it goes on where it was interrupted. Raises StorageError as `erase_consultation` does.
    """
    touched = [*(table.name for table in OF_A_CONSULTATION), "appointments", "owed", "attempts", "audit", "audit_heads"]
    async with books.page(conversation) as page:
        with own_errors():
            connection = page.connection
            for table in OF_A_CONSULTATION:
                await connection.execute(delete(table).where(table.c.conversation == conversation))
            if conversation.startswith(APPOINTMENT_PREFIX):
                ref = conversation.removeprefix(APPOINTMENT_PREFIX)
                await connection.execute(delete(appointments).where(appointments.c.ref == ref))
            others = (owed.c.conversation == conversation, not_(owed.c.kind == LAST_DUTY))
            await connection.execute(delete(owed).where(*others))
            await close_books_on(connection, conversation, now)
            entries = await audit.purge(connection, conversation, now)
    async with books.alone(conversation):
        await remove_old_bytes(books.engine, touched)
    async with books.page(conversation) as page:  # only now: until here it is asked for again after a crash
        with own_errors():
            await page.connection.execute(delete(owed).where(owed.c.conversation == conversation))
            await page.connection.execute(delete(attempts).where(attempts.c.conversation == conversation))
    return entries

"""Erasure of personal data (requirements R71-R74; personal_data.py says what becomes of each column).

The rows change in one transaction; afterwards the old bytes are removed from the files. The audit chain holds
references only: it stays as it is and still verifies.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.policy.rules.withdrawal import is_meant
from bot.policy.state import Participant
from bot.storage.books import SqlBooks
from bot.storage.compaction import remove_old_bytes
from bot.storage.errors import own_errors
from bot.storage.pages import SqlPage
from bot.storage.personal_data import DELETED_WITH_THE_CONSULTATION, erased_values
from bot.storage.pruning import close_books_on
from bot.storage.tables import (
    appointments,
    attempts,
    cards,
    consultations,
    findings,
    metadata,
    owed,
    participants,
)
from bot.storage.things import APPOINTMENT_PREFIX

TOUCHED = ("participants", "appointments", "consultations", "cards", "findings", "owed", "attempts", "seen",
           "subscriptions", "facts_taken", "sent")  # fmt: skip


async def erase_consultation(
    books: SqlBooks, conversation: str, *, people: Collection[str] | None, now: datetime, everything: bool = False,
    owed_at: datetime | None = None,
) -> dict[str, int]:  # fmt: skip
    """Erase the data of these people (platform ids), or of the customer's whole side (`people` None).

    With `people` None the booking goes too, and whatever else the same customer has booked that is cancelled or over;
    with `people` only if one of them proved to be who booked (a third person's wish leaves the customer's data alone,
    R85). `everything`, for the end of the retention time, takes in the operator's own people, cards, the list of seen
    messages, the subscription and what the ledger has done with, but no other booking; findings and trail stay without
    people (retirement.py). Who came or consented anew after `owed_at`, the moment the erasure is about, is left alone:
    asked again after a failure it must not erase who has consented anew since (R68).

    Returns how many rows of each table changed; nothing left to erase is not an error. Raises StorageError: the rows
    may be erased then, but not their bytes, so ask again. `appointment:<ref>` erases a booking without a chat.
    A duty under a running lease keeps its key until it is settled: name people in keys by `Participant.ref`.
    """
    async with books.page(conversation) as page:
        with own_errors():
            counts = await _erase(books, page, people, everything, now, owed_at)
            page.changed = bool(counts)  # what other replicas remember of who was there is out of date
    async with books.alone(conversation):
        await remove_old_bytes(books.engine, TOUCHED)
    return counts


async def _erase(
    books: SqlBooks, page: SqlPage, people: Collection[str] | None, everything: bool, now: datetime,
    owed_at: datetime | None,
) -> dict[str, int]:  # fmt: skip
    connection, conversation = page.connection, page.conversation
    rows = await connection.execute(
        select(participants).where(participants.c.conversation == conversation, participants.c.erased_at.is_(None))
    )
    everybody = [p for p in (Participant(**row) for row in rows.mappings()) if not owed_at or is_meant(p, owed_at)]
    targets = [p for p in everybody if everything or (p.outside if people is None else p.person in people)]
    proved = any(p.outside and p.authenticated_at is not None for p in targets)
    counts = {"participants": len(targets), "appointments": 0, "findings": 0, "cards": 0}
    if everything or people is None or proved:
        counts["appointments"] = await _erase_bookings(books, page, everything=everything, now=now)
    references = {p.person: p.ref for p in targets}
    if everything:
        references |= {p.aad: p.ref for p in targets if p.aad}
        references |= dict.fromkeys(await _advisors_ids(connection, conversation), "erased")
        counts |= await _erase_rest(connection, conversation)
        counts |= await close_books_on(connection, conversation, now)
    for table, column in ((findings, findings.c.person), (cards, cards.c.owner)):
        for person, ref in references.items():
            changed = await connection.execute(
                update(table).where(table.c.conversation == conversation, column == person).values({column: ref})
            )
            counts[table.name] += changed.rowcount
    for name, count in (await _erase_from_ledger(connection, conversation, references, now)).items():
        counts[name] = counts.get(name, 0) + count
    for target in targets:
        values = {**erased_values("participants", "person"), "person": target.ref, "erased_at": now}
        await connection.execute(
            update(participants)
            .where(participants.c.conversation == conversation, participants.c.person == target.person)
            .values(values)
        )
    return {name: count for name, count in sorted(counts.items()) if count}


async def _erase_bookings(books: SqlBooks, page: SqlPage, *, everything: bool, now: datetime) -> int:
    """The booking of this consultation; on the customer's own wish also their others that are cancelled or over."""
    named = select(consultations.c.appointment).where(consultations.c.conversation == page.conversation)
    wanted = or_(
        appointments.c.conversation == page.conversation,
        appointments.c.ref.in_(named),
        appointments.c.ref == page.conversation.removeprefix(APPOINTMENT_PREFIX),
    )
    if not everything:
        digests = select(appointments.c.email_digest).where(wanted, appointments.c.email_digest != "")
        done_with = or_(appointments.c.cancelled_at.is_not(None), appointments.c.ends_at < now)
        wanted = or_(wanted, and_(appointments.c.email_digest.in_(digests), done_with))
    found = await page.connection.execute(
        select(appointments.c.ref, appointments.c.conversation).where(wanted, appointments.c.erased_at.is_(None))
    )
    rows = found.all()
    # Nobody may be in the middle of writing one of these back from what they read before.
    pages = {APPOINTMENT_PREFIX + row.ref for row in rows} | {row.conversation for row in rows if row.conversation}
    await books.lock(page.connection, pages - {page.conversation})
    values = erased_values("appointments", "customer", *(["advisor"] if everything else []))
    await page.connection.execute(
        update(appointments).where(appointments.c.ref.in_([row.ref for row in rows])).values(**values, erased_at=now)
    )
    return len(rows)


async def _advisors_ids(connection: AsyncConnection, conversation: str) -> list[str]:
    names = tuple(erased_values("consultations", "advisor"))
    query = select(*(consultations.c[name] for name in names)).where(consultations.c.conversation == conversation)
    row = (await connection.execute(query)).first()
    return [value for value in row or () if value]


async def _erase_rest(connection: AsyncConnection, conversation: str) -> dict[str, int]:
    """What goes only when the whole consultation does."""
    counts = {}
    for name in DELETED_WITH_THE_CONSULTATION:
        table = metadata.tables[name]
        counts[name] = (await connection.execute(delete(table).where(table.c.conversation == conversation))).rowcount
    values = erased_values("consultations", "advisor")
    filled = or_(*(consultations.c[name].is_not(None) for name in values))
    changed = await connection.execute(
        update(consultations).where(consultations.c.conversation == conversation, filled).values(values)
    )
    counts["consultations"] = changed.rowcount
    return counts


async def _erase_from_ledger(
    connection: AsyncConnection, conversation: str, references: Mapping[str, str], now: datetime
) -> dict[str, int]:
    """People's ids in keys and in what duties are about; keys are ours to rename unless somebody holds the lease."""
    counts = {"owed": 0, "attempts": 0}
    if not references:
        return counts
    # Longest first, whole ids only: `29:ab` must not be found in `29:abc`.
    ids = sorted(references, key=len, reverse=True)
    known = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, ids)) + r")(?![\w-])")

    def renamed(text: str) -> str:
        return known.sub(lambda match: references[match[0]], text)

    rows = (await connection.execute(select(owed).where(owed.c.conversation == conversation))).mappings().all()
    taken = {row["key"] for row in rows}
    for row in rows:
        held = row["state"] == "open" and row["lease_until"] is not None and row["lease_until"] > now
        key = row["key"] if held else renamed(row["key"])
        if key != row["key"] and key in taken:
            key = f"{key}#{row['seq']}"
        about = tuple((name, renamed(value)) for name, value in row["about"])
        if (key, about) == (row["key"], row["about"]):
            continue
        here = (owed.c.conversation == conversation, owed.c.key == row["key"])
        await connection.execute(update(owed).where(*here).values(key=key, about=about))
        counts["owed"] += 1
        if key != row["key"]:
            tried = (attempts.c.conversation == conversation, attempts.c.key == row["key"])
            counts["attempts"] += (await connection.execute(update(attempts).where(*tried).values(key=key))).rowcount
    return counts

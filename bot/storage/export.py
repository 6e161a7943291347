"""The data subject's copy (Art. 15 and 20 GDPR; requirements R78, R82, R85): theirs only, machine-readable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.books import SqlBooks
from bot.storage.engine import reading
from bot.storage.personal_data import exported
from bot.storage.tables import appointments, cards, findings, participants

OUTSIDE = ("guest", "federated", "phone")
"""Roles of the customer's side (bot/policy/state.py, Participant.outside)."""


async def export(
    books: SqlBooks, *, email_digest: str = "", conversation: str = "", people: Sequence[str] = ()
) -> dict[str, list[dict[str, Any]]]:
    """What is kept about a person, table by table; times in ISO 8601.

    Give `email_digest` for whoever booked (their appointments and their stays, proved by the one-time code), or
    `conversation` with `people` (platform ids) for anybody who was there. Nobody else's rows are in it. Raises
    ValueError if neither is given.
    """
    if not email_digest and not (conversation and people):
        raise ValueError("export needs an e-mail digest, or a conversation with people")
    async with reading(books.engine, snapshot=True) as connection:
        theirs = appointments.c.email_digest == email_digest
        booked = await _rows(connection, appointments, theirs) if email_digest else []
        stays = await _stays(connection, email_digest, conversation, people)
        told = [
            await _rows(connection, table, or_(*(and_(table.c.conversation == c, who == p) for c, p in stays)))
            if stays
            else []
            for table, who in (
                (participants, participants.c.person), (findings, findings.c.person), (cards, cards.c.owner),
            )
        ]  # fmt: skip
    return {"appointments": booked, "participants": told[0], "findings": told[1], "cards": told[2]}


async def _stays(
    connection: AsyncConnection, email_digest: str, conversation: str, people: Sequence[str]
) -> list[tuple[str, str]]:
    wanted = []
    if email_digest:
        chats = select(appointments.c.conversation).where(
            appointments.c.email_digest == email_digest, appointments.c.conversation.is_not(None)
        )
        # The advisor's word is for somebody in the room, who need not be who booked (R85).
        by_code = and_(participants.c.authenticated_at.is_not(None), participants.c.how == "code")
        proved = and_(by_code, participants.c.role.in_(OUTSIDE))
        wanted.append(and_(participants.c.conversation.in_(chats), proved))
    if conversation and people:
        wanted.append(and_(participants.c.conversation == conversation, participants.c.person.in_(list(people))))
    query = select(participants.c.conversation, participants.c.person).where(
        or_(*wanted), participants.c.erased_at.is_(None)
    )
    return [(row.conversation, row.person) for row in await connection.execute(query)]


async def _rows(connection: AsyncConnection, table: Table, theirs: Any) -> list[dict[str, Any]]:
    query = select(*(table.c[name] for name in exported(table.name))).where(theirs).order_by(*table.primary_key)
    return [
        {name: _plain(value) for name, value in row.items()} for row in (await connection.execute(query)).mappings()
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value

"""State in and out of the tables: `keep` one thing, `load_state` of one conversation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.policy.state import Appointment, Consultation, Finding, Participant, PostedCard, Recording, State, Thing
from bot.policy.terms import Terms
from bot.storage.tables import (
    TABLE_OF,
    appointments,
    cards,
    consultations,
    findings,
    participants,
    recordings,
    refusals,
)

APPOINTMENT_PREFIX = "appointment:"
"""A conversation of this form names an appointment that has no chat yet."""

_T = TypeVar("_T")


def insert_into(connection: AsyncConnection, table: Any) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT on both databases."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


async def write_rows(connection: AsyncConnection, insert: Any, rows: Iterable[Sequence[object]]) -> None:
    """Carry out the INSERT for each row (one value a column): stored as SQLAlchemy stores them, without what it does
    for each row besides, which would be most of what a clean message costs the database."""
    columns, dialect = insert.table.columns, connection.dialect
    stored = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
    values = [tuple([store(value) for store, value in zip(stored, row, strict=True)]) for row in rows]
    if not values:
        return
    compiled = insert.compile(dialect=dialect)
    named = [] if compiled.positional else [column.key for column in columns]
    await connection.exec_driver_sql(
        compiled.string, [dict(zip(named, row, strict=True)) for row in values] if named else values
    )


async def keep(connection: AsyncConnection, thing: Thing) -> None:
    """Insert the thing, or update the one with the same identity."""
    table = TABLE_OF[type(thing)]
    values = {column.name: getattr(thing, column.name) for column in table.columns}
    insert = insert_into(connection, table).values(values)
    keys = [column.name for column in table.primary_key]
    changes = {name: insert.excluded[name] for name in values if name not in keys}
    if changes:
        insert = insert.on_conflict_do_update(index_elements=keys, set_=changes)
    else:
        insert = insert.on_conflict_do_nothing()
    await connection.execute(insert)


async def drop(connection: AsyncConnection, thing: Thing) -> None:
    """Delete the thing with this identity, if it is there."""
    table = TABLE_OF[type(thing)]
    await connection.execute(delete(table).where(*(key == getattr(thing, key.name) for key in table.primary_key)))


async def load_state(
    connection: AsyncConnection, conversation: str, terms: Terms, *, to_write: bool = False
) -> State:  # fmt: skip
    """Everything known of the conversation, one query a table. `to_write`: bookings, which have a page of their own
    besides that of their chat, are locked until the transaction ends, or one page would undo what the other writes."""
    found = await _all(connection, select(consultations).where(_of(consultations, conversation)), Consultation)
    consultation = found[0] if found else None
    appointment = await _appointment(connection, conversation, consultation, to_write)
    people = await _all(
        connection,
        select(participants)
        .where(_of(participants, conversation))
        .order_by(participants.c.joined_at, participants.c.person),
        Participant,
    )
    problems = await _all(
        connection,
        select(findings).where(_of(findings, conversation)).order_by(findings.c.found_at, findings.c.message),
        Finding,
    )
    posted = await _all(
        connection,
        select(cards).where(_of(cards, conversation)).order_by(cards.c.posted_at, cards.c.chat, cards.c.activity),
        PostedCard,
    )
    signalled = await _all(
        connection,
        select(recordings)
        .where(_of(recordings, conversation))
        .order_by(recordings.c.started_at, recordings.c.kind, recordings.c.call),
        Recording,
    )
    refused = await connection.execute(select(refusals.c.rung, refusals.c.sender).where(_of(refusals, conversation)))
    return State(
        terms=terms,
        consultation=consultation,
        appointment=appointment,
        later_appointments=await _later(connection, appointment, to_write),
        people=MappingProxyType({p.person: p for p in people}),
        findings=MappingProxyType({f.message: f for f in problems}),
        cards=MappingProxyType({(c.chat, c.activity): c for c in posted}),
        recordings=tuple(signalled),
        refusals=frozenset((row.rung, row.sender) for row in refused),
    )


def _of(table: Any, conversation: str) -> Any:
    return table.c.conversation == conversation


async def _all(connection: AsyncConnection, query: Select[Any], kind: type[_T]) -> list[_T]:
    return [kind(**row) for row in (await connection.execute(query)).mappings()]


async def _appointment(
    connection: AsyncConnection, conversation: str, consultation: Consultation | None, to_write: bool
) -> Appointment | None:
    """The appointment of the chat: the one the consultation names, else the newest booked into it."""
    named = consultation.appointment if consultation else None
    if conversation.startswith(APPOINTMENT_PREFIX):
        named = conversation.removeprefix(APPOINTMENT_PREFIX)
    wanted = appointments.c.conversation == conversation
    if named is not None:
        wanted = or_(wanted, appointments.c.ref == named)
    query = select(appointments).where(wanted).order_by(appointments.c.starts_at.desc())
    found = await _all(connection, _locking(query, to_write), Appointment)
    return next((a for a in found if a.ref == named), found[0] if found else None)


async def _later(
    connection: AsyncConnection, appointment: Appointment | None, to_write: bool
) -> tuple[Appointment, ...]:  # fmt: skip
    """What the same customer has booked after this appointment and not cancelled."""
    if appointment is None or not appointment.email_digest:
        return ()
    query = select(appointments).where(
        and_(
            appointments.c.email_digest == appointment.email_digest,
            appointments.c.starts_at > appointment.starts_at,
            appointments.c.ref != appointment.ref,
            appointments.c.cancelled_at.is_(None),
        )
    )
    query = query.order_by(appointments.c.starts_at, appointments.c.ref)
    return tuple(await _all(connection, _locking(query, to_write), Appointment))


def _locking(query: Select[Any], to_write: bool) -> Select[Any]:
    """On PostgreSQL other pages wait for the rows, and then read what was written (SQLite has one writer)."""
    return query.with_for_update() if to_write else query

"""What is owed (architecture decision 2): one row for each effect or moment, with its lease and every attempt.

Functions over an open transaction; pages.py and books.py call them.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, insert, not_, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.policy.decisions import Owe
from bot.ports import Duty
from bot.storage import pruning
from bot.storage.tables import attempts, owed
from bot.storage.things import insert_into

LOOK_UPS = frozenset({"read_back", "read_roster", "reconcile", "status"})
"""Kinds that only look something up: nobody waits for their moment, so `next_due` counts them with the retries."""

PER_CONVERSATION = 4
"""Duties of one conversation that one claim takes at most, so that a flood cannot starve others (N13)."""

RESULTS = frozenset({"done", "refused", "skipped", "failed", "forgone", "gave_up"})
"""The states a duty can be closed in."""

RETRY = "retry"
"""The result of an attempt after which the duty stays open."""

_CODE = re.compile(r"[A-Za-z0-9_.:-]{0,64}")
_LONGEST_ABOUT = 512


def _checked_code(code: str) -> str:
    if not _CODE.fullmatch(code):
        raise ValueError("an attempt's code is one of our enumerated words")
    return code


def _checked_about(about: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    for name, value in about:
        if not isinstance(value, str) or len(value) > _LONGEST_ABOUT or "\n" in value:
            raise ValueError(f"{name!r} of a duty is an id or a count, never text")
    return about


def _is(conversation: str, key: str) -> Any:
    return and_(owed.c.conversation == conversation, owed.c.key == key)


def _held(duty: Duty, holder: str, now: datetime) -> Any:
    """The duty is open and under the running lease of this holder."""
    return and_(
        _is(duty.conversation, duty.key),
        owed.c.state == "open",
        owed.c.lease_holder == holder,
        owed.c.lease_until > now,
    )


async def owe(connection: AsyncConnection, conversation: str, decision: Owe, now: datetime) -> None:
    """Insert the duty unless its key exists. See Page.owe for `again`."""
    due_at = decision.due_at or now
    about = _checked_about(decision.about)
    last = select(func.coalesce(func.max(owed.c.seq), 0) + 1).where(owed.c.conversation == conversation)
    query = insert_into(connection, owed).values(
        conversation=conversation, key=decision.key, kind=decision.kind, about=about, due_at=due_at, created_at=now,
        seq=last.scalar_subquery(), tries=0, retrying=False, uncertain=False, anew=False, state="open",
    )  # fmt: skip
    if not decision.again:
        await connection.execute(query.on_conflict_do_nothing())
        return
    was_open = owed.c.state == "open"
    under_way = and_(was_open, owed.c.lease_until.is_not(None))
    new = query.excluded
    waiting = and_(was_open, owed.c.lease_until.is_(None))
    # A retry keeps its moment whatever is owed anew: the platform may have named it (Retry-After).
    keeps_moment = and_(waiting, or_(owed.c.retrying, owed.c.due_at < new.due_at))
    await connection.execute(
        query.on_conflict_do_update(
            index_elements=["conversation", "key"],
            set_={
                "kind": new.kind,
                "about": new.about,
                "due_at": case((keeps_moment, owed.c.due_at), else_=new.due_at),
                "created_at": case((was_open, owed.c.created_at), else_=new.created_at),
                "tries": 0,
                "retrying": case((was_open, owed.c.retrying), else_=False),
                "uncertain": case((was_open, owed.c.uncertain), else_=False),
                # Whoever is at work on the former form may settle it; the duty then stays open for the new one.
                "anew": under_way,
                "state": "open",
            },
        )
    )


async def forgo(connection: AsyncConnection, conversation: str, key: str) -> None:
    """Close an open duty as no longer owed, unless it is being, or may have been, carried out. See Page.forgo."""
    never_begun = and_(owed.c.state == "open", owed.c.lease_until.is_(None), not_(owed.c.uncertain))
    await connection.execute(update(owed).where(_is(conversation, key), never_begun).values(state="forgone"))


async def settle(
    connection: AsyncConnection, duty: Duty, *, holder: str, result: str, code: str, now: datetime
) -> bool:
    """Write the attempt and close the duty; False if the lease is lost or the duty is closed."""
    if result not in RESULTS:
        raise ValueError(f"{result!r} does not close a duty")
    _checked_code(code)
    query = update(owed).where(_held(duty, holder, now))
    changed = await connection.execute(
        query.values(
            state=case((owed.c.anew, "open"), else_=result),
            tries=case((owed.c.anew, 0), else_=owed.c.tries + 1),
            retrying=False,
            uncertain=and_(owed.c.uncertain, not_(owed.c.anew)),
            anew=False,
            lease_holder=None,
            lease_until=None,
        )
    )
    if changed.rowcount != 1:
        return False
    await _note_attempt(connection, duty, result, code, now)
    if duty.kind == "read_back" and pruning.has_turn(duty.key):
        await pruning.bound_look_ups(connection, duty.conversation)
    return True


async def postpone(
    connection: AsyncConnection, duty: Duty, *, holder: str, until: datetime, code: str, now: datetime, counts: bool,
    uncertain: bool,
) -> None:  # fmt: skip
    """Give the lease back and make the duty due again at `until`; nothing if the lease is lost."""
    _checked_code(code)
    query = update(owed).where(_held(duty, holder, now))
    changed = await connection.execute(
        query.values(
            due_at=until,
            tries=owed.c.tries + int(counts),
            retrying=True,
            uncertain=or_(owed.c.uncertain, uncertain),
            lease_holder=None,
            lease_until=None,
        )
    )
    if changed.rowcount == 1 and counts:
        await _note_attempt(connection, duty, RETRY, code, now)


async def _note_attempt(connection: AsyncConnection, duty: Duty, result: str, code: str, now: datetime) -> None:
    number = select(func.coalesce(func.max(attempts.c.n), 0) + 1).where(
        attempts.c.conversation == duty.conversation, attempts.c.key == duty.key
    )
    row = insert(attempts).values(
        conversation=duty.conversation, key=duty.key, n=number.scalar_subquery(), at=now, result=result, code=code
    )
    last = (await connection.execute(row.returning(attempts.c.n))).scalar_one()
    await pruning.bound_attempts(connection, duty.conversation, duty.key, last)


async def claim(
    connection: AsyncConnection, now: datetime, *, holder: str, lease: timedelta, limit: int, conversation: str | None
) -> list[Duty]:
    """Take due duties, oldest first. A conversation that is asked for by name is not held to PER_CONVERSATION."""
    free = and_(
        owed.c.state == "open",
        owed.c.due_at <= now,
        or_(owed.c.lease_until.is_(None), owed.c.lease_until <= now),
    )
    query = select(owed).where(free)
    if conversation is not None:
        query = query.where(owed.c.conversation == conversation)
    else:
        place = func.row_number().over(partition_by=owed.c.conversation, order_by=(owed.c.due_at, owed.c.seq))
        ranked = select(owed.c.conversation, owed.c.key, place.label("place")).where(free).subquery()
        query = query.join(
            ranked, and_(ranked.c.conversation == owed.c.conversation, ranked.c.key == owed.c.key)
        ).where(ranked.c.place <= PER_CONVERSATION)
    query = query.order_by(owed.c.due_at, owed.c.created_at, owed.c.seq, owed.c.conversation).limit(limit)
    # Rows another replica is just claiming are skipped, not waited for (SQLite ignores this: one process writes).
    rows = (await connection.execute(query.with_for_update(skip_locked=True, of=owed))).mappings().all()
    if not rows:
        return []
    taken = tuple_(owed.c.conversation, owed.c.key).in_([(row["conversation"], row["key"]) for row in rows])
    # A lease that ran out says that its holder may have carried the effect out before it died.
    doubtful = or_(owed.c.uncertain, owed.c.lease_until.is_not(None))
    await connection.execute(
        update(owed).where(taken).values(lease_holder=holder, lease_until=now + lease, uncertain=doubtful, anew=False)
    )
    names = ("conversation", "key", "kind", "about", "due_at", "created_at", "tries")
    return [
        Duty(**{name: row[name] for name in names}, uncertain=row["uncertain"] or row["lease_until"] is not None)
        for row in rows
    ]


async def next_due(connection: AsyncConnection) -> tuple[datetime | None, datetime | None]:
    """(earliest that waits for its first time, earliest that waits only for a retry, a look-up or a dead holder).

    A leased duty falls due again when its lease ends: that is when another holder may take it over.
    """
    leased = owed.c.lease_until.is_not(None)
    due = case((and_(leased, owed.c.lease_until > owed.c.due_at), owed.c.lease_until), else_=owed.c.due_at)
    soon = or_(owed.c.retrying, leased, owed.c.kind.in_(sorted(LOOK_UPS)))
    rows = await connection.execute(
        select(soon.label("soon"), func.min(due).label("due")).where(owed.c.state == "open").group_by(soon)
    )
    found = {bool(row.soon): row.due for row in rows}
    return found.get(False), found.get(True)


async def leased(connection: AsyncConnection, now: datetime) -> int:
    """How many duties are under a running lease."""
    query = select(func.count()).select_from(owed).where(owed.c.state == "open", owed.c.lease_until > now)
    return int((await connection.execute(query)).scalar_one())

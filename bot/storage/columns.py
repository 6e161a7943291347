"""Column types that behave alike on SQLite and PostgreSQL: moments in UTC, tuples as JSON, text that can be stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator, TypeEngine


def canonical(value: object) -> str:
    """JSON with one spelling for one value: what is hashed and what is compared."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def storable(text: str) -> str:
    """The text without what PostgreSQL or UTF-8 cannot hold (NUL, lone surrogates): a hostile display name must not
    make an activity fail for ever."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\x00", "\ufffd")


class _SqliteMoment(sqlite.DATETIME):
    """A moment in UTC, written as SQLAlchemy's own type writes it (YYYY-MM-DD HH:MM:SS.ffffff), but sooner."""

    def bind_processor(self, dialect: Dialect) -> Any:
        return lambda value: value if value is None else value.isoformat(" ", "microseconds")[:26]


class Moment(TypeDecorator[datetime]):
    """A moment: stored in UTC, always returned timezone-aware. Refuses a naive datetime."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_SqliteMoment() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value if value.tzinfo is UTC else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return self


class WordList(TypeDecorator[tuple[str, ...]]):
    """A tuple of words, as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(canonical(list(value)))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(json.loads(value))


class Pairs(TypeDecorator[tuple[tuple[str, str], ...]]):
    """A tuple of (name, value) pairs in their order, as a JSON list of lists."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[tuple[str, str], ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(canonical([list(pair) for pair in value]))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[tuple[str, str], ...] | None:
        return None if value is None else tuple((name, text) for name, text in json.loads(value))

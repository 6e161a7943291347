"""Fill a card template: a small, safe part of the Adaptive Cards templating language.

`${name}` stands for a value, `${@key}` for a text of bot/texts whose placeholders are values; `"$when": "name"` keeps
an element only if the value is truthy; `"$data": "rows"` repeats an element for each row (a mapping whose names come
before the outer ones). Nothing is evaluated, and what was filled in is never read as a template again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.texts import placeholders, text

Values = Mapping[str, object]
_HOLE = re.compile(r"\$\{(@?)([A-Za-z0-9_.]+)\}")


def fill(template: Any, values: Values, language: str) -> Any:
    """The template with every hole filled. Raises KeyError for a value or text that is not there."""
    if isinstance(template, str):
        return _fill_string(template, values, language)
    if isinstance(template, list):
        return [done for part in template for done in _instances(part, values, language)]
    if isinstance(template, dict):
        return {key: fill(part, values, language) for key, part in template.items() if key not in ("$when", "$data")}
    return template


def _instances(part: Any, values: Values, language: str) -> Iterator[Any]:
    """No, one or many copies of an element of a list."""
    rows: list[Values] = [{}]
    if isinstance(part, dict) and "$data" in part:
        rows = values[part["$data"]]  # type: ignore[assignment]
    for row in rows:
        inner = {**values, **row}
        if not isinstance(part, dict) or "$when" not in part or inner[part["$when"]]:
            yield fill(part, inner, language)


def _fill_string(template: str, values: Values, language: str) -> Any:
    def one(match: re.Match[str]) -> Any:
        if not match[1]:
            return values[match[2]]
        return text(match[2], language, **{name: values[name] for name in placeholders(match[2], language)})

    whole = _HOLE.fullmatch(template)
    return one(whole) if whole else _HOLE.sub(lambda match: str(one(match)), template)

"""Reading JSON: the quick reader never decides anything differently from the strict one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.teams.reading import Malformed, parse

_NAMES = st.sampled_from(["id", "a:b", 'q"', "ä", "\\", "text", ":"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6) | st.sampled_from(["\ud800", ":", '":"', "\\u003a", "https://x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as the standard library reads it, refusing a second member of one name."""
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@given(
    members=st.lists(st.tuples(_NAMES, _VALUES), max_size=5), ascii_only=st.booleans(), blank=st.sampled_from(["", " "])
)
@example(members=[("id", 1), ("id", ":")], ascii_only=True, blank="")
def test_what_is_read_is_what_the_standard_library_reads(
    members: list[tuple[str, Any]], ascii_only: bool, blank: str
) -> None:
    """Any object, written in any way, comes out the same; with a member named twice none does."""

    def written(value: Any) -> str:
        return json.dumps(value, ensure_ascii=ascii_only)

    text = "{" + ",".join(f"{written(name)}{blank}:{written(value)}" for name, value in members) + "}"
    body = text.encode("utf-8", "surrogatepass")
    try:
        strict = json.loads(body.decode("utf-8"), object_pairs_hook=once)
    except (AssertionError, ValueError):
        with pytest.raises(Malformed):
            parse(body)
    else:
        assert parse(body) == strict


@pytest.mark.parametrize("escape", [r"\u003a", r"\u003A"])
def test_an_escaped_colon_does_not_hide_a_second_member(escape: str) -> None:
    """It makes one colon more come out than went in, as many as the lost member had."""
    with pytest.raises(Malformed):
        parse(b'{"id":1,"id":2,"text":"%s"}' % escape.encode())
    assert parse(b'{"text":"%s"}' % escape.encode()) == {"text": ":"}


@pytest.mark.parametrize("body", [b'{"a":1e999}', b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":1,}', b"\xef\xbb\xbf{}"])
def test_numbers_and_forms_json_does_not_know_are_refused(body: bytes) -> None:
    """Whichever reader meets them first."""
    with pytest.raises(Malformed):
        parse(body)


def test_half_a_character_is_read_so_that_its_message_is_scanned() -> None:
    """A lone surrogate, written as an escape, is no reason to lose the message."""
    assert parse(rb'{"text":"\ud83d IBAN"}') == {"text": "\ud83d IBAN"}

"""The filler of card templates: holes, conditions, repeats, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards import build
from cards.advisor_status.card import AdvisorStatusData, PersonRow
from cards.filler import fill
from cards.foreign import plain


def test_a_hole_alone_keeps_the_type() -> None:
    """A string that is one hole becomes the value itself; inside words it becomes text."""
    assert fill({"a": "${n}", "b": "no. ${n}"}, {"n": 3}, "de") == {"a": 3, "b": "no. 3"}


def test_a_text_takes_its_placeholders_from_the_values() -> None:
    """`${@key}` is the text of the key with the values of the same names."""
    assert fill("${@welcome.links.version}", {"version": "7"}, "en") == "Version of the notices: 7"


def test_a_condition_keeps_or_drops_an_element() -> None:
    """`$when` drops an element whose value is falsy and leaves no trace of itself."""
    template = [{"$when": "yes", "a": 1}, {"$when": "no", "b": 2}, 3]
    assert fill(template, {"yes": "x", "no": ""}, "de") == [{"a": 1}, 3]


def test_a_repeat_makes_one_element_for_each_row() -> None:
    """`$data` repeats; a row's names come before the outer ones; a condition sees the row."""
    template = [{"$data": "rows", "$when": "shown", "t": "${outer}${n}"}]
    rows = [{"n": 1, "shown": True}, {"n": 2, "shown": False}, {"n": 3, "shown": True, "outer": "y"}]
    assert fill(template, {"rows": rows, "outer": "x"}, "de") == [{"t": "x1"}, {"t": "y3"}]


def test_a_repeat_may_stand_in_a_repeat() -> None:
    """Rows may hold rows."""
    template = [{"$data": "outer", "items": [{"$data": "inner", "t": "${n}"}]}]
    assert fill(template, {"outer": [{"inner": [{"n": 1}, {"n": 2}]}]}, "de") == [{"items": [{"t": 1}, {"t": 2}]}]


@pytest.mark.parametrize("template", ["${missing}", "x ${missing}", "${@no.such.text}", [{"$when": "missing"}]])
def test_a_missing_value_is_an_error(template: object) -> None:
    """Nothing is filled with nothing."""
    with pytest.raises(KeyError):
        fill(template, {}, "de")


@given(st.text(max_size=80))
def test_values_are_not_templates(value: str) -> None:
    """A value that looks like a hole stays what it is."""
    assert fill(["${a}", "-${a}-"], {"a": "${b}" + value, "b": "boom"}, "de") == ["${b}" + value, f"-${{b}}{value}-"]


@given(st.text(max_size=300))
def test_foreign_words_are_harmless(value: str) -> None:
    """A name is one short line that Markdown cannot read as a link or emphasis, whatever it was."""
    shown = plain(value)
    assert len(shown) <= 64
    assert shown == "" or shown.isprintable()
    assert not set(shown) & set("[]<>*_`\\#\u202e\u200b")


def test_an_ordinary_name_stays_itself() -> None:
    """Umlauts, hyphens, apostrophes and brackets of ordinary names are kept."""
    assert plain("Jörg Müller-O'Neill (Gast)") == "Jörg Müller-O'Neill (Gast)"
    assert plain("[Klick](https://x.example)") == "(Klick)(https://x.example)"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("{{DATE(2026-01-01T00:00:00Z,SHORT)}}", "((DATE(2026-01-01T00:00:00Z,SHORT)))"),
        ("\u3164\u115f\u2800", ""),
        ("\u200b\u202e", ""),
        ("\u0301\u0302", ""),
        ("E" + "\u0301" * 60 + "va", "E\u0301\u0301va"),
        ("Nguyễn", "Nguyễn"),
        ("Nguye\u0302\u0303n", "Nguye\u0302\u0303n"),
    ],
)
def test_names_neither_vanish_nor_grow_nor_calculate(value: str, shown: str) -> None:
    """No function of a text block is called, a name of blanks is none, and marks do not tower; real names stay."""
    assert plain(value) == shown


def test_who_has_no_name_to_be_seen_is_called_unknown() -> None:
    """The advisor's line and button name somebody, whatever a guest calls themselves."""
    person = PersonRow(ref="p1", name="\u3164", role="guest", can_vouch=True)
    card = json.dumps(build("advisor_status", AdvisorStatusData(ref="c", people=(person,)), "de"), ensure_ascii=False)
    assert "unbekannt selbst bestätigen" in card
    assert "\u3164" not in card

"""Typed commands: what people's keyboards and Teams make of them is understood, and nothing else is a command."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import command_in

from .fakes import House

DIGITS = [chr(point) for point in range(0x3000) if unicodedata.category(chr(point)) == "Nd"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<at>Videoberatung</at> WIDERRUF\n", ("withdraw", None)),
        ("<at>Videoberatung</at>\xa0CODE 123456", ("code", "123456")),
        ('<at id="0">Videoberatung</at>, EINWILLIGUNG JA', ("accept", None)),
        ("CONSENT NO <at>Videoberatung</at>", ("decline", None)),
        ("CODE\xa0123\xa0456", ("code", "123 456")),
        ("CODE 123–456", ("code", "123-456")),
        ("CODE １２３４５６", ("code", "123456")),
        ("CODE ١٢٣٤٥٦", ("code", "123456")),
        ("CODE-123456", ("code", "123456")),
        ("\u200bWIDERRUF\u200b", ("withdraw", None)),
        ("WIDER\xadRUF", ("withdraw", None)),
        ("„WIDERRUF“", ("withdraw", None)),
        ('"Widerruf."', ("withdraw", None)),
        ("**WITHDRAW**", ("withdraw", None)),
        ("einwilligung\u2003ja!", ("accept", None)),
    ],
)
def test_what_keyboards_and_teams_make_of_a_command_is_understood(text: str, expected: tuple[str, str | None]) -> None:
    """Mentions, hard blanks, invisible characters, quotation marks, dashes and other digits do not count."""
    assert command_in(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "<", "<at>", "<at>WIDERRUF</at>", "<at>CODE</at>", "Ich möchte keinen WIDERRUF", "CODE", "CODE 123",
        "CODE 1234567890123", "EINWILLIGUNG", "CODE 12 Uhr 30", "WIDERRUF" + "!" * 60, "CODE 12<at>x</at>",
        "<at>a</at>" * 50 + "WIDERRUF", "WIDERRUF DE89 3704 0044 0532 0130 00",
    ],
)  # fmt: skip
def test_what_is_no_command_is_none(text: str) -> None:
    """A word inside a sentence or a name, a code too short or too long, and floods are messages like any other."""
    assert command_in(text) is None


@given(
    st.lists(st.sampled_from(DIGITS), min_size=4, max_size=12), st.sampled_from(["", " ", "\xa0", "\u2011", "\u200b"])
)
def test_a_code_in_the_digits_of_any_script_is_the_code(digits: list[str], between: str) -> None:
    """Whatever the keyboard writes, the code arrives in ASCII digits."""
    found = command_in("CODE " + between.join(digits))
    assert found is not None
    code = "".join(ch for ch in found[1] or "" if ch.isalnum())
    assert code == "".join(str(unicodedata.decimal(digit)) for digit in digits)


@given(st.text(max_size=400))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Whatever is written, a command has one of our names, and only `code` brings digits along."""
    found = command_in(text)
    assert found is None or found[0] in ("accept", "decline", "withdraw", "code")
    assert found is None or (found[1] is not None) == (found[0] == "code")


async def test_a_withdrawal_with_a_mention_withdraws(at: House) -> None:
    """The command picked from the app's own list, which brings a mention along, does what it says."""
    await at.say("<at>Videoberatung</at> EINWILLIGUNG JA", "1001")
    assert [p.consented_at is not None for p in (await at.state()).people.values() if p.outside] == [True]
    await at.say("<at>Videoberatung</at> WIDERRUF", "1002")
    consultation = (await at.state()).consultation
    assert consultation is not None
    assert (consultation.state, consultation.reason) == ("ended", "withdrawn")


async def test_the_cards_field_takes_the_digits_of_any_keyboard(at: House) -> None:
    """Full-width and Arabic digits, blanks and dashes give the digest of the same code; other codes another one."""
    same = {
        at.inbox.code_digest(code) for code in ("123456", "１２３ ４５６", "١٢٣٤٥٦", "123\u2011456", "\u200b123456")
    }
    assert len(same) == 1
    assert at.inbox.code_digest("123457") not in same

"""A message in which no trigger is found is passed over cheaply: nothing may be lost by that."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from bot.detection.fragments import looks_like_part, open_end
from bot.detection.kinds import EMPTY
from tests.detection.reading import SCANNER

_WORDS = (
    "meine PIN ist",
    "Konto",
    "IBAN:",
    "DE89",
    "3704",
    "AB 12",
    "danke",
    "Öl",
    "Nr.",
    "Karte",
    " ",
    "\n",
    "7",
    "-",
)


@given(text=st.one_of(st.text(max_size=80), st.lists(st.sampled_from(_WORDS), max_size=8).map(" ".join)))
def test_a_quiet_message_is_neither_part_nor_announcement(text: str) -> None:
    """Wherever a text may be a part of a number, or announce a secret, the scan is not the shared empty result.

    No number with letters in it, whatever country's IBAN, has more than four of them in a row.
    """
    folded = SCANNER.view(text).text
    part = looks_like_part(folded) and not re.search("[A-Za-z]{5}", folded)
    if part or open_end(folded):
        assert SCANNER.scan(text) is not EMPTY


_MARKUP = ("<p>", "</p>", "<br>", "<b>", "</b>", "&nbsp;", "&amp;", "&", "nbsp;", "<!-- x -->", "<", ">", "&#49;")


@given(
    html=st.lists(st.one_of(st.sampled_from(_MARKUP + _WORDS), st.text(max_size=5)), max_size=12).map("".join),
)
@example("DE89Öldanke")
@example("<p>7<3704</p>7Konto>")
@example("3704<Öl</p>Nr.>")
@example("3704<Öl\x00</p>Nr.>")
def test_markup_is_seen_without_folding_as_it_is_with_it(html: str) -> None:
    """Where the scan of markup takes the short way, it finds the same as the scan of its folded view."""
    short, whole = SCANNER.scan(html, True), SCANNER.scan_view(SCANNER.view(html, True))
    assert (short.findings, short.requests, short.identifiers) == (whole.findings, whole.requests, whole.identifiers)
    assert short.worth_history == whole.worth_history

"""A message in which no trigger is found is passed over cheaply: nothing may be lost by that."""

from __future__ import annotations

from hypothesis import given
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
    """Wherever a text may be a part of a secret, or announce one, the scan is not the shared empty result."""
    folded = SCANNER.view(text).text
    if looks_like_part(folded) or open_end(folded):
        assert SCANNER.scan(text) is not EMPTY

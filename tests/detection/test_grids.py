"""Every word in every frame with every value: a rule that knows its examples only fails here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detection.reading import kinds, readable, table


def column(name: str) -> list[str]:
    """The rows of one column of the table."""
    return [row for reason, row in table("grids") if reason == name]


NUMBER_FRAMES = column("number frames")
PASSWORD_FRAMES = [*column("password frames"), "{k}: {v}\r\n\r\nViele Grüße"]
CUSTOMER_NUMBERS = column("customer numbers")


def cells(words: list[str], frames: list[str], values: list[str]) -> st.SearchStrategy[tuple[str, str, str]]:
    """A word, a frame and a value of a grid."""
    return st.tuples(st.sampled_from(words), st.sampled_from(frames), st.sampled_from(values))


def written(word: str, frame: str, value: str) -> tuple[str, list[tuple[int, int]]]:
    """The frame with both, and where the value stands."""
    start = len(frame.partition("{v}")[0].replace("{k}", word))
    return frame.format(k=word, v=value), [(start, start + len(value))]


@given(cells(column("account words"), NUMBER_FRAMES, column("account numbers")))
def test_any_account_number_in_any_frame(one: tuple[str, str, str]) -> None:
    """An account number is unreadable after masking, whatever the account is called and however it is told."""
    assert readable(*written(*one)) == []


@given(cells(column("customer words"), NUMBER_FRAMES, CUSTOMER_NUMBERS))
def test_any_customer_number_in_any_frame(one: tuple[str, str, str]) -> None:
    """A customer number is unreadable after masking, whatever it is called and however it is told."""
    assert readable(*written(*one)) == []


@given(cells(column("password words"), PASSWORD_FRAMES, column("passwords")))
def test_any_password_in_any_frame(one: tuple[str, str, str]) -> None:
    """A password is unreadable after masking, a plain word as well as a random one."""
    assert readable(*written(*one)) == []


@given(cells(column("code words"), column("code frames"), column("codes")))
def test_any_code_in_any_frame(one: tuple[str, str, str]) -> None:
    """A code is unreadable after masking, in digits, groups, letters or words."""
    assert readable(*written(*one)) == []


@given(
    cells(["Passwort", "Kennwort", "WLAN-Passwort", "password", "PW"], column("statement frames"), column("statements"))
)
def test_what_is_said_about_a_password_is_none(one: tuple[str, str, str]) -> None:
    """Words that say something about a password raise no finding where a password could stand."""
    assert kinds(written(*one)[0]) == []


@pytest.mark.parametrize("frame", ["{v} ist meine {k}", "Ist {v} die {k}, die Sie meinen?"])
def test_a_number_before_its_name(frame: str) -> None:
    """A customer number before its name is found in every shape."""
    for value in CUSTOMER_NUMBERS:
        assert readable(*written("Vertragsnummer", frame, value)) == [], value

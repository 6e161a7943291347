"""Strategies: valid IBANs and cards, and the dresses people put numbers in."""

import random

from hypothesis import strategies as st

from bot.detection.detectors.iban import TEMPLATES

_DIGITS = "0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def with_check_digits(country: str, bban: str) -> str:
    """The IBAN of a national account number (ISO 7064, MOD 97-10)."""
    number = int("".join(str(int(char, 36)) for char in f"{bban}{country}00"))
    return f"{country}{98 - number % 97:02}{bban}"


@st.composite
def ibans(draw: st.DrawFn, countries: tuple[str, ...] = tuple(sorted(TEMPLATES))) -> str:
    """A valid IBAN of one of `countries` (all of the registry), mostly digits where letters are optional."""
    country = draw(st.sampled_from(countries))
    rng = random.Random(draw(st.integers(0, 2**32)))
    bban = "".join(rng.choice(_UPPER if place == "a" else _DIGITS) for place in TEMPLATES[country])
    return with_check_digits(country, bban)


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A card number with a right Luhn digit: Visa, Mastercard (both series), American Express."""
    prefix, length = draw(st.sampled_from([("4", 16), ("53", 16), ("2301", 16), ("37", 15)]))
    rng = random.Random(draw(st.integers(0, 2**32)))
    body = prefix + "".join(rng.choice(_DIGITS) for _ in range(length - len(prefix) - 1))
    doubled = [sum(divmod(2 * int(d), 10)) if i % 2 == 0 else int(d) for i, d in enumerate(reversed(body))]
    return body + str(-sum(doubled) % 10)


@st.composite
def accounts(draw: st.DrawFn) -> str:
    """An account number of seven to twelve digits."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    return rng.choice("123456789") + "".join(rng.choice(_DIGITS) for _ in range(draw(st.integers(6, 11))))


@st.composite
def customer_codes(draw: st.DrawFn) -> str:
    """A customer or contract number: six to ten digits, up to three capital letters before them, perhaps one
    behind; the letters spell no other name of a number ("KT")."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    digits = "".join(rng.choice(_DIGITS) for _ in range(draw(st.integers(6, 10))))
    lead = "".join(rng.choice("BDFMRVWX") for _ in range(draw(st.integers(0, 3))))
    return lead + digits + draw(st.sampled_from(["", "", "K"]))


def _grouped(separator: str, size: int):
    return lambda text: separator.join(text[i : i + size] for i in range(0, len(text), size))


def _mapped(zero: str):
    return lambda text: "".join(chr(ord(zero) + int(c)) if c in _DIGITS else c for c in text)


DRESSES = {
    "plain": lambda text: text,
    "lower case": str.lower,
    "spaces": _grouped(" ", 4),
    "no-break spaces": _grouped("\u00a0", 4),
    "thin spaces": _grouped("\u2009", 4),
    "dots": _grouped(".", 4),
    "slashes": _grouped(" / ", 4),
    "dashes": _grouped("–", 4),
    "underscores": _grouped("_", 4),
    "pairs": _grouped(" ", 2),
    "digit by digit": _grouped(" ", 1),
    "line breaks": _grouped("\n", 8),
    "zero-width": _grouped("\u200b", 3),
    "soft hyphens": _grouped("\u00ad", 5),
    "full-width": _mapped("０"),
    "mathematical": _mapped("𝟎"),
    "Arabic-Indic": _mapped("٠"),
    "percent-encoded": lambda text: "".join(f"%{ord(char):02X}" for char in text),
    "Cyrillic": lambda text: text.translate(str.maketrans("AEOCTX", "АЕОСТХ")),
}
HTML_DRESSES = {
    "tags": lambda text: f"{text[:6]}<b>{text[6:9]}</b>{text[9:]}",
    "br": lambda text: f"{text[:8]}<br>{text[8:]}",
    "entities": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
    "nbsp": _grouped("&nbsp;", 4),
    "comment": lambda text: f"{text[:7]}<!-- x -->{text[7:]}",
}

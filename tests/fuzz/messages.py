"""Hostile messages for the search of `tests.fuzz.hangs`: a keyword, one piece repeated, an end that lets it fail."""

from random import Random

KEYWORDS = (
    "Konto ", "Kto. ", "Kundennummer ", "meine Kundennummer ist ", "Vertrag ", "IBAN ", "Ihre IBAN ", "DE", "Karte ",
    "4", "BLZ ", "Zähler ", "MaLo ", "Passwort ", "Passwort: ", "mein Kennwort ", "password ", "pw", "PIN ", "TAN ",
    "Code ", "Token ", "Sicherheitsfrage ", "User ", "Benutzer ", "Login ", "Zugang ", "nils@example.org ",
    "https://a.example/", "",
)  # fmt: skip
"""What makes a detector look."""
_SIGNS = " \t\n.,;:!?-_/\\'\"`´*+~^#&%$€§|=<>()[]{}@→"
_GROUPS = (
    "  ", "..", "...", "--", "->", "=>", ". ", "? ", ": ", " & ", "- ", "' ", "'s ", "(x", '" ', "a/", "b-c", "a,b",
    "x.y", "1-", "1.", "1/2", "1 ", "1\n", "0", "7", "12", "01", "2024", "O0", "lO", "_O", "X1-", "4111", "DE89", "a",
    "A", "O", "l", "x7", "aB", "a1!", "é", "ß", "ü", "ｐ", "３", "1️⃣", "😀", "\u00ad", "\u200b", "%41", "&nbsp;",
    "&#49;", "<p>", "<br>", "<!--",
)  # fmt: skip
_WORDS = (
    "ist ", "lautet ", "is ", "mein ", "meine ", "the ", "my ", "und ", "und dann ", "oder ", "auf ", "zu ", "als ",
    "for ", "von ", "nicht ", "sondern ", "neu ", "alt ", "jetzt ", "also ", "so ", "heute ", "bitte ", "die ",
    "der ", "das ", "das ist ", "Ihre ", "your ", "bei Ihnen ", "unter ", "zwei ", "eins", "moment ", "nr ",
    "Nummer ", "Kunden-", "konto", "iban ", "karte ", "pin ", "tan", "code ", "token ", "passwort ", "pw ", "login ",
    "user ", "@a.example", "https://", "?token=", "meeting id ", "zeigt ",
)  # fmt: skip
ENDS = (
    "",
    "",
    "!",
    "?",
    ":",
    "x",
    "1",
    "\n",
    " ist ",
    " ist mein Passwort",
    " Konto",
    " Kundennummer",
    " x 4711",
    "\x00",
)
"""What comes after the row, so that a pattern that took it all in has to try again."""
SHORT = 500
_LONG = 20_000


def unit(rng: Random) -> str:
    """One to three pieces, which a message repeats: mostly signs and letters, and words."""
    pool = [*_SIGNS, *_GROUPS, *_WORDS]
    return "".join(rng.choice(pool) for _ in range(rng.choice((1, 1, 2, 2, 3))))


def short(rng: Random) -> str:
    """At most `SHORT` characters: a pattern that needs long for these has a way to read them too many."""
    row = unit(rng) * rng.choice((5, 10, 20, 25, 60, 120))
    return f"{rng.choice(KEYWORDS)}{row}"[:SHORT] + rng.choice(ENDS)


def long(rng: Random) -> str:
    """Some 20,000 characters, with the keyword once or in every repetition."""
    keyword, piece = rng.choice(KEYWORDS), unit(rng)
    if rng.random() < 0.5:
        return f"{keyword}{piece * (_LONG // len(piece))}{rng.choice(ENDS)}"
    return f"{keyword}{piece * rng.choice((1, 3, 12))}" * (_LONG // len(keyword + piece) // 6 + 1)

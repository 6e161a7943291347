"""No message freezes the chat guard: those that did, some hundred tries of the search, and the search itself.

The limits here guard against hanging; they say nothing about speed, and count processor time of this process only.
"""

import re

import pytest

from bot.detection import AuthorWindow
from tests.detection.reading import SCANNER
from tests.fuzz import hangs, messages
from tests.fuzz.pattern_texts import Writer, patterns
from tests.fuzz.pattern_words import twice

FROZE = (
    "pin " + "-" * 60 + "!",
    "Passwort " + "&" * 60 + " x",
    "Kennwort " + "/" * 60 + "!",
    "Token " + "[--" * 40 + " Kundennummer",
    "PIN " + "A--" * 60 + "x",
    "password " + "'-" * 60 + "?",
    "mein Passwort ist " + "a-" * 60 + "\x00",
    "passwort im bild " + "_O" * 60 + "1!",
    "Passwort $" + "x_" * 60 + "1-",
    "DE" + "2024lO0" * 60,
    "DE001100" + "Za1" * 60 + "!",
    "User " + "\N{GRINNING FACE}tan&" * 3000 + "!",
    "Kundennummer " + "'s " * 20 + "x 4711",
    "Kundennummer " + "the " * 14 + "x 4711\n",
    ("Kundennummer " + "the " * 14 + "x 4711\n") * 60,
    "Kontonummer " + "mein " * 13 + "x 4711",
    "_the" * 17 + " 1 Konto",
    "1-" * 10_000 + " konto",
    ("die " + "-" * 90 + "iban ") * 200,
)
"""Rows that were read in too many ways, some of them for ever, found by search or in the patterns; and their like."""


@pytest.mark.parametrize("text", FROZE, ids=lambda text: repr(text[:24]))
def test_what_once_froze_the_guard_is_answered(text: str) -> None:
    """As a message in both formats and as two halves in the window, with spans inside of what was said."""
    with hangs.limit(5.0):
        for html in (False, True):
            assert all(0 <= f.start < f.end <= len(text) for f in SCANNER.scan(text, html).findings)
        window, half = AuthorWindow(SCANNER), len(text) // 2
        window.add("a", "1", text[:half], False, 0)
        heard = window.add("a", "2", text[half:], False, 1)
        assert all(0 <= one.finding.start < one.finding.end <= half for one in heard.retro)


def test_the_first_tries_of_a_seed_are_over_within_their_limits() -> None:
    """Three hundred tries of one seed, long messages and single patterns among them: none has to be stopped."""
    search = hangs.Search(SCANNER, 1)
    tried = [search.attempt(number) for number in range(300)]
    assert [(one.kind, one.text) for one in tried if one.hung] == []
    assert {"long", "short"} < {one.kind for one in tried}


def test_no_repeated_list_holds_a_word_twice() -> None:
    """In no pattern of the detection can one word of a repeated list be read in two ways."""
    assert {name: words for name, one in patterns(SCANNER).items() if (words := twice(one))} == {}


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"(?:der|die|der)*x", {"der"}),
        (r"(?:[ ]|(?:meine?r?|mein|my)\b){0,40}\Z", {"mein"}),
        (r"(?:ab|a[bc]d?)+", {"ab"}),
        (r"(?:ab|cd)+", set()),
        (r"(?:ab|ab)x", set()),
    ],
)
def test_a_word_said_twice_is_told(pattern: str, words: set[str]) -> None:
    """Only in lists that are repeated, also where one of the two is hidden behind an optional letter or a class."""
    assert twice(re.compile(pattern)) == words


def test_a_pattern_that_explodes_is_stopped_and_told() -> None:
    """The alarm ends a match in the middle, and the try says that it hung."""
    explodes = re.compile(r"(?:[a-z\-]+-?)+!")
    tried = hangs.Search.run(0, "own", "-" * 60, 0.1, explodes.match)
    assert tried.hung
    assert tried.text == "-" * 60


def test_texts_written_from_a_pattern_make_it_explode() -> None:
    """Among a few hundred texts written from such a pattern is one that it does not get through."""
    explodes = re.compile(r"pin(?: [^\s]{1,20}|[ /-][^\s]{1,20}){0,9} ist")
    writer, rng = Writer(explodes), hangs.Random(1)
    texts = (writer.text(rng) for _ in range(400))
    assert any(hangs.Search.run(0, "own", text, 0.1, explodes.match).hung for text in texts)


def test_a_try_depends_on_its_seed_and_number_only() -> None:
    """What was printed as slow or hung can be repeated by itself."""
    one, other = hangs.Search(SCANNER, 5), hangs.Search(SCANNER, 5)
    first = [one.attempt(number)[2:] for number in (1, 3, 10, 31)]
    assert first == [other.attempt(number)[2:] for number in (31, 10, 3, 1)][::-1]
    assert first != [hangs.Search(SCANNER, 6).attempt(number)[2:] for number in (1, 3, 10, 31)]


@pytest.mark.parametrize("seed", range(20))
def test_short_messages_are_short(seed: int) -> None:
    """Their limit of time is for so many characters."""
    assert 0 < len(messages.short(hangs.Random(seed))) <= messages.SHORT + 30


def test_the_program_prints_what_replays_a_try(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quiet try ends with 0; one that had to be stopped with 1, its seed, its number and where it was."""
    assert hangs.main(["--seed", "4", "--only", "7"]) == 0
    assert "seed 4, 1 tries, 0 had to be stopped" in capsys.readouterr().out
    hung = hangs.Tried(1.0, 7, "short", "PIN ---", "credential.py:1 match")
    monkeypatch.setattr(hangs.Search, "attempt", lambda self, number: hung)
    assert hangs.main(["--seed", "4", "--only", "7"]) == 1
    assert "--seed 4 --only 7" in capsys.readouterr().out

"""Secrets split over several messages or an edit, and the bounds of what is kept."""

from gc import collect
from weakref import ref

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.detection import AuthorWindow, Kind
from bot.detection.view import as_read
from tests.detection.dresses import cards, ibans
from tests.detection.reading import SCANNER


def window(**bounds: float) -> AuthorWindow:
    """A window over the shared scanner."""
    return AuthorWindow(SCANNER, **bounds)


def say(to: AuthorWindow, *texts: str, author: str = "a", step: float = 1.0):
    """Say the texts one after the other; what the last one brought."""
    heard = None
    for i, text in enumerate(texts):
        heard = to.add(author, f"m{i}", text, False, i * step)
    return heard


@given(number=st.one_of(ibans(), cards()), cut=st.integers(4, 11))
@example("LC32SFKT043170015803020224058776", 5)
def test_a_number_cut_in_two_is_found_in_both_messages(number: str, cut: int) -> None:
    """The second half completes the first, and the first is reported in retrospect."""
    heard = say(window(), f"Meine Nummer: {number[:cut]}", number[cut:])
    assert [(f.start, f.end) for f in heard.scan.findings] == [(0, len(number) - cut)]
    assert [(r.message_id, r.finding.start, r.finding.end) for r in heard.retro] == [("m0", 14, 14 + cut)]


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (("DE89 3704", "0044 0532", "0130 00"), Kind.IBAN),
        (("meine PIN ist", "4711"), Kind.CREDENTIAL),
        (("Mein Passwort lautet", "Loewenzahn"), Kind.CREDENTIAL),
        (("Kundennummer:", "12345678"), Kind.CUSTOMER_NUMBER),
        (("Kundennummer 705637", "rest: 4185"), Kind.CUSTOMER_NUMBER),
        (("Kto 3928", "736052"), Kind.ACCOUNT),
        (("Kto 3928", "und weiter: 73", "und dann 6052"), Kind.ACCOUNT),
        (("DE02 1203 0000 ...", "zweiter Teil 0000 2020 51"), Kind.IBAN),
        (("meine Karte: 4242 4242", "dann 4242", "and then 4242"), Kind.CARD),
        (("Meine Kontonummer ist", "532013000"), Kind.ACCOUNT),
        (("Mein Passwort ist Sommer", "2024!"), Kind.CREDENTIAL),
        (("meine iban ist", "Moment", "DE89 3704 0044", "0532 0130 00"), Kind.IBAN),
    ],
)
def test_the_last_part_completes_the_secret(texts: tuple[str, ...], kind: Kind) -> None:
    """Whatever part comes last, it is found as the kind that the whole is."""
    heard = say(window(), *texts)
    assert [f.kind for f in heard.scan.findings] == [kind]
    assert "joined" in heard.scan.findings[0].evidence or kind is Kind.CREDENTIAL


@pytest.mark.parametrize(
    "texts",
    [
        ("Mein Zählerstand ist", "12345"),
        ("Meine Telefonnummer:", "0341 1234567"),
        ("Wo finde ich meine Kundennummer?", "12345 kWh hatte ich letztes Jahr"),
        ("Hallo", "12.03.2026"),
        ("Der Verbrauch war 3412", "und dann 3501 kWh"),
        ("Ich habe mein Passwort vergessen.", "Wir sind 4 Personen"),
        ("Besprechungs-ID:", "385 562 023 120"),
    ],
)
def test_harmless_messages_stay_harmless_together(texts: tuple[str, ...]) -> None:
    """Joining messages makes no secret of what is none."""
    heard = say(window(), *texts)
    assert heard.scan.findings == ()
    assert heard.retro == ()


def test_an_edit_replaces_and_completes() -> None:
    """The same message id again is an edit: the old version completes the new one and is not reported itself."""
    w = window()
    w.add("a", "m", "DE89 3704 0044", False, 0)
    heard = w.add("a", "m", "0532 0130 00", False, 1)
    assert [(f.kind, f.start, f.end) for f in heard.scan.findings] == [(Kind.IBAN, 0, 12)]
    assert heard.retro == ()


def test_an_edited_earlier_message_completes_a_later_one() -> None:
    """The first half arrives by editing the message before: the later message is reported in retrospect."""
    w = window()
    w.add("a", "1", "Moment", False, 0)
    w.add("a", "2", "0532 0130 00", False, 1)
    heard = w.add("a", "1", "DE89 3704 0044", False, 2)
    assert [f.kind for f in heard.scan.findings] == [Kind.IBAN]
    assert [r.message_id for r in heard.retro] == ["2"]


def test_a_part_already_reported_is_not_reported_again() -> None:
    """A third message does not repeat what the second one brought."""
    w = window()
    say(w, "DE89 3704 0044", "0532 0130 00")
    heard = w.add("a", "m9", "danke", False, 3)
    assert heard.scan.findings == ()
    assert heard.retro == ()


def test_authors_are_kept_apart() -> None:
    """The halves of two authors make no secret."""
    w = window()
    w.add("a", "1", "DE89 3704 0044", False, 0)
    assert w.add("b", "2", "0532 0130 00", False, 1).scan.findings == ()


def test_the_window_forgets_after_its_time() -> None:
    """A part older than the window completes nothing."""
    assert say(window(seconds=10), "DE89 3704 0044", "0532 0130 00", step=11).scan.findings == ()


def test_the_window_is_bounded_in_messages_characters_and_authors() -> None:
    """More messages, longer messages and more authors push the oldest out."""
    assert say(window(messages=2), "DE89 3704 0044", "hm", "ja", "0532 0130 00").retro == ()
    assert say(window(characters=40), "DE89 3704 0044", "x" * 60, "0532 0130 00").retro == ()
    w = window(authors=2)
    for author in "abc":
        w.add(author, "1", "hallo", False, 0)
    assert [w.holds(author) for author in "abc"] == [False, True, True]


def test_forgetting_an_author_leaves_nothing() -> None:
    """After `forget` nothing of the author is held and nothing is joined."""
    w = window()
    w.add("a", "1", "DE89 3704 0044", False, 0)
    w.forget("a")
    w.forget("nobody")
    assert not w.holds("a")
    assert w.add("a", "2", "0532 0130 00", False, 1).scan.findings == ()


def test_bounds_must_be_positive() -> None:
    """A window without room is refused."""
    with pytest.raises(ValueError, match="positive"):
        window(messages=0)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("1234"), st.text(max_size=30)), max_size=12))
def test_any_sequence_of_messages_is_heard(messages: list[tuple[str, str, str]]) -> None:
    """Repeated, reordered and edited messages never fail; spans stay within the message they belong to."""
    w = window()
    texts: dict[tuple[str, str], str] = {}
    for at, (author, message_id, text) in enumerate(messages):
        texts[author, message_id] = text
        heard = w.add(author, message_id, text, False, float(at))
        assert all(0 <= f.start < f.end <= len(text) for f in heard.scan.findings)
        assert all(0 <= r.finding.start < r.finding.end <= len(texts[author, r.message_id]) for r in heard.retro)


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("0532 0130 00", True),
        ("4711", True),
        ("meine PIN ist", True),
        ("Das Kennwort für das Portal habe ich mir jetzt eben rausgesucht, es lautet", True),
        ("Hallo", False),
        ("Es sind 12345 kWh", False),
        ("Steht das Passwort im Klartext bei euch in der Datenbank oder was", False),
    ],
)
def test_a_part_makes_reading_the_history_worth_while(text: str, worth: bool) -> None:
    """Only what looks like the rest, or the beginning, of a secret asks for the author's earlier messages."""
    assert SCANNER.scan(text).worth_history is worth


def test_nothing_of_the_text_shows_in_a_repr() -> None:
    """Neither results nor the window show what was written."""
    w = window()
    heard = say(w, "IBAN DE89 3704 0044 0532 0130 00")
    assert heard.scan.findings
    assert "3704" not in repr((heard, w, SCANNER.view("DE89 3704")))


def test_a_promised_password_is_found_in_the_message_after() -> None:
    """ "Passwort folgt" and "mein Passwort ist", with one short message between, make the next token a credential."""
    for said in (
        ("Benutzername ist jadler, Passwort folgt", "Kiesel-2019"),
        ("mein Passwort ist", "ok", "Kiesel2019!"),
    ):
        window = AuthorWindow(SCANNER)
        heard = [window.add("a", str(i), text, False, float(i)) for i, text in enumerate(said)]
        assert [finding.kind for finding in heard[-1].scan.findings] == [Kind.CREDENTIAL]


def test_a_word_after_a_promise_is_no_password() -> None:
    """An ordinary answer after "Passwort folgt" stays."""
    for word in ("danke", "Okay!", "super", "https://example.org/a1b2c3"):
        window = AuthorWindow(SCANNER)
        window.add("a", "1", "Passwort folgt", False, 0.0)
        assert window.add("a", "2", word, False, 1.0).scan.findings == ()


def test_a_long_run_of_digits_is_continued_in_linear_time() -> None:
    """Found by the fuzzer: digits and odd characters after a number once made the joining backtrack for ever."""
    window = AuthorWindow(SCANNER)
    window.add("a", "1", "Konto 32013000 BLZ 37040044, Karte 4111 1110 1111" + "6" * 40, False, 0)
    heard = window.add("a", "2", "6" * 70 + " 1" + "\N{POUND SIGN}" * 20 + "111", False, 1)
    assert heard.scan.requests == ()


def test_letters_of_other_scripts_between_a_country_code_are_no_fault() -> None:
    """Found by the fuzzer: an ideograph between the letters of a country code was once taken for one of them."""
    window = AuthorWindow(SCANNER)
    heard = window.add("a", "1", "Kto S\u530ct 32 0532 0130 0000 0000 0000", False, 0)
    assert heard.retro == ()


class Spoken(str):
    """A text whose end can be watched."""


def test_text_is_dropped_when_its_time_is_over_although_nobody_says_more() -> None:
    """`expire` leaves what was heard less than `seconds` ago, and nothing refers to the older text any more."""
    w = window(seconds=10)
    old, young = Spoken("IBAN DE89 3704"), Spoken("Guten Tag")
    watched = ref(old), ref(young)
    w.add("a", "1", old, False, 0.0)
    w.add("b", "2", young, False, 5.0)
    del old, young
    w.expire(10.0)
    assert [one() is not None for one in watched] == [True, True]
    w.expire(10.1)
    collect()
    assert [one() is not None for one in watched] == [False, True]
    assert (w.holds("a"), w.holds("b")) == (False, True)


def test_the_older_text_of_an_author_who_spoke_again_is_dropped_too() -> None:
    """Saying something more does not keep what was said before it; the younger message still completes the next."""
    w = window(seconds=10)
    old = Spoken("Mein Passwort lautet Loewenzahn")
    watched = ref(old)
    w.add("a", "1", old, False, 0.0)
    del old
    w.add("a", "2", "IBAN DE89 3704 0044", False, 9.0)
    w.expire(12.0)
    collect()
    assert watched() is None
    (finding,) = w.add("a", "3", "0532 0130 00", False, 13.0).scan.findings
    assert "joined" in finding.evidence


def test_silent_authors_are_dropped_when_another_one_is_heard() -> None:
    """Each message drops whoever was heard last too long ago."""
    w = window(seconds=10)
    for i in range(5):
        w.add(f"a{i}", "m", "hallo", False, float(i))
    w.add("b", "m", "hallo", False, 12.5)
    assert [w.holds(f"a{i}") for i in range(5)] == [False, False, False, True, True]


def test_the_time_a_message_names_does_not_keep_its_text() -> None:
    """Text goes by when it was heard: a time of writing far ahead, or a clock put back, keeps nothing for longer."""
    w = window(seconds=10)
    w.add("a", "1", "hallo", False, 1e12, 0.0)
    w.expire(10.5)
    assert not w.holds("a")
    w.add("a", "1", "hallo", False, 100.0, 100.0)
    w.expire(20.0)
    assert not w.holds("a")


def test_an_author_whose_only_message_was_too_long_is_no_fault() -> None:
    """Nothing of it is kept, and the next sweep goes over it."""
    w = window(seconds=10, characters=5)
    w.add("a", "1", "hallo hallo", False, 0.0)
    w.expire(1.0)
    w.expire(11.0)
    assert not w.holds("a")


@given(
    text=st.lists(
        st.sampled_from([*"ab 7<>/&;%#\n\u00ad\u00e9\U0001f600", "<b>", "<p>", "</p>", "&nbsp;", "%41", "drei", "eins"])
    ).map("".join),
    html=st.booleans(),
)
@example(text="rt ist <b>Bergsegen D", html=False)
@example(text="a\x9bb ist <b>Bergsegen D", html=True)
@example(text="eins &nbsp; zwei", html=False)
def test_the_text_that_was_scanned_is_the_text_with_a_way_back(text: str, html: bool) -> None:
    """However a message is read, its folded text is the same, so that a later finding fits both."""
    assert as_read(SCANNER.read(text, html)[1]) == SCANNER.view(text, html).text


def test_a_part_behind_markup_is_masked_where_it_stands() -> None:
    """What a second message completes lies within the first one, although markup was taken out of that."""
    heard_here = window()
    first = "Konto ist <b>Bergsegen DE"
    heard_here.add("a", "1", first, False, 0)
    heard = heard_here.add("a", "2", "89 3704 0044 0532 0130 00", False, 1)
    assert [first[r.finding.start : r.finding.end] for r in heard.retro] == ["DE"]

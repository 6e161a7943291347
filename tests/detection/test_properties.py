"""Properties: any number in any dress is found, spans map back exactly, masking leaves nothing to read."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.detection import Kind, mask
from bot.detection.characters import fold_characters
from bot.detection.credential_shape import mixed, random_looking
from bot.detection.detectors.iban import TEMPLATES
from bot.detection.finder import Finder
from bot.detection.triggers import Look, Trigger, Triggers
from bot.detection.view import _ATTRIBUTE, _TARGET, fold
from tests.detection.dresses import DRESSES, HTML_DRESSES, accounts, cards, customer_codes, ibans
from tests.detection.reading import SCANNER, kinds

_AROUND = st.sampled_from(
    [("", ""), ("IBAN ", ""), ("Bitte überweisen an ", ", danke"), ("(", ")"), ("Hallo!\n", "\nLG")]
)


@pytest.mark.parametrize("dress", DRESSES)
@given(number=ibans(), around=_AROUND)
@example(number="IS516072729473183339990500", around=("Hallo!\n", "\nLG"))  # "Hallo" may be read as AL10
def test_an_iban_of_any_country_is_found_in_any_dress(dress: str, number: str, around: tuple[str, str]) -> None:
    """The span of a valid IBAN covers it from its first to its last character, in every dress."""
    worn = DRESSES[dress](number)
    text = around[0] + worn + around[1]
    found = [f for f in SCANNER.scan(text).findings if f.kind is Kind.IBAN]
    assert [(f.start, f.end) for f in found] == [(len(around[0]), len(around[0]) + len(worn))]


@pytest.mark.parametrize("dress", HTML_DRESSES)
@given(number=ibans())
def test_spans_map_back_into_the_html_they_came_from(dress: str, number: str) -> None:
    """A span in HTML starts at the first and ends after the last raw character of the number, markup included."""
    worn = HTML_DRESSES[dress](number)
    text = f"<div><p>Meine IBAN: {worn}</p></div>"
    start = text.index(worn)
    assert [(f.start, f.end) for f in SCANNER.scan(text, html=True).findings] == [(start, start + len(worn))]


@pytest.mark.parametrize("dress", [name for name in DRESSES if name != "Cyrillic"])
@given(number=cards())
def test_a_card_number_is_found_in_any_dress(dress: str, number: str) -> None:
    """A card number with a right check digit is found without any keyword."""
    assert kinds(DRESSES[dress](number)) == ["CARD"]


def readable(secrets: list[str], text: str) -> list[str]:
    """The secrets of which four characters in a row are left in the text once its findings are masked."""
    left = mask(text, SCANNER.scan(text).findings)
    return [s for s in secrets if any(s[i : i + 4] in left for i in range(len(s) - 3))]


@pytest.mark.parametrize("dress", [name for name in DRESSES if name not in ("lower case", "Cyrillic", "line breaks")])
@given(
    number=customer_codes(),
    said=st.sampled_from(["Meine Kundennummer lautet {}", "Kundennr.: {}, danke", "my contract number is {}."]),
)
def test_a_customer_number_is_unreadable_in_any_dress(dress: str, number: str, said: str) -> None:
    """Behind its name a number of digits, perhaps with letters, is covered in every dress."""
    worn = DRESSES[dress](number)
    assert not readable([worn], said.format(worn))


@pytest.mark.parametrize("dress", [name for name in DRESSES if name not in ("Cyrillic", "line breaks")])
@given(
    number=accounts(),
    said=st.sampled_from(["Meine Kontonummer ist {}", "Konto-Nr.: {} (Talheim)", "my account number is {}."]),
)
def test_an_account_number_is_unreadable_in_any_dress(dress: str, number: str, said: str) -> None:
    """Behind its name an account number of seven to twelve digits is covered in every dress."""
    worn = DRESSES[dress](number)
    assert not readable([worn], said.format(worn))


@given(numbers=st.lists(st.one_of(ibans(), cards()), min_size=1, max_size=4))
def test_masking_leaves_no_four_secret_characters(numbers: list[str]) -> None:
    """After masking, no run of four characters of any secret is left."""
    assert not readable(numbers, " und ".join(numbers))


@given(number=ibans(("DE",)), place=st.integers(4, 21), shift=st.integers(1, 9))
def test_a_typo_in_an_announced_iban_is_still_found(number: str, place: int, shift: int) -> None:
    """One wrong digit after the word IBAN lowers the confidence and does not hide the account."""
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    right, typo = (SCANNER.scan(f"IBAN {n}").findings[0] for n in (number, wrong))
    assert typo.kind is Kind.IBAN
    assert typo.confidence < right.confidence


@given(text=st.text(max_size=300), html=st.booleans())
def test_any_text_is_scanned_without_error_and_in_order(text: str, html: bool) -> None:
    """No text makes the scanner fail; its spans lie within the text, are not empty and do not overlap."""
    findings = SCANNER.scan(text, html).findings
    bounds = [bound for f in findings for bound in (f.start, f.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= f.start < f.end <= len(text) for f in findings)


@given(text=st.text(max_size=200))
def test_folding_characters_keeps_the_length(text: str) -> None:
    """Every character folds to exactly one."""
    assert len(fold_characters(text)) == len(text)


@given(text=st.text(alphabet="ab<>&#;x%4 \u200b\n", max_size=60), html=st.booleans())
def test_each_folded_character_maps_to_a_range_of_the_message(text: str, html: bool) -> None:
    """Ranges of single folded characters are ordered, within the message and never empty."""
    view = fold(text, html)
    ranges = [view.raw(i, i + 1) for i in range(len(view.text))]
    assert ranges == sorted(ranges)
    assert all(0 <= a < b <= len(text) for a, b in ranges)


def test_the_first_pass_misses_nothing_a_detector_reports() -> None:
    """For each row of the tables, a detector that reports something has a trigger that matches the folded text."""
    from tests.detection.reading import marked, table

    for _, row in table("credentials") + table("numbers"):
        view = SCANNER.view(marked(row)[0])
        owners = SCANNER._owners_in(view.text)
        for detector in SCANNER._detectors:
            if detector.name not in owners:
                assert not [c for c in detector.find(view.text) if c.counts], (detector.name, row)


_OF_DIGITS = [
    (each, Triggers([("owner", each)]), Finder(each.pattern))
    for one in SCANNER._detectors
    for each in one.triggers
    if each.look is Look.DIGITS
]


@given(text=st.text(alphabet="0123456789oilOIL -./a", max_size=60))
def test_patterns_of_digits_are_asked_wherever_they_match(text: str) -> None:
    """The cheap look for a stretch of digits changes nothing: with enough digits, each pattern that follows digits
    has its owner wherever it matches, and nowhere else."""
    digits = sum(map(str.isdigit, text))
    for trigger, triggers, pattern in _OF_DIGITS:
        assert bool(triggers.owners(text.encode())) == (digits >= trigger.digits and pattern.found(text))


@given(
    parts=st.lists(
        st.sampled_from(["href", "SRC", "alt", "Title", "style", "=", " ", "\n", "'x'", '"y"', "<", ">"]), max_size=12
    )
)
def test_attributes_are_looked_for_wherever_there_are_any(parts: list[str]) -> None:
    """What the cheap look for an equals sign passes over has no attribute that is read."""
    text = "".join(parts)
    assert _TARGET.search(text) or not _ATTRIBUTE.search(text)


def test_a_trigger_needs_everything_it_names() -> None:
    """The owner is named where pattern, further patterns and digits are all there; packed patterns ignore what
    separates letters and digits; a trigger that counts beyond what is counted is refused."""
    triggers = Triggers(
        [
            ("word", Trigger("konto", also=(Finder(r"\bbitte\b"),), digits=3)),
            ("packed", Trigger("de[0-9]{4}", digits=4, look=Look.PACKED)),
        ]
    )
    assert triggers.owners(b"Bitte auf Konto 1, 2, 3") == triggers.owners(b"123_bitte_Konto") == {"word"}
    assert triggers.owners(b"auf Konto 1, 2, 3") == triggers.owners(b"Bitte auf Konto 12") == frozenset()
    assert triggers.owners(b"D-E 1/2 (3) 4") == {"packed"}
    with pytest.raises(ValueError, match="digits at most"):
        Triggers([("far", Trigger("x", digits=99))])


@given(text=st.text(alphabet=st.characters(max_codepoint=0xFF), max_size=40))
def test_latin_text_folds_alike_on_both_ways(text: str) -> None:
    """Folding Latin-1 text gives what folding it next to another alphabet gives."""
    assert fold_characters(text) == fold_characters(text + "\u4e2d")[:-1]


@given(token=st.text(alphabet="abXY09!@$_-'/.,;:?()\"§é", min_size=3, max_size=12))
def test_no_random_looking_word_escapes_the_quick_look(token: str) -> None:
    """Whatever word looks random, the text around it is looked at closely."""
    assert not random_looking(token) or mixed(f"kennwort {token} bleibt")


def test_every_registry_country_has_a_template() -> None:
    """The registry's countries are there, the unofficial ones included."""
    assert {"DE", "AT", "CH", "XK", "MA", "SN", "YE"} <= set(TEMPLATES)
    assert len(TEMPLATES) >= 120

"""The scanner, registry, formats, masking, and what the profile changes."""

import concurrent.futures
import pkgutil
import types
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.detection import CustomerNumberFormat, Finding, Kind, NumberFormats, Scanner, finder, mask, registry
from bot.detection.detector import Candidate
from bot.detection.evidence import POINTS, THRESHOLD, confidence
from bot.detection.kinds import EMPTY
from bot.detection.triggers import Trigger
from bot.detection.view import fold
from tests.detection.reading import SCANNER, kinds


def finding(start: int, end: int) -> Finding:
    """A finding at a place."""
    return Finding(Kind.IBAN, start, end, 1.0, "iban")


def test_mask_replaces_each_finding_once() -> None:
    """Overlapping and touching findings become one mark; the rest of the sentence is kept."""
    assert mask("meine IBAN DE89 danke", [finding(11, 15)]) == "meine IBAN [entfernt] danke"
    assert mask("abcdef", [finding(1, 3), finding(2, 4)]) == "a[entfernt]ef"
    assert mask("abcdef", [finding(0, 2), finding(2, 4)]) == "[entfernt]ef"
    assert mask("abc", []) == "abc"


def test_a_harmless_message_costs_one_pass_and_one_shared_result() -> None:
    """A plain message without candidates answers the shared empty result."""
    assert SCANNER.scan("Guten Tag, wie geht es Ihnen?") is EMPTY


def test_findings_hold_no_text() -> None:
    """A finding shows where and why, never what."""
    (found,) = SCANNER.scan("mein Passwort ist Bergsee#4").findings
    assert "Bergsee" not in repr(found)
    assert found.evidence[0] == "prior"


def test_nothing_is_kept_of_a_message() -> None:
    """The bytes that many vocabularies share are gone when the scan is over, also when a detector fails."""

    @dataclass
    class Failing:
        name: str = "failing"
        triggers: tuple[Trigger, ...] = (Trigger("secret"),)

        def find(self, text: str) -> Iterator[Candidate]:
            """Fails, with the text at hand."""
            assert finder._KEPT.pair == (text, text.encode())
            raise LookupError

    SCANNER.scan("Mein Passwort ist Sommer2024!")
    assert finder._KEPT.pair == ("", b"")
    with pytest.raises(LookupError):
        Scanner(NumberFormats(), [Failing()]).scan("a secret")
    assert finder._KEPT.pair == ("", b"")


def test_evidence_adds_up() -> None:
    """The check digit raises the confidence, a harmless label sinks it below the threshold."""
    assert confidence(("prior", "checksum", "issuer")) > THRESHOLD > confidence(("prior", "checksum", "other-label"))
    with pytest.raises(KeyError):
        confidence(("no such evidence",))
    assert POINTS["checksum"] > 0 > POINTS["meeting"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Marktlokation 51238696781", Kind.MARKET_LOCATION),
        ("DE00056266802AO6G56M11SN51G21M24S", Kind.METERING_POINT),
        ("Zähler 1ESY1161234567", Kind.METER),
        ("Zählernummer 47110815", Kind.METER),
        ("482913", Kind.CODE_SHAPE),
    ],
)
def test_identifiers_are_recognised_and_no_secret(text: str, kind: Kind) -> None:
    """Utility identifiers and the shape of our own code are reported apart from findings."""
    scan = SCANNER.scan(text)
    assert scan.findings == ()
    assert [one.kind for one in scan.identifiers] == [kind]


def test_a_profile_may_declare_identifiers_secret() -> None:
    """With METER in secret_identifiers a meter number is a finding."""
    strict = Scanner(NumberFormats(secret_identifiers=frozenset({"METER"})))
    assert [f.kind for f in strict.scan("Zählernummer 47110815").findings] == [Kind.METER]


def test_formats_of_the_profile_are_found() -> None:
    """A prefix of its own needs no keyword; a keyword of the profile announces a number."""
    own = Scanner(NumberFormats((CustomerNumberFormat("Lieferkonto", ("Energienummer",), "ENT", (5, 7)),)))
    assert [f.kind for f in own.scan("ich bin ENT-123456").findings] == [Kind.CUSTOMER_NUMBER]
    assert [f.kind for f in own.scan("meine Energienummer ist 445566").findings] == [Kind.CUSTOMER_NUMBER]
    assert [f.kind for f in own.scan("Lieferkonto: 445566").findings] == [Kind.CUSTOMER_NUMBER]
    assert kinds("ich bin ENT-123456") == []


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: CustomerNumberFormat("x", digits=(2, 8)), "digits"),
        (lambda: CustomerNumberFormat("x", digits=(9, 8)), "digits"),
        (lambda: CustomerNumberFormat("x", prefix="K(D"), "prefix"),
        (lambda: CustomerNumberFormat("x", keywords=("(.*)+",)), "keyword"),
        (lambda: NumberFormats(secret_identifiers=frozenset({"IBAN"})), "identifier"),
        (lambda: NumberFormats(own_code_length=2), "own_code_length"),
    ],
)
def test_impossible_formats_are_refused(build, says: str) -> None:
    """A format that cannot work, or would be a pattern of its own, is refused with its reason."""
    with pytest.raises(ValueError, match=says):
        build()


def test_the_dial_in_text_of_a_meeting_is_no_secret_but_a_password_beside_it_is() -> None:
    """Id and passcode of a meeting are left alone; "mein Passwort" in the same message is not."""
    dial_in = "Besprechungs-ID: 385 562 023 120\nPasscode: aB3dE9"
    assert kinds(dial_in) == []
    assert kinds(f"{dial_in}\nmein Passwort ist Bergsee#4") == ["CREDENTIAL"]


def test_an_iban_is_no_account_and_a_meter_is_no_iban() -> None:
    """Where two readings overlap, the more specific one stands alone."""
    assert kinds("Kontonummer: DE89370400440532013000") == ["IBAN"]
    assert kinds("Zählpunkt DE0005626680200000000000000012345") == []


def test_secrets_in_link_targets_are_found_in_html() -> None:
    """A login link hides behind its text: the token in the target is found and maps back."""
    text = '<p><a href="https://portal.example.de/login?token=a8Kd93kLm2xx91">Link</a></p>'
    (found,) = SCANNER.scan(text, html=True).findings
    assert text[found.start : found.end] == "a8Kd93kLm2xx91"


def test_one_scanner_serves_many_threads() -> None:
    """The same scanner answers the same from several threads at once."""
    texts = ["IBAN DE89 3704 0044 0532 0130 00", "hallo", "mein Passwort ist Bergsee#4", "PIN: 4711"] * 50
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(SCANNER.scan, texts)) == [SCANNER.scan(text) for text in texts]


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ({}, "exports no build"),
        ({"build": lambda formats: types.SimpleNamespace(name="other", triggers=("x",))}, "called other"),
        ({"build": lambda formats: types.SimpleNamespace(name="iban", triggers=())}, "no trigger"),
    ],
)
def test_the_registry_is_strict(monkeypatch: pytest.MonkeyPatch, module: dict, says: str) -> None:
    """A detector module without build, with a foreign name or without a trigger stops the start."""
    fake = types.ModuleType("iban")
    vars(fake).update(module)
    monkeypatch.setattr(registry.pkgutil, "iter_modules", lambda path: [pkgutil.ModuleInfo(None, "iban", False)])
    monkeypatch.setattr(registry.importlib, "import_module", lambda name: fake)
    with pytest.raises(RuntimeError, match=says):
        registry.build_all(NumberFormats())


@pytest.mark.parametrize(
    "sent", ["<b", "&#x110000;", "&#0;", "%FF%FE", "<!--" * 50, "\ud800", "\x00", "&" * 99, "<>" * 99]
)
def test_broken_markup_is_read_as_text(sent: str) -> None:
    """Unfinished tags, impossible references and invalid encodings never fail."""
    for html in (True, False):
        assert len(fold(sent, html).text) <= len(sent)


def test_a_lone_surrogate_is_no_way_around() -> None:
    """Text that no encoding can hold is scanned all the same."""
    assert kinds("\ud800 mein Passwort ist Bergsee#4") == ["CREDENTIAL"]
    assert kinds("<p>\udfff PIN: 4711</p>", html=True) == ["CREDENTIAL"]


WORST = [
    "1",
    "DE89 ",
    "DE89",
    "4111 ",
    "<",
    "<!--",
    "&#",
    "%41",
    "Passwort ",
    "Passwort: ",
    "passwort ist und ",
    "Kundennummer ",
    "Konto 1 ",
    "vier ",
    "\u200b",
    "PIN ist ",
    "https://a?token=",
    "a/b ",
    "Ihre IBAN ",
    "Zugang: a ",
    '"',
]


@pytest.mark.parametrize("unit", WORST)
def test_hostile_repetition_is_answered(unit: str) -> None:
    """Twenty thousand characters of any one piece are scanned, in both formats, within the test's time limit."""
    text = unit * (20_000 // len(unit))
    for html in (False, True):
        assert all(f.end <= len(text) for f in SCANNER.scan(text, html).findings)

"""The operator profile: both examples load, and everything that is not a profile is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.detection import Scanner
from bot.profile import CustomerNumber, Notice, Numbers, ProfileError, load_profile
from bot.storage.audit_kinds import allowed

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "profiles").glob("*.yaml"))
STADTWERKE = (ROOT / "profiles" / "stadtwerke.yaml").read_text(encoding="utf-8")


def complaint(tmp_path: Path, text: str | bytes) -> str:
    """What load_profile says about a file with this text."""
    file = tmp_path / "profile.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ProfileError) as refused:
        load_profile(file)
    return str(refused.value)


def changed(old: str, new: str) -> str:
    """The example profile with one passage replaced."""
    assert STADTWERKE.count(old) == 1, f"{old!r} must be in the example exactly once"
    return STADTWERKE.replace(old, new)


def line_of(needle: str, text: str) -> int:
    """The 1-based line of the first line that holds the needle."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if needle in line)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_load(path: Path) -> None:
    """Every shipped profile loads, with German first and a controller of an invented domain."""
    profile = load_profile(path)
    assert profile.languages[0] == "de"
    assert profile.controller.email.endswith(".example")


def test_stadtwerke_is_the_profile_of_the_scenarios() -> None:
    """The example profile has the values that scenarios.md and the issues fix."""
    profile = load_profile(ROOT / "profiles" / "stadtwerke.yaml")
    assert profile.guard.basis == "security"
    assert profile.guard.chat_deletion == "after_unprotected_finding"
    assert profile.guard.chat_deletion_delay == timedelta(minutes=15)
    assert (profile.sign_in.code_length, profile.sign_in.tries) == (6, 5)
    assert "Dokumentation" in profile.recording.purposes
    assert profile.rests_on_consent


def test_energiehaus_rests_on_the_contract() -> None:
    """The second profile differs where the second source document does: basis and categories (R51, R59)."""
    profile = load_profile(ROOT / "profiles" / "energiehaus.yaml")
    assert not profile.rests_on_consent
    assert {"phone", "duration", "mac_address"} <= set(profile.data_categories)


def test_a_profile_is_frozen() -> None:
    """Nobody changes a profile after it was read."""
    profile = load_profile(EXAMPLES[0])
    with pytest.raises(ValidationError):
        profile.version = "other"  # type: ignore[misc]


def test_numbers_stay_as_written(tmp_path: Path) -> None:
    """A phone number with leading zeros is text, not an octal number."""
    text = STADTWERKE.replace('"0800 000 1000"', "0123456")
    file = tmp_path / "profile.yaml"
    file.write_text(text, encoding="utf-8")
    assert load_profile(file).controller.phone == "0123456"


IMPRINT = "https://www.stadtwerke-lindenau.example/impressum"
REFUSED = {
    "unknown key": ("  chat_pause: false", "  chat_pauze: false", "guard.chat_pauze", "chat_pause,"),
    "unknown top key": ("recording:\n", "recordings:\n", "recordings", "unknown key"),
    "wrong choice": ("  basis: security  ", "  basis: always  ", "guard.basis", "'security' or 'consent'"),
    "wrong truth": ("masked_copy: false", "masked_copy: 7", "guard.masked_copy", "boolean"),
    "wrong number": ("tries: 5", "tries: five", "sign_in.tries", "integer"),
    "number too large": ("tries: 5", "tries: 500", "sign_in.tries", "less than or equal to 10"),
    "wrong duration": ("remind_after: 2m", "remind_after: 2 minutes", "guard.remind_after", "such as 30d"),
    "no time at all": ("remind_after: 2m", "remind_after: 0m", "guard.remind_after", "from 1"),
    "http": (
        "https://www.stadtwerke-lindenau.example/impressum",
        "http://x.example",
        "imprint_url",
        "https://",
    ),
    "script": (
        "https://www.stadtwerke-lindenau.example/impressum",
        "javascript:1",
        "imprint_url",
        "https://",
    ),
    "user info": (
        "https://www.stadtwerke-lindenau.example/impressum",
        "https://a@b.example",
        "imprint",
        "https",
    ),
    "mail": ("dsb@lotsen-datenschutz.example", "dsb at lotsen", "data_protection_officer.email", "e-mail"),
    "list for text": ("  basis: security  ", "  basis: [security]  ", "guard.basis", "'security'"),
    "text for list": ("languages: [de, en]", "languages: de", "languages", "tuple"),
    "language twice": ("languages: [de, en]", "languages: [de, de]", "profile", "twice"),
    "no safeguard": (
        "safeguards: [standard_contractual_clauses]",
        "safeguards: []",
        "third_country",
        "transfer",
    ),
    "keyword": ("Kd-Nr, KdNr", "'[a-z]+(x'", "numbers.customer_numbers.0.keywords.2", "letters"),
    "blank keyword": ("Kd-Nr, KdNr", "'   '", "numbers.customer_numbers.0.keywords.2", "letters"),
    "keyword without a letter": ("Kd-Nr, KdNr", "'12.12'", "numbers.customer_numbers.0.keywords.2", "letters"),
    "keyword of other letters": ("Kd-Nr, KdNr", "Numéro", "numbers.customer_numbers.0.keywords.2", "German letters"),
    "number name with a pattern": ("name: Kundennummer", "name: 'Nummer (neu'", "customer_numbers.0.name", "letters"),
    "number name of other letters": ("name: Kundennummer", "name: N° 1", "customer_numbers.0.name", "German letters"),
    "sentence for a version": ('  version: "2026-11"', "  version: Stand November 2026", "notice.version", "2026-11"),
    "version with a stroke": ("terms_version:", "terms_version: 11/26 #", "notice.terms_version", "letters, digits"),
    "prefix": ("min_digits: 8", 'prefix: "K.*"', "numbers.customer_numbers.0.prefix", "letters"),
    "digits": ("min_digits: 8", "min_digits: 80", "numbers.customer_numbers.0.min_digits", "18"),
    "identifier": ("\nnumbers:\n", "\nnumbers:\n  secret_identifiers: [IBAN]\n", "secret_identifiers", "'METER'"),
    "no such zone": ("time_zone: Europe/Berlin", "time_zone: ../../etc/passwd", "time_zone", "Europe/Berlin"),
    "two lines": ("name: Stadtwerke Lindenau AG", 'name: "a\\nb"', "controller.name", "one line"),
}


@given(st.text(alphabet="aZ09._- /äé(", min_size=0, max_size=45))
@settings(deadline=None)
def test_a_version_the_profile_takes_the_trail_takes(version: str) -> None:
    """Consent is recorded with the versions that were shown: one that cannot be recorded is refused at the start."""
    notice = load_profile(EXAMPLES[0]).notice.model_dump()
    try:
        found = Notice.model_validate({**notice, "version": version, "terms_version": version})
    except ValidationError:
        return
    kept = allowed("consent:given", {"ref": "p1", "notice": found.version, "terms": found.terms_version})
    assert kept["notice"] == version


@given(st.text(alphabet="KkäÄßſİéя_ .-()[]*+|\\2", min_size=3, max_size=8), st.booleans())
@settings(deadline=None, max_examples=40)
def test_what_a_number_may_be_called_the_detectors_can_look_for(word: str, as_name: bool) -> None:
    """Whatever the profile accepts as name or keyword builds a scanner, in which it announces a number."""
    found = {"name": word, "prefix": "KD"} if as_name else {"name": "Nummer", "keywords": [word], "prefix": "KD"}
    try:
        number = CustomerNumber.model_validate(found)
    except ValidationError:
        return
    profile = load_profile(EXAMPLES[0]).model_copy(update={"numbers": Numbers(customer_numbers=(number,))})
    formats = profile.number_formats()
    assert Scanner(formats).scan("Meine Nummer: KD1234567").findings


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_the_line_the_key_and_what_is_allowed(tmp_path: Path, case: str) -> None:
    """A wrong value is refused with its line, its key and what would be right."""
    old, new, key, allowed = REFUSED[case]
    text = changed(old, new)
    message = complaint(tmp_path, text)
    assert key in message
    assert allowed in message
    if case != "language twice":  # a rule over the whole profile has the profile's first line
        wrong_line = line_of(new.strip().splitlines()[-1], text)
        assert f"line {wrong_line}:" in message or case == "no safeguard"


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    """A section without a required key is refused with the key."""
    message = complaint(tmp_path, changed(f"  imprint_url: {IMPRINT}\n", ""))
    assert "controller.imprint_url" in message
    assert "required" in message


def test_a_duplicate_key_is_refused_with_its_line(tmp_path: Path) -> None:
    """The second of two equal keys never wins silently."""
    text = changed("  tries: 5", "  tries: 5\n  tries: 9")
    message = complaint(tmp_path, text)
    assert f"line {line_of('tries: 9', text)}" in message
    assert "twice" in message


HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "empty"),
    "a list": ("- a\n- b\n", "profile"),
    "a word": ("hello", "profile"),
    "not utf-8": (b"version: \xff\xfe", "UTF-8"),
    "not yaml": ("version: [", "line"),
    "control character": ("version: \x00", "YAML"),
    "tag": ("version: !!python/object/apply:os.system [ls]", "tags"),
    "alias": ("a: &x [1]\nb: *x", "anchors"),
    "two documents": ("a: 1\n---\nb: 2", "second document"),
    "too deep": ("[" * 5000, "nested"),
    "oversized": ("#" * 70000, "at most"),
    "list as key": ("? [a]\n: b", "plain word"),
    "merge": ("<<: {a: b}", "merge"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused(tmp_path: Path, case: str) -> None:
    """Whatever the file holds, the answer is one clear ProfileError."""
    text, expected = HOSTILE[case]
    assert expected in complaint(tmp_path, text)


def test_a_missing_file_is_a_profile_error(tmp_path: Path) -> None:
    """A path without a file behind it is named."""
    with pytest.raises(ProfileError, match=r"nowhere\.yaml"):
        load_profile(tmp_path / "nowhere.yaml")


@given(st.binary(max_size=400))
def test_no_bytes_escape_as_another_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Random bytes are never a profile and never another exception."""
    file = tmp_path_factory.getbasetemp() / "random.yaml"
    file.write_bytes(data)
    with pytest.raises(ProfileError):
        load_profile(file)


def test_number_formats_are_those_of_the_profile() -> None:
    """The detectors get the operator's names, keywords, prefixes, digits and the length of our own code (R37)."""
    formats = load_profile(ROOT / "profiles" / "energiehaus.yaml").number_formats()
    number = formats.customer_numbers[0]
    assert (number.name, number.prefix, number.digits) == ("Kundennummer", "ET", (6, 6))
    assert formats.secret_identifiers == {"METER"}
    assert formats.own_code_length == 8


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero on this system")
def test_a_file_without_an_end_is_refused() -> None:
    """A path that leads to something else than a profile is read to a bound and refused."""
    with pytest.raises(ProfileError, match="larger than a profile"):
        load_profile("/dev/zero")

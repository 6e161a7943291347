"""The cards: valid, accessible, without words in the templates, public ones without anything personal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft6Validator
from jsonschema.exceptions import best_match

from bot.detection.kinds import Kind
from bot.profile import load_profile
from bot.texts import LANGUAGES, keys
from cards import KINDS, PUBLIC_KINDS, build
from cards.advisor_status.card import AdvisorStatusData, PersonRow
from cards.examples import EXAMPLES, NOON
from cards.guard_notice.card import GuardNoticeData
from cards.session_ended.card import SessionEndedData
from cards.sign_in.card import SignInData
from cards.snapshots import path, snapshot
from cards.welcome.card import WelcomeData

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT.parent / "shared" / "contracts" / "adaptive-card-1.5.schema.json"
EVERY = [(kind, name, language) for kind in KINDS for name in EXAMPLES[kind] for language in LANGUAGES]
CASES = [pytest.param(*case, id=" ".join(case)) for case in EVERY if case[2] == "de"]
SHOWN = ("text", "title", "label", "placeholder", "errorMessage", "altText", "fallbackText", "value")


def elements(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of a card."""
    if isinstance(part, list):
        for inner in part:
            yield from elements(inner)
    elif isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from elements(inner)


def words(card: dict[str, Any]) -> str:
    """Everything a person would read on a card."""
    return "\n".join(str(e[name]) for e in elements(card) for name in SHOWN if isinstance(e.get(name), str))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_snapshots_are_current(kind: str, language: str) -> None:
    """Every state of every card looks as it did when somebody last looked (`make snapshots`)."""
    assert path(kind, language).read_text(encoding="utf-8") == snapshot(kind, language)


@pytest.mark.skipif(not SCHEMA.exists(), reason="the Adaptive Card schema is not beside this checkout")
def test_cards_are_valid_adaptive_cards() -> None:
    """Every card is valid against the schema of Adaptive Cards 1.5."""
    validator = Draft6Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert best_match(validator.iter_errors({"type": "AdaptiveCard", "version": 1})) is not None
    for kind, name, language in EVERY:
        card = {k: v for k, v in build(kind, EXAMPLES[kind][name], language).items() if k != "msteams"}
        problem = best_match(validator.iter_errors(card))
        assert problem is None, f"{kind}, {name}: {problem and problem.json_path}: {problem and problem.message}"


@pytest.mark.parametrize(("kind", "name", "language"), CASES)
def test_every_card_keeps_the_conventions(kind: str, name: str, language: str) -> None:
    """Root language, version, the kind as id of the first element, unique ids, small enough to be sent."""
    card = build(kind, EXAMPLES[kind][name], language)
    assert (card["lang"], card["version"], card["type"]) == (language, "1.5", "AdaptiveCard")
    assert card["body"][0]["id"] == kind
    assert card["body"][0]["style"] == "heading"
    ids = [e["id"] for e in elements(card) if "id" in e]
    assert len(ids) == len(set(ids))
    assert "${" not in json.dumps(card)
    assert len(json.dumps(card).encode("utf-16")) < 80_000


@pytest.mark.parametrize(("kind", "name", "language"), CASES)
def test_refused_is_there_exactly_on_a_refusal(kind: str, name: str, language: str) -> None:
    """The element `refused` says so with words when a press was refused, and is absent otherwise."""
    data = EXAMPLES[kind][name]
    found = [e for e in elements(build(kind, data, language)) if e.get("id") == "refused"]
    assert bool(found) == bool(getattr(data, "refused", None))
    assert all(len(e["text"]) > 10 for e in found)


@pytest.mark.parametrize(("kind", "name", "language"), CASES)
def test_every_execute_has_a_submit_that_says_the_same(kind: str, name: str, language: str) -> None:
    """Clients without Action.Execute fall back to Action.Submit with the same data and title."""
    for action in elements(build(kind, EXAMPLES[kind][name], language)):
        if action.get("type") == "Action.Execute":
            assert action["fallback"]["type"] == "Action.Submit"
            assert action["fallback"]["data"] == action["data"]
            assert action["fallback"]["title"] == action["title"]
            assert (action["data"]["card"], action["data"]["verb"]) == (kind, action["verb"])


@pytest.mark.parametrize(("kind", "name", "language"), CASES)
def test_cards_are_accessible(kind: str, name: str, language: str) -> None:
    """Labels and error texts on inputs, words on everything coloured, everything wraps, no bare link buttons."""
    card = build(kind, EXAMPLES[kind][name], language)
    for element in elements(card):
        match element.get("type"):
            case "Input.Text" | "Input.ChoiceSet" | "Input.Toggle":
                assert element["label"].strip()
                assert element["errorMessage"].strip()
            case "TextBlock":
                assert element["wrap"] is True
                assert element["text"].strip()
            case "Container":
                assert any(e.get("type") == "TextBlock" for e in elements(element["items"]))
            case "Image" | "Media" | "Action.OpenUrl" | "Action.ShowCard" | "Action.ToggleVisibility":
                pytest.fail("guests' clients cannot be relied on to show it")
        if str(element.get("type", "")).startswith("Action."):
            assert element["title"].strip()
            assert "iconUrl" not in element


@pytest.mark.parametrize(("kind", "name", "language"), [case for case in CASES if case.values[0] in PUBLIC_KINDS])
def test_every_address_on_a_card_can_be_pressed(kind: str, name: str, language: str) -> None:
    """An https address stands there as a link that shows it: bare, it would have to be copied by hand (R44)."""
    for element in elements(build(kind, EXAMPLES[kind][name], language)):
        rest = re.sub(r"\[(https://[^\]\s]+)\]\(\1\)", "", str(element.get("text", "")))
        assert "https://" not in rest


def test_an_operators_address_cannot_break_its_link() -> None:
    """Brackets and asterisks that an address may hold are percent-encoded, in what is shown as in where it leads."""
    facts = EXAMPLES["welcome"]["ask"]
    card = json.dumps(build("welcome", replace(facts, terms_url="https://x.example/a_(b)_*c*"), "de"))
    assert "[https://x.example/a_%28b%29_%2Ac%2A](https://x.example/a_%28b%29_%2Ac%2A)" in card


@pytest.mark.parametrize("kind", KINDS)
def test_templates_hold_no_words(kind: str) -> None:
    """Whatever a person reads comes from bot/texts: a template holds holes and list marks only."""
    template = json.loads((ROOT / "cards" / kind / "template.json").read_text(encoding="utf-8"))
    for element in elements(template):
        for name in SHOWN:
            if isinstance(element.get(name), str):
                rest = re.sub(r"\$\{[^}]*\}", "", element[name])
                assert not re.search(r"\w", rest), element[name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_differ(language: str) -> None:
    """A card in the other language is another card."""
    other = "en" if language == "de" else "de"
    for kind in KINDS:
        for data in EXAMPLES[kind].values():
            assert words(build(kind, data, language)) != words(build(kind, data, other))


def test_accept_and_decline_are_equally_prominent() -> None:
    """Accept and decline stand side by side, differ in nothing but title and verb, and no style favours one (R15)."""
    for language in LANGUAGES:
        accept, decline = build("welcome", EXAMPLES["welcome"]["ask"], language)["actions"]
        assert (accept["verb"], decline["verb"]) == ("accept", "decline")
        assert accept.keys() == decline.keys()
        assert accept.get("style", "default") == decline.get("style", "default") == "default"
        assert abs(len(accept["title"]) - len(decline["title"])) <= 4


def test_withdrawing_takes_as_many_presses_as_accepting() -> None:
    """One press accepts, one press withdraws (R70)."""
    accepted = build("welcome", EXAMPLES["welcome"]["accepted"], "de")
    assert [action["verb"] for action in accepted["actions"]] == ["withdraw"]


def test_welcome_says_what_the_terms_promise() -> None:
    """The list of what must not be typed, the scanning, no recording, filming, voluntariness, commands (N7)."""
    shown = words(build("welcome", EXAMPLES["welcome"]["ask"], "de"))
    for needle in (
        "Kontonummern", "Kundennummern", "Passwörter", "Online-Kundencenter", "automatisch", "nicht gespeichert",
        "filmen", "technisch nicht erkennen", "freiwillig", "0800 000 1000", "EINWILLIGUNG JA", "EINWILLIGUNG NEIN",
        "/notices/de/privacy", "/notices/de/terms", "2026-11", "dsb@lotsen-datenschutz.example",
    ):  # fmt: skip
        assert needle in shown
    assert "WIDERRUF" in words(build("welcome", EXAMPLES["welcome"]["accepted"], "de"))


def test_welcome_tells_the_basis_of_the_guard() -> None:
    """Scanning from the first message and scanning after consent are two different sentences (decision 11)."""
    ask = EXAMPLES["welcome"]["ask"]
    later = EXAMPLES["welcome"]["ask, contract, scanned after consent"]
    assert "ersten Nachricht" in words(build("welcome", ask, "de"))
    assert "ersten Nachricht" not in words(build("welcome", later, "de"))
    assert "erst nach Ihrer Zustimmung" in words(build("welcome", later, "de"))


@pytest.mark.parametrize("path", sorted((ROOT / "profiles").glob("*.yaml")), ids=lambda p: p.stem)
def test_cards_of_a_profile(path: Path) -> None:
    """The cards made from an operator profile name that operator, its officer and our own notice pages."""
    profile = load_profile(path)
    shown = words(build("welcome", WelcomeData.of(profile, "https://bot.example/", "en"), "en"))
    assert profile.controller.name in shown
    assert "https://bot.example/notices/en/privacy" in shown
    ended = words(build("session_ended", SessionEndedData.of(profile, reason="closed"), "de"))
    assert profile.withdrawal_mailbox in ended
    assert profile.data_protection_officer.email in ended


def test_public_cards_take_no_personal_data() -> None:
    """No data class of a public card has a field for a person, a kind of secret or a code (decision 9)."""
    personal = {"name", "person", "customer", "email", "author", "kinds", "code", "text", "message"}
    for kind in PUBLIC_KINDS:
        for data in EXAMPLES[kind].values():
            assert not personal & set(type(data).__dataclass_fields__)


def test_a_public_guard_notice_is_the_same_for_every_finding() -> None:
    """Two findings give the same public card but for the opaque reference: it cannot tell whose or what."""
    one, two = (json.dumps(build("guard_notice", GuardNoticeData(ref=ref), "de")) for ref in ("f1", "f2"))
    assert one.replace('"f1"', '"f2"') == two
    for kind in ("IBAN", "Kontonummer", "Kundennummer", "Kartennummer", "Passwort", "Zugangsdaten"):
        assert kind not in one


def test_how_to_delete_is_told_for_every_client() -> None:
    """Web, desktop, iOS and Android each have their steps (issue 4 item 1)."""
    shown = words(build("guard_notice", EXAMPLES["guard_notice"]["public warn"], "en"))
    for client in ("browser", "computer", "iPhone", "Android"):
        assert client in shown


def test_names_cannot_put_links_on_the_advisors_card() -> None:
    """A guest called like a Markdown link is shown as harmless words."""
    data = AdvisorStatusData(
        ref="c1",
        appointment=("**x**\n# y", NOON),
        people=(PersonRow(ref="p", name="[Hier klicken](https://x.example)\u202e", role="guest", can_vouch=True),),
    )
    shown = words(build("advisor_status", data, "de"))
    assert "](" not in shown
    assert "**" not in shown
    assert "\u202e" not in shown


def test_times_are_the_operators() -> None:
    """Times are shown in the operator's zone; a moment without a zone is refused."""
    data = AdvisorStatusData(ref="c1", appointment=("Erika", NOON))
    assert "23.11.2026, 12:00 Uhr" in words(build("advisor_status", data, "de"))
    with pytest.raises(ValueError, match="zone"):
        build("advisor_status", AdvisorStatusData(ref="c", appointment=("E", datetime(2026, 1, 1))), "de")  # noqa: DTZ001


def test_no_outcome_claims_more_than_it_is() -> None:
    """Where the secret stays readable the words say readable; only confirmed things are called confirmed."""
    shown = build("advisor_status", EXAMPLES["advisor_status"]["every outcome"], "en")
    by_outcome = {row.outcome: row for row in EXAMPLES["advisor_status"]["every outcome"].findings}
    sentences = [e["text"] for e in elements(shown) if str(e.get("text", "")).startswith("State: ")]
    said = dict(zip(by_outcome, sentences, strict=True))
    assert all("still readable" in said[outcome] for outcome in ("failed", "warned"))
    assert all("delet" not in said[outcome] for outcome in ("hidden", "edited by author", "failed"))
    assert "author still sees it" in said["hidden"]
    assert "restored for seven days" in said["chat deleted"]
    assert len(set(sentences)) == len(by_outcome) == 9


def test_every_kind_of_secret_has_its_word() -> None:
    """Whatever the detectors can report is named on the advisor's card, not called something unknown."""
    assert [kind for kind in Kind if kind is not Kind.CODE_SHAPE and f"kind.{kind}" not in keys("de")] == []


def test_wrong_data_is_refused() -> None:
    """A kind takes its own data only, in a language there is; a wrong code needs the number of tries left."""
    with pytest.raises(TypeError, match="WelcomeData"):
        build("welcome", EXAMPLES["sign_in"]["ask"], "de")
    with pytest.raises(KeyError):
        build("nothing", EXAMPLES["sign_in"]["ask"], "de")
    with pytest.raises(ValueError, match="language"):
        build("welcome", EXAMPLES["welcome"]["ask"], "fr")
    with pytest.raises(ValueError, match="tries"):
        SignInData(ref="s", refused="wrong")

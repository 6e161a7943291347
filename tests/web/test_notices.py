"""The notice pages: what Art. 13 asks for, from the profile and nothing else, and safe to open."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.profile import Profile, load_profile
from bot.web.notices import PAGES, page, routes

ROOT = Path(__file__).resolve().parents[2]
STADTWERKE = load_profile(ROOT / "profiles" / "stadtwerke.yaml")
ENERGIEHAUS = load_profile(ROOT / "profiles" / "energiehaus.yaml")
BASE = "https://bot.example"
EVERY = [
    (profile, language, name) for profile in (STADTWERKE, ENERGIEHAUS) for language in ("de", "en") for name in PAGES
]


def changed(profile: Profile, section: str, **changes: object) -> Profile:
    """The profile with a few values of one section replaced."""
    return profile.model_copy(update={section: getattr(profile, section).model_copy(update=changes)})


def test_the_privacy_notice_has_what_article_13_asks_for() -> None:
    """Controller, officer, purpose, basis, recipients, transfer, period, rights, complaint, obligation (R44-R62)."""
    shown = page(STADTWERKE, BASE, "en", "privacy")
    for needle in (
        "Stadtwerke Lindenau AG, Am Werkhof 1", "dsb@lotsen-datenschutz.example", "Purpose", "Your consent",
        "Section 26", "Microsoft Corporation", "15/01/2026", "USA", "standard contractual clauses", "30 days",
        "1095 days", "access, rectification, erasure, restriction and data portability", "Datenschutzaufsicht Lindenau",
        "Do you have to provide data?", "decided automatically", "IP address",
    ):  # fmt: skip
        assert needle in shown, needle


def test_the_scanning_of_the_chat_is_named_with_its_basis() -> None:
    """Both the terms and the privacy notice say that the chat is checked, on the basis the profile states (R41)."""
    for name in ("terms", "privacy"):
        assert "von der ersten an" in page(STADTWERKE, BASE, "de", name)
        assert "ab Ihrer Zustimmung" in page(ENERGIEHAUS, BASE, "de", name)
    assert "Art. 32" in page(STADTWERKE, BASE, "de", "privacy")
    assert "Art. 32" not in page(ENERGIEHAUS, BASE, "de", "privacy")


def test_the_periods_named_are_the_ones_that_are_kept() -> None:
    """The trail is said to be kept as long as the longest of what hangs on it; of mails no copy is claimed (R62)."""
    short = {"consultation": timedelta(days=11), "findings": timedelta(days=12), "audit": timedelta(days=13)}
    shown = page(changed(STADTWERKE, "retention", **short, consent_proof=timedelta(days=14)), BASE, "de", "privacy")
    assert "Angaben zur Beratung: 11 Tage" in shown
    assert "Funde im Chat: 12 Tage" in shown
    assert "Nachweis Ihrer Entscheidung: 14 Tage" in shown
    assert "13 Tage" not in shown
    assert "keine Kopie" in shown
    longest = changed(STADTWERKE, "retention", findings=timedelta(days=4000))
    assert "Nachweis Ihrer Entscheidung: 4000 Tage" in page(longest, BASE, "de", "privacy")


def test_what_the_profile_does_not_state_is_left_out() -> None:
    """Without an authority, a contract date or a branch the pages invent none."""
    bare = STADTWERKE.model_copy(update={"supervisory_authority": None})
    bare = changed(changed(bare, "processor", contract_date=None), "other_channels", branch=None)
    whole, shown = (page(profile, BASE, "de", "privacy") for profile in (STADTWERKE, bare))
    for needle in ("Aufsichtsbehörde", "Art. 28"):
        assert needle in whole
        assert needle not in shown
    assert "persönlich" in page(STADTWERKE, BASE, "de", "terms")
    assert "persönlich" not in page(bare, BASE, "de", "terms")
    assert "None" not in shown


def test_the_legal_basis_is_the_operators() -> None:
    """Contract and legitimate interest are named where they apply, and a withdrawal counts as objection (R59)."""
    shown = page(ENERGIEHAUS, BASE, "de", "privacy")
    assert shown.index("Buchst. b") < shown.index("berechtigtes Interesse an einer")
    assert "Art. 21" in page(ENERGIEHAUS, BASE, "de", "withdrawal")
    assert "Art. 21" not in page(STADTWERKE, BASE, "de", "withdrawal")


def test_withdrawing_is_explained_on_every_path() -> None:
    """Card, chat word and mailbox stand on the withdrawal page (R66)."""
    shown = page(STADTWERKE, BASE, "de", "withdrawal")
    for needle in ("Zustimmung widerrufen", "WIDERRUF", "beratung@stadtwerke-lindenau.example"):
        assert needle in shown


@pytest.mark.parametrize("language", ["de", "en"])
def test_one_press_opens_a_mail(language: str) -> None:
    """Officer, controller and the mailbox for withdrawals are links, by keyboard and on a phone (R60, R66)."""
    officer, mailbox = STADTWERKE.data_protection_officer.email, STADTWERKE.withdrawal_mailbox
    for name, email in (("privacy", officer), ("privacy", mailbox), ("withdrawal", officer), ("withdrawal", mailbox)):
        assert f'<a href="mailto:{email}">{email}</a>' in page(STADTWERKE, BASE, language, name)


def test_values_of_the_profile_are_escaped() -> None:
    """A name that looks like HTML is shown, not run."""
    hostile = changed(STADTWERKE, "controller", name="<script>alert(1)</script>", imprint_url='https://x.example/"onx=')
    for name in PAGES:
        shown = page(hostile, BASE, "de", name)
        assert "<script" not in shown
        assert 'example/"onx' not in shown


class Outline(HTMLParser):
    """Tags and their nesting."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the tag; void elements are not opened."""
        self.tags.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every end tag closes the tag opened last."""
        assert self.open.pop() == tag


@pytest.mark.parametrize(("profile", "language", "name"), EVERY)
def test_pages_are_well_formed_and_load_nothing(profile: Profile, language: str, name: str) -> None:
    """One heading, language and viewport set, every tag closed, no script, no image, no form, own pages linked."""
    shown = page(profile, BASE, language, name)
    outline = Outline()
    outline.feed(shown)
    assert outline.open == []
    assert outline.tags.count("h1") == 1
    assert not {"script", "img", "form", "iframe", "link"} & set(outline.tags)
    assert f'<html lang="{language}">' in shown
    assert "width=device-width" in shown
    others = {f"{BASE}/notices/{language}/{other}" for other in PAGES if other != name}
    assert others <= set(re.findall(r'href="([^"]+)"', shown))


async def test_pages_are_served_with_strict_headers() -> None:
    """200 with a content security policy and without cookies; an unknown page or language is a plain 404."""
    application = web.Application()
    application.add_routes(routes(STADTWERKE, BASE))
    async with TestClient(TestServer(application)) as client:
        answer = await client.get("/notices/de/privacy")
        assert answer.status == 200
        assert answer.content_type == "text/html"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "Set-Cookie" not in answer.headers
        assert "Datenschutzhinweise" in await answer.text()
        for path in (
            "/notices/fr/privacy",
            "/notices/de/nothing",
            "/notices/de/%3Cscript%3E",
            f"/notices/de/{'x' * 999}",
            "/notices/",
            "/notices/de",
            "/notices/de/privacy/more",
            "/notices/de/..%2Fprivacy",
            "/notices/en%2Fprivacy%00",
        ):
            missing = await client.get(path)
            assert missing.status == 404
            body = await missing.text()
            assert "<script" not in body
            assert "xxx" not in body
            assert "Diese Seite gibt es nicht." in body


async def test_a_link_to_a_language_that_is_not_offered_leads_to_the_page() -> None:
    """An operator of one language shows it there; and a blank stroke at the end of an address does not matter."""
    application = web.Application()
    application.add_routes(routes(STADTWERKE.model_copy(update={"languages": ("en",)}), BASE))
    async with TestClient(TestServer(application)) as client:
        for path in ("/notices/de/privacy", "/notices/en/privacy", "/notices/en/privacy/"):
            answer = await client.get(path)
            assert answer.status == 200, path
            assert '<html lang="en">' in await answer.text()


def test_the_other_language_is_marked_as_such() -> None:
    """A screen reader is told in which language the link to the other version is written."""
    assert 'lang="en" hreflang="en">English version<' in page(STADTWERKE, BASE, "de", "terms")
    assert 'lang="de" hreflang="de">Deutsche Fassung<' in page(STADTWERKE, BASE, "en", "terms")


@pytest.mark.parametrize(
    ("span", "de", "en"),
    [
        (timedelta(days=1), "1 Tag nach", "1 day after"),
        (timedelta(hours=24), "1 Tag nach", "1 day after"),
        (timedelta(hours=1), "1 Stunde nach", "1 hour after"),
        (timedelta(minutes=90), "90 Minuten nach", "90 minutes after"),
        (timedelta(seconds=1), "1 Sekunde nach", "1 second after"),
    ],
)
def test_one_day_is_one_day(span: timedelta, de: str, en: str) -> None:
    """Periods of one are written in the singular."""
    short = changed(STADTWERKE, "retention", consultation=span)
    assert f"Angaben zur Beratung: {de}" in page(short, BASE, "de", "privacy")
    assert f"Data of the consultation: {en}" in page(short, BASE, "en", "privacy")

"""The README's story, played by hand in a browser: both panes follow every step without a reload."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.texts import text

from .conftest import missing

if reason := missing():
    pytest.skip(reason, allow_module_level=True)

IBAN = "Meine IBAN ist DE89 3704 0044 0532 0130 00"


def de(key: str) -> str:
    """A German text of the product."""
    return text(key, "de")


def pane(page: Page, name: str) -> Locator:
    """The customer's or the advisor's pane."""
    return page.locator(f"[data-pane={name}]")


def say(where: Locator, text: str) -> None:
    """Type a message and send it."""
    where.get_by_role("textbox", name="Nachricht schreiben").fill(text)
    where.get_by_role("button", name="Senden").click()


def card(where: Locator, heading: str) -> Locator:
    """The newest card in a pane's meeting chat with this heading."""
    return where.locator("[data-log=meeting] .card").filter(has=where.page.get_by_text(heading, exact=False)).last


def enter_and_sign_in(page: Page) -> None:
    """Both join, the customer accepts and signs in with the mailed code."""
    phone, desk = pane(page, "customer"), pane(page, "advisor")
    desk.get_by_role("button", name="Beitreten").click()
    expect(desk.get_by_role("button", name="Verlassen")).to_be_visible()
    phone.get_by_role("button", name="Beitreten").click()
    phone.get_by_role("button", name=de("welcome.accept")).click()
    code = page.locator("output[data-code]").first
    expect(code).to_be_visible()
    sign_in = phone.locator(".card").filter(has=page.locator("input"))
    sign_in.locator("input").last.fill(code.inner_text())
    sign_in.get_by_role("button", name=de("sign_in.submit")).click()
    expect(desk.locator("[data-log=personal]")).to_contain_text(de("advisor_status.identity.code"))


def test_story_of_the_readme(page: Page, address: str) -> None:
    """Join, accept, sign in, disclose an IBAN, see the warning, start a recording, see the flag, withdraw."""
    page.goto(address)
    phone, desk = pane(page, "customer"), pane(page, "advisor")
    enter_and_sign_in(page)

    say(phone, IBAN)
    for one in (phone, desk):
        expect(one.locator("[data-log=meeting]")).to_contain_text(IBAN)
        expect(card(one, de("guard_notice.title.warn"))).to_be_visible()
    expect(desk.locator("[data-log=personal]")).to_contain_text("IBAN")
    expect(page.locator("#timeline")).not_to_contain_text("DE89")

    desk.get_by_role("button", name="Aufzeichnung starten").click()
    expect(card(phone, de("recording_flag.title.recording"))).to_be_visible()
    expect(desk.get_by_role("button", name="Aufzeichnung starten")).to_be_visible()
    expect(card(phone, de("recording_flag.title.recording"))).to_contain_text(de("recording_flag.recording.stopped"))
    if picture := os.environ.get("REHEARSAL_PICTURE"):
        page.screenshot(path=Path(picture), clip={"x": 0, "y": 0, "width": 1440, "height": 1180})
        folder = Path(picture).parent
        desk.locator("[data-log=personal] .card").last.screenshot(path=folder / "advisor-status.png")
        card(phone, de("guard_notice.title.warn")).screenshot(path=folder / "guard-notice.png")

    phone.get_by_role("button", name=de("welcome.withdraw")).click()
    expect(phone.locator("[data-log=meeting]")).to_contain_text(de("welcome.state.withdrawn"))
    expect(phone.locator("[data-log=meeting]")).to_contain_text(de("session_ended.title"))
    expect(desk.locator("[data-log=personal]")).to_contain_text(de("advisor_status.state.ended"))


def test_own_messages_are_edited_deleted_and_restored(page: Page, address: str) -> None:
    """A person edits, deletes and restores their own message, and nobody else is offered that."""
    page.goto(address)
    phone, desk = pane(page, "customer"), pane(page, "advisor")
    desk.get_by_role("button", name="Beitreten").click()
    phone.get_by_role("button", name="Beitreten").click()
    say(phone, "Guten Tag")
    expect(desk.locator("[data-log=meeting]")).to_contain_text("Guten Tag")
    expect(desk.get_by_role("button", name="Bearbeiten")).to_have_count(0)
    phone.get_by_role("button", name="Bearbeiten").click()
    phone.get_by_role("textbox", name="Bearbeiten").fill("Guten Abend")
    phone.get_by_role("button", name="Speichern").click()
    expect(desk.locator("[data-log=meeting]")).to_contain_text("Guten Abend")
    phone.get_by_role("button", name="Löschen").click()
    expect(desk.locator("[data-log=meeting]")).to_contain_text("wurde gelöscht")
    phone.get_by_role("button", name="Wiederherstellen").click()
    expect(desk.locator("[data-log=meeting]")).to_contain_text("Guten Abend")


def test_second_guest_rejoin_and_crash(page: Page, address: str) -> None:
    """A second guest joins on the phone's other device, leaves and rejoins; a crash of the app is survived."""
    page.goto(address)
    phone, desk = pane(page, "customer"), pane(page, "advisor")
    desk.get_by_role("button", name="Beitreten").click()
    phone.get_by_label("Gerät von").select_option("max")
    phone.get_by_role("button", name="Beitreten").click()
    expect(desk.locator("[data-log=meeting]")).to_contain_text("Max Muster ist beigetreten")
    phone.get_by_role("button", name="Verlassen").click()
    phone.get_by_role("button", name="Erneut beitreten").click()
    page.get_by_role("button", name="App abstürzen lassen").click()
    expect(page.locator("#toast")).to_contain_text("Erledigt", timeout=30_000)
    say(phone, IBAN)
    expect(card(desk, de("guard_notice.title.warn"))).to_be_visible()


def test_english_page_and_unbooked_meeting(page: Page, address: str) -> None:
    """The page speaks English on request, and a rehearsal without appointment gets the app added by the advisor."""
    page.goto(address)
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Add the app to an unbooked meeting").click()
    expect(page.locator("#toast")).to_have_text("Done.", timeout=30_000)
    desk = pane(page, "advisor")
    desk.get_by_role("button", name="Join").click(timeout=30_000)
    expect(desk.locator("[data-log=meeting]")).to_contain_text("The app “Videoberatung” was added.", timeout=30_000)
    expect(page.locator("#mails")).to_contain_text("No mail yet.")


def test_page_can_be_used_by_keyboard(page: Page, address: str) -> None:
    """Every control has a name, a press leaves the focus where it was, and the way to the customer's text field needs
    the Tab key only."""
    page.goto(address)
    expect(page.get_by_role("button", name="Beitreten")).to_have_count(2)
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button, input, select, textarea')]"
        ".filter((c) => !(c.textContent.trim() || c.labels?.length || c.ariaLabel)).map((c) => c.outerHTML)"
    )
    assert unnamed == []
    pane(page, "customer").get_by_role("button", name="Beitreten").focus()
    page.keyboard.press("Enter")
    expect(pane(page, "customer").get_by_role("button", name="Verlassen")).to_be_focused()
    for _ in range(40):
        if page.evaluate("document.activeElement.id") == "phone-text":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("Guten Tag")
    page.keyboard.press("Enter")
    expect(pane(page, "customer").locator("[data-log=meeting]")).to_contain_text("Guten Tag")

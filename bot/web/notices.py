"""The notices as pages: terms, privacy (Art. 13 GDPR) and withdrawal, made from the operator profile and the texts.

What the profile does not state is left out, never invented (R62). The pages load nothing, set no cookie (R76), run
no script and name what the product really does, the scanning of the chat included (R41).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import escape

from aiohttp import web

from bot.profile import Contact, Profile
from bot.texts import LANGUAGES, text

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300",
}
STYLE = (
    "body{font:1.05rem/1.6 system-ui,sans-serif;max-width:42rem;margin:0 auto;padding:1rem;color:#1b1b1b;"
    "background:#fff;overflow-wrap:anywhere}h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;"
    "margin-top:1.6em}a{color:#1f5f8b}nav{border-top:1px solid #767676;margin-top:2rem;padding-top:.5rem}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#1b1b1b}a{color:#9fd0f0}}"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", re.ASCII)
PAGES = ("terms", "privacy", "withdrawal")
Section = tuple[str, list[str]]
"""A heading (text key) and its paragraphs, HTML already."""


def routes(profile: Profile, base_url: str) -> list[web.RouteDef]:
    """The pages of one operator, rendered once; `base_url` is where they are served.

    A page asked for in a language that the operator does not offer (any more) is shown in the first one it does: the
    link may stand in a mail that was sent before.
    """
    pages: dict[tuple[str, str], str] = {
        (lang, name): page(profile, base_url, lang, name) for lang in profile.languages for name in PAGES
    }
    sentence = text("notice.not_found", profile.languages[0])
    missing = _document(profile.languages[0], sentence, f"<h1>{escape(sentence)}</h1>")

    async def show(request: web.Request) -> web.Response:
        language, _, name = request.match_info["path"].rstrip("/").partition("/")
        found = pages.get((language, name))
        if found is None and language in LANGUAGES:
            found = pages.get((profile.languages[0], name))
        if found is None:
            return web.Response(status=404, text=missing, content_type="text/html", headers=HEADERS)
        return web.Response(text=found, content_type="text/html", headers=HEADERS)

    return [web.get("/notices/{path:.*}", show)]


def page(profile: Profile, base_url: str, language: str, name: str) -> str:
    """One page as HTML. Raises KeyError for a name that is not one of PAGES."""
    sections = {"terms": _terms, "privacy": _privacy, "withdrawal": _withdrawal}[name](profile, language)
    title = text(f"notice.title.{name}", language)
    version = profile.notice.terms_version if name == "terms" else profile.notice.version
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(profile.controller.name)}<br>{escape(text('notice.version', language, version=version))}</p>",
        *(f"<h2>{escape(text(heading, language))}</h2>{''.join(parts)}" for heading, parts in sections if parts),
        _navigation(profile, base_url, language, name),
    ]
    return _document(language, title, "".join(body))


def _terms(profile: Profile, language: str) -> list[Section]:
    say = _sayer(language)
    return [
        (
            "notice.service.title",
            [
                say("notice.service", controller=profile.controller.name),
                say("notice.service.how"),
                say("notice.service.browser"),
            ],
        ),
        ("notice.voluntary.title", [say("welcome.voluntary"), *_channels(profile, language)]),
        ("notice.sign_in.title", [say("notice.sign_in"), say("notice.sign_in.rejoin")]),
        (
            "notice.chat.title",
            [say("mail.never"), *_scan(profile, language)[:1], say("notice.chat.transport")],
        ),
        ("notice.recording.title", [say("welcome.recording"), say("welcome.filming")]),
        ("notice.device.title", [say("notice.device")]),
    ]


def _privacy(profile: Profile, language: str) -> list[Section]:
    say = _sayer(language)
    who, processor = profile.controller, profile.processor
    categories = [text(f"category.{name}", language) for name in profile.data_categories]
    bases = dict.fromkeys((profile.legal_basis.customers, *profile.legal_basis.also))
    recipients = [say("notice.recipients", name=processor.name, address=processor.address)]
    if processor.contract_date:
        date = f"{processor.contract_date:%d.%m.%Y}" if language == "de" else f"{processor.contract_date:%d/%m/%Y}"
        recipients.append(say("notice.recipients.contract", date=date))
    rights = [say("notice.rights", mailbox=profile.withdrawal_mailbox)]
    if "consent" in bases:
        rights.append(say("notice.rights.withdraw"))
    if profile.supervisory_authority:
        rights.append(say("notice.complaint", authority=_contact(profile.supervisory_authority)))
    return [
        (
            "notice.controller.title",
            [
                say("notice.controller", name=who.name, address=who.address, email=who.email, phone=who.phone),
                say("notice.controller.microsoft"),
            ],
        ),
        ("notice.officer.title", [_paragraph(_contact(profile.data_protection_officer))]),
        ("notice.purpose.title", [say("notice.purpose")]),
        (
            "notice.categories.title",
            [say("notice.categories"), _list(categories), say("notice.categories.ours")],
        ),
        ("notice.scan.title", _scan(profile, language)),
        ("notice.recording.title", [say("welcome.recording")]),
        (
            "notice.basis.title",
            [
                *(say(f"notice.basis.{basis}") for basis in bases),
                say(f"notice.basis.employees.{profile.legal_basis.employees}"),
            ],
        ),
        ("notice.obligation.title", [say("notice.obligation")]),
        ("notice.recipients.title", [*recipients, say("notice.recipients.others")]),
        (
            "notice.transfer.title",
            [
                say(f"notice.transfer.{profile.third_country.transfer}"),
                *(say(f"notice.safeguard.{safeguard}") for safeguard in profile.third_country.safeguards),
            ],
        ),
        ("notice.retention.title", _retention(profile, language)),
        ("notice.rights.title", rights),
        ("notice.cookies.title", [say("notice.cookies")]),
        ("notice.device.title", [say("notice.device"), say("notice.chat.transport")]),
    ]


def _withdrawal(profile: Profile, language: str) -> list[Section]:
    say = _sayer(language)
    effect = [say("notice.withdrawal.effect"), say("notice.withdrawal.lawful")]
    if not profile.rests_on_consent:
        effect.insert(0, say("notice.withdrawal.objection"))
    ways = [
        text("notice.withdrawal.card", language),
        text("notice.withdrawal.chat", language),
        text("notice.withdrawal.mail", language, mailbox=profile.withdrawal_mailbox),
    ]
    return [
        ("notice.withdrawal.ways.title", [_list(ways)]),
        ("notice.withdrawal.effect.title", effect),
        ("notice.voluntary.title", _channels(profile, language)),
        ("notice.officer.title", [_paragraph(_contact(profile.data_protection_officer))]),
    ]


def _scan(profile: Profile, language: str) -> list[str]:
    """What the guard does, on which basis, and what becomes of the chat (decision 11, R41)."""
    say = _sayer(language)
    guard = profile.guard
    return [
        say(f"notice.scan.{guard.basis}"),
        say("notice.scan.memory"),
        say("notice.scan.effect"),
        say(f"notice.scan.basis.{guard.basis}"),
        say("notice.scan.decision"),
        say(f"notice.scan.chat_deletion.{guard.chat_deletion}"),
    ]


def _retention(profile: Profile, language: str) -> list[str]:
    say = _sayer(language)
    kept = profile.retention
    periods = {"consultation": kept.consultation, "findings": kept.findings, "trail": kept.trail}
    lines = [say(f"notice.retention.{name}", duration=_duration(span, language)) for name, span in periods.items()]
    return [*lines, say("notice.retention.mails"), say("notice.retention.microsoft")]


def _duration(span: timedelta, language: str) -> str:
    """In the largest unit that divides it."""
    seconds = int(span.total_seconds())
    sizes = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))
    unit, size = next((unit, size) for unit, size in sizes if seconds % size == 0)
    if seconds == size:
        return text(f"notice.duration.{unit}.one", language)
    return text(f"notice.duration.{unit}", language, count=seconds // size)


def _channels(profile: Profile, language: str) -> list[str]:
    say = _sayer(language)
    lines = [say("welcome.channels.phone", phone=profile.other_channels.phone)]
    if profile.other_channels.branch:
        lines.append(say("welcome.channels.branch", branch=profile.other_channels.branch))
    return lines


def _contact(who: Contact) -> str:
    return ", ".join(part for part in (who.name, who.address, who.email, who.phone, who.url) if part)


def _navigation(profile: Profile, base_url: str, language: str, name: str) -> str:
    links = profile.links(base_url, language)
    items = [(getattr(links, other), text(f"notice.title.{other}", language)) for other in PAGES if other != name]
    items.append((profile.controller.imprint_url, text("notice.imprint", language)))
    if profile.notice.website_privacy_url:
        items.append((profile.notice.website_privacy_url, text("notice.website", language)))
    items.append((links.microsoft, text("notice.microsoft_statement", language)))
    listed = "".join(f'<li><a href="{escape(url)}">{escape(words)}</a></li>' for url, words in items)
    for other in profile.languages:
        if other != language:  # its name is in that language, and is to be read out so (WCAG 2.2, 3.1.2)
            url, words = f"{base_url.rstrip('/')}/notices/{other}/{name}", text("notice.other_language", language)
            listed += f'<li><a href="{escape(url)}" lang="{other}" hreflang="{other}">{escape(words)}</a></li>'
    return f"<nav><h2>{escape(text('notice.other_pages', language))}</h2><ul>{listed}</ul></nav>"


def _sayer(language: str) -> Callable[..., str]:
    return lambda key, **values: _paragraph(text(key, language, **values))


def _paragraph(words: str) -> str:
    return f"<p>{_pressable(words)}</p>"


def _list(items: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{_pressable(item)}</li>' for item in items)}</ul>"


def _pressable(words: str) -> str:
    """The words as HTML, mail addresses as links: one press opens the mail (R60, R66)."""
    return _EMAIL.sub(r'<a href="mailto:\g<0>">\g<0></a>', escape(words))


def _document(language: str, title: str, body: str) -> str:
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
    )
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body><main>{body}</main></body></html>'

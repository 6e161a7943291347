"""Graph's sendMail, and the mailboxes of the people outside (teams-platform 8)."""

from __future__ import annotations

import base64
import binascii
import html as markup
import re
from typing import Any

from aiohttp import web

from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.graph.common import pace
from bot.rehearsal.platform.web import BODY, CORE, Refusal, mapping
from bot.rehearsal.platform.world import Mail

ADDRESS = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,255}")
INVISIBLE = re.compile(r"<(style|script|head|title)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
BREAK = re.compile(r"<(?:br|/p|/div|/tr|/td|/h[1-6]|/li|/table)\b[^>]*>", re.IGNORECASE)
TAG = re.compile(r"<[^>]*>")
# A one-time code stands after the word (`Code: 123456`, `CODE 123 456`), or alone on its line.
AFTER_WORD = re.compile(
    r"\b(?:Einmal)?code\b[^\d\n]{0,60}\n?[^\d\n]{0,20}(\d{3,5}[ \u00a0]?\d{3,5})(?![\d])", re.IGNORECASE
)
ALONE = re.compile(r"^[ \t\u00a0]*(\d{3,5}[ \u00a0]?\d{3,5})[ \t\u00a0]*$", re.MULTILINE)


def addresses(value: Any, name: str) -> list[str]:
    """The addresses of recipients or attendees; Refusal 400 where they are not well-formed."""
    if not isinstance(value, list):
        raise Refusal(400, "ErrorInvalidRecipients", f"{name} must be an array.")
    found = []
    for entry in value:
        address = mapping(mapping(entry, name).get("emailAddress"), "emailAddress").get("address")
        if not isinstance(address, str) or not ADDRESS.fullmatch(address):
            raise Refusal(400, "ErrorInvalidRecipients", f"{name}: at least one recipient is not valid.")
        found.append(address)
    return found


def as_text(content: str) -> str:
    """What a person reads of an HTML mail."""
    plain = TAG.sub("", BREAK.sub("\n", INVISIBLE.sub("", content)))
    return markup.unescape(plain)


def code_in(text: str) -> str | None:
    """The one-time code of a mail, digits only."""
    found = AFTER_WORD.search(text) or ALONE.search(text)
    return re.sub(r"\D", "", found[1]) if found else None


def deliver(core: Core, sender: str, to: str, subject: str, body: dict[str, Any], attachments: list[Any]) -> None:
    """Put a mail into the mailbox of `to`."""
    content = body.get("content", "")
    is_html = str(body.get("contentType", "text")).lower() == "html"
    text = as_text(content) if is_html else content
    mail = Mail(
        to, subject, text, content if is_html else None, code_in(text), tuple(attachments), sender, core.clock()
    )
    core.world.mails.append(mail)
    core.changed()


async def send_mail(request: web.Request) -> web.Response:
    """202 for a well-formed message from a mailbox of the tenant."""
    core: Core = request[CORE]
    pace(core)
    key = request.match_info["user"]
    account = core.world.user(key)
    if account is None and key.lower() != core.mail_sender:
        raise Refusal(404, "ErrorInvalidUser", f"The requested user '{key}' is invalid.")
    message = mapping(mapping(request[BODY]).get("message"), "message")
    subject, body = message.get("subject", ""), mapping(message.get("body", {}), "body")
    if not isinstance(subject, str) or not isinstance(body.get("content", ""), str):
        raise Refusal(400, "BadRequest", "subject and body.content must be strings.")
    if str(body.get("contentType", "text")).lower() not in ("text", "html"):
        raise Refusal(400, "BadRequest", "body.contentType must be Text or HTML.")
    lists = [addresses(message.get(name, []), name) for name in ("toRecipients", "ccRecipients", "bccRecipients")]
    receivers = list(dict.fromkeys(address for found in lists for address in found))
    if not receivers:
        raise Refusal(400, "ErrorInvalidRecipients", "At least one recipient is needed.")
    attachments = message.get("attachments", [])
    if not isinstance(attachments, list):
        raise Refusal(400, "BadRequest", "attachments must be an array.")
    for attachment in attachments:
        check_attachment(mapping(attachment, "attachment"))
    for address in receivers:
        deliver(core, account.email if account and account.email else key, address, subject, body, attachments)
    return web.Response(status=202)


def check_attachment(attachment: dict[str, Any]) -> None:
    """Refusal 400 unless this is a fileAttachment with a name and base64 content."""
    if attachment.get("@odata.type") != "#microsoft.graph.fileAttachment" or not isinstance(
        attachment.get("name"), str
    ):
        raise Refusal(400, "BadRequest", "An attachment needs @odata.type #microsoft.graph.fileAttachment and a name.")
    try:
        base64.b64decode(attachment.get("contentBytes", ""), validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Refusal(400, "BadRequest", "contentBytes must be base64.") from None


def routes() -> list[web.RouteDef]:
    """The mail routes."""
    return [web.post("/users/{user}/sendMail", send_mail)]

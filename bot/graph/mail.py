"""Mail from the configured mailbox (teams-platform 8)."""

from __future__ import annotations

from base64 import b64encode

from bot.graph.http import GraphHttp
from bot.ports import Refused

MAX_ATTACHMENTS = 3 * 1024 * 1024
"""Bytes Graph takes inside one sendMail request."""


class Mail:
    """The part of the Graph port that is about mail."""

    _http: GraphHttp
    _mail_sender: str

    async def send_mail(
        self, to: str, *, subject: str, html: str, attachments: tuple[tuple[str, str, bytes], ...] = ()
    ) -> None:
        """Send an HTML mail to one address.

        Not kept in the sender's "Sent Items": it may hold a one-time code, and the ledger knows that it was sent.
        Raises Refused("too_large") above 3 MB of attachments.
        """
        if sum(len(content) for _, _, content in attachments) > MAX_ATTACHMENTS:
            raise Refused("too_large", 413)
        message = {
            "subject": subject,
            "body": {"contentType": "html", "content": html},
            "toRecipients": [{"emailAddress": {"address": to}}],
            "attachments": [
                {
                    "@odata.type": "#microsoft.graph.fileAttachment",
                    "name": name,
                    "contentType": content_type,
                    "contentBytes": b64encode(content).decode("ascii"),
                }
                for name, content_type, content in attachments
            ],
        }
        url = self._http.url("users", self._mail_sender, "sendMail")
        await self._http.send("POST", url, {"message": message, "saveToSentItems": False})

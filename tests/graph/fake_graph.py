"""A small Microsoft Graph over HTTP for the tests of the client: realistic answers, scripted exceptions to them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

CHAT = "19:meeting_NzQ4YzBi+/=@thread.v2"
JOIN_URL = (
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NzQ4@thread.v2/0?context=%7b%22Tid%22%3a%22it's%22%7d"
)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Seen:
    """One request as it was on the wire."""

    method: str
    raw_path: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


def message(ident: str = "1616990032035", **members: Any) -> dict[str, Any]:
    """A chatMessage as Graph shows it."""
    return {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#chats('x')/messages/$entity",
        "id": ident,
        "replyToId": None,
        "etag": ident,
        "messageType": "message",
        "createdDateTime": "2026-03-29T03:53:52.035Z",
        "lastModifiedDateTime": "2026-03-29T03:53:52.035Z",
        "lastEditedDateTime": None,
        "deletedDateTime": None,
        "subject": None,
        "summary": None,
        "chatId": CHAT,
        "importance": "normal",
        "locale": "de-de",
        "webUrl": None,
        "channelIdentity": None,
        "policyViolation": None,
        "eventDetail": None,
        "from": {
            "application": None,
            "device": None,
            "user": {
                "@odata.type": "#microsoft.graph.teamworkUserIdentity",
                "id": "8ea0e38b-efb3-4757-924a-5f94061cf8c2",
                "displayName": "Beraterin",
                "userIdentityType": "aadUser",
            },
        },
        "body": {"contentType": "text", "content": "Guten Tag"},
        "attachments": [],
        "mentions": [],
        "reactions": [],
        **members,
    }


def event(ident: str = "1616883610266", **detail: Any) -> dict[str, Any]:
    """A system message with an eventDetail."""
    return message(
        ident,
        messageType="systemEventMessage",
        body={"contentType": "html", "content": "<systemEventMessage/>"},
        eventDetail=detail,
        **{"from": None},
    )


def recording(status: str, ident: str = "1616883610266") -> dict[str, Any]:
    """The system message about a recording."""
    return event(
        ident,
        **{
            "@odata.type": "#microsoft.graph.callRecordingEventMessageDetail",
            "callId": "c86c0ae5",
            "callRecordingStatus": status,
            "callRecordingDisplayName": None,
            "callRecordingDuration": None,
            "callRecordingUrl": None,
            "initiator": {
                "application": None,
                "device": None,
                "user": {
                    "@odata.type": "#microsoft.graph.teamworkUserIdentity",
                    "id": "8ea0e38b",
                    "displayName": None,
                    "userIdentityType": "aadUser",
                },
            },
            "meetingOrganizer": None,
        },
    )


@dataclass
class FakeGraph:
    """Records every request; answers the next of `script`, else as Graph would."""

    seen: list[Seen] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    script: list[web.Response | Answer] = field(default_factory=list)
    tokens: list[str] = field(default_factory=lambda: ["token-1"])
    pages: list[list[dict[str, Any]]] = field(default_factory=lambda: [[message()]])
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    origin: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.seen.append(
            Seen(
                request.method,
                request.raw_path.partition("?")[0],
                request.path,
                dict(request.query),
                dict(request.headers),
                body,
            )
        )
        if request.headers.get("Authorization") not in [f"Bearer {token}" for token in self.tokens]:
            return web.json_response(
                {"error": {"code": "InvalidAuthenticationToken", "message": "expired"}}, status=401
            )
        if self.script:
            scripted = self.script.pop(0)
            return scripted if isinstance(scripted, web.Response) else await scripted(request)
        status, answer = self.usual(request.method, request.path.removeprefix("/v1.0"), request, body)
        if answer is None:
            return web.Response(status=status)
        self.sent.append(answer)
        return web.json_response(answer, status=status)

    def usual(self, method: str, path: str, request: web.Request, body: Any) -> tuple[int, Any]:
        """What Graph answers when all is well."""
        if method == "GET" and re.fullmatch(r"/chats/.+/messages/\d+", path):
            return 200, message(path.rpartition("/")[2])
        if method == "GET" and re.fullmatch(r"/chats/.+/messages", path):
            page = int(request.query.get("$skiptoken", "0"))
            answer: dict[str, Any] = {"value": self.pages[page]}
            if page + 1 < len(self.pages):
                answer["@odata.nextLink"] = f"{self.origin}{request.raw_path.partition('?')[0]}?$skiptoken={page + 1}"
            return 200, answer
        if method == "POST" and path.endswith("/events"):
            return 201, {
                "@odata.context": "x",
                "@odata.etag": "W/x",
                "id": "AAMk/event=",
                "subject": body["subject"],
                "isOnlineMeeting": True,
                "onlineMeetingProvider": "teamsForBusiness",
                "onlineMeeting": {"joinUrl": JOIN_URL},
            }
        if method == "GET" and path.endswith("/onlineMeetings"):
            chat = {"threadId": CHAT, "messageId": "0", "replyChainMessageId": "0"}
            return 200, {"value": [{"id": "MSo1N2Y5", "joinWebUrl": JOIN_URL, "chatInfo": chat}]}
        if method == "GET" and path.endswith("/recordings"):
            return 200, {"value": [{"id": "rec-1", "callId": "c86c", "meetingId": "MSo1N2Y5"}, {"id": "rec-2"}]}
        if method == "PATCH" and "/messages/" in path:
            return 200, None
        if method == "PATCH" and "/onlineMeetings/" in path:
            return 200, {"id": "MSo1N2Y5", **body}
        if method == "POST" and path == "/subscriptions":
            ident = f"sub-{len(self.subscriptions) + 1}"
            self.subscriptions[ident] = {**body, "id": ident, "clientState": None, "encryptionCertificate": None}
            return 201, self.subscriptions[ident]
        if method == "GET" and path == "/subscriptions":
            return 200, {"value": list(self.subscriptions.values())}
        if path.startswith("/subscriptions/"):
            ident = path.rpartition("/")[2]
            if ident not in self.subscriptions:
                return 404, {"error": {"code": "ResourceNotFound", "message": "gone"}}
            if method == "DELETE":
                return 204, self.subscriptions.pop(ident) and None
            return 200, self.subscriptions[ident] | body
        return {"DELETE": 204, "POST": 202 if path.endswith("/sendMail") else 201}.get(method, 404), None

    def bodies(self) -> list[Any]:
        return [seen.body for seen in self.seen]

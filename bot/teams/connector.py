"""The Bot Framework connector over one aiohttp session: `bot.ports.Chat` (teams-platform 2.2, 9.4, 9.6).

The SDK's client is not used: it blocks threads, drops `isTargeted` and never retries a send (sdk-and-tools section 1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout
from yarl import URL

from bot.policy.facts import Person
from bot.ports import Clock, Gone, Place, Refused, Unavailable
from bot.teams.limits import TooLarge, read_at_most
from bot.teams.reading import Malformed, optional_id, person
from bot.teams.refusals import refusal
from bot.teams.service_urls import ServiceUrls
from cards import CONTENT_TYPE

SIZE_LIMIT = 80 * 1024
"""Bytes of an activity in UTF-16: Teams refuses about 100 KB and advises to stay under 80 (teams-platform 1.4)."""
ANSWER_LIMIT = 1 << 20
PAGE_SIZE = 200
PAGES = 50


class Tokens(Protocol):
    """Where the token for the connector comes from (bot/teams/identity.py)."""

    async def token(self, *, fresh: bool = False) -> str:
        """A valid token; `fresh` asks for a new one. Raises Unavailable."""
        ...


class ConnectorClient:
    """Sends, updates and deletes our activities and reads rosters. Implements `bot.ports.Chat`."""

    def __init__(
        self,
        *,
        app_id: str,
        tenant: str,
        session: ClientSession,
        tokens: Tokens,
        service_urls: ServiceUrls,
        clock: Clock,
        timeout: float = 10.0,
    ) -> None:
        self._bot_id = f"28:{app_id}"
        self._tenant = tenant
        self._session = session
        self._tokens = tokens
        self._service_urls = service_urls
        self._clock = clock
        self._timeout = ClientTimeout(total=timeout, connect=min(timeout, 5.0))

    async def post_card(self, place: Place, kind: str, card: Mapping[str, Any], *, only_for: str | None = None) -> str:
        """Post a card; `only_for` makes it a targeted message. Returns the activity id."""
        return await self._post(place, _card(kind, card), only_for)

    async def update_card(
        self, place: Place, activity: str, kind: str, card: Mapping[str, Any], *, targeted: bool = False
    ) -> None:
        """Replace a card of ours in place (a targeted one is named without its recipient: teams-platform 9.6)."""
        body = {**_card(kind, card), "id": activity}
        await self._call("PUT", place.service_url, _activity(place, activity), body, _query(targeted))

    async def post_text(self, place: Place, text: str, *, only_for: str | None = None) -> str:
        """Post a plain text of ours. Returns the activity id."""
        return await self._post(place, {"type": "message", "textFormat": "plain", "text": text}, only_for)

    async def delete(self, place: Place, activity: str, *, targeted: bool = False) -> None:
        """Delete an activity of ours. Gone if it is not there."""
        await self._call("DELETE", place.service_url, _activity(place, activity), None, _query(targeted))

    async def roster(self, place: Place) -> list[Person]:
        """Everybody in the chat, all pages; applications and accounts without an id are left out."""
        people: list[Person] = []
        path, query = f"v3/conversations/{_part(place.conversation)}/pagedmembers", f"pageSize={PAGE_SIZE}"
        token: str | None = None
        for _ in range(PAGES):
            more = f"&continuationToken={_part(token)}" if token else ""
            page = await self._call("GET", place.service_url, path, None, query + more)
            members = page.get("members") if isinstance(page, dict) else page
            if not isinstance(members, list):
                raise Unavailable("unexpected_answer")
            people += [found for found in map(self._person, members) if found is not None]
            following = page.get("continuationToken") if isinstance(page, dict) else None
            if not isinstance(following, str) or not following or following == token:
                return people
            token = following
        raise Unavailable("unexpected_answer")

    async def member(self, place: Place, person: str) -> Person | None:
        """One member, None if not in the chat (any more)."""
        path = f"v3/conversations/{_part(place.conversation)}/members/{_part(person)}"
        try:
            found = self._person(await self._call("GET", place.service_url, path))
        except Gone as gone:
            if gone.code == "conversation_gone":
                raise
            return None
        if found is None:
            raise Unavailable("unexpected_answer")
        return found

    async def open_personal(self, service_url: str, tenant: str, person: str) -> str:
        """The 1:1 conversation with a person; Refused where the app is not installed for them or for guests (3.1)."""
        body = {
            "isGroup": False,
            "bot": {"id": self._bot_id},
            "members": [{"id": person}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        return _id_of(await self._call("POST", service_url, "v3/conversations", body))

    async def meeting(self, place: Place, meeting: str) -> tuple[str | None, str | None]:
        """(Graph onlineMeeting id, organizer's Entra object id) of a meeting; None for what the answer lacks."""
        found = await self._call("GET", place.service_url, f"v1/meetings/{_part(meeting)}")
        details = found.get("details") if isinstance(found, dict) else None
        organizer = found.get("organizer") if isinstance(found, dict) else None
        graph_id = optional_id(details.get("msGraphResourceId")) if isinstance(details, dict) else None
        if not isinstance(organizer, dict):
            return graph_id, None
        return graph_id, optional_id(organizer.get("aadObjectId")) or optional_id(organizer.get("objectId"))

    async def _post(self, place: Place, body: dict[str, Any], only_for: str | None) -> str:
        if only_for is not None:
            body["recipient"] = {"id": only_for, "isTargeted": True}
        path = f"v3/conversations/{_part(place.conversation)}/activities"
        return _id_of(await self._call("POST", place.service_url, path, body, _query(only_for is not None)))

    async def _call(
        self, method: str, service_url: str, path: str, body: Mapping[str, Any] | None = None, query: str = ""
    ) -> Any:
        """One request, twice if the token was refused. Returns the parsed JSON, None if there is none."""
        if not self._service_urls.allowed(service_url):
            raise Refused("service_url_not_allowed")
        sent = None if body is None else json.dumps(body, ensure_ascii=False)
        if sent is not None and len(sent.encode("utf-16-le", "replace")) > SIZE_LIMIT:
            raise Refused("too_big", 413)
        # The ids are encoded already: yarl must not decide again which of their characters it would rather not encode.
        url = URL(f"{service_url.rstrip('/')}/{path}{'?' + query if query else ''}", encoded=True)
        data = None if sent is None else sent.encode("utf-8", "replace")
        write = method != "GET"
        status, headers, answer = await self._send(method, url, data, write, fresh=False)
        if status == 401:
            status, headers, answer = await self._send(method, url, data, write, fresh=True)
        parsed = _parsed(answer)
        if status not in (200, 201, 202, 204):
            raise refusal(status, parsed, headers, now=self._clock(), write=write)
        if answer is None:
            raise Unavailable("unexpected_answer", status, maybe_done=write)
        return parsed

    async def _send(
        self, method: str, url: URL, data: bytes | None, write: bool, *, fresh: bool
    ) -> tuple[int, Mapping[str, str], bytes | None]:
        headers = {"Authorization": f"Bearer {await self._tokens.token(fresh=fresh)}"}
        if data is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                try:
                    body = await read_at_most(response.content, ANSWER_LIMIT)
                except TooLarge:
                    body = None
                return response.status, response.headers, body
        except ClientConnectorError:
            raise Unavailable("no_connection") from None
        except TimeoutError:
            raise Unavailable("timed_out", maybe_done=write) from None
        except (ClientError, OSError, ValueError):
            raise Unavailable("no_answer", maybe_done=write) from None

    def _person(self, account: Any) -> Person | None:
        try:
            found = person(account, self._tenant)
        except Malformed:
            return None
        return None if found.id.startswith("28:") else found


def _card(kind: str, card: Mapping[str, Any]) -> dict[str, Any]:
    # Never with a text: the two would be split and no activity id returned (teams-platform 1.4).
    return {"type": "message", "attachments": [{"contentType": CONTENT_TYPE, "name": kind, "content": card}]}


def _activity(place: Place, activity: str) -> str:
    return f"v3/conversations/{_part(place.conversation)}/activities/{_part(activity)}"


def _query(targeted: bool) -> str:
    return "isTargetedActivity=true" if targeted else ""


def _part(ident: str) -> str:
    # A path of dots would be resolved away; ids of the platform are never that.
    if ident in ("", ".", ".."):
        raise Refused("bad_argument")
    return quote(ident, safe="", errors="replace")


def _id_of(answer: Any) -> str:
    found = optional_id(answer.get("id")) if isinstance(answer, dict) else None
    if found is None:
        # Done, most likely, but what came of it can never be named again.
        raise Unavailable("unexpected_answer", maybe_done=True)
    return found


def _parsed(answer: bytes | None) -> Any:
    try:
        return json.loads(answer) if answer else None
    except (ValueError, RecursionError):
        return None

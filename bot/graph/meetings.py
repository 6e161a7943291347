"""Calendar events, online meetings and their options, recordings (teams-platform 5.5, 5.6, 8)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bot.graph.http import GraphHttp
from bot.ports import BookedMeeting, Gone, Throttled, Unavailable


class Meetings:
    """The part of the Graph port that is about meetings."""

    _http: GraphHttp

    async def book(
        self, advisor: str, *, subject: str, starts: datetime, ends: datetime, attendee: str | None, body_html: str
    ) -> BookedMeeting:
        """Create a calendar event with a Teams link and look up its online meeting: two requests.

        A standalone meeting would be one request, but recordings of those cannot be found later (5.6). The same
        booking sent again carries the same `transactionId`, by which Exchange recognises the repetition; so once
        the event may exist, every failure is Unavailable with `maybe_done`, and asking again is right.
        """
        event: dict[str, Any] = {
            "subject": subject,
            "body": {"contentType": "html", "content": body_html},
            "start": _utc(starts),
            "end": _utc(ends),
            "isOnlineMeeting": True,
            "onlineMeetingProvider": "teamsForBusiness",
            "attendees": [{"emailAddress": {"address": attendee}, "type": "required"}] if attendee else [],
        }
        event["transactionId"] = str(uuid5(NAMESPACE_URL, repr((advisor, sorted(event.items())))))
        answer = await self._http.ask("POST", self._http.url("users", advisor, "events"), event)
        ident, online = answer.get("id"), answer.get("onlineMeeting")
        join_url = online.get("joinUrl") if isinstance(online, dict) else None
        if not (isinstance(ident, str) and ident and isinstance(join_url, str) and join_url):
            raise Unavailable("no_meeting_in_event", maybe_done=True)
        try:
            meeting, chat = await self._find(advisor, join_url)
        except (Gone, Throttled, Unavailable) as error:
            problem = Unavailable(error.code, error.status, maybe_done=True, retry_after=_retry_after(error))
        else:
            return BookedMeeting(event=ident, join_url=join_url, online_meeting=meeting, chat=chat)
        raise problem

    async def cancel_event(self, advisor: str, event: str) -> None:
        """Delete a calendar event; Exchange tells its attendees."""
        await self._http.send("DELETE", self._http.url("users", advisor, "events", event))

    async def forbid_recording(self, organizer: str, online_meeting: str) -> None:
        """Recording and transcription off; both apply to a meeting in progress, the automatic start does not (5.5)."""
        options = {"allowRecording": False, "allowTranscription": False, "recordAutomatically": False}
        await self._http.send("PATCH", self._meeting(organizer, online_meeting), options)

    async def set_chat(self, organizer: str, online_meeting: str, *, allowed: bool) -> None:
        """Open or close the meeting chat for attendees (5.5)."""
        options = {"allowMeetingChat": "enabled" if allowed else "disabled"}
        await self._http.send("PATCH", self._meeting(organizer, online_meeting), options)

    async def find_recordings(self, organizer: str, online_meeting: str) -> list[str]:
        """Ids of the finished recordings (5.6). Gone where Graph does not know the meeting."""
        url = self._http.url("users", organizer, "onlineMeetings", online_meeting, "recordings")
        return [
            item["id"]
            async for items in self._http.pages(url)
            for item in items
            if isinstance(item, dict) and isinstance(item.get("id"), str)
        ]

    async def _find(self, advisor: str, join_url: str) -> tuple[str, str]:
        """(online meeting id, chat id) of a join link. In OData an apostrophe within a string is doubled."""
        query = {"$filter": "JoinWebUrl eq '" + join_url.replace("'", "''") + "'"}
        answer = await self._http.ask("GET", self._http.url("users", advisor, "onlineMeetings", query=query))
        items = answer.get("value")
        for item in items if isinstance(items, list) else ():
            info = item.get("chatInfo") if isinstance(item, dict) else None
            chat = info.get("threadId") if isinstance(info, dict) else None
            if isinstance(chat, str) and chat and isinstance(item.get("id"), str):
                return item["id"], chat
        raise Unavailable("meeting_not_found")

    def _meeting(self, organizer: str, online_meeting: str) -> Any:
        return self._http.url("users", organizer, "onlineMeetings", online_meeting)


def _retry_after(error: object) -> float | None:
    return error.retry_after if isinstance(error, Throttled | Unavailable) else None


def _utc(moment: datetime) -> dict[str, str]:
    """A dateTimeTimeZone in UTC: unambiguous when the clocks change; the calendar shows it in local time."""
    return {"dateTime": moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds"), "timeZone": "UTC"}

"""From an activity's JSON to facts. Keys are made so that an activity delivered again has the same ones.

Shapes: teams-platform 1.3, 2.1, 3.2, 3.3, 9.1.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.policy.facts import (
    AdvisorReached,
    AppAdded,
    AppRemoved,
    CardPressed,
    Fact,
    MeetingEnded,
    MeetingStarted,
    MessageDeleted,
    PersonJoined,
    PersonLeft,
)
from bot.ports import HeardText
from bot.teams.limits import Recent
from bot.teams.reading import (
    Activity,
    Malformed,
    html,
    identifier,
    is_personal,
    language,
    moment,
    optional_id,
    person,
    posted,
    stamp,
    tenant_of,
    words,
)
from cards import CardInputError, parse

ANSWERED_IN_TIME = timedelta(seconds=10)
"""Teams repeats what is not answered within 10 to 15 seconds (teams-platform 9.1)."""


class Events:
    """Makes facts of activities. `tenant` is the operator's; `clock` fills in for a time the platform left out."""

    def __init__(self, tenant: str, clock: Callable[[], datetime]) -> None:
        self._tenant = tenant
        self._clock = clock
        self._installations = Recent()
        self._presses = Recent(window=timedelta(seconds=45))

    def now(self) -> datetime:
        """The present moment."""
        return self._clock()

    def heard(self, activity: Activity) -> HeardText:
        """A message, an edit or an undelete, with its text."""
        message = identifier(activity, "activity")
        event = "new"
        modified = moment(activity)
        if activity["type"] == "messageUpdate":
            # An update that does not say what it is, is taken as the kind that needs another look.
            undone = (activity.get("channelData") or {}).get("eventType") == "undeleteMessage"
            event = "undelete" if undone else "edit"
        elif modified is None:
            modified = posted(message)
        text = words(activity.get("text"))
        return HeardText(
            conversation=activity["conversation"]["id"],
            message=message,
            person=person(activity.get("from"), self._tenant),
            event=event,  # type: ignore[arg-type]
            via="activity",
            modified=modified or self._clock(),
            text=text,
            html=html(activity, text),
            posted=posted(message) if event != "new" else None,
            language=language(activity),
        )

    def deleted(self, activity: Activity) -> MessageDeleted:
        """Its author deleted a message."""
        message = identifier(activity, "activity")
        chat = activity["conversation"]["id"]
        return MessageDeleted(
            conversation=chat,
            key=_key(f"deleted:{message}", stamp(activity)),
            message=message,
            via="activity",
            at=moment(activity),
        )

    def installed(self, activity: Activity) -> Fact | None:
        """The app was added: to a meeting chat, or personally. Two activities tell it; both give the same key."""
        chat, when = activity["conversation"]["id"], moment(activity)
        said = stamp(activity)
        if when is not None:
            said = self._installations.first(chat, "added", when)
        key = _key("installed", said)
        if is_personal(activity):
            return self.reached(activity, key)
        if activity["conversation"].get("conversationType") == "channel":
            return None  # the manifest does not offer the app to teams
        sender = activity.get("from") or {}
        meeting = (activity.get("channelData") or {}).get("meeting")
        by = person(sender, self._tenant) if optional_id(sender.get("id")) and not is_bot(sender) else None
        return AppAdded(
            conversation=chat,
            key=key,
            tenant=tenant_of(activity) or self._tenant,
            service_url=activity["serviceUrl"],
            bot_id=identifier(activity.get("recipient"), "recipient"),
            meeting=optional_id(meeting.get("id")) if isinstance(meeting, dict) else None,
            by=by,
        )

    def reached(self, activity: Activity, key: str | None = None) -> AdvisorReached | None:
        """An advisor's own chat with the bot exists. None for somebody without an Entra account."""
        who = person(activity.get("from"), self._tenant)
        if who.aad is None or who.kind != "tenant":
            return None
        chat = activity["conversation"]["id"]
        return AdvisorReached(
            conversation=chat,
            key=_key("reached", stamp(activity)) if key is None else key,
            aad=who.aad,
            person=who.id,
            of_chat=chat,
            service_url=activity["serviceUrl"],
            tenant=tenant_of(activity) or self._tenant,
        )

    def uninstalled(self, activity: Activity) -> AppRemoved | None:
        """The app was taken out of a meeting chat (of a personal chat: nothing the rules need)."""
        chat, when = activity["conversation"]["id"], moment(activity)
        said = stamp(activity)
        if when is not None:
            said = self._installations.first(chat, "removed", when)
        return None if is_personal(activity) else AppRemoved(conversation=chat, key=_key("removed", said))

    def members(self, activity: Activity) -> Iterator[Fact]:
        """Who was added and removed; the bot itself among them is an installation."""
        chat, said = activity["conversation"]["id"], stamp(activity)
        own = (activity.get("recipient") or {}).get("id")
        for name in ("membersAdded", "membersRemoved"):
            for account in activity.get(name) or ():
                ident = identifier(account, "a member")
                added = name == "membersAdded"
                if ident == own:
                    fact = self.installed(activity) if added else self.uninstalled(activity)
                    if fact is not None:
                        yield fact
                elif is_bot(account) or is_personal(activity):
                    continue
                elif added:
                    yield self._joined(chat, account, said)
                else:
                    yield self._left(chat, ident, said)

    def participants(self, activity: Activity, *, joined: bool) -> Iterator[Fact]:
        """Who entered or left the meeting: `value.members[].user`, read as plain JSON (teams-platform 2.1)."""
        value = activity.get("value")
        found = value.get("members") if isinstance(value, dict) else None
        if not isinstance(found, list):
            raise Malformed("value needs members")
        for member in found:
            user = member.get("user") if isinstance(member, dict) else None
            ident = identifier(user, "a participant")
            if not is_bot(user):
                chat, said = activity["conversation"]["id"], stamp(activity)
                yield self._joined(chat, user, said) if joined else self._left(chat, ident, said)

    def meeting_started(self, activity: Activity) -> MeetingStarted:
        """The meeting began; its id is the one in channelData (teams-platform 2.1)."""
        meeting = (activity.get("channelData") or {}).get("meeting")
        return MeetingStarted(
            conversation=activity["conversation"]["id"],
            key=_key("start", _time_in(activity, "starttime") or stamp(activity)),
            meeting=optional_id(meeting.get("id")) if isinstance(meeting, dict) else None,
            at=_moment_in(activity, "starttime"),
        )

    def meeting_ended(self, activity: Activity) -> MeetingEnded:
        """The meeting ended."""
        said = _time_in(activity, "endtime") or stamp(activity)
        chat, at = activity["conversation"]["id"], _moment_in(activity, "endtime")
        return MeetingEnded(conversation=chat, key=_key("end", said), at=at)

    def pressed(self, activity: Activity, data: Any, digest_of: Callable[[str], str]) -> CardPressed:
        """A press on one of our cards. `data` is what the card sent; a code in it goes on as its keyed digest only.

        Malformed if it is no answer of our cards. The same press delivered again, even under a new id half a minute
        later (9.1), has the same key; a press after another one, on whatever card, is a new press, and so is any
        press after one that was answered in time (`answered`).
        """
        try:
            found = parse(data)
        except CardInputError:
            raise Malformed("not an answer of our cards") from None
        who = person(activity.get("from"), self._tenant)
        card = identifier({"id": activity.get("replyToId")}, "the card")
        chat = activity["conversation"]["id"]
        code = found.inputs.get("code")
        code_digest = digest_of(words(code)) if code is not None else None
        refs = tuple(sorted(found.refs.items()))
        # The code enters as its keyed digest: a plain hash of six digits would give it away.
        said = json.dumps([found.kind, found.verb, refs, code_digest]).encode()
        content = hashlib.sha256(said).hexdigest()[:16]
        press = f"press:{card}:{who.id}:{content}"
        when = moment(activity)
        ident = str(activity.get("id") or "")
        first = self._presses.first(f"{chat}:{who.id}", press, when, ident) if when else stamp(activity)
        return CardPressed(
            conversation=chat,
            key=_key(press, first),
            person=who,
            chat=chat,
            activity=card,
            card=found.kind,
            verb=found.verb,
            refs=refs,
            code_digest=code_digest,
        )

    def answered(self, fact: CardPressed, began: datetime) -> None:
        """A press was answered. In time, the platform has no reason to send it again under a new id: the same press
        is then the person's own, like the same wrong code typed once more."""
        if self._clock() - began < ANSWERED_IN_TIME:
            self._presses.forget(f"{fact.chat}:{fact.person.id}")

    def _joined(self, chat: str, account: Any, said: str) -> PersonJoined:
        who = person(account, self._tenant)
        return PersonJoined(conversation=chat, key=_key(f"join:{who.id}", said), person=who)

    def _left(self, chat: str, ident: str, said: str) -> PersonLeft:
        return PersonLeft(conversation=chat, key=_key(f"leave:{ident}", said), person=ident)


def is_bot(account: Any) -> bool:
    """Whether an account is an application (ids begin with 28:), not a person."""
    return isinstance(account, dict) and isinstance(account.get("id"), str) and account["id"].startswith("28:")


def _key(what: str, said: str) -> str:
    # Where the platform gave neither time nor id, deliveries cannot be told apart: then the rules look at the state.
    return f"{what}:{said}" if said else ""


def _time_in(activity: Activity, name: str) -> str | None:
    """StartTime or EndTime of a meeting event's value, whatever its casing (teams-platform 2.1)."""
    value = activity.get("value")
    found = {key.lower(): part for key, part in value.items()} if isinstance(value, dict) else {}
    return optional_id(found.get(name))


def _moment_in(activity: Activity, name: str) -> datetime | None:
    """The same as a moment; where it is none, the activity's own."""
    try:
        return moment({"timestamp": _time_in(activity, name)}) or moment(activity)
    except Malformed:
        return moment(activity)

"""The activities Teams sends to a bot (teams-platform 1.3, 2.1, 3.2, 3.4)."""

from __future__ import annotations

from typing import Any

from bot.rehearsal.platform.core import BOT_NAME, Core
from bot.rehearsal.platform.world import Account, Chat, Meeting, Message, instant

LOCALES = {"de": ("de-DE", "DE", "Europe/Berlin"), "en": ("en-GB", "GB", "Europe/London")}
EVENT = "application/vnd.microsoft."


def account(person: Account) -> dict[str, Any]:
    """`from` of a person: a guest without `aadObjectId`."""
    shown: dict[str, Any] = {"id": person.person_id, "name": person.name}
    if person.aad_id is not None:
        shown["aadObjectId"] = person.aad_id
    return shown


def roster_entry(person: Account) -> dict[str, Any]:
    """A TeamsChannelAccount, as roster, participant lookup and participant events show it."""
    entry = {**account(person), "tenantId": person.tenant_id, "userRole": "anonymous" if person.anonymous else "user"}
    if person.aad_id is not None:
        given, _, surname = person.name.rpartition(" ")
        entry |= {"objectId": person.aad_id, "givenName": given or surname, "surname": surname, "email": person.email,
                  "userPrincipalName": person.email}  # fmt: skip
    return entry


def base(core: Core, chat: Chat, kind: str, sender: dict[str, Any], stamp: Any, activity_id: str) -> dict[str, Any]:
    """What all activities have in common."""
    locale, _, zone = LOCALES.get(core.language, LOCALES["de"])
    conversation: dict[str, Any] = {"conversationType": "personal", "tenantId": core.tenant_id, "id": chat.id}
    channel: dict[str, Any] = {"tenant": {"id": core.tenant_id}}
    if chat.meeting is not None:
        conversation = {"isGroup": True, **conversation, "conversationType": "groupChat"}
        channel["meeting"] = {"id": chat.meeting.public_id}
    return {
        "type": kind, "id": activity_id, "timestamp": instant(stamp), "localTimestamp": instant(stamp),
        "channelId": "msteams", "serviceUrl": core.service_url, "from": sender, "conversation": conversation,
        "recipient": {"id": core.bot_id, "name": BOT_NAME}, "channelData": channel, "locale": locale,
        "localTimezone": zone,
    }  # fmt: skip


def client_info(core: Core) -> list[dict[str, Any]]:
    """The `clientInfo` entity of a message: a web client in the language of the people."""
    locale, country, zone = LOCALES.get(core.language, LOCALES["de"])
    return [{"type": "clientInfo", "locale": locale, "country": country, "platform": "Web", "timezone": zone}]


def message(core: Core, said: Message, sender: Account, change: str | None = None) -> dict[str, Any]:
    """A message (`change` None), or what happened to it: editMessage, undeleteMessage, softDeleteMessage."""
    kinds = {None: "message", "softDeleteMessage": "messageDelete"}
    stamp = said.created if change is None else said.modified or said.created
    activity = base(core, said.chat, kinds.get(change, "messageUpdate"), account(sender), stamp, said.id)
    if change is not None:
        activity["channelData"]["eventType"] = change
    if change != "softDeleteMessage":
        activity |= {"textFormat": "plain", "text": said.text, "entities": client_info(core),
                     "attachments": [{"contentType": "text/html", "content": said.html}]}  # fmt: skip
    return activity


def submit(core: Core, card: Message, sender: Account, value: dict[str, Any]) -> dict[str, Any]:
    """An Action.Submit: a message with `value`, without text, replying to the card."""
    stamp = core.world.stamp()
    activity = base(core, card.chat, "message", account(sender), stamp, core.world.message_id(stamp))
    return activity | {"value": value, "replyToId": card.id, "entities": client_info(core)}


def execute(core: Core, card: Message, sender: Account, verb: str, data: dict[str, Any]) -> dict[str, Any]:
    """An Action.Execute: an invoke with the merged inputs."""
    stamp = core.world.stamp()
    activity = base(core, card.chat, "invoke", account(sender), stamp, f"f:{core.world.guid()}")
    action = {"type": "Action.Execute", "id": "", "verb": verb, "data": data}
    return activity | {"name": "adaptiveCard/action", "replyToId": card.id, "entities": client_info(core),
                       "value": {"action": action, "trigger": "manual"}}  # fmt: skip


def installation(core: Core, chat: Chat, who: Account, action: str = "add") -> dict[str, Any]:
    """installationUpdate, `action` add or remove."""
    stamp = core.world.stamp()
    activity = base(core, chat, "installationUpdate", account(who), stamp, f"f:{core.world.guid()}")
    activity["channelData"]["source"] = {"name": "message"}
    return activity | {"action": action}


def members(core: Core, chat: Chat, who: list[dict[str, Any]], sender: Account, added: bool) -> dict[str, Any]:
    """conversationUpdate; for people's comings and goings `from` is the organizer, whoever acted (2.1)."""
    stamp = core.world.stamp()
    activity = base(core, chat, "conversationUpdate", account(sender), stamp, f"f:{core.world.guid()}")
    return activity | {"membersAdded" if added else "membersRemoved": who}


def meeting_event(core: Core, meeting: Meeting, name: str) -> dict[str, Any]:
    """meetingStart or meetingEnd; the value is PascalCase on the wire."""
    stamp = core.world.stamp()
    activity = base(core, meeting.chat, "event", account(meeting.organizer), stamp, f"f:{core.world.guid()}")
    when = {"StartTime": instant(stamp)} if name == "meetingStart" else {"EndTime": instant(stamp)}
    value = {"Id": meeting.public_id, "MeetingType": "Scheduled", "JoinUrl": meeting.join_url,
             "Title": meeting.subject, **when}  # fmt: skip
    return activity | {"name": EVENT + name, "value": value}


def participant_event(core: Core, meeting: Meeting, person: Account, joined: bool) -> dict[str, Any]:
    """meetingParticipantJoin or -Leave; the value is camelCase."""
    stamp = core.world.stamp()
    activity = base(core, meeting.chat, "event", account(person), stamp, f"f:{core.world.guid()}")
    member = {"user": roster_entry(person), "meeting": {"inMeeting": joined, "role": role(meeting, person)}}
    name = "meetingParticipantJoin" if joined else "meetingParticipantLeave"
    return activity | {"name": EVENT + name, "value": {"members": [member]}}


def role(meeting: Meeting, person: Account) -> str:
    """Organizer, Presenter (tenant users) or Attendee."""
    if person is meeting.organizer:
        return "Organizer"
    return "Presenter" if person.of_tenant else "Attendee"

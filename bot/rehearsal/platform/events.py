"""What a change of the world makes the platform send: activities to the bot, notifications to subscribers.

Everything is queued here, in the order in which it is to arrive: the activity first, Graph's notification after it.
"""

from __future__ import annotations

import json
from typing import Any

from bot.rehearsal.platform import activities, resources
from bot.rehearsal.platform.core import BOT_NAME, Core
from bot.rehearsal.platform.delivery import Parcel
from bot.rehearsal.platform.subscriptions import Subscription
from bot.rehearsal.platform.world import Account, Capture, Chat, Meeting, Message

# The resource-specific rights an organizer grants by adding the app by hand (teams-platform 1.2, 7).
ALL_RIGHTS = frozenset(
    f"{name}.Chat"
    for name in (
        "ChatMessage.Read", "ChatMember.Read", "OnlineMeeting.ReadBasic", "OnlineMeetingParticipant.Read",
        "OnlineMeetingRecording.Read", "OnlineMeetingTranscript.Read", "OnlineMeetingNotification.Send",
        "TeamsAppInstallation.Read", "Chat.ManageDeletion",
    )
)  # fmt: skip


async def post_activity(core: Core, activity: dict[str, Any]) -> tuple[int, bytes]:
    """Deliver one activity, twice where a fault says so; status and body of the first answer."""
    if core.identity is None or core.delivery.base_url is None:
        return 0, b""
    headers = {"Authorization": f"Bearer {core.identity.channel_token(core.service_url)}"}
    url = f"{core.delivery.base_url}/api/messages"
    first = await core.delivery.post(url, json=activity, headers=headers)
    if core.faults.redeliver and 200 <= first[0] < 300:
        await core.delivery.post(url, json=activity, headers=headers)
    return first


def queue_activity(core: Core, chat: Chat, activity: dict[str, Any], right: str | None = None) -> None:
    """Queue an activity if the app is in the chat and holds `right` there (the personal chat needs none)."""
    if chat.installation is None or (right is not None and chat.meeting is not None and right not in chat.rights):
        return

    async def send() -> int:
        return (await post_activity(core, activity))[0]

    core.delivery.put(chat.id, Parcel(send, notification=False, queued=core.clock()))


def queue_notification(
    core: Core, topic: str, subject: str, change: str, room: str, resource: str, data: Any, kind: str
) -> None:
    """Queue a change notification for every live subscription that hears it. `data` maps `unknown_members` to JSON."""
    for subscription in live_subscriptions(core):
        if (subscription.topic, subscription.subject) not in ((topic, subject), (topic, "*")):
            continue
        if change not in subscription.change_types:
            continue
        item = subscription.notification(core.tenant_id, change, resource, data(subscription.unknown_members), kind)
        queue_envelope(core, room, subscription, subscription.notification_url, item)


def queue_envelope(core: Core, room: str, subscription: Subscription, url: str, item: dict[str, Any]) -> None:
    """Queue one POST of a notification or lifecycle item, with a signed token where it carries data."""

    async def send() -> int:
        if core.identity is None or core.subscriptions.get(subscription.id) is not subscription:
            return 202 if "lifecycleEvent" not in item else await post()
        return await post()

    async def post() -> int:
        envelope: dict[str, Any] = {"value": [item]}
        if "encryptedContent" in item and core.identity is not None:
            envelope["validationTokens"] = [core.identity.validation_token()]
        raw, headers = json.dumps(envelope).encode(), {"Content-Type": "application/json; charset=utf-8"}
        status, _ = await core.delivery.post(url, data=raw, headers=headers)
        if core.faults.redeliver and 200 <= status < 300:
            await core.delivery.post(url, data=raw, headers=headers)
        return status

    core.delivery.put(room, Parcel(send, notification=True, queued=core.clock()))


def live_subscriptions(core: Core) -> list[Subscription]:
    """The subscriptions that have not expired by the clock; expired ones are forgotten."""
    for key in [k for k, s in core.subscriptions.items() if s.expires <= core.clock()]:
        del core.subscriptions[key]
    return list(core.subscriptions.values())


def message_changed(core: Core, said: Message, change: str) -> None:
    """Notify Graph's subscribers of a message that was `created`, `updated` or `deleted`.

    Targeted messages, and those of a deleted chat, stay silent.
    """
    if said.target is None and not said.chat.deleted:
        resource = f"chats('{said.chat.graph_id}')/messages('{said.id}')"
        queue_notification(
            core, "messages", said.chat.graph_id, change, said.chat.id, resource,
            lambda unknown: resources.message(core, said, unknown), "chatMessage",
        )  # fmt: skip
    core.changed(said)


def add_message(core: Core, chat: Chat, by: str, **values: Any) -> Message:
    """Put a new message into a chat; its id is its time stamp."""
    stamp = core.world.stamp()
    said = Message(core.world.message_id(stamp), chat, by, stamp, modified=stamp, **values)
    chat.messages[said.id] = said
    return said


def system_message(core: Core, chat: Chat, kind: str, **detail: Any) -> Message:
    """Write a system message (`kind` + EventMessageDetail) into the chat; bots get no activity for it (5.2)."""
    full = {"@odata.type": f"#microsoft.graph.{kind}EventMessageDetail", **detail}
    said = add_message(core, chat, "system", detail=full)
    message_changed(core, said, "created")
    return said


def capture_available(core: Core, meeting: Meeting, taken: Capture) -> None:
    """A finished recording or transcript became available: `created` for its subscribers."""
    folder = "recordings" if taken.kind == "recording" else "transcripts"
    resource = f"communications/onlineMeetings('{meeting.id}')/{folder}('{taken.id}')"
    kind = "callRecording" if taken.kind == "recording" else "callTranscript"
    for subject in (meeting.id, meeting.organizer.aad_id or ""):
        queue_notification(core, folder, subject, "created", meeting.chat.id, resource,
                           lambda _: resources.capture(core, meeting, taken), kind)  # fmt: skip


def install(core: Core, chat: Chat, who: Account, rights: frozenset[str]) -> str:
    """Add the app to a chat: installationUpdate, the bot as a new member, the system message; returns the id."""
    chat.installation, chat.rights = core.world.opaque(40), rights
    bot = {"id": core.bot_id, "name": BOT_NAME}
    queue_activity(core, chat, activities.installation(core, chat, who))
    queue_activity(core, chat, activities.members(core, chat, [bot], who, added=True))
    if chat.meeting is not None:
        system_message(core, chat, "teamsAppInstalled", teamsAppId=core.world.catalog_id,
                       teamsAppDisplayName=BOT_NAME, initiator=resources.identity(who))  # fmt: skip
    return chat.installation


def uninstall(core: Core, chat: Chat, who: Account) -> None:
    """Remove the app from a chat; the bot hears it as the last thing from there."""
    queue_activity(core, chat, activities.installation(core, chat, who, "remove"))
    chat.installation, chat.rights = None, frozenset()

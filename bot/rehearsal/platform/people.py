"""What people do in a meeting: come and go, write, edit, delete. Each function returns a step result."""

from __future__ import annotations

import html as markup

from bot.rehearsal.platform import activities, meetings, resources
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.events import add_message, message_changed, queue_activity, system_message
from bot.rehearsal.platform.reading import is_in_the_chat
from bot.rehearsal.platform.world import KINDS, Account, Meeting, Message, Stay

OK, REFUSED, REFUSED_BY_BOT, NOT_SHOWN = "ok", "refused by platform", "refused by bot", "not shown"
MAX_TEXT_UTF16 = 100 * 1024  # teams-platform 1.4
READ, JOINS = "ChatMessage.Read.Chat", "OnlineMeetingParticipant.Read.Chat"


def tenant_user(core: Core, who: str, kind: str, name: str) -> Account:
    """The tenant account of `who`, made where there is none yet."""
    account = core.world.people.get(who)
    if account is None:
        account = core.world.account(who, kind, name)
        if any(other.email == account.email for other in core.world.users.values()):
            account.email = f"{(account.aad_id or '')[:8]}@betreiber.example"
        core.world.people[who] = account
    if account.of_tenant and account.aad_id is not None:
        core.world.users[account.aad_id] = account
    return account


def join(core: Core, meeting: Meeting | None, who: str, kind: str, name: str | None) -> str:
    """Enter the meeting. A guest gets a new identity; the first one in starts the call."""
    if kind not in KINDS:
        raise ValueError(f"as: must be one of {', '.join(KINDS)}, not {kind!r}")
    known = core.world.people.get(who)
    if known is not None and known.kind != kind:
        raise ValueError(f"{who} joined as {known.kind} and cannot join as {kind}")
    if meeting is None or meeting.chat.deleted or (known is not None and meeting.present(known)):
        return REFUSED
    shown = name or (known.name if known else who)
    if known is None or known.anonymous:
        known = core.world.people[who] = core.world.account(who, kind, shown)
        if known.of_tenant:
            tenant_user(core, who, kind, shown)
    enter(core, meeting, known)
    return OK


def enter(core: Core, meeting: Meeting, account: Account) -> None:
    """What an admitted person causes: the start of the call, the stay, the roster, the events."""
    chat = meeting.chat
    if not meeting.running:
        queue_activity(
            core, chat, activities.meeting_event(core, meeting, "meetingStart"), "OnlineMeeting.ReadBasic.Chat"
        )
        meetings.begin(core, meeting, account)
    # What is said in the chat from here on can be read; a stamp, so that it lies between two messages.
    meeting.stays.append(Stay(account, core.world.stamp()))
    if account.kind != "phone" and account.person_id not in chat.members:
        chat.members[account.person_id] = account
        roster_changed(core, meeting, account, added=True)
    participant(core, meeting, account, joined=True)
    core.changed()


def leave(core: Core, meeting: Meeting | None, who: str) -> str:
    """Leave the meeting; a guest is no member of its chat any longer."""
    account = core.world.people.get(who)
    if meeting is None or account is None or not meeting.present(account):
        return REFUSED
    for stay in meeting.stays:
        if stay.account is account:
            stay.present = False
    participant(core, meeting, account, joined=False)
    if account.anonymous and chat_member_gone(meeting, account):
        roster_changed(core, meeting, account, added=False)
    core.changed()
    return OK


def chat_member_gone(meeting: Meeting, account: Account) -> bool:
    """Take a person off the roster; whether the person was on it."""
    return meeting.chat.members.pop(account.person_id, None) is not None


def roster_changed(core: Core, meeting: Meeting, account: Account, added: bool) -> None:
    """conversationUpdate for a person, as if from the organizer (teams-platform 2.1)."""
    if core.switches.participant_events == "drop":
        return
    entry = {"id": account.person_id}
    if account.aad_id is not None:
        entry["aadObjectId"] = account.aad_id
    queue_activity(core, meeting.chat, activities.members(core, meeting.chat, [entry], meeting.organizer, added))


def participant(core: Core, meeting: Meeting, account: Account, joined: bool) -> None:
    """The participant event, which the switch drops, and the system message, which it does not."""
    if core.switches.participant_events == "deliver":
        queue_activity(core, meeting.chat, activities.participant_event(core, meeting, account, joined), JOINS)
    member = {"id": account.graph_id, "displayName": account.name, "userIdentityType": account.identity_type}
    system_message(core, meeting.chat, "membersJoined" if joined else "membersLeft", members=[member],
                   initiator=resources.identity(account))  # fmt: skip


def end(core: Core, meeting: Meeting | None) -> str:
    """The organizer ends the meeting for everybody."""
    if meeting is None or not meeting.running:
        return REFUSED
    for who in [stay.who for stay in meeting.stays if stay.present]:
        leave(core, meeting, who)
    meetings.finish(core, meeting)
    right = "OnlineMeeting.ReadBasic.Chat"
    queue_activity(core, meeting.chat, activities.meeting_event(core, meeting, "meetingEnd"), right)
    core.changed()
    return OK


def say(core: Core, meeting: Meeting | None, who: str, text: str, html: str | None) -> tuple[str, str]:
    """Write into the meeting chat; returns the result and the message id, which is empty where refused."""
    account = core.world.people.get(who)
    if meeting is None or account is None or not may_write(meeting, account) or too_long(text, html):
        return REFUSED, ""
    said = add_message(core, meeting.chat, "person", author=account, text=text, html=html or as_html(text))
    if account.of_tenant or core.switches.guest_messages == "deliver":
        queue_activity(core, meeting.chat, activities.message(core, said, account), READ)
    message_changed(core, said, "created")
    return OK, said.id


def may_write(meeting: Meeting, account: Account) -> bool:
    """Members of the chat, unless the chat is off for attendees or (limited) no call is running."""
    if meeting.chat.deleted or account.kind == "phone" or not is_in_the_chat(meeting, account):
        return False
    mode = meeting.options["allowMeetingChat"]
    return account.of_tenant or mode == "enabled" or (mode == "limited" and meeting.running)


def too_long(text: str, html: str | None) -> bool:
    """Whether a message is beyond what Teams takes."""
    return max(len(part.encode("utf-16-le", "surrogatepass")) for part in (text, html or "")) > MAX_TEXT_UTF16


def as_html(text: str) -> str:
    """The rich text a client sends beside plain text."""
    return "<p>" + markup.escape(text, quote=False).replace("\n", "<br>") + "</p>"


def own(core: Core, meeting: Meeting | None, who: str, message_id: str) -> tuple[Message, Account] | None:
    """The person's own message, if the person may act on it now."""
    account = core.world.people.get(who)
    said = meeting.chat.messages.get(message_id) if meeting is not None else None
    if meeting is None or account is None or said is None or said.author is not account:
        return None
    return (said, account) if may_write(meeting, account) else None


def edit(core: Core, meeting: Meeting | None, who: str, message_id: str, text: str, html: str | None) -> str:
    """Change one's own message. Hiding does not outlast an edit here: a product must look at the new text itself."""
    found = own(core, meeting, who, message_id)
    if found is None or found[0].deleted is not None or too_long(text, html):
        return REFUSED
    said, account = found
    said.text, said.html, said.policy = text, html or as_html(text), None
    said.edited = said.modified = core.world.stamp()
    person_changed(core, said, account, "editMessage", core.switches.edit_events, "updated")
    return OK


def delete(core: Core, meeting: Meeting | None, who: str, message_id: str) -> str:
    """Delete one's own message."""
    found = own(core, meeting, who, message_id)
    if found is None or found[0].deleted is not None:
        return REFUSED
    said, account = found
    said.deleted = said.modified = core.world.stamp()
    person_changed(core, said, account, "softDeleteMessage", core.switches.delete_events, "deleted")
    return OK


def undelete(core: Core, meeting: Meeting | None, who: str, message_id: str) -> str:
    """Take back the deletion of one's own message; hiding stays."""
    found = own(core, meeting, who, message_id)
    if found is None or found[0].deleted is None:
        return REFUSED
    said, account = found
    said.deleted, said.modified = None, core.world.stamp()
    person_changed(core, said, account, "undeleteMessage", core.switches.edit_events, "updated")
    return OK


def person_changed(core: Core, said: Message, account: Account, event: str, switch: str, change: str) -> None:
    """Tell the bot, unless the switch drops it, and Graph's subscribers."""
    if switch == "deliver":
        queue_activity(core, said.chat, activities.message(core, said, account, event), READ)
    message_changed(core, said, change)

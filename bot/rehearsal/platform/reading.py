"""Who can read what: the one place that answers it, from the world's own state (scenario format, "Platform")."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.rehearsal.platform.world import Account, Meeting, Message

TARGETED_LIFETIME = timedelta(hours=24)  # teams-platform 9.6


def may_read(message: Message, account: Account, now: datetime) -> bool:
    """Whether `account` can read the message's content now.

    Tenant users of a meeting chat always; everybody else only while present in the running meeting, and only what was
    written since they joined; people on the phone never. A hidden message (`blockAccess`): its author alone; hidden
    from outside (`blockAccessExternal`): tenant users and the author; deleted, or its chat deleted: nobody.
    """
    chat = message.chat
    if chat.deleted or message.deleted is not None or account.kind == "phone":
        return False
    if message.target is not None and (message.target is not account or now >= message.created + TARGETED_LIFETIME):
        return False
    if chat.meeting is None:
        return chat.owner is account
    if not is_in_the_chat(chat.meeting, account, message):
        return False
    if "blockaccess" in message.dlp_actions:
        return message.author is account
    if "blockaccessexternal" in message.dlp_actions:
        return account.of_tenant or message.author is account
    return True


def is_in_the_chat(meeting: Meeting, account: Account, message: Message | None = None) -> bool:
    """Whether the account belongs to the meeting chat now; with `message`, whether its history reaches back to it."""
    if account.of_tenant:
        return account.person_id in meeting.chat.members
    return meeting.running and any(
        stay.present and stay.account is account and (message is None or message.created >= stay.joined_at)
        for stay in meeting.stays
    )


def readers(message: Message, now: datetime) -> list[str]:
    """The `who` of everybody who can read the message now, in order of first join."""
    if message.chat.meeting is None:
        owner = message.chat.owner
        return [owner.who] if owner is not None and may_read(message, owner, now) else []
    found: dict[str, None] = {}
    for who in dict.fromkeys(stay.who for stay in message.chat.meeting.stays):
        accounts = [stay.account for stay in message.chat.meeting.stays if stay.who == who]
        if any(may_read(message, account, now) for account in accounts):
            found[who] = None
    return list(found)

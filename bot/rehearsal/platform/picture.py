"""What can be seen: the page's view of one person, and the bot's messages for the report."""

from __future__ import annotations

from typing import Any

from bot.rehearsal.platform import cards
from bot.rehearsal.platform.core import BOT_NAME, Core
from bot.rehearsal.platform.pressing import cards_of
from bot.rehearsal.platform.reading import is_in_the_chat, may_read, readers
from bot.rehearsal.platform.world import Account, Chat, Message, instant


def bot_chat(core: Core) -> list[dict[str, Any]]:
    """One entry for each message of the bot as it now stands (the report's `chat`), in order.

    `seen_by` adds who could read it at some time since it was sent; `id` is its activity id.
    """
    said = sorted((m for c in core.world.chats.values() for m in c.messages.values() if m.by == "bot"),
                  key=lambda m: m.created)  # fmt: skip
    return [
        {
            "n": number, "by": "bot", "to": readers(one, core.clock()),
            "where": "meeting" if one.chat.meeting else "personal", "card": card_kind(one), "text": bot_text(one),
            "language": language(core, one), "updates": one.updates, "id": one.id, "seen_by": list(one.seen_by),
            "targeted": one.target is not None, "deleted": one.deleted is not None,
        }
        for number, one in enumerate(said, 1)
    ]  # fmt: skip


def card_kind(said: Message) -> str | None:
    """The kind of the first card of a message, None where it has none."""
    return next(
        (str(a.get("name") or "") for a in said.attachments if a.get("contentType") == cards.CONTENT_TYPE), None
    )


def bot_text(said: Message) -> str:
    """The words of the message and of its cards; nothing of a deleted one."""
    if said.deleted is not None:
        return ""
    shown = [cards.words(a["content"]) for a in said.attachments if a.get("contentType") == cards.CONTENT_TYPE]
    return "\n".join(part for part in (said.text.strip(), *shown) if part)


def language(core: Core, said: Message) -> str:
    """The card's `lang`, else the message's locale, else the meeting's language."""
    for sent in said.attachments:
        content = sent.get("content")
        if isinstance(content, dict) and isinstance(content.get("lang"), str):
            return str(content["lang"])[:2].lower()
    return (said.locale or core.language)[:2].lower()


def view(core: Core, who: str) -> dict[str, Any]:
    """The meeting as `who` sees it now: messages, participants, banners, and the 1:1 chat with the bot."""
    account, meeting = core.world.people.get(who), core.world.current
    empty = {"who": who, "present": False, "title": "", "messages": [], "participants": [], "banners": [],
             "personal": []}  # fmt: skip
    if account is None or meeting is None:
        return empty
    personal = [c for c in core.world.chats.values() if c.owner is account and not c.deleted]
    return empty | {
        "present": meeting.present(account), "running": meeting.running, "title": meeting.subject,
        "chat_enabled": meeting.options["allowMeetingChat"] != "disabled",
        "messages": shown(core, meeting.chat, account),
        "participants": [
            {"who": s.who, "name": s.name, "as": s.as_, "person_id": s.person_id} for s in meeting.stays if s.present
        ],
        "banners": [c.kind for c in meeting.captures if c.ended is None] if meeting.present(account) else [],
        "personal": [entry for chat in personal for entry in shown(core, chat, account)],
    }  # fmt: skip


def shown(core: Core, chat: Chat, account: Account) -> list[dict[str, Any]]:
    """The entries of a chat for one person. What the person may not read is there without content, or not at all."""
    entries = []
    for said in sorted(chat.messages.values(), key=lambda m: m.created):
        entry = message_entry(core, said, account)
        if entry is not None:
            entries.append(entry)
    return entries


def message_entry(core: Core, said: Message, account: Account) -> dict[str, Any] | None:
    """One entry of the view, None where the person sees nothing of it."""
    readable = may_read(said, account, core.clock())
    blocked = bool(said.dlp_actions & {"blockaccess", "blockaccessexternal"})
    if not readable and not leaves_a_trace(said, account):
        return None
    own = said.author is account
    entry: dict[str, Any] = {
        "id": said.id, "by": said.by, "author": said.author.name if said.author else BOT_NAME, "own": own,
        "at": instant(said.created), "text": None, "html": None, "edited": said.edited is not None,
        "deleted": said.deleted is not None, "hidden": blocked and said.deleted is None, "card": None,
        "card_kind": None, "cards": [], "targeted": said.target is not None, "policy_tip": None,
        "where": "meeting" if said.chat.meeting else "personal",
    }  # fmt: skip
    if said.by == "system":
        return entry | {"author": None, "event": (said.detail or {}).get("@odata.type", "").rpartition(".")[2],
                        "detail": said.detail}  # fmt: skip
    if readable:
        seen = cards_of(said, account)
        entry |= {"text": said.text, "html": said.html, "cards": [card for _, card in seen]}
        if seen:
            entry |= {"card_kind": seen[0][0], "card": seen[0][1]}
    if own and said.policy is not None and said.deleted is None:
        entry["policy_tip"] = said.policy.get("policyTip")
    return entry


def leaves_a_trace(said: Message, account: Account) -> bool:
    """Whether somebody who cannot read the message still sees that it was there (deleted, or hidden)."""
    meeting = said.chat.meeting
    if said.chat.deleted or said.target is not None or account.kind == "phone":
        return False
    if meeting is None:
        return said.chat.owner is account
    return is_in_the_chat(meeting, account, said)

"""Cards as people see them, and what happens when a button on one is pressed (teams-platform 3.3, 3.4)."""

from __future__ import annotations

import json
from typing import Any

from bot.rehearsal.platform import activities, cards
from bot.rehearsal.platform.cards import VisibleCard
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.events import post_activity, queue_activity
from bot.rehearsal.platform.people import NOT_SHOWN, OK, REFUSED, REFUSED_BY_BOT
from bot.rehearsal.platform.reading import may_read
from bot.rehearsal.platform.world import Account, Message

INVOKE_TRIES = 2


def shown_messages(core: Core, account: Account) -> list[Message]:
    """The bot's messages this person can read now, in the current meeting and in the person's own 1:1 chat."""
    meeting = core.world.current
    chats = [c for c in core.world.chats.values() if c.owner is account or (meeting and c is meeting.chat)]
    found = [
        m for chat in chats for m in chat.messages.values() if m.by == "bot" and may_read(m, account, core.clock())
    ]
    return sorted(found, key=lambda m: m.created)


def cards_of(said: Message, account: Account) -> list[tuple[str, dict[str, Any]]]:
    """(kind, card) of each card of a message; what an invoke answered to this person replaces the first one."""
    sent = [(a.get("name") or "", a["content"]) for a in said.attachments if a.get("contentType") == cards.CONTENT_TYPE]
    if sent and account.person_id in said.personal_cards:
        sent[0] = (sent[0][0], said.personal_cards[account.person_id])
    return sent


def visible_cards(core: Core, who: str) -> list[VisibleCard]:
    """Every card `who` can see, newest last."""
    account = core.world.people.get(who)
    if account is None:
        return []
    return [
        VisibleCard(said.id, kind, "meeting" if said.chat.meeting else "personal", card,
                    [(cards.verb_of(a), cards.data_of(a)) for a in cards.actions(card)])
        for said in shown_messages(core, account)
        for kind, card in cards_of(said, account)
    ]  # fmt: skip


def find_action(
    said: Message, account: Account, verb: str, data: dict[str, Any] | None, via: str
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """(card, action) to press: the action of this verb, or the one of several that has this data."""
    for _, card in cards_of(said, account):
        for action in cards.actions(card):
            if cards.verb_of(action) != verb or (data is not None and cards.data_of(action) != data):
                continue
            if via == "submit" and action["type"] == "Action.Execute":
                fallback = action.get("fallback")  # a client that does not know Action.Execute shows this instead
                is_submit = isinstance(fallback, dict) and fallback.get("type") == "Action.Submit"
                return (card, fallback) if is_submit and fallback else None
            return card, action
    return None


async def press(
    core: Core, who: str, activity_id: str, verb: str, inputs: dict[str, Any], data: dict[str, Any] | None, via: str
) -> str:
    """Press a button: Action.Execute as an invoke, Action.Submit (or the fallback, `via="submit"`) as a message."""
    account = core.world.people.get(who)
    said = None
    if account is not None:
        said = next((m for m in shown_messages(core, account) if m.id == activity_id), None)
    found = find_action(said, account, verb, data, via) if said is not None and account is not None else None
    if account is None or said is None or found is None:
        return NOT_SHOWN
    card, action = found
    refused_guest = not account.of_tenant and core.switches.guest_cards == "refuse"
    if refused_guest or said.chat.installation is None or cards.invalid_inputs(card, action, inputs):
        return REFUSED
    sent = cards.values(card, action, inputs)
    if action["type"] == "Action.Submit":
        queue_activity(core, said.chat, activities.submit(core, said, account, sent))
        await core.delivery.deliver(said.chat.id)
        return OK
    await core.delivery.deliver(said.chat.id)
    invoke = activities.execute(core, said, account, cards.verb_of(action), sent)
    status, raw = 0, b""
    for _ in range(INVOKE_TRIES):
        core.delivery.count += 1
        status, raw = await post_activity(core, invoke)
        if status < 500 and status != 0:
            break
    if status == 0:
        return REFUSED
    return take_answer(core, said, account, status, raw)


def take_answer(core: Core, said: Message, account: Account, status: int, raw: bytes) -> str:
    """Show what the bot answered to the presser: a card replaces the card, for this person only."""
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return REFUSED_BY_BOT
    if status != 200 or not isinstance(answer, dict):
        return REFUSED_BY_BOT
    kind, code, value = answer.get("type"), answer.get("statusCode", 200), answer.get("value")
    if not isinstance(code, int) or code >= 400:
        return REFUSED_BY_BOT
    if kind == "application/vnd.microsoft.activity.message":
        return OK if isinstance(value, str) else REFUSED_BY_BOT
    if kind != cards.CONTENT_TYPE or not isinstance(value, dict) or cards.problem(value) is not None:
        return REFUSED_BY_BOT
    said.personal_cards[account.person_id] = value
    core.changed()
    return REFUSED_BY_BOT if cards.says_refused(value) else OK

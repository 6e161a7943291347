"""The advisor's own 1:1 chat with the bot (decision 9): reach it, then keep one status card in it up to date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.policy.decisions import Answer, Decision, Keep, Owe
from bot.policy.facts import AdvisorReached, Attempted, CardPressed
from bot.policy.rules.sign_in import is_advisor
from bot.policy.state import PostedCard, State

PUBLIC_CARDS = {
    "post_welcome": "welcome",
    "post_sign_in": "sign_in",
    "post_ended": "session_ended",
    "post_flag": "recording_flag",
    "ask_advisor": "recording_flag",
    "status": "advisor_status",
    "warn": "guard_notice",
    "remind": "guard_notice",
    "say": "sentence",
}
"""Effects that post a card, or one of our sentences, and its kind."""


def reached(fact: AdvisorReached, state: State, now: datetime) -> Iterator[Decision]:
    """The app is installed for the advisor: the 1:1 chat is known."""
    consultation = state.consultation
    if consultation is None or fact.aad != consultation.advisor:
        return
    yield Keep(replace(consultation, advisor_chat=fact.of_chat, advisor_person=fact.person))


def installed(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """Installed (or installed before, then no event follows): open the chat as soon as the advisor's id is known."""
    consultation = state.consultation
    if fact.kind != "install_personal" or fact.result != "done" or consultation is None:
        return
    if consultation.advisor_person and consultation.advisor_chat is None:
        about = (("person", consultation.advisor_person),)
        yield Owe(kind="open_chat", key="open_chat", about=about, again=True)


def opened(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """The 1:1 chat is open."""
    consultation = state.consultation
    if fact.kind != "open_chat" or fact.result != "done" or consultation is None:
        return
    yield Keep(replace(consultation, advisor_chat=fact.learned("chat")))


def card_posted(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """A card stands in a chat: remember where, whose it is and what it is about (decision 10)."""
    kind, activity, chat = PUBLIC_CARDS.get(fact.kind), fact.learned("activity"), fact.learned("chat")
    if kind is None or fact.result != "done" or activity is None or chat is None:
        return
    if (chat, activity) in state.cards:
        return
    yield Keep(
        PostedCard(
            conversation=fact.conversation,
            chat=chat,
            activity=activity,
            kind=kind,
            posted_at=now,
            owner=fact.learned("owner"),
            message=fact.of("message"),
            targeted=fact.learned("targeted") == "yes",
        )
    )


def turned(fact: CardPressed, state: State, now: datetime) -> Iterator[Decision]:
    """The advisor turns to another page of the findings. The next status card that is sent shows the first again."""
    if fact.card != "advisor_status" or fact.verb != "page":
        return
    if not is_advisor(fact, state):
        yield Answer(refused="not_yours", forbidden=True)
        return
    page = fact.ref("page") or ""
    yield Answer(card="advisor_status", state=page if page.isascii() and page.isdigit() and len(page) < 6 else "")


RULES = (
    ((AdvisorReached,), reached),
    ((CardPressed,), turned),
    ((Attempted,), installed),
    ((Attempted,), opened),
    ((Attempted,), card_posted),
)

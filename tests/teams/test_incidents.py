"""What happens when something breaks inside: nothing lost, nothing told, nobody blocked."""

from __future__ import annotations

import logging

import pytest

from bot.ports import Overloaded

from .world import CHAT, World, activity, invoke, message, running_front

SECRET = "DE89370400440532013000"
ACCEPT = {"card": "welcome", "verb": "accept"}


def poison() -> None:
    """Raise as a careless library would: with the text in the message."""
    raise RuntimeError(f"cannot parse {SECRET}")


async def raw(world: World, found: object) -> tuple[int, str]:
    from .world import bearer

    async with world.client.post("/api/messages", json=found, headers={"Authorization": bearer()}) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize("found", [message(SECRET), invoke(ACCEPT), activity(type="installationUpdate", action="add")])
async def test_a_poisonous_activity_is_set_aside(found: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    """It fails with 500, is set aside at the second try and not looked at again; others go on meanwhile."""
    async with running_front() as world:
        world.inbox.fail = poison
        answers = [await raw(world, found) for _ in range(2)]
        assert [status for status, _ in answers] == [500, 201]
        assert [text for _, text in answers] == [f"incident {n:08x}" for n in (1, 2)]
        assert "incident 00000002: RuntimeError, try 2, set aside" in caplog.text
        assert world.inbox.aside == [(CHAT, "00000002")]
        world.inbox.fail = lambda: None
        assert (await raw(world, found))[0] == 201
        assert world.inbox.everything == []
        assert (await world.post(message("weiter", id="1766394000001")))[0] == 201
        assert [heard.text for heard in world.inbox.heard] == ["weiter"]
        assert world.front.in_flight == 0


async def test_four_deliveries_over_two_replicas_set_a_poisonous_activity_aside() -> None:
    """The platform delivers four times, to one replica and the other in turn: both set it aside by the same id."""
    async with running_front() as one, running_front() as two:
        one.inbox.fail = two.inbox.fail = poison
        answers = [(await raw(world, message(SECRET, id="1766394000009")))[0] for world in (one, two, one, two)]
        assert answers == [500, 500, 201, 201]
        assert one.inbox.aside_ids == two.inbox.aside_ids == ["1766394000009"]


async def test_a_failure_that_passes_loses_nothing() -> None:
    """An activity that failed once is taken when it comes again."""
    async with running_front() as world:
        world.inbox.fail = poison
        assert (await world.post(message()))[0] == 500
        world.inbox.fail = lambda: None
        assert (await world.post(message()))[0] == 201
        assert len(world.inbox.heard) == 1
        assert world.inbox.aside == []


async def test_what_was_taken_in_part_is_not_500() -> None:
    """Once a fact was taken the answer is 201: nothing may claim that nothing happened."""
    calls = iter([None, poison])

    def second_fails() -> None:
        if (then := next(calls)) is not None:
            then()

    async with running_front() as world:
        world.inbox.fail = second_fails
        members = [{"id": "29:a"}, {"id": "29:b"}]
        assert (await world.post(activity(type="conversationUpdate", membersAdded=members)))[0] == 201
        assert [fact.person.id for fact in world.inbox.facts] == ["29:a"]
        assert world.inbox.aside == [(CHAT, "00000001")]


@pytest.mark.parametrize("found", [message(), invoke(ACCEPT), activity(type="messageDelete")])
async def test_an_overloaded_inbox_is_503_every_time(found: dict[str, object]) -> None:
    """Overloaded means: come again. It is no incident and never sets anything aside."""

    def overloaded() -> None:
        raise Overloaded

    async with running_front() as world:
        world.inbox.fail = overloaded
        assert [(await world.post(found))[0] for _ in range(5)] == [503] * 5
        world.inbox.fail = lambda: None
        assert (await world.post(found))[0] in (200, 201)
        assert len(world.inbox.everything) == 1


async def test_no_text_reaches_a_log_or_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """With everything logged, on every path and in failure, the secret is in no record; a planted one is found."""
    caplog.set_level(logging.DEBUG)
    code = {"card": "sign_in", "verb": "submit", "ref": "r", "code": SECRET}
    sender = {"id": "29:x", "name": SECRET}
    deliveries = [
        message(SECRET, **{"from": sender}),
        message(SECRET, type="messageUpdate"),
        invoke(code, **{"from": sender}),
        invoke({**code, "ref": SECRET + " "}),
        activity(value=code, replyToId="1", text=SECRET),
        activity(value={SECRET: SECRET}, replyToId="1"),
        message(SECRET, timestamp=SECRET),
        message(SECRET, channelId=SECRET),
        activity(type=SECRET, text=SECRET),
        activity(type="event", name="application/vnd.microsoft.meetingStart", value={"Title": SECRET}),
        activity(type="conversationUpdate", membersAdded=[sender], topicName=SECRET),
    ]
    async with running_front() as world:
        for fail in (lambda: None, poison):
            world.inbox.fail = fail
            for delivery in deliveries:
                _, text = await raw(world, delivery)
                assert SECRET not in text
        assert await world.post_raw(f'{{"text": "{SECRET}", '.encode()) == 400
        assert SECRET not in repr(world.inbox.everything)

    def logged() -> str:
        return "".join(f"{record.getMessage()}{record.exc_text}{record.exc_info}" for record in caplog.records)

    assert "incident" in logged()
    assert SECRET not in logged()
    logging.getLogger("control").info(SECRET)
    assert SECRET in logged()

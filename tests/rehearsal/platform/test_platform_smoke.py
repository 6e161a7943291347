"""The stand-in end to end: people, cards, hiding, mail, notifications."""

from __future__ import annotations

from stand_in_stage import Stage, simple_card


async def test_a_consultation_runs(stage: Stage) -> None:
    """Join, card, press, message, hide and leave work together."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    activity_id = await stage.send_card(simple_card("accept"))
    [card] = stage.platform.visible_cards("erika")
    assert (card.activity_id, card.kind, card.where) == (activity_id, "welcome", "meeting")
    stage.bot.invoke_answer = {
        "statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": simple_card("withdraw"),
    }  # fmt: skip
    assert await stage.platform.press("erika", activity_id, "accept", {}) == "ok"
    assert stage.platform.visible_cards("erika")[0].actions[0][0] == "withdraw"
    assert stage.platform.visible_cards("petra")[0].actions[0][0] == "accept"
    result, message = await stage.platform.say("erika", "Meine IBAN")
    assert result == "ok"
    assert stage.platform.readable_by(message) == ["petra", "erika"]
    status, _ = await stage.graph(
        "PATCH", f"/chats/{stage.chat}/messages/{message}", {"policyViolation": {"dlpAction": "BlockAccess"}}
    )
    assert status == 403
    assert await stage.platform.leave("erika") == "ok"
    assert stage.platform.readable_by(message) == ["petra"]

"""The advisor's list of findings, page by page: none that still needs somebody is out of reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cards import build
from cards.advisor_status.card import AdvisorStatusData, FindingRow
from cards.examples import NOON


def many(count: int) -> tuple[FindingRow, ...]:
    """That many findings, a minute apart; the oldest is hidden, the next five are readable, the rest is dealt with."""
    outcomes = ["hidden", *["warned"] * 5, *["deleted by author"] * count]
    return tuple(
        FindingRow(
            ref=f"f{n}", kinds=("IBAN",), at=NOON + timedelta(minutes=n), role="guest",
            outcome=outcomes[n], can_release=n < 6,  # type: ignore[arg-type]
        )
        for n in range(count)
    )  # fmt: skip


def buttons(card: dict, verb: str) -> list[dict]:
    """The data of a card's buttons of this verb, in order."""
    inside = [found for part in card.get("items", []) + card.get("body", []) for found in buttons(part, verb)]
    return inside + [action["data"] for action in card.get("actions", []) if action.get("verb") == verb]


def test_what_still_needs_somebody_is_on_the_first_page_however_old_it_is() -> None:
    """Twenty newer findings that are dealt with push out none that is readable or can be released."""
    card = build("advisor_status", AdvisorStatusData(ref="c1", findings=many(25)), "de")
    assert [data["ref"] for data in buttons(card, "release")] == [f"f{n}" for n in range(6)]


@pytest.mark.parametrize("outcome", ["warned", "hidden"])
def test_every_finding_is_reached_by_turning_pages(outcome: Any) -> None:
    """From the first card on, button by button, each of twenty-five findings can be released; then it starts over."""
    findings = tuple(replace(row, outcome=outcome, can_release=True) for row in many(25))
    page, reached, turns = 1, [], []
    for _ in range(3):
        card = build("advisor_status", AdvisorStatusData(ref="c1", findings=findings, page=page), "de")
        reached += [data["ref"] for data in buttons(card, "release")]
        [turn] = buttons(card, "page")
        page = int(turn["page"])
        turns.append(page)
    assert sorted(reached) == sorted(row.ref for row in findings)
    assert turns == [2, 3, 1]


@pytest.mark.parametrize(("page", "same_as"), [(0, 1), (-7, 1), (4, 3), (99999, 3)])
def test_a_page_that_is_not_there_is_the_nearest(page: int, same_as: int) -> None:
    """An old card's button may name a page that is gone."""
    one, other = (
        build("advisor_status", AdvisorStatusData(ref="c1", findings=many(25), page=n), "de") for n in (page, same_as)
    )
    assert one == other


def test_a_short_list_has_no_pages() -> None:
    """Ten findings are all there, without a button."""
    assert buttons(build("advisor_status", AdvisorStatusData(ref="c1", findings=many(10)), "de"), "page") == []

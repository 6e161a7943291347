"""Recordings of one call told in any order: each is one recording, and what still runs is never taken for ended."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from .play import START, Play

TOLD = [("started", 0), ("stopped", 5), ("started", 10), ("stopped", 15)]
IN_ORDER = [order for order in permutations(TOLD) if order.index(TOLD[0]) < order.index(TOLD[2])]


def tell(play: Play, event: str, minute: int) -> None:
    """The system message of this minute arrives now."""
    play.record(event, at=START + timedelta(minutes=minute))
    play.wait(1)


def test_a_second_recording_that_stopped_before_it_started_is_not_running() -> None:
    """Its end is told first: nobody is asked to stop what has ended, and both recordings stand in the report."""
    play = Play().begin()
    for event, minute in (TOLD[0], TOLD[1], TOLD[3]):
        tell(play, event, minute)
    owed = set(play.open)
    tell(play, *TOLD[2])
    assert [(r.event, r.stopped_at is not None) for r in play.state.recordings] == [("start", True)] * 2
    assert not {key for key in set(play.open) - owed if "recording:" in key}


def test_an_end_without_a_beginning_hides_no_later_recording() -> None:
    """It ran before the app was there; the next one is flagged and switched off."""
    play = Play().begin()
    tell(play, "stopped", 5)
    tell(play, "started", 10)
    running = [r for r in play.state.recordings if r.stopped_at is None]
    assert len(running) == 1
    assert {"post_flag", "switch_off", "timer:recording"} <= play.kinds_open()


@pytest.mark.parametrize(
    "order", IN_ORDER, ids=lambda order: " ".join(f"{event[2]}{minute}" for event, minute in order)
)
def test_in_whatever_order_its_ends_are_told_nothing_runs_at_the_end(order: tuple[tuple[str, int], ...]) -> None:
    """Two recordings, each begun and ended: none is called running once all is told."""
    play = Play().begin()
    for event, minute in order:
        tell(play, event, minute)
    assert [r.call for r in play.state.recordings if r.stopped_at is None] == []

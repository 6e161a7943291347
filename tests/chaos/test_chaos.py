"""The short form of the fault test. `make chaos` plays more and longer, on PostgreSQL and with two replicas as well."""

from __future__ import annotations

import asyncio

from .run import run


def test_nothing_is_claimed_that_is_not_so_whatever_breaks() -> None:
    """After faults, kills and restarts every outcome is the stand-in's own, nothing is owed, no secret is on disk."""
    result = asyncio.run(run(45, consultations=3, phases=2))
    assert result.violations == []
    assert result.figures["scenarios"] == 3
    assert result.figures["faults"] > 0
    assert result.figures["kills"] > 0
    assert result.figures["messages"] > 0

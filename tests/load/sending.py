"""What all loads share: send a message as the channel does, and tell times by their median and 99th percentile."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import ClientSession

from tests.load.sink import Sink


@dataclass
class Sender:
    """Sends activities and keeps when each was sent first (`time.perf_counter`) and how long its answer took.

    Raises RuntimeError for an answer other than 201.
    """

    sink: Sink
    session: ClientSession
    sent: dict[str, float] = field(default_factory=dict)
    answers: list[float] = field(default_factory=list)

    async def send(self, url: str, message: tuple[str, bytes]) -> None:
        """One delivery."""
        ident, body = message
        headers = {"Authorization": self.sink.token(), "Content-Type": "application/json"}
        began = time.perf_counter()
        self.sent.setdefault(ident, began)
        async with self.session.post(url, data=body, headers=headers) as answer:
            if answer.status != 201:
                raise RuntimeError(f"a message was answered with {answer.status}")
        self.answers.append(time.perf_counter() - began)

    def asked_after(self, messages: Iterable[str]) -> list[float]:
        """Seconds from sending each message to its policyViolation request; those never asked for are left out."""
        return [self.sink.asked[ident] - self.sent[ident] for ident in messages if ident in self.sink.asked]


def spread(seconds: list[float]) -> str:
    """`p50 12.3 ms, p99 45.6 ms (n=100)`."""
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"p50 {statistics.median(ordered) * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms (n={len(ordered)})"

"""One reading for each stretch of text: where candidates overlap, the better supported one stands."""

from bisect import bisect_right

from bot.detection.detector import Candidate
from bot.detection.kinds import Kind

# Between equals the more specific kind: a number that is an IBAN and is called "Kontonummer" is an IBAN.
_RANK = {
    Kind.METERING_POINT: 0,
    Kind.IBAN: 1,
    Kind.CARD: 2,
    Kind.METER: 3,
    Kind.CREDENTIAL: 4,
    Kind.CUSTOMER_NUMBER: 5,
    Kind.ACCOUNT: 6,
    Kind.MARKET_LOCATION: 7,
    Kind.CODE_SHAPE: 8,
}


def _order(c: Candidate) -> tuple[int, float, int, int]:
    rank = _RANK[c.kind] if "token-format" not in c.evidence else -1
    return rank, -c.confidence, c.start - c.end, c.start


def resolve(candidates: list[Candidate]) -> list[Candidate]:
    """The candidates that count, without overlaps, ordered by position. Each is taken by rank of its kind (a published
    token format comes first), then by confidence, then by length; a weaker one that overlaps a taken one is dropped."""
    if len(candidates) == 1:
        return candidates
    starts: list[int] = []
    taken: list[Candidate] = []
    for candidate in sorted(candidates, key=_order):
        i = bisect_right(starts, candidate.start)
        free = (i == 0 or taken[i - 1].end <= candidate.start) and (i == len(taken) or candidate.end <= starts[i])
        if free:
            starts.insert(i, candidate.start)
            taken.insert(i, candidate)
    return taken

"""Secrets split over several messages, or over an edit, of one author: a short window, in memory only.

Bounded in time, in messages and characters an author, and in authors (the one heard longest ago is forgotten first).
What an author wrote ends with the time even if nobody says anything more: see `expire`.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from bot.detection.detector import Candidate
from bot.detection.fragments import (
    aside,
    continues,
    ends_with_digits,
    led,
    looks_like_part,
    open_end,
    promised,
    secret_alone,
    trailed,
)
from bot.detection.kinds import Finding, Kind, Scan
from bot.detection.scanner import Scanner
from bot.detection.view import View, as_read

_PROMISED = ("prior", "keyword-near", "looks-random")


@dataclass(frozen=True, slots=True)
class Retro:
    """A finding in an earlier message, which only a later one completed; `at` its time, `seen` what is read there."""

    message_id: str
    finding: Finding
    at: float
    seen: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message brought: its own scan (completed parts included) and findings in earlier ones."""

    scan: Scan
    retro: tuple[Retro, ...] = ()


@dataclass(slots=True, repr=False, eq=False)
class _Message:
    message_id: str
    text: str
    html: bool
    folded: str
    at: float
    heard: float
    findings: list[Finding]
    quiet: bool
    """Neither a part nor an announcement of anything."""
    gone: bool = False
    """Replaced by an edit: it completes others, but nothing in it can be masked any more."""
    _view: View | None = None

    def view(self, scanner: Scanner) -> View:
        """The folded text with the way back, made when it is first needed."""
        if self._view is None:
            self._view = scanner.view(self.text, self.html)
        return self._view


@dataclass(slots=True, repr=False)
class _Author:
    messages: list[_Message] = field(default_factory=list)
    heard: float = 0.0


class AuthorWindow:
    """The last messages of each author. `seconds`, `messages`, `characters` bound what is kept of one author,
    `authors` how many are kept. Times are whatever clock the caller passes, in seconds.

    A message has two of them: when it was written, by which messages are joined, and when it was heard, by which its
    text is dropped, since a time that somebody else wrote down must not keep it.
    """

    def __init__(
        self, scanner: Scanner, *, seconds: float = 180, messages: int = 6, characters: int = 2000, authors: int = 2000
    ) -> None:
        if min(seconds, messages, characters, authors) <= 0:
            raise ValueError("the bounds of the window must be positive")
        self._scanner = scanner
        self._seconds = seconds
        self._messages = messages
        self._characters = characters
        self._capacity = authors
        self._authors: OrderedDict[Hashable, _Author] = OrderedDict()

    def __repr__(self) -> str:
        return f"AuthorWindow(authors={len(self._authors)})"

    def add(
        self, author_key: Hashable, message_id: str, text: str, html: bool, at: float, now: float | None = None
    ) -> Heard:
        """Scan a new message, or a new version of one heard before (same `message_id`), alone and with the author's
        last ones. Findings already reported for earlier messages are not reported again.

        `at` is when it was written, `now` when it is heard (left out: the same).
        """
        scan, seen = self._scanner.read(text, html)
        now = at if now is None else now
        author = self._authors.get(author_key)
        if author is None:
            author = self._authors[author_key] = _Author()
        else:
            self._authors.move_to_end(author_key)
        author.heard = now
        self._drop_silent(now)
        seconds = self._seconds
        kept = [m for m in author.messages if 0 <= at - m.at <= seconds and abs(now - m.heard) <= seconds]
        quiet = not (scan.findings or scan.worth_history)
        message = _Message(message_id, text, html, as_read(seen), at, now, list(scan.findings), quiet)
        place = next((i for i, m in enumerate(kept) if m.message_id == message_id and not m.gone), None)
        if place is None:
            place = len(kept)
            kept.append(message)
        else:
            kept[place].gone = True
            place += 1
            kept.insert(place, message)
        author.messages = self._newest(kept)
        place -= len(kept) - len(author.messages)
        while len(self._authors) > self._capacity:
            self._authors.popitem(last=False)
        if place < 0 or len(author.messages) < 2 or not self._worth_joining(author, place):
            return Heard(scan)
        return self._joined(author, place, scan)

    def forget(self, author_key: Hashable) -> None:
        """Drop everything of one author; unknown authors are no error."""
        self._authors.pop(author_key, None)

    def forget_where(self, which: Callable[[Hashable], bool]) -> None:
        """Drop everything of the authors whose key `which` is true of. Looks at each author that is kept."""
        self._authors = OrderedDict((key, author) for key, author in self._authors.items() if not which(key))

    def expire(self, now: float) -> None:
        """Drop every message that was heard longer than `seconds` ago, whether or not its author says more. Looks at
        each author that is kept: to be called now and then, not for each message."""
        self._drop_silent(now)
        for author in self._authors.values():
            author.messages = [m for m in author.messages if self._fresh(m.heard, now)]

    def _drop_silent(self, now: float) -> None:
        """Forget who was heard last too long ago: they stand first, so nobody else is looked at."""
        while self._authors and not self._fresh(next(iter(self._authors.values())).heard, now):
            self._authors.popitem(last=False)

    def _fresh(self, heard: float, now: float) -> bool:
        # A clock that was put back must not keep anything for longer either.
        return abs(now - heard) <= self._seconds

    def holds(self, author_key: Hashable) -> bool:
        """Whether anything of this author is kept: if not, earlier messages may have to be read elsewhere."""
        return author_key in self._authors

    def _newest(self, messages: list[_Message]) -> list[_Message]:
        """As many of them, from the last one back, as the bounds allow."""
        first, size = len(messages), 0
        while first and len(messages) - first < self._messages:
            size += len(messages[first - 1].folded)
            if size > self._characters:
                break
            first -= 1
        return messages[first:] if first else messages

    def _worth_joining(self, author: _Author, i: int) -> bool:
        message = author.messages[i]
        if self._is_part(message):
            return True
        if i + 1 < len(author.messages) and self._is_part(author.messages[i + 1]):
            return True
        if not i:
            return False
        text = message.folded
        digit = text[:1].isdigit()
        if not digit and " " in text.strip() and all([m.quiet for m in author.messages[:i]]):
            return False  # what follows needs an announcement before, or one token, or a number that goes on
        before = self._before(author, i)
        if before is None:
            return False
        if not before.quiet and open_end(before.folded):
            return True
        if self._promised(author, i):
            return True
        return digit and ends_with_digits(before.folded)

    def _promised(self, author: _Author, i: int) -> bool:
        """Whether message `i` is one token that a message before it promised, with at most one short one between."""
        message = author.messages[i]
        if len(message.text) > 200 or not secret_alone(message.folded.strip()):
            return False
        before = author.messages[max(0, i - 2) : i]
        if len(before) == 2 and (before[1].findings or len(before[1].folded) > 24):
            before = before[1:]
        return any(promised(one.folded) for one in before if len(one.text) <= 400)

    def _is_part(self, message: _Message) -> bool:
        return not message.quiet and looks_like_part(message.folded)

    def _before(self, author: _Author, i: int) -> _Message | None:
        """The last message before number `i` that is more than "Moment"."""
        return next((m for m in reversed(author.messages[:i]) if not aside(m.folded)), None)

    def _pieces(self, author: _Author) -> tuple[str, list[tuple[int, int, int]]]:
        """The messages as one text, without the words that only join parts, and (start in that text, start, end in
        the folded message) of each."""
        joined = ""
        pieces: list[tuple[int, int, int]] = []
        last = len(author.messages) - 1
        for i, message in enumerate(author.messages):
            text = message.folded
            start = led(text) if i and looks_like_part(text) else 0
            end = trailed(text, start) if i < last or start else len(text)
            if i < last and aside(text):
                start = end = 0
            elif joined:
                joined += " " if continues(joined, text[start:end], bool(start)) else "\n"
            pieces.append((len(joined), start, end))
            joined += text[start:end]
        return joined, pieces

    def _joined(self, author: _Author, own: int, scan: Scan) -> Heard:
        joined, pieces = self._pieces(author)
        offsets = [piece[0] for piece in pieces]
        found, _ = self._scanner.candidates(joined)
        extra = [*found, *self._continued(author, own, pieces)]
        findings = list(scan.findings)
        retro: list[Retro] = []
        for candidate in extra:
            parts = self._parts(author, pieces, candidate)
            reached = {i for i, *_ in parts}
            first = bisect_right(offsets, candidate.start) - 1
            alone = len(reached) == 1
            if own not in reached and not (alone and first > own):
                continue  # complete without the new message
            for i, start, end in parts:
                part = author.messages[i]
                finding = self._finding(part.view(self._scanner), candidate, start, end)
                if part.gone or any(f.start <= finding.start and finding.end <= f.end for f in part.findings):
                    continue
                part.findings.append(finding)
                if i == own:
                    findings = [f for f in findings if not (finding.start <= f.start and f.end <= finding.end)]
                    findings.append(finding)
                else:
                    retro.append(Retro(part.message_id, finding, part.at, part.view(self._scanner).text))
        findings.sort(key=lambda f: f.start)
        return Heard(
            Scan(tuple(findings), scan.requests, scan.identifiers, scan.worth_history, scan.rejected), tuple(retro)
        )

    def _parts(
        self, author: _Author, pieces: list[tuple[int, int, int]], candidate: Candidate
    ) -> list[tuple[int, int, int]]:
        """(message index, start, end) of each piece of the candidate, in the folded text of that message."""
        parts = []
        for i, (offset, first, last) in enumerate(pieces):
            text = author.messages[i].folded
            start, end = max(candidate.start - offset + first, first), min(candidate.end - offset + first, last)
            while start < end and not text[start].isalnum():
                start += 1
            if start < end:
                parts.append((i, start, end))
        return parts

    @staticmethod
    def _finding(view: View, candidate: Candidate, start: int, end: int) -> Finding:
        evidence = (*candidate.evidence, "joined")
        return Finding(candidate.kind, *view.raw(start, end), candidate.confidence, candidate.detector, evidence)

    def _continued(self, author: _Author, i: int, pieces: list[tuple[int, int, int]]) -> list[Candidate]:
        """A password cut in two: one token right after a message that ended with a password; or one promised."""
        message = author.messages[i]
        text = message.folded.strip()
        if i and self._promised(author, i):
            offset, first, _ = pieces[i]
            start = offset + max(message.folded.index(text) - first, 0)
            return [Candidate(Kind.CREDENTIAL, start, start + len(text), _PROMISED, "window")]
        if not i or " " in text or not 1 <= len(text) <= 40 or not any(not c.isalpha() for c in text):
            return []
        before = self._before(author, i)
        if before is None:
            return []
        view = before.view(self._scanner)
        size = len(view.text.rstrip())
        ends = any(f.kind is Kind.CREDENTIAL and f.end >= view.raw(size - 1, size)[1] for f in before.findings)
        if not ends or not size or text.isdigit():
            return []
        offset, first, _ = pieces[i]
        start = offset + max(message.folded.index(text) - first, 0)
        return [Candidate(Kind.CREDENTIAL, start, start + len(text), _PROMISED, "window")]

"""The ear: scans a message alone and with what its author wrote before, and says in a fact what it disclosed.

Text comes in and stays here, in memory; what goes out is kinds and ids (architecture decision 3).
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from bot.bounded import Bounded
from bot.commands import folded
from bot.detection import AuthorWindow, Heard, Kind, Scanner, mask
from bot.detection.view import attributes
from bot.policy.facts import CommandTyped, Fact, MessageHeard
from bot.policy.state import State
from bot.ports import Clock, Graph, GraphMessage, HeardText, Overloaded, PlatformError, Throttled, Unavailable

HISTORY = 30
"""Messages read back at most to join a fragment with what its author wrote before (N8)."""
MASKED = 200
FINGERPRINTS = 2000
"""One for each message with a finding that was heard within the window's time."""


class Ear:
    """Holds the author window, keyed fingerprints of messages with findings and, where the operator wants them, masked
    copies; all bounded, all in memory."""

    def __init__(
        self, scanner: Scanner, graph: Graph, clock: Clock, *, window: timedelta, key: bytes, masked_copies: bool
    ) -> None:
        """`window` is how long text is kept: an author's last messages, to be joined with the next, and masked copies;
        fingerprints too. `key` keys them and the code digests."""
        self._scanner, self._graph, self._clock, self._key = scanner, graph, clock, key
        self._window_seconds = window.total_seconds()
        self._window = AuthorWindow(scanner, seconds=self._window_seconds)
        self._masked_copies = masked_copies
        self._masked: Bounded[tuple[str, str], tuple[float, str]] = Bounded(MASKED)
        self._prints: Bounded[tuple[str, str], tuple[float, datetime, bytes]] = Bounded(FINGERPRINTS)

    def expire(self) -> None:
        """Drop all text whose time is over, of authors who say nothing more too. Called now and then."""
        now = self._now()
        self._window.expire(now)
        for kept in (self._masked, self._prints):
            for key in [key for key, (since, *_) in kept.items() if abs(now - since) > self._window_seconds]:
                del kept[key]

    def _now(self) -> float:
        return self._clock().timestamp()

    @staticmethod
    def matters(found: Heard) -> bool:
        """Whether the message needs more than being noted as seen."""
        scan = found.scan
        return bool(
            scan.findings
            or scan.requests
            or found.retro
            or scan.worth_history
            or (scan.identifiers and any(i.kind is Kind.CODE_SHAPE for i in scan.identifiers))
        )

    def scan(self, heard: HeardText) -> Heard:
        """Scan a version, once: the window would take it for an edit of itself the second time.

        `worth_history` is left only where what this process has heard of the author does not complete it: another
        replica, or a process before this one, may have heard the rest.
        """
        author = (heard.conversation, heard.person.id)
        at = heard.modified.timestamp()
        if heard.text or heard.html is None:
            found = self._window.add(author, heard.message, heard.text, False, at, self._now())
        else:
            found = self._window.add(author, heard.message, heard.html, True, at, self._now())
        scan = found.scan
        if scan.worth_history and (scan.findings or found.retro):
            scan = scan._replace(worth_history=False)
        if heard.text and heard.html is not None:
            rich = self._scanner.scan(heard.html, True)
            if rich.findings or rich.requests:
                findings = scan.findings + rich.findings
                scan = scan._replace(findings=findings, requests=scan.requests or rich.requests)
        return Heard(scan, found.retro)

    def _seen(self, heard: HeardText) -> str:
        """What people see of a message, as far as it is words: what is rendered, and the targets and alternative texts
        in it. The two ears give this alike, which they do not do with the plain text."""
        rich = heard.html or ""
        words, hints = self._scanner.view(rich, True).text, attributes(rich)
        if not words.strip():
            words = self._scanner.view(heard.text).text
        return words + (hints.text if hints is not None else "")

    def says_nothing(self, heard: HeardText) -> bool:
        """Whether an update brings no words at all: then it only says that something changed (teams-platform 1.3)."""
        return not self._seen(heard).strip()

    def same_text(self, heard: HeardText, of: datetime) -> bool:
        """Whether the text is that of the finding's version of the moment `of`, as far as this process remembers.

        The platform may tell a message once more because we had it hidden (4.2). Its time moves on with the finding's
        (bot/policy/rules/guard.py, judged).
        """
        place = heard.conversation, heard.message
        _, version, known = self._prints.get(place, (0.0, None, b""))
        if version != of or not hmac.compare_digest(known, self._print(place, self._seen(heard))):
            return False
        if heard.via == "graph" and heard.event == "edit" and heard.modified > of:
            self._prints[place] = self._now(), heard.modified, known
        return True

    def _print(self, place: tuple[str, str], seen: str) -> bytes:
        """The keyed fingerprint (HMAC-SHA-256) of a message's text; blanks, which the two ears give differently, do
        not count."""
        said = "\n".join((*place, "".join(seen.split())))
        return hmac.new(self._key, b"text:" + said.encode("utf-8", "surrogatepass"), sha256).digest()

    async def joined_with_history(self, heard: HeardText, scanned_from: datetime | None = None) -> Heard | None:
        """A fragment without the rest: read the author's last messages (N8), but nothing written before
        `scanned_from`. None where Graph refuses it.

        Raises Overloaded where Graph cannot tell now: the message has not been seen then, and is delivered again.
        """
        earlier: list[GraphMessage] = []
        since = heard.modified - timedelta(seconds=self._window_seconds)
        try:
            async for message in self._graph.messages_since(heard.conversation, since):
                written = message.edited or message.created
                wanted = scanned_from is None or written >= scanned_from
                if wanted and message.person is not None and message.deleted is None:
                    earlier.append(message)
                if len(earlier) >= HISTORY:
                    break
        except (Throttled, Unavailable):
            raise Overloaded from None
        except PlatformError:
            return None
        own = next((m for m in earlier if m.id == heard.message), None)
        if own is None or own.person is None:
            return None
        author = (heard.conversation, heard.person.id)
        self._window.forget(author)
        for message in sorted(earlier, key=lambda m: m.created):
            if message.person is not None and message.person.id == own.person.id and message.created < own.created:
                text, html = (message.html, True) if message.html else (message.text, False)
                self._window.add(author, message.id, text, html, message.created.timestamp(), self._now())
        return self.scan(heard)

    def fact(
        self,
        heard: HeardText,
        key: str,
        found: Heard | None,
        state: State,
        *,
        scanned: bool = True,
        again: bool = False,
    ) -> Fact:
        """What was heard, without its text. `found` is None for what was not scanned, or is the same text `again`."""
        retro: dict[str, tuple[list[str], datetime]] = {}
        kinds: list[str] = []
        requests, own_code = 0, False
        if found is not None:
            kinds = [finding.kind.value for finding in found.scan.findings]
            requests = len(found.scan.requests)
            for earlier in found.retro:
                at = datetime.fromtimestamp(earlier.at, UTC)
                retro.setdefault(earlier.message_id, ([], at))[0].append(earlier.finding.kind.value)
                place = heard.conversation, earlier.message_id
                self._prints[place] = self._now(), at, self._print(place, earlier.seen)
            own_code = self._is_own_code(heard, found, state)
        if own_code:
            kinds.append(Kind.CREDENTIAL.value)
        if kinds:
            place = heard.conversation, heard.message
            self._prints[place] = self._now(), heard.modified, self._print(place, self._seen(heard))
        return MessageHeard(
            conversation=heard.conversation,
            key=key,
            message=heard.message,
            person=heard.person,
            event=heard.event,
            via=heard.via,
            modified=heard.modified,
            kinds=tuple(dict.fromkeys(kinds)),
            requests=requests,
            scanned=scanned,
            own_code=own_code,
            retro=tuple((message, tuple(dict.fromkeys(names)), at) for message, (names, at) in retro.items()),
            again=again,
            posted=heard.posted,
            hidden=heard.hidden,
            language=heard.language,
        )

    def command(self, heard: HeardText, key: str, command: str, code: str | None) -> Fact:
        """A command, its code as a keyed digest only."""
        return CommandTyped(
            conversation=heard.conversation,
            key=key,
            person=heard.person,
            message=heard.message,
            modified=heard.modified,
            command=command,  # type: ignore[arg-type]
            code_digest=self.code_digest(code) if code is not None else None,
        )

    def _is_own_code(self, heard: HeardText, found: Heard, state: State) -> bool:
        """The one-time code itself, typed as chat: a credential, although a bare number by its looks."""
        booking = state.appointment
        if booking is None or booking.code_digest is None:
            return False
        if not any(i.kind is Kind.CODE_SHAPE for i in found.scan.identifiers):
            return False
        return hmac.compare_digest(self.code_digest(heard.text), booking.code_digest)

    def keep_masked(self, heard: HeardText, found: Heard) -> None:
        """Keep a masked copy of a staff message, if the operator wants one and it masks all there is."""
        if self._masked_copies and found.scan.findings and heard.person.kind == "tenant" and heard.text:
            plain = self._scanner.scan(heard.text, False)
            joined = any("joined" in finding.evidence for finding in found.scan.findings)
            if joined or {f.kind for f in found.scan.findings} != {f.kind for f in plain.findings}:
                return  # a part of a secret, or one in the rich text only: this mask would leave it standing
            self._masked[heard.conversation, heard.message] = self._now(), mask(heard.text, plain.findings)

    def masked(self, conversation: str, message: str) -> str | None:
        """The masked copy of a message, once, if it is still in memory."""
        kept = self._masked.pop((conversation, message), None)
        return kept[1] if kept is not None else None

    def code_digest(self, code: str) -> str:
        """The keyed digest (HMAC-SHA-256) of a code; blanks and dashes that people type do not count, nor the script
        of their digits."""
        plain = "".join(ch for ch in folded(code) if ch.isalnum()).upper()
        return hmac.new(self._key, b"code:" + plain.encode(), sha256).hexdigest()

    def forget_author(self, heard: HeardText) -> None:
        """Its author's messages are heard as if for the first time."""
        self._window.forget((heard.conversation, heard.person.id))

    def forget(self, conversation: str) -> None:
        """Drop the text, the masked copies and the fingerprints of a conversation, after an erasure. A fragment whose
        beginning is forgotten with it is joined with what Graph shows (N8)."""
        self._window.forget_where(lambda author: isinstance(author, tuple) and author[0] == conversation)
        for kept in (self._masked, self._prints):
            for key in [key for key in kept if key[0] == conversation]:
                del kept[key]

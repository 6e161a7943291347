"""Passwords, PINs, TANs, codes and tokens in prose, German and English: what the sentence says is one, is one."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.credential_phrases import (
    BEFORE,
    BEFORE_WORD,
    CODE_FIRST,
    LATER,
    LATER_WORD,
    LINKS,
    OWNED,
    USER_BEFORE,
)
from bot.detection.credential_value import Value, more_values, random_looking, read_code, read_password
from bot.detection.credential_words import HARMLESS_CODE, KEYWORD, NEGATED, statement
from bot.detection.detector import Candidate, Detector
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.words import MEETING, Word, words

NEAR = 240
"""How close the dial-in text of a meeting must be for a passcode to belong to it, in characters."""
_REACH = 160
_BACK = 110
_INTRODUCES = re.compile(r"[ ]?[:=]")
_USER = words(r"\b(?:user|username|login|benutzer|name)\b")
_NAMED = ("codewort", "losungswort", "geheimwort", "merkwort")
_SKIPPED = re.compile(r"(?:[A-Za-z]{2,20}[ ]){1,2}")
_TIME = words(r"\b(?:seit|bis|am|um|vom|ab|since|until|from|on|at)\b")
_PHRASED = words(r"phrase|satz|seed|recovery|mnemonic|wiederherstellung|backup|sicherheitsfrage|security question")
_PLURAL = words(r"(?:worter|woerter|words|codes|pins|tans)\Z")
_USER_SLASH = re.compile(r"[^\s/|,;]{1,64}[ \t]{0,2}[/|,;][ \t]{0,2}(?=\S)")
_MINE = words(r"\b(?:mein|meine|my|unser)\b[^.!?\n]{0,16}\Z")
_CLAUSE = re.compile(r"[.!?:,]")


@dataclass(frozen=True, slots=True)
class CredentialDetector:
    """See the module. A bare "code" counts at once in the length of the operator's own one-time codes."""

    own_code_length: int
    name: str = "credential"
    triggers: tuple[str, ...] = (
        r"pass[ \-]?(?:wor|wd|phrase|code|key|satz|w\b)|p[a-z]{1,3}w[a-z]{0,4}[rdt]|\bpa?[a-z]{2,6}or[dt]"
        r"|p[a4@][s$5]{2}[ w]"
        r"|k[a-z]{1,4}wor|kenn[a-z]{0,3}[rt]|kenw|kennw|kennsatz|merksatz|seed|recovery|mnemonic|wiederherstellung"
        r"|sicherheitsfrage|security q|kennphrase|\bpw|pwd|\bpsw|\bpwor|(?:code|losungs|geheim|merk|zugangs"
        r"|heits)wort"
        r"|\bpass\b|_pw|\bpasw|backup|secret",
        r"\b[ptkc][ .\-*][aieo][ .\-*][nsd]",
        r"pin(?:nummer|code|zahl|s?\b)|_pin|pin_|tans?\b|_tan|tan_|\bpuk|otp|geheim|code|schlussel|schluessel"
        r"|kennung|2fa|mfa"
        r"|(?:zugangs|safe|super|access|security)(?:zahl|ziffer)",
        r"token|\bkey\b|[_ -]key|key_|bearer|wifikey|wlankey",
    )

    def find(self, text: str) -> Iterator[Candidate]:
        """Candidates around every credential word."""
        meetings: tuple[int, ...] | None = None
        for word in KEYWORD.finditer(text):
            kind = word.name
            if kind == "PASS":  # "Pass" is a passport as well: only with a colon, or after a user name
                if not (_INTRODUCES.match(text, word.end) or _USER.search(text, max(0, word.start - 60), word.start)):
                    continue
                kind = "PASSWORD"
            plain = kind == "CODE" and word.text.lower() == "code"
            if plain and HARMLESS_CODE.search(text, max(0, word.start - 14), word.start):
                continue
            for value, evidence in self._around(text, word, kind):
                if meetings is None:
                    meetings = tuple(match.start for match in MEETING.finditer(text))
                if _in_meeting(text, word, kind, meetings):
                    evidence = (*evidence, "meeting")
                yield Candidate(Kind.CREDENTIAL, value.start, value.end, evidence, self.name)

    def _around(self, text: str, word: Word, kind: str) -> Iterator[tuple[Value, tuple[str, ...]]]:
        after = text[word.end : word.end + _REACH]
        for link, gate, pattern in LINKS:
            if not gate.found(after):
                continue
            if kind == "TOKEN" and link in ("set", "asked"):
                continue
            match = pattern.match(text, word.end, word.end + _REACH)
            if match is None:
                continue
            between = match["between"]
            if between and (NEGATED.search(between) or KEYWORD.found(between)):
                continue
            value = self._read(text, match.start("at"), kind, link, word)
            if value is None and link in ("is", "colon"):
                value = self._read_behind(text, match.start("at"), kind)
            if value is not None:
                yield value, ("prior", *value.evidence)
                if kind != "TOKEN":
                    for more in more_values(text, value.end, bool(_PLURAL.search(word.text))):
                        yield more, ("prior", *more.evidence)
                break
        for match in LATER.finditer(text, word.end, word.end + 120) if LATER_WORD.found(after[:120]) else ():
            if value := read_password(text, match.end(), "pair"):
                yield value, ("prior", "keyword-near", "looks-random")
        if kind != "TOKEN":
            yield from self._before(text, word, kind)

    @staticmethod
    def _before(text: str, word: Word, kind: str) -> Iterator[tuple[Value, tuple[str, ...]]]:
        """ "X ist mein Passwort", "482913 is your code": a value that its name follows."""
        start = max(0, word.start - _BACK)
        linked = start + 5 < word.start and BEFORE_WORD.found(text[start : word.start])
        for match in BEFORE.finditer(text, start, word.start) if linked else ():
            lead = text[match.end() : word.start]
            if len(lead) <= 24 and not _CLAUSE.search(lead) and random_looking(match["value"]):
                value = read_password(text, match.start("value"), "quoted", match.end("value"))
                if value is not None:
                    yield value, ("prior", "keyword", "looks-random")
        if kind == "CODE":
            for match in CODE_FIRST.finditer(text, max(start, word.start - 60), word.start):
                if word.start - match.end() <= 40:
                    yield Value(*match.span("value"), ("keyword",)), ("prior", "keyword")

    def _read(self, text: str, at: int, kind: str, link: str, word: Word) -> Value | None:
        if kind == "CODE":
            return read_code(text, at, link, self.own_code_length if word.text.lower() == "code" else 0)
        if kind == "TOKEN":
            value = read_password(text, at, link)
            if value is None or value.end - value.start < (5 if link == "colon" else 8):
                return None
            shown = text[value.start : value.end]
            mixed = any(map(str.isdigit, shown)) and any(map(str.isalpha, shown))
            return value if random_looking(shown) and (mixed or link != "bare" or len(shown) >= 12) else None
        if USER_BEFORE.search(text, max(0, word.start - 40), word.start) and (pair := _USER_SLASH.match(text, at)):
            at = pair.end()
        if _PHRASED.search(word.text) and link in ("is", "colon"):
            return read_password(text, at, "phrase")
        own = bool(OWNED.search(text, max(0, word.start - 30), word.start)) or word.text.lower() in _NAMED
        own = own or text[max(0, word.start - 1) : word.start].isalpha()  # "Telefonpasswort X"
        return read_password(text, at, "owned" if own and link == "bare" else link)

    @staticmethod
    def _read_behind(text: str, at: int, kind: str) -> Value | None:
        """A value behind one or two words nobody foresaw ("lautet standardmaessig X"): only an unmistakable one."""
        skipped = _SKIPPED.match(text, at)
        if skipped is None or _TIME.search(skipped.group()) or NEGATED.search(skipped.group()):
            return None
        if any(map(statement, skipped.group().split())):
            return None
        if kind == "CODE":
            return read_code(text, skipped.end(), "set", 0)
        value = read_password(text, skipped.end(), "pair")
        shown = text[value.start : value.end] if value else ""
        return value if random_looking(shown) and not shown.isdigit() else None


def _in_meeting(text: str, word: Word, kind: str, meetings: tuple[int, ...]) -> bool:
    """Whether a passcode belongs to the dial-in text of a meeting nearby."""
    if kind == "TOKEN" or not meetings or _MINE.search(text, max(0, word.start - 24), word.start):
        return False
    i = bisect_left(meetings, word.start - NEAR)
    return i < len(meetings) and meetings[i] <= word.start + NEAR


def build(formats: NumberFormats) -> Detector:
    """The detector, with the length of the operator's one-time codes."""
    return CredentialDetector(formats.own_code_length)

"""Passwords, PINs, TANs, codes and tokens in prose, German and English: what the sentence says is one, is one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.credential_value import Value, more_values, random_looking, read_code, read_password
from bot.detection.credential_words import HARMLESS_CODE, KEYWORD, NEGATED, statement
from bot.detection.detector import Candidate, Detector
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.words import MEETING, Finder, Word, words

_OPEN = r"[ \t]{0,3}[\"'`*(\[<]{0,3}\s{0,2}"
_FILLER = (
    r"(?:(?:also|jetzt|nun|aktuell|derzeit|ubrigens|uebrigens|einfach|immer|noch|auch|wie folgt|folgendes"
    r"|folgender|der"
    r"|die|das|ja|weiterhin|bitte|now|currently|just|simply|still|also|as follows|the following|following|nur|only"
    r"|hier|here|neu|new|geandert auf|set to|auf|zu|by the way|in short|kurz|dann|halt|eh|mal|immer noch"
    r"|naturlich|natuerlich)\b[ \t]{0,2}[:,]?[ \t]{0,2}){0,3}(?:(?:[A-Za-z]{2,20}[ ]){1,2}(?=[\"'`]))?"
)
_IS = (
    r"(?:ist|lautet|lautete|laute|heisst|heist|heiszt|is|was|war|ware|waere|sind|are|wird|bleibt|'s|will be|zeigt"
    r"|says?|reads?)"
)
_PART = r"(?:[ \t\n]{1,3}|[ \t]{0,1}[(/,&\-][ \t]{0,2})[^\s:=.!?;,()<>]{1,28}(?:\.[^\s:=.!?;,()<>]{1,20})?[),]?"
# keyword, up to seven words ("fuer das KundenCenter"), then what introduces the value
_COPULA = words(
    rf"(?P<between>(?:{_PART}){{0,7}}?)(?:\s{{1,3}}|(?='s)){_IS}\b\s{{0,3}}:?\s{{0,3}}{_FILLER}{_OPEN}(?P<at>(?=\S))"
)
_COLON = words(
    rf"(?P<between>(?:{_PART}){{0,6}}?)[ \t]{{0,3}}(?:\.(?:txt|docx?|pdf)\b)?(?:[:=]{{1,3}}|->|=>|--?>"
    rf"|→)[=>]?\s{{0,4}}{_FILLER}{_OPEN}(?P<at>(?=\S))"
)
_BARE = words(
    rf"(?P<between>)(?:\s{{1,4}}|[ \t]{{0,2}}[,\-_/|][ \t]{{0,2}}"
    rf"|[ \t]?[(\[\"'`*]){{1,2}}{_FILLER}{_OPEN}(?P<at>(?=\S))"
)
# "mein Passwort auf X geaendert", "changed my password to X", "als Passwort X genommen", "Passwort habe ich X"
_SET = words(
    rf"(?P<between>(?:{_PART}){{0,4}}?)\s{{1,3}}(?:auf|zu|in|to|mit|als|habe ich|hab ich|nehme ich|nutze ich"
    rf"|verwende ich|i use"
    rf"|i have|benutze ich|with|as|by|nimm|nehmen sie|use|nutzen sie"
    rf"|verwenden sie)\s{{1,3}}{_FILLER}{_OPEN}(?P<at>(?=\S))"
)
_ASKED = words(rf"(?P<between>)[ \t]{{0,2}}\?\s{{1,3}}{_OPEN}(?P<at>(?=\S))")
_LINKS = (("is", _COPULA), ("colon", _COLON), ("set", _SET), ("asked", _ASKED), ("bare", _BARE))
_BEFORE = words(
    r"(?<![^\s\"'(\[>*`:,])(?P<value>[^\s\"'()<>\[\]]{3,64})[\"')\]*`,]{0,3}\s{1,3}(?:ist|is|war|was|lautet|="
    r"|als|as|waere|ware)\s{1,3}"
    r"(?:(?:auch|jetzt|nun|also|now|das|die|der|mein|meine|meiner|meinem|unser|unsere|dein|ihr|ihre|the|my"
    r"|our|your|neue|neues|new"
    r"|aktuelle|aktuelles|current)\s{1,2}){0,3}(?P<rest>)"
)
_CODE_FIRST = words(
    r"(?<![A-Za-z0-9])(?:[A-Z]-)?(?P<value>[0-9]{4,8}) (?:is|ist|lautet) (?:your|my|the|ihr|ihre|dein|deine"
    r"|mein|meine|der|die)\b"
)
_USER_BEFORE = words(
    r"(?:benutzer(?:name|kennung)?|user(?:name| ?id)?|login(?:name)?|nutzer(?:name)?|name|kennung|mail|account|id)"
    r"[ \t]{0,2}(?:/|\+|&|,|und|and|or|oder)[ \t]{0,2}(?:mein |das |my |the )?\Z"
)
_PAIR_HEAD = Finder(
    r"\b(?:zugangsdaten|zugangs-?daten|anmeldedaten|logindaten|login-?daten|log-?in|credentials|creds|zugang"
    r"|portalzugang"
    r"|kundencenter(?:-zugang)?|onlinezugang|einloggdaten|benutzer(?:name|konto)?|user(?:name| ?id)?|nutzername"
    r"|anmeldung|sign-?in|logge? mich(?: dort| da| immer| jetzt)?|einloggen|angemeldet|log in)\b"
)
_PAIR = words(
    r"(?P<between>[^:=\n.!?]{0,40}?)(?:[ \t]{0,2}[:=]|[ \t]{1,2}(?:ist|is|sind|are|lautet|lauten|mit|with|als|as)\b)"
    r"\s{0,3}(?P<user>[^\s,;|:]{2,64}?)(?:[ \t]{0,2}[/|,;:]|[ \t]{1,2}-|[ \t]{1,2}(?:und|and|mit|with)"
    r"|\s)\s{0,3}[\"']?(?P<at>(?=\S))"
)
_PAIR_FIRST = words(
    r"(?<![^\s\"'(:])[^\s/|:]{2,64}[ ]?[/|][ ]?(?P<value>[^\s/|]{4,64})[ ](?:ist|sind|is|are)[ ](?:mein|meine"
    r"|my|der|die|the)[ ]"
    r"(?:login|zugang|zugangsdaten|anmeldedaten|login-?daten|credentials)\b"
)
NEAR = 240


@dataclass(frozen=True, slots=True)
class CredentialDetector:
    """See the module."""

    own_code_length: int
    name: str = "credential"
    triggers: tuple[str, ...] = (
        r"pass[ \-]?(?:wor|wd|phrase|code|key|satz|w\b)|p[a-z]{1,3}w[a-z]{0,4}[rdt]|p[a-z]{3,6}or[dt]"
        r"|pa[a-z]{0,3}or[dt]|k[a-z]{1,4}wor|kenn[a-z]{0,3}[rt]|kenw|kennw|kennsatz|merksatz|seed|recovery"
        r"|mnemonic|herstellung|sicherheitsfrage|security q|kennphrase|\bpw|pwd|\bpsw|\bpwor|wort\b|\bpass\b"
        r"|_pw",
        r"pin(?:[^a-z]|$|s\b|nummer|code|zahl)|tan(?:[^a-z]|$)|\bpuk|otp|geheim|code|schlussel|schluessel|kennung",
        r"token|secret|\bkey\b|[_ -]key|bearer|wifikey|wlankey",
        r"zugang|anmelde|login|log-?in|credential|benutzer|user|nutzer|einlogg|logg|sign-?in|angemeldet|kundencenter",
    )

    def find(self, text: str) -> Iterator[Candidate]:
        """Candidates around every credential word, and user and password pairs."""
        meetings = tuple(match.start for match in MEETING.finditer(text))
        for word in KEYWORD.finditer(text):
            kind = word.name
            if kind == "PASS":  # "Pass" is a passport as well: only with a colon or an equals sign
                if not _INTRODUCES.match(text, word.end):
                    continue
                kind = "PASSWORD"
            plain = kind == "CODE" and word.text.lower() == "code"
            if plain and HARMLESS_CODE.search(text, max(0, word.start - 14), word.start):
                continue
            for value, evidence in self._around(text, word, kind):
                if _in_meeting(text, word, kind, meetings):
                    evidence = (*evidence, "meeting")
                yield Candidate(Kind.CREDENTIAL, value.start, value.end, evidence, self.name)
        yield from self._pairs(text)
        for match in _PAIR_FIRST.finditer(text) if "/" in text or "|" in text else ():
            if random_looking(match["value"]):
                evidence = ("prior", "keyword-near", "looks-random")
                yield Candidate(Kind.CREDENTIAL, *match.span("value"), evidence, self.name)

    def _around(self, text: str, word: Word, kind: str) -> Iterator[tuple[Value, tuple[str, ...]]]:
        for link, pattern in _LINKS:
            if kind == "TOKEN" and link in ("set", "asked"):
                continue
            match = pattern.match(text, word.end, word.end + 160)
            if match is None or NEGATED.search(match["between"]) or KEYWORD.search(match["between"]):
                continue
            value = self._read(text, match.start("at"), kind, link, word)
            if value is None and link in ("is", "colon"):
                value = self._read_later(text, match.start("at"), kind)
            if value is not None:
                yield value, ("prior", *value.evidence)
                for more in more_values(text, value.end, bool(_PLURAL.search(word.text))) if kind != "TOKEN" else ():
                    yield more, ("prior", *more.evidence)
                break
        yield from self._later(text, word)
        if kind == "TOKEN":
            return
        for before in _BEFORE.finditer(text, max(0, word.start - 110), word.start):
            lead = text[before.end() : word.start]
            if len(lead) <= 24 and not re.search(r"[.!?:,]", lead) and random_looking(before["value"]):
                start = before.start("value")
                value = read_password(text, start, "quoted", before.end("value"))
                if value is not None:
                    yield value, ("prior", "keyword", "looks-random")
        for first in _CODE_FIRST.finditer(text, max(0, word.start - 60), word.start):
            if kind == "CODE" and word.start - first.end() <= 40:
                yield Value(*first.span("value"), ("keyword",)), ("prior", "keyword")

    @staticmethod
    def _read_later(text: str, at: int, kind: str) -> Value | None:
        """A value behind one or two words nobody foresaw ("lautet standardmaessig X"): only an unmistakable one."""
        skipped = _SKIPPED.match(text, at)
        if skipped is None or NEGATED.search(skipped.group()) or any(map(statement, skipped.group().split())):
            return None
        value = (
            read_password(text, skipped.end(), "pair") if kind != "CODE" else read_code(text, skipped.end(), "set", 0)
        )
        if value is None:
            return None
        shown = text[value.start : value.end]
        return value if kind == "CODE" or (random_looking(shown) and not shown.isdigit()) else None

    def _later(self, text: str, word: Word) -> Iterator[tuple[Value, tuple[str, ...]]]:
        """ "... mein Passwort ist abgelaufen, das neue ist X": what a later clause says of the same credential."""
        for match in _LATER.finditer(text, word.end, word.end + 120):
            value = read_password(text, match.end(), "pair")
            if value is not None:
                yield value, ("prior", "keyword-near", "looks-random")

    def _read(self, text: str, at: int, kind: str, link: str, word: Word) -> Value | None:
        if kind == "PASSWORD":
            if _USER_BEFORE.search(text, max(0, word.start - 40), word.start):
                at = _after_user(text, at)
            if _PHRASED.search(word.text) and link in ("is", "colon"):
                return read_password(text, at, "phrase")
            own = bool(_OWNED.search(text, max(0, word.start - 30), word.start))
            own = own or text[max(0, word.start - 1) : word.start].isalpha() or word.text.lower() in _NAMED
            return read_password(text, at, "owned" if own and link == "bare" else link)
        if kind == "TOKEN":
            value = read_password(text, at, link)
            if value is None or value.end - value.start < (5 if link == "colon" else 8):
                return None
            shown = text[value.start : value.end]
            mixed = any(map(str.isdigit, shown)) and any(map(str.isalpha, shown))
            return value if random_looking(shown) and (mixed or link != "bare") else None
        general = word.text.lower() == "code"
        return read_code(text, at, link, self.own_code_length if general else 0)

    def _pairs(self, text: str) -> Iterator[Candidate]:
        for head in _PAIR_HEAD.finditer(text):
            match = _PAIR.match(text, head.end)
            if match is None or KEYWORD.search(match["user"]) or NEGATED.search(match["between"]):
                continue
            value = read_password(text, match.start("at"), "pair")
            if value is None or KEYWORD.search(text[value.start : value.end + 12]):
                continue
            shown = text[value.start : value.end]
            if random_looking(shown) and not shown.isdigit() and "@" not in shown:
                yield Candidate(
                    Kind.CREDENTIAL, value.start, value.end, ("prior", "keyword-near", "looks-random"), self.name
                )


_NAMED = ("codewort", "losungswort", "geheimwort", "merkwort")
_INTRODUCES = re.compile(r"[ ]?[:=]")
_SKIPPED = re.compile(r"(?:[A-Za-z]{2,20}[ ]){1,2}")
_PHRASED = words(r"phrase|satz|seed|recovery|mnemonic|wiederherstellung|backup|sicherheitsfrage|security question")
_PLURAL = words(r"(?:worter|woerter|words|codes|pins|tans)\Z")
_LATER = words(
    r"\b(?:das|die|der|the|mein|meine|my|es|it|ein)?[ ]?(?:neue[sr]?|alte[sr]?|jetzige[sr]?|aktuelle[sr]?|new"
    r"|old|current|jetzt|now"
    r"|sondern|stattdessen|instead)(?: one)?[ ]?(?:[:=]|ist|lautet|war|heisst|is|was)\s{1,3}[\"'`]?"
)
_OWNED = words(
    r"\b(?:mein|meine|meines|unser|unsere|my|our|wlan|wlan-|wifi|wi-fi|wifi-|bank|das|das neue|neues|mit"
    r"|with)[ \-]?\Z"
)
_USER_SLASH = re.compile(r"[^\s/|,;]{1,64}[ \t]{0,2}[/|,;][ \t]{0,2}(?=\S)")


def _after_user(text: str, at: int) -> int:
    """Where the password begins when a user name and a slash stand before it."""
    match = _USER_SLASH.match(text, at)
    return match.end() if match else at


def _in_meeting(text: str, word: Word, kind: str, meetings: tuple[int, ...]) -> bool:
    """Whether a passcode belongs to the dial-in text of a meeting nearby."""
    if kind == "TOKEN" or _MINE.search(text, max(0, word.start - 24), word.start):
        return False
    return any(abs(at - word.start) <= NEAR for at in meetings)


_MINE = words(r"\b(?:mein|meine|my|unser)\b[^.!?\n]{0,16}\Z")


def build(formats: NumberFormats) -> Detector:
    """The detector; a bare "CODE 123456" counts in the length of the operator's one-time codes."""
    return CredentialDetector(formats.own_code_length)

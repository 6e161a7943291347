"""Passwords, PINs, TANs, codes and tokens in prose, German and English: what the sentence says is one, is one."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.credential_near import TECHNICAL, answered, near_values, unmistakable
from bot.detection.credential_phrases import (
    BEFORE,
    BEFORE_WORD,
    CODE_BEFORE,
    CODE_FIRST,
    EARLIER,
    FROM_TO,
    GLUED,
    IN_SOURCE,
    INSTEAD,
    LATER,
    LATER_WORD,
    LINKS,
    NAMED_LATER,
    OWNED,
    QUOTED,
    QUOTED_ANSWER,
    SOURCE_AFTER,
    TOLD,
    USER_BEFORE,
    USER_GIVEN,
)
from bot.detection.credential_table import below
from bot.detection.credential_value import (
    Value,
    more_values,
    random_looking,
    read_code,
    read_password,
    read_words,
    told_word,
)
from bot.detection.credential_words import HARMLESS_CODE, KEYWORD, NEGATED, participle, predicate, statement, topic
from bot.detection.detector import Candidate, Detector
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.words import LABEL, MEETING, Word, words

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
_PLURAL = words(r"(?:worter|woerter|words|passwords|codes|pins|tans)\Z")
_USER_SLASH = re.compile(r"[^\s/|,;]{1,64}[ \t]{0,2}[/|,;][ \t]{0,2}(?=\S)")
_MINE = words(r"\b(?:mein|meine|my|unser)\b[^.!?\n]{0,16}\Z")
_SPELLS = words(r"\b(?:lautet|lauten|heisst)\b")
_TELLS = words(r"\b(?:ist|is|lautet|heisst)\b")
_ABBREVIATED = words(r"(?:\A|[\n,.;:]\s?)(?:mein |my |das |hier )?\Z")
_SHORT_ALONE = re.compile(r"[ ](?:[ ]|(?:still|now|noch|jetzt|immer|auch)[ ])?(?P<at>[a-z]{6,30})[ .!]{0,2}(?:\n|\Z)")
_ALONE = re.compile(r"[ ]{1,2}(?P<at>[A-Za-z][a-z]{3,29})[ .!]{0,2}(?:\n|\Z)")
_MAIL_BEFORE = re.compile(r"@[^\s@,;]{3,50}[ ,;:/|\n]{1,3}\Z")
_DATED = words(r"\b(?:seit|bis|am|um|vom|ab|f(?:u|ue)r|for|in|im|since|until|from|by|jahr|year)[ ](?:19|20)[0-9]{2}\Z")
_COUNTS = words(r"\b(?:ab|seit|bis|nr|nummer|no|number|von|um|am|since|until|at|version|jahr|year|nach|vor)\Z")
_CLAUSE = re.compile(r"[.!?:,]")


@dataclass(frozen=True, slots=True)
class CredentialDetector:
    """See the module. A bare "code" counts at once in the length of the operator's own one-time codes."""

    own_code_length: int
    name: str = "credential"
    triggers: tuple[str, ...] = (
        r"pass[ \-]?(?:wor|wd|phrase|code|key|satz|w\b)|p[a-z]{1,3}w[a-z]{0,4}[rdt]|\bpa?[a-z]{2,6}or[dt]"
        r"|p[a4@][s$5]{2}[ w]|_pass|\bpass|\bp+[ .\-/_*]?a+[ .\-_*]?s|\bp[ .\-/]w|p+a+s+w|k+e+n+w|memorable|\bkw\b"
        r"|k[a-z]{1,4}wor|kenn[a-z]{0,3}[rt]|kenw|kennw|kennsatz|merksatz|seed|recovery|mnemonic|wiederherstellung"
        r"|sicherheits(?:frage|antw)|security [qa]|kennphrase|\bpw|pwd|\bpsw|\bpwor|(?:code|losungs|geheim|merk"
        r"|zugangs|heits)wort"
        r"|_pw|\bpasw|backup|secret",
        r"\b[ptkc][ .\-*][aieo][ .\-*][nsd]|\bg[ .\-*]e[ .\-*]h|(?:pin|tan|puk)(?:ist|is"
        r"|lautet)?[0-9]|\bsms|\bp[i1!]+n|\bt[a4]+n|authenticator",
        r"pin(?:nummer|code|zahl|s?\b)|_pin|pin_|tans?\b|_tan|tan_|\bpuk|otp|geheim|code|schlussel|schluessel"
        r"|kennung|2fa|mfa"
        r"|(?:zugangs|safe|super|access|security)(?:zahl|ziffer)",
        r"token|\bkey\b|[_ -]key|key_|bearer|wifikey|wlankey",
    )

    def find(self, text: str) -> Iterator[Candidate]:
        """Candidates around every credential word."""
        meetings: tuple[int, ...] | None = None
        done = 0
        for match in GLUED.finditer(text):
            start, end = match.span(match.lastgroup or 0)
            yield Candidate(Kind.CREDENTIAL, start, end, ("prior", "keyword"), self.name)
        for word in KEYWORD.finditer(text):
            kind = word.name
            if IN_SOURCE.search(text, max(0, word.start - 12), word.start) and SOURCE_AFTER.match(text, word.end):
                continue
            sure = True
            if kind == "PASS":  # "Pass" is a passport as well
                sure = bool(
                    _INTRODUCES.match(text, word.end) or _USER.search(text, max(0, word.start - 60), word.start)
                )
                kind = "PASSWORD"
            if kind == "CODE" and word.text[-8:].lower() in ("password", "passcode"):
                kind = "PASSWORD"  # "portal password"
            plain = kind == "CODE" and word.text.lower() == "code"
            if plain and HARMLESS_CODE.search(text, max(0, word.start - 14), word.start):
                continue
            values: list[tuple[Value, tuple[str, ...]]] = []
            if kind != "TOKEN" and "\n" in text and (value := below(text, word, kind)):
                values.append((value, ("prior", *value.evidence)))
            values = values or list(self._around(text, word, kind))
            if not values and not plain:
                values = list(self._apart(text, word, kind, done))
                done = word.end
                if not values and kind == "PASSWORD" and (told := TOLD.match(text, word.end)):
                    value = None if NEGATED.search(told.group()) else told_word(text, told.end())
                    values = [(value, ("prior", "keyword"))] if value else []
            for value, evidence in values:
                if not sure and not unmistakable(text[value.start : value.end]):
                    continue
                if meetings is None:
                    meetings = tuple(match.start for match in MEETING.finditer(text))
                if _in_meeting(text, word, kind, meetings):
                    evidence = (*evidence, "meeting")
                yield Candidate(Kind.CREDENTIAL, value.start, value.end, evidence, self.name)

    def _around(self, text: str, word: Word, kind: str) -> Iterator[tuple[Value, tuple[str, ...]]]:
        after = text[word.end : word.end + _REACH]
        for link, gate, pattern in LINKS:
            if gate and not gate.found(after):
                continue
            if kind == "TOKEN" and link in ("set", "asked", "for"):
                continue
            match = pattern.match(text, word.end, word.end + _REACH)
            if match is None:
                continue
            between = match["between"]
            if between and (NEGATED.search(between) or KEYWORD.found(between)):
                continue
            if link == "is" and between and text.startswith("'s", match.end("between")):
                continue  # "the user's password": a possessive
            if link == "for" and (_COUNTS.search(between) or _other(between)):
                continue
            spelt = link == "is" and bool(_SPELLS.search(match.group()))
            value = self._read(text, match.start("at"), kind, "told" if spelt else link, word)
            if value is None and link in ("is", "colon"):
                value = self._read_behind(text, match.start("at"), kind)
                telling = link == "colon" or _TELLS.search(match.group())
                if value is None and kind == "PASSWORD" and telling and not _PLURAL.search(word.text):
                    value = read_words(text, match.start("at"), link == "is" and not spelt)
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
            for match in INSTEAD.finditer(text, word.end, word.end + 60):
                for name in ("old", "new"):
                    shown = match[name]
                    if shown.isdigit() if kind == "CODE" else random_looking(shown):
                        yield Value(*match.span(name), ("keyword-near",)), ("prior", "keyword-near", "looks-random")
            if (change := FROM_TO.match(text, word.end, word.end + _REACH)) is not None and all(
                _changes(change[name], kind) for name in ("old", "new")
            ):
                for name in ("old", "new"):
                    yield Value(*change.span(name), ("keyword-near",)), ("prior", "keyword-near", "looks-random")
            yield from self._before(text, word, kind)

    def _apart(self, text: str, word: Word, kind: str, done: int) -> Iterator[tuple[Value, tuple[str, ...]]]:
        """What no set phrase introduces: the answer in the next sentence, or an unmistakable value nearby."""
        if kind == "TOKEN":
            return
        match = answered(text, word.end)
        if match is not None and not KEYWORD.search(match["between"]):
            at = match.start("at")
            told = bool(match["is"] or match["lead"])
            value: Value | None
            if kind == "CODE":
                value = read_code(text, at, "is" if told else "set", 0)
            else:
                own = bool(OWNED.search(text, max(0, word.start - 30), word.start))
                own = own or text[max(0, word.start - 1) : word.start].isalpha()
                strict = not (match["is"] and own and not NEGATED.search(match["between"]))
                value = read_password(text, at, "asked" if strict or not text[at].isupper() else "is")
                if value and "looks-random" in value.evidence and text[value.start : value.end].isdigit() and not told:
                    value = None
            if value is not None:
                yield value, ("prior", *value.evidence)
                return
        short = word.text.lower().rstrip(".") in ("pw", "pwd", "psw", "pswd")
        if (
            kind == "PASSWORD"
            and (alone := (_SHORT_ALONE if short else _ALONE).match(text, word.end))
            and _ABBREVIATED.search(text[max(0, word.start - 8) : word.start])
        ):
            shown = alone["at"]
            if not (
                statement(shown) or participle(shown) or (not short and (topic(shown) or predicate(shown.lower())))
            ):
                yield Value(*alone.span("at"), ("keyword",)), ("prior", "keyword")
        if (
            QUOTED.search(text, max(0, word.start - 80), word.start)
            and (reply := QUOTED_ANSWER.match(text, word.end, word.end + _REACH))
            and not statement(reply["at"])
        ):
            yield Value(*reply.span("at"), ("keyword",)), ("prior", "keyword")
        if kind == "PASSWORD":
            for value in near_values(text, word.start, word.end, done):
                yield value, ("prior", *value.evidence)

    @staticmethod
    def _before(text: str, word: Word, kind: str) -> Iterator[tuple[Value, tuple[str, ...]]]:
        """ "X ist mein Passwort", "482913 is your code": a value that its name follows."""
        start = max(0, word.start - _BACK)
        lead = text[start : word.start]
        linked = len(lead) > 5 and BEFORE_WORD.found(lead)
        if kind != "TOKEN" and linked:
            for pattern in (EARLIER, NAMED_LATER):
                for match in pattern.finditer(text, start, word.start):
                    value = read_password(text, match.start("at"), "pair")
                    if value is not None and value.end < word.start and _changes(text[value.start : value.end], kind):
                        yield value, ("prior", "keyword-near", "looks-random")
        for match in BEFORE.finditer(text, start, word.start) if linked else ():
            lead = text[match.end() : word.start]
            if len(lead) <= 24 and not _CLAUSE.search(lead) and random_looking(match["value"]):
                if TECHNICAL.match(match["value"]) or _DATED.search(text, start, match.end("value")):
                    continue
                value = read_password(text, match.start("value"), "quoted", match.end("value"))
                if value is not None:
                    yield value, ("prior", "keyword", "looks-random")
        if kind == "CODE":
            if word.text.lower() != "code" and (
                named := CODE_BEFORE.search(text, max(start, word.start - 60), word.start)
            ):
                yield Value(*named.span("value"), ("keyword",)), ("prior", "keyword")
            for match in CODE_FIRST.finditer(text, max(start, word.start - 60), word.start):
                if word.start - match.end() <= 40:
                    yield Value(*match.span("value"), ("keyword",)), ("prior", "keyword")

    def _read(self, text: str, at: int, kind: str, link: str, word: Word) -> Value | None:
        if kind == "CODE":
            if link == "set" and text[max(0, at - 3) : at].lower() == "in ":
                return None  # "a TAN in 2023"
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
        if _PHRASED.search(word.text) and link in ("is", "told", "colon"):
            return read_password(text, at, "phrase")
        owner = OWNED.search(text, max(0, word.start - 30), word.start)
        if link == "bare" and (text[at - 1] in "-_/" or (owner and owner["as"])):
            return read_password(text, at, "bare" if text[at - 1] in "-_/" else "entered")
        own = bool(owner) or word.text.lower() in _NAMED
        own = own or text[max(0, word.start - 1) : word.start].isalpha()  # "Telefonpasswort X"
        if link == "bare" and text[at - 1].isspace() and USER_GIVEN.search(text, max(0, word.start - 100), word.start):
            return read_password(text, at, "named")
        own = own or bool(_MAIL_BEFORE.search(text, max(0, word.start - 60), word.start))
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
        return value if random_looking(shown) and not shown.isdigit() and not shown.isalpha() else None


def _other(between: str) -> bool:
    """Whether words between keyword and number name another number ("PIN zum Auftrag 4711")."""
    label = LABEL.search(between)
    return label is not None and label.name != "CARD"


def _changes(shown: str, kind: str) -> bool:
    """Whether `shown` can be one side of a change: digits for a code, an unlikely word for a password."""
    return (
        shown.isdigit() if kind == "CODE" else random_looking(shown) and not (shown.isdigit() or TECHNICAL.match(shown))
    )


def _in_meeting(text: str, word: Word, kind: str, meetings: tuple[int, ...]) -> bool:
    """Whether a passcode belongs to the dial-in text of a meeting nearby."""
    if kind == "TOKEN" or not meetings or _MINE.search(text, max(0, word.start - 24), word.start):
        return False
    i = bisect_left(meetings, word.start - NEAR)
    return i < len(meetings) and meetings[i] <= word.start + NEAR


def build(formats: NumberFormats) -> Detector:
    """The detector, with the length of the operator's one-time codes."""
    return CredentialDetector(formats.own_code_length)

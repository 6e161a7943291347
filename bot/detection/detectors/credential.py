"""Passwords, PINs, TANs, codes and tokens in prose, German and English: what the sentence says is one, is one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.credential_aside import alone, changed, spoken_on
from bot.detection.credential_before import before
from bot.detection.credential_clause import in_clause
from bot.detection.credential_code import PLAIN_CODES, code_after, opens, read_code
from bot.detection.credential_list import more_values
from bot.detection.credential_near import answered, near_codes, near_values, unmistakable
from bot.detection.credential_phrases import (
    ANSWER_BELOW,
    ANYWHERE,
    GATES,
    GLUED,
    GLUED_WORD,
    HAS_GLUED,
    HAS_INSTEAD,
    HAS_LATER,
    IN_SOURCE,
    INSTEAD,
    LATER,
    LINKS,
    NOW,
    REACH,
    SOURCE_AFTER,
    USER_BEFORE,
    misled,
)
from bot.detection.credential_plain import longer, read_words, two_words
from bot.detection.credential_shape import mixed, random_looking
from bot.detection.credential_table import below
from bot.detection.credential_told import compounded, in_meeting, owned, owner_before, said_before, tells, user_given
from bot.detection.credential_value import SET_MINE, Value, read_password
from bot.detection.credential_words import (
    HARMLESS_CODE,
    KEYWORD,
    NAMED_KEY,
    NEGATED,
    NETWORK_KEY,
    STEM,
    statement,
)
from bot.detection.detector import Candidate, Detector
from bot.detection.finder import Finder, Word, words
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.triggers import Trigger
from bot.detection.words import MEETING, sentence_between

_INTRODUCES = re.compile(r"[ ]?[:=]")
_USER = words(r"\b(?:user|username|login|benutzer|name)\b")
_USED = words(r"\b(?:use|using|with|try)[ ](?:the[ ]|my[ ]|this[ ])?\Z")
_SKIPPED = re.compile(r"(?:[A-Za-z]{2,20}[ ]){1,2}")
_TIME = words(r"\b(?:seit|bis|am|um|vom|ab|since|until|from|on|at)\b")
_PHRASED = words(r"phrase|satz|seed|recovery|mnemonic|wiederherstellung|backup|sicherheitsfrage|security question")
_QUESTION = words(r"(?:frage|question)\Z")
"""What is named is a question: several words behind it are the question, and one may be the answer."""
_PLURAL = words(r"(?:worter|woerter|words|passwords|codes|pins|tans)\Z")
_USER_SLASH = re.compile(r"[^\s/|,;]{1,64}[ \t]{0,2}[/|,;][ \t]{0,2}(?=\S)")
_SPELLS = words(r"\b(?:lautet|lauten|heiss?t)\b")
_LONG_KEY = re.compile(
    r"(?<![^\s\"'`(])(?=[A-Za-z_\-]*[0-9])(?=[0-9A-Z_\-]*[a-z])(?=[0-9a-z_\-]*[A-Z])[A-Za-z0-9_\-]{20,128}"
    r"(?![^\s\"'`),.;])"
)
"""A key that cannot be anything else."""
_NETWORK = words(r"\b(?:wlan|wi-?fi|wpa2?|netzwerk)\b")
_TWO_WORDS = Finder(r"phrase|satz|code ?wor[dt]|losungswort|safe ?wor[dt]")
_FOR_WHAT = words(r"[ ](?:f(?:u|ue)rs?|for|vo[nm]|of|zu[mr]|beim?|im|am|de[rs])\b")
_OF_NETWORK = words(
    r"[ ](?:f(?:u|ue)rs?|vom|zum|for)(?:[ ](?:das|unser|mein|the|our|my))?[ ](?:wlan|wi-?fi|netz(?:werk)?)\b"
)
_GERMAN = words(r"wort|satz|schl(?:u|ue)ssel")
_IN_LINK = re.compile(r"https?://[^\s\"'<>]*\Z", re.I)
_TELLS = words(r"\b(?:ist|is|lautet|heiss?t)\b")
_MAIL_BEFORE = re.compile(r"@[^\s@,;]{3,50}[ ,;:/|\n]{1,3}\Z")
_PASSCODE = re.compile(r"[ ]?[:=]?\s?([^\s]{3,64})")


_NAMED = Finder(f"{KEYWORD.pattern}|{GLUED_WORD}")
"""Without a word of it `find` finds nothing."""


@dataclass(frozen=True, slots=True)
class CredentialDetector:
    """See the module. A bare "code" counts at once in the length of the operator's own one-time codes."""

    own_code_length: int
    name: str = "credential"
    triggers: tuple[Trigger, ...] = (Trigger(STEM, (_NAMED,)),)

    def find(self, text: str) -> Iterator[Candidate]:
        """Candidates around every credential word."""
        meetings: tuple[int, ...] | None = None  # asked for once, and only where something may be found
        random = mixed(text)
        has = ANYWHERE.found(text)
        link = "://" in text
        done = 0
        for match in GLUED.finditer(text) if HAS_GLUED in has else ():
            start, end = match.span(match.lastgroup or 0)
            yield Candidate(Kind.CREDENTIAL, start, end, ("prior", "keyword"), self.name)
        for word in KEYWORD.finditer(text):
            kind = word.name
            if IN_SOURCE.search(text, max(0, word.start - 12), word.start) and SOURCE_AFTER.match(text, word.end):
                continue
            if link and _IN_LINK.search(text, max(0, word.start - 120), word.start):
                continue  # its parameters are read by the detector of tokens
            sure = True
            if kind == "PASS":  # "Pass" is a passport as well
                sure = bool(
                    _INTRODUCES.match(text, word.end)
                    or _USER.search(text, max(0, word.start - 60), word.start)
                    or _USED.search(text, max(0, word.start - 12), word.start)
                )
                kind = "PASSWORD"
            if kind == "CODE" and word.text[-8:].lower() in ("password", "passcode"):
                kind = "PASSWORD"  # "portal password"
            if kind != "PASSWORD" and NETWORK_KEY.fullmatch(word.text):
                kind = "PASSWORD"
            if kind == "TOKEN" and (
                _NETWORK.search(text, max(0, word.start - 40), word.start) or _OF_NETWORK.match(text, word.end)
            ):
                kind = "PASSWORD"
            plain = kind == "CODE" and word.text.lower() in PLAIN_CODES
            if plain and HARMLESS_CODE.search(text, max(0, word.start - 14), word.start):
                continue
            telling = random or tells(text, word)
            placed = None if telling or kind != "PASSWORD" else in_clause(text, word)
            if not (telling or placed):
                continue
            if meetings is None:
                meetings = tuple(match.start for match in MEETING.finditer(text))
            if in_meeting(text, word, kind, meetings) and not (
                user_given(text, word) or (plain and opens(text, word, word.end))
            ):
                if said := _PASSCODE.match(text, word.end):
                    yield Candidate(Kind.CREDENTIAL, *said.span(1), ("prior", "keyword", "meeting"), self.name)
                continue
            under = below(text, word, kind) if kind != "TOKEN" else None
            values = [(under, ("prior", *under.evidence))] if under else list(self._around(text, word, kind, has))
            if not values and (not plain or opens(text, word, word.end)):
                values = list(self._apart(text, word, kind, done))
                done = word.end
            if not values and kind == "PASSWORD" and (placed := placed or in_clause(text, word)):
                values = [(placed, ("prior", *placed.evidence))]
            for value, evidence in values:
                if not sure and not unmistakable(text[value.start : value.end]):
                    continue
                yield Candidate(Kind.CREDENTIAL, value.start, value.end, evidence, self.name)

    def _around(self, text: str, word: Word, kind: str, has: list[int]) -> Iterator[tuple[Value, tuple[str, ...]]]:
        after = text[word.end : word.end + REACH]
        below = ANSWER_BELOW.match(text, word.end) if kind == "PASSWORD" and _QUESTION.search(word.text) else None
        if below is not None and (answer := read_password(text, below.start("at"), "told")) is not None:
            yield answer, ("prior", *answer.evidence)
            return
        opens = GATES.found(after)
        for link, gate, pattern in LINKS:
            if gate is not None and gate not in opens:
                continue
            if kind == "TOKEN" and link in ("set", "asked", "for"):
                continue
            match = pattern.match(text, word.end, word.end + REACH)
            if match is None:
                continue
            between = match["between"]
            if between and (NEGATED.search(between) or _called_other(between, kind)):
                continue
            if between and misled(text, link, match):
                continue
            spelt = link == "is" and bool(_SPELLS.search(match.group()))
            value = self._read(text, match.start("at"), kind, "told" if spelt else link, word)
            if value is None and link in ("is", "colon"):
                value = self._read_behind(text, match.start("at"), kind)
            if value is None and kind == "PASSWORD":
                value = self._several(text, word, match, link, spelt)
            if value is not None and kind == "PASSWORD" and value.evidence == ("keyword",):
                value = longer(text, value, link)
            if value is not None and link == "colon" and " " in (shown := text[value.start : value.end]):
                value = None if KEYWORD.found(shown) else value
            if value is not None:
                yield value, ("prior", *value.evidence)
                if kind != "TOKEN":
                    for more in more_values(text, value.end, bool(_PLURAL.search(word.text))):
                        yield more, ("prior", *more.evidence)
                break
        for match in LATER.finditer(text, word.end, word.end + 120) if HAS_LATER in has else ():
            told = match.group().rstrip(" \n\"'`").endswith((":", "lautet"))
            if kind != "CODE" and (value := read_password(text, match.end(), "told" if told else "pair")):
                yield value, ("prior", "keyword-near", "looks-random")
        for match in NOW.finditer(text, word.end, word.end + 80) if kind != "TOKEN" and "," in after else ():
            value = (
                read_password(text, match.end(), "pair")
                if kind == "PASSWORD"
                else read_code(text, match.end(), "is", 0)
            )
            if value is not None and random_looking(text[value.start : value.end]):
                yield value, ("prior", "keyword-near", "looks-random")
        if kind != "TOKEN":
            low, high = max(0, word.start - 60), word.end + 60
            for match in INSTEAD.finditer(text, low, high) if HAS_INSTEAD in has else ():
                for name in ("old", "new"):
                    shown = match[name]
                    noun = name == "new" and shown[0].isupper() and not statement(shown)
                    if shown.isdigit() if kind == "CODE" else random_looking(shown) or (noun and kind == "PASSWORD"):
                        yield Value(*match.span(name), ("keyword-near",)), ("prior", "keyword-near", "looks-random")
            for value in changed(text, word, kind):
                yield value, ("prior", *value.evidence)
            yield from before(text, word, kind)

    def _apart(self, text: str, word: Word, kind: str, done: int) -> Iterator[tuple[Value, tuple[str, ...]]]:
        """What no set phrase introduces: the answer in the next sentence, or an unmistakable value nearby."""
        if kind == "TOKEN":
            far = _LONG_KEY.search(text, word.end, word.end + REACH) if NAMED_KEY.fullmatch(word.text) else None
            if far is not None and not sentence_between(text, word.end, far.start()):
                yield Value(*far.span(), ("keyword",)), ("prior", "keyword", "looks-random")
            return
        match = answered(text, word.end)
        if match is not None and not KEYWORD.search(match["between"]):
            at = match.start("at")
            told = bool(match["is"] or match["lead"])
            value: Value | None
            if kind == "CODE":
                value = read_code(text, at, "is" if told else "set", 0)
            else:
                own = owner_before(text, word) is not None or compounded(text, word)
                if (match["lead"] or "").rstrip().endswith(":"):
                    value = read_password(text, at, "told")
                    if value is not None:
                        yield value, ("prior", *value.evidence)
                    return
                strict = not (match["is"] and own and not NEGATED.search(match["between"]))
                value = read_password(text, at, "asked" if strict or not text[at].isupper() else "is")
                if value and "looks-random" in value.evidence and text[value.start : value.end].isdigit() and not told:
                    value = None
            if value is not None:
                yield value, ("prior", *value.evidence)
                return
        if kind == "CODE" or word.text.lower().endswith(("passcode", "kenncode")):
            for value in near_codes(text, word.start, word.end):
                yield value, ("prior", *value.evidence)
        if kind == "PASSWORD":
            near = [value for value in (alone(text, word), *near_values(text, word.start, word.end, done)) if value]
            if not near and (last := spoken_on(text, word)) is not None:
                near.append(last)
            for value in near:
                yield value, ("prior", *value.evidence)

    def _read(self, text: str, at: int, kind: str, link: str, word: Word) -> Value | None:
        if kind == "CODE":
            if link == "set" and text[max(0, at - 3) : at].lower() == "in ":
                return None  # "a TAN in 2023"
            return code_after(text, at, link, word, self.own_code_length)
        if link == "far" and not text[at].isdigit():
            return None
        if kind == "TOKEN":
            value = read_password(text, at, link)
            if value is not None and link in ("is", "told", "colon") and NAMED_KEY.fullmatch(word.text):
                told = link != "colon" or "looks-random" in value.evidence
                return value if told and not text[value.start : value.end].isdigit() else None
            if value is None or value.end - value.start < (5 if link == "colon" else 8):
                return None
            shown = text[value.start : value.end]
            both = any(map(str.isdigit, shown)) and any(map(str.isalpha, shown))
            return value if random_looking(shown) and (both or link != "bare" or len(shown) >= 12) else None
        if USER_BEFORE.search(text, max(0, word.start - 40), word.start) and (pair := _USER_SLASH.match(text, at)):
            at = pair.end()
        if _PHRASED.search(word.text) and link in ("is", "told", "colon"):
            value = read_password(text, at, "phrase")
            asked = value is not None and link == "is" and _QUESTION.search(word.text)
            return None if asked and value and text.count(" ", value.start, value.end) > 1 else value
        owner = owner_before(text, word)
        if link == "bare" and text[at - 1] in "-_/":
            value = read_password(text, at, "bare")  # and no "Passwort-Reset-Code"
            return None if value is None or KEYWORD.found(text[value.start : value.end]) else value
        if link == "bare" and owner and owner["as"]:
            return read_password(text, at, "entered")
        own = owned(text, word, owner)
        if link == "bare" and text[at - 1].isspace() and user_given(text, word):
            return read_password(text, at, "named") or read_words(text, at, True)
        own = own or bool(_MAIL_BEFORE.search(text, max(0, word.start - 60), word.start))
        if link == "bare" and said_before(text, word):
            return read_password(text, at, "told") or read_words(text, at, False)
        if own and link == "bare":
            link = "network" if owner and owner["net"] else "owned"
            link = "by" if owner and owner["by"] else link
        elif link == "bare" and text[at].isupper() and text[word.end : at] == " " and _GERMAN.search(word.text):
            link = "noun"
        return read_password(text, at, link)

    @staticmethod
    def _several(text: str, word: Word, match: re.Match[str], link: str, spelt: bool) -> Value | None:
        """A passphrase of plain words, of which none by itself would be taken for the password."""
        at = match.start("at")
        if link == "set":
            mine = SET_MINE.search(text, max(0, word.start - 40), at)
            return (read_words(text, at, True) or two_words(text, at, told=True)) if mine else None
        telling = link == "colon" or (link == "is" and _TELLS.search(match.group()))
        if not telling or _PLURAL.search(word.text):
            return None
        value = read_words(text, at, link == "is" and not spelt)
        if value is not None:
            return value
        if link == "is":
            two = _TWO_WORDS.found(word.text)
        else:
            two = ":" in match.group() and (not match["between"] or _FOR_WHAT.match(match["between"]) is not None)
        return two_words(text, at) if two else None

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


def _called_other(between: str, kind: str) -> bool:
    """Whether the words between a keyword and a value name another credential: not "Passphrase fuer den Schluessel"."""
    named = KEYWORD.search(between)
    return named is not None and not (kind == "PASSWORD" and named.name == "TOKEN")


def build(formats: NumberFormats) -> Detector:
    """The detector, with the length of the operator's one-time codes."""
    return CredentialDetector(formats.own_code_length)

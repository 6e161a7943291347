"""User and password pairs without the word password: "Zugangsdaten: max / Sommer24"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.credential_near import TECHNICAL, unmistakable
from bot.detection.credential_shape import mixed, random_looking
from bot.detection.credential_value import read_password
from bot.detection.credential_words import KEYWORD, NEGATED, says, statement
from bot.detection.detector import Candidate, Detector
from bot.detection.finder import Finder, Vocabularies, words
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.triggers import Trigger
from bot.detection.words import LABEL

_HEAD = Finder(
    r"\b(?:zugangs-?daten|anmelde-?daten|login-?daten|l[o0]g-?[i1]n|credentials|creds"
    r"|(?:portal|online|kundencenter-?)?zugang"
    r"|kundencenter|kundenportal|einloggdaten|benutzer(?:name|konto)?|user(?:name| ?id)?|nutzername|anmeldung"
    r"|sign-?in"
    r"|loggen? (?:mich|dich|sie sich)(?: dort| da| immer| jetzt)?|einloggen|angemeldet|log in)\b"
)
_USER = r"(?P<user>[^\s,;|:]{2,64}?)"
_AFTER = (
    words(
        r"(?P<between>[^:=\n.!?]{0,40}?)(?:[ \t]{0,2}[:=]|[ \t]{1,2}(?:ist|is|sind|are|lauten?t?|mit|with|als|as)\b)"
        rf"\s{{0,3}}{_USER}(?:[ \t]{{0,2}}[/|,;:]|[ \t]{{1,2}}-|[ \t]{{1,2}}(?:und|and|mit|with)|\s)\s{{0,3}}[\"']?"
        r"(?P<at>(?=\S))"
    ),
    words(rf"(?P<between>)[ ]{{1,2}}{_USER}[ ]?[/|:][ ]?(?P<at>(?=\S))"),
    words(rf"(?P<between>)(?<=creds)[ ]{{1,2}}{_USER}[ ]{{1,2}}(?P<at>(?=\S))"),
)
_SLASH_PAIR = words(
    r"\b(?:zugangs-?daten|anmelde-?daten|[a-z\-]{0,20}login(?:-?daten)?|credentials|creds|zugang|wlan|wi-?fi)"
    r"(?:[ ]?:|[ ](?:lauten?t?|sind|ist|are|is)(?:[ ]beide)?:?)[ ]{1,2}"
    r"(?P<user>[A-Za-z][\w.\-@]{1,40})[ ]?/[ ]?(?P<value>[A-Za-z][A-Za-z\-]{3,40})(?=[.,;!)]{0,2}(?:\n|\Z"
    r"|[ ]{2})|[.,;!)][ ])"
)
"""User and password of plain words behind the word for them."""
_LOCKED = r"tresor|safe|schloss|\w*t(?:u|ue)r|tor|spind|\w*box|locker|door|gate|lock|keypad|alarmanlage"
_LOCK = words(
    rf"\b(?:{_LOCKED}|\w*kasten|schlie(?:ss|s|sz)fach|alarm)\b(?:[ ][\w\-]{{2,14}}+){{0,5}}?[ ]"
    r"(?:mit|with|durch|per)[ ](?:der |dem |the )?(?P<value>[0-9]{4,8})(?![0-9A-Za-z]|[.,:][0-9]|[ ](?-i:[A-Z][a-z]))"
)
"""What something is opened with, anywhere in its clause."""
_OPENS = words(
    r"\b(?:(?:o|oe)ffne\w*|geht|opens?|ausschalte\w*|einschalte\w*|abschalte\w*|scharf\w*|deaktivier\w*"
    r"|(?:ent|ver)riegel\w*|unlocks?)\b"
)
_OPENS_AFTER = words(
    r"[ ](?:aufgeht|auf|(?:o|oe)ffnen|aufmachen|(?:o|oe)ffnet|entsch(?:a|ae)rft|ausschalten|scharf"
    r"|ausgeschaltet|entsperr\w*|aufsperr\w*)\b"
)
_LOCK_ALONE = words(
    r"\b(?:safe|tresor|alarmanlage|zahlenschloss)[ :]{1,2}(?P<value>(?!(?:19|20)[0-9]{2}(?![0-9]))[0-9]{4,8}#?)"
    r"(?=[ ]?(?:[.!,;)\n]|\Z))"
    r"|\b(?:schlie(?:ss|s|sz)fach|spind|(?:haus|keller|garten)?t(?:u|ue)r|tor|locker|door|gate)[ :]{1,2}"
    r"(?P<typed>[0-9]{4,8}\#)"
)
"""A lock and what it takes, with nothing between: "Safe 546772", "Spind 2812#"."""
_LOCK_NAME = r"(?:safe|tresor|alarmanlage|schloss|fach|spind|t(?:u|ue)r|tor|locker|door|gate)"
_LOCK_NUMBER = rf"{_LOCK_NAME}[ :]{{1,2}}[0-9]{{4}}"
_LOCK_WORD = Finder(r"(?:mit|with|durch|per) (?:der |dem |the )?[0-9]{4}")
_ALONE = re.compile(r"(?<=daten|tials|creds)[ ]?[:=][ ]{0,2}(?P<value>[^\s,;:/|]{5,64})(?=[ .]*(?:\n|\Z))", re.I)
"""Nothing but one value behind "Zugangsdaten:"."""
_BEFORE = words(
    r"(?<![^\s\"'(:])(?=[^\s/|:]{0,64}[a-z])[^\s/|:]{2,64}[ ]?[/|:][ ]?(?P<value>[^\s/|]{4,64})[ ]"
    r"(?:ist|sind|is|are)[ ](?:mein|meine|my|der"
    r"|das|unser|our|die|the)[ ](?:login|zugang|zugangsdaten|anmeldedaten|login-?daten|credentials)\b"
)
# "Verwenden Sie 650283, um sich anzumelden", "enter 482 913 to sign in", "gib 402 917 ein, um dein Konto ..."
_LABEL = words(r"[*`]{0,2}(?:benutzer|user|nutzer|e?-?mail|name|login|kennung)[a-z\-]*[*`:]{0,3}\Z")
_OPENED_WITH = words(
    r"\b(?:am |im |ins |in das )?(?:keypad|tastenfeld|ziffernblock)\s(?P<typed>[0-9]{4,8})[ ](?:ein|tipp|dr(?:u|ue)ck)"
    rf"|\b(?:{_LOCKED})[ ]"
    r"(?:(?:(?:o|oe)ffnet|geht|opens|l(?:a|ae)sst sich)[ ](?:sich[ ])?(?:mit|with)"
    r"|(?:[a-z]+[ ]){0,3}(?:wants|takes|needs))\s[\"'`]?"
    r"(?P<value>[0-9](?:[ \-]{0,2}[0-9]){2,7})(?![0-9A-Za-z,]|[ ](?-i:[A-Z])[a-z])"
)
_USE_CODE = words(
    r"\b(?:verwende[nt]?|(?:be)?nutze[nt]?|geben?|gib|tippen?|use|enter|type)\s"
    r"(?:(?:sie|bitte|den code|die|in)\s){0,2}[\"'`]?(?P<value>[0-9]{3}[ \-][0-9]{3}|[0-9]{4,8})(?![0-9A-Za-z])"
    r"[\"'`]?[ ]?(?:ein|in|auf|on|here|hier)?,?[ ](?:um|zum|zur|to|for)\b"
    r"[^.!?\n]{0,48}?(?:anmeld|anzumeld|einlogg|einzulogg|best(?:a|ae)tig|verifizier|fertig|abschlie|aktivier|einricht"
    r"|einzuricht|entsperr|log ?in|sign|verify|confirm|complete|reset|zur(?:u|ue)ck|unlock|activate|finish|identit)"
)
_CODE_STEM = (
    r"(?:verwende[nt]?|nutze[nt]?|geben?|gib|tippen?|use|enter|type)\s(?:(?:sie|bitte|den code|die|in)\s)*[\"'`]?[0-9]"
    r"|(?:wants|takes|needs|keypad|tastenfeld|ziffernblock)\s[0-9]|(?:ffnet|geht|opens|sich) (?:mit|with)\s[\"'`]?[0-9]"
)
_ACTS = Finder(
    r"\b(?:(?:logg?|meld)(?:e|en|st|et)? (?:dich|sich|mich|uns|sie)"
    r"|kommen? (?:ich|wir)(?: leider| noch| immer| einfach| aber| auch)*(?: nicht| nimmer)?(?: mehr)? (?:rein|ins?)"
    r"|einloggen|eingeloggt|anmelden|angemeldet"
    r"|loggen?|log ?in|logged in|sign ?in|signed in|zugang"
    r"|zugangs-?daten"
    r"|login-?daten|l[o0]g[i1]n|rein)\b"
)
_WITH = words(
    r"\b(?:mit|with|as|als|using|use)\s{1,2}(?:dem |der |den |meine[mn] |your |my |user |benutzer )?"
    r"(?P<user>[^\s,;:/|]{2,64})[ ]?"
    r"(?:(?:(?:und|and|mit|with|/|\+|&|,)[ ](?:passwort |password |dem |pw )?|[:/](?=[^/\s]))(?P<at>(?=\S)))?"
)
_WITH_WORD = Finder(r"\b(?:mit|with|as|als|using|use)\s")
_ANYWHERE = Vocabularies(_LOCK_WORD.pattern, _LOCK_NUMBER, _WITH_WORD.pattern, _CODE_STEM)
_HAS_LOCK, _HAS_LOCK_NUMBER, _HAS_WITH, _HAS_CODE = range(4)
"""Without the first there is no `_LOCK`, without the next no `_LOCK_ALONE`, no `_WITH`, neither `_USE_CODE` nor
`_OPENED_WITH`."""
_SLASHED = re.compile(r"(?<!\S)[A-Za-z][^\s/]{2,40} / (?P<at>(?=\S))")
_MAIL = words(
    r"(?<![^\s\"'(<:>])[^\s@,;:<>]{1,64}@[^\s@,;:<>]{1,64}\.[A-Za-z]{2,10}"
    r"(?:[ ]?(?:[,;:|]|//?|und|and|mit"
    r"|with|[ ]-)[ ]?|[ ])"
    r"(?P<at>(?=[^\s]))"
)
_ADDRESS = re.compile(r"[^@]+@[^@]+\.[A-Za-z]{2,10}\Z")
_SIGNS = re.compile(r"[!@#$%&*+_~^?§]")
_EVIDENCE = ("prior", "keyword-near", "looks-random")


@dataclass(frozen=True, slots=True)
class LoginDetector:
    """See the module. Only a value that mixes letters with digits or signs counts: names follow these words too."""

    name: str = "login"
    triggers: tuple[Trigger, ...] = (
        Trigger(
            r"zugang|anmelde|anmeldung|l[o0]g-?[i1]n|log in|sign in|credential|creds\b|(?:\b|_)user|nutzer|einlogg"
            r"|log dich|log mich|meld[a-z]* (?:sich|mich|dich|uns|sie)"
            r"|logge|sign-?in|angemeldet"
            r"|kundencenter|kundenportal"
        ),
        Trigger(_CODE_STEM, digits=3),
        Trigger(
            r"tresor|safe|schloss|t(?:u|ue)r\b|\btor\b|spind|box\b|kasten\b|fach\b|lock|door|gate|keypad"
            r"|alarm",
            (_LOCK_WORD,),
            4,
        ),
        Trigger(rf"{_LOCK_NAME}[ :]+[0-9]", (), 4),
        Trigger(r"komm(?:e|en) (?:ich|wir)", (_WITH_WORD,)),
        Trigger(r"@[a-z0-9.\-]+\.[a-z][a-z]", (Finder(r"[!#$%&*+_~^?\xa7]"),)),
    )

    def find(self, text: str) -> Iterator[Candidate]:
        """The second half of each pair after, or before, a word for access."""
        for pair in _SLASH_PAIR.finditer(text) if "/" in text else ():
            if not any(_LABEL.match(pair[name]) or _about(pair[name]) for name in ("user", "value")):
                yield Candidate(Kind.CREDENTIAL, *pair.span("value"), ("prior", "keyword"), self.name)
        has = _ANYWHERE.found(text)
        yield from self._opened(text, has)
        if not mixed(text):
            return
        heads = list(_HEAD.finditer(text))
        for head in heads:
            for pattern in _AFTER:
                match = pattern.match(text, head.end, head.end + 260)
                if (
                    match is None
                    or _LABEL.match(match["user"])
                    or statement(match["user"])
                    or KEYWORD.found(match["user"])
                    or LABEL.found(match["user"])
                    or NEGATED.search(match["between"])
                ):
                    continue
                value = read_password(text, match.start("at"), "pair")
                if value is None or KEYWORD.found(text[value.start : value.end + 12]):
                    continue
                shown = text[value.start : value.end]
                if len(shown) < 4 or TECHNICAL.match(shown):
                    continue
                known = not shown.isalpha() or not text[head.end : match.start("user")].strip(" ").isalpha()
                if (
                    random_looking(shown)
                    and not shown.isdigit()
                    and not _ADDRESS.match(shown)
                    and (known or unmistakable(shown))
                ):
                    yield Candidate(Kind.CREDENTIAL, value.start, value.end, _EVIDENCE, self.name)
                    break
            alone = _ALONE.match(text, head.end)
            if alone is not None and unmistakable(alone["value"]):
                yield Candidate(Kind.CREDENTIAL, *alone.span("value"), _EVIDENCE, self.name)
        yield from self._with(text, _HAS_WITH in has)
        for match in (*_USE_CODE.finditer(text), *_OPENED_WITH.finditer(text)) if _HAS_CODE in has else ():
            yield Candidate(Kind.CREDENTIAL, *match.span(match.lastgroup or 0), ("prior", "keyword"), self.name)
        for match in _BEFORE.finditer(text) if heads and ("/" in text or "|" in text or ":" in text) else ():
            if random_looking(match["value"]):
                yield Candidate(Kind.CREDENTIAL, *match.span("value"), _EVIDENCE, self.name)

    def _opened(self, text: str, has: list[int]) -> Iterator[Candidate]:
        """What opens a safe or a door, and what switches an alarm: "der Tresor im Flur geht mit 8571 auf"."""
        for match in _LOCK.finditer(text) if _HAS_LOCK in has else ():
            if _OPENS.search(match.group()) or _OPENS_AFTER.match(text, match.end()):
                yield Candidate(Kind.CREDENTIAL, *match.span("value"), ("prior", "keyword"), self.name)
        for match in _LOCK_ALONE.finditer(text) if _HAS_LOCK_NUMBER in has else ():
            yield Candidate(Kind.CREDENTIAL, *match.span(match.lastgroup or 0), ("prior", "keyword"), self.name)

    def _with(self, text: str, using: bool) -> Iterator[Candidate]:
        """ "sign in as U with P", "mit U und P einloggen", and a mail address with a password right after it."""
        done = 0
        for act in _ACTS.finditer(text) if using or " / " in text else ():
            low = max(done, act.start - 80)
            done = high = min(len(text), act.end + 80)
            for match in _SLASHED.finditer(text, low, high) if " / " in text else ():
                if (value := self._sure(text, match.start("at"), False)) is not None:
                    yield value
            for match in _WITH.finditer(text, low, high) if using else ():
                start = match.start("user") if match["at"] is None else match.start("at")
                if (value := self._sure(text, start, match["at"] is None)) is not None:
                    yield value
        for match in _MAIL.finditer(text) if "@" in text else ():
            if (value := self._sure(text, match.start("at"), True)) is not None:
                yield value

    def _sure(self, text: str, at: int, signed: bool) -> Candidate | None:
        value = read_password(text, at, "pair")
        shown = text[value.start : value.end] if value else ""
        if value is None or not unmistakable(shown) or (signed and not _SIGNS.search(shown)):
            return None
        return Candidate(Kind.CREDENTIAL, value.start, value.end, _EVIDENCE, self.name)


def _about(shown: str) -> bool:
    """Whether a half of a pair rather says what stands there."""
    return says(shown) or KEYWORD.found(shown)


def build(formats: NumberFormats) -> Detector:
    """The detector; it needs nothing of the profile."""
    return LoginDetector()

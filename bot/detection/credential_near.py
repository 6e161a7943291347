"""A password that no set phrase introduces: an unmistakable one in the sentence of its keyword, or in the next."""

import re
from collections.abc import Iterator

from bot.detection.credential_value import Value
from bot.detection.credential_words import NEGATED
from bot.detection.finder import Finder, words
from bot.detection.phrases import quantity
from bot.detection.words import LABEL, UNIT_AFTER

BACK = 90
AHEAD = 130
"""How far from its keyword such a value may stand, in characters."""
_TOKEN = re.compile(r"[^\s<>\"'(){}\[\],;=|]{5,40}")
_SENTENCE = re.compile(r"[.!?](?=\s)|\n\s*\n")
TECHNICAL = re.compile(
    r"(?:sha|aes|md|base|o?auth|wpa|utf|ipv|https?|tls|ssl|argon|bcrypt|pbkdf|scrypt|rsa|ed|win|windows|office"
    r"|microsoft"
    r"|ios|android|iphone|ipad|galaxy|pixel|teams|edge|chrome|firefox|safari|outlook|exchange|log|web|mp|co|ps|covid"
    r"|fido|u2f|x|0x|ecma|es|rfc|iso|din|v|version|python|php|java|node|net|fritz)[\-_./ ]?[0-9][0-9a-z.\-]{0,8}[!?]?\Z"
    r"|no-?reply.*\Z|(?:paragraph|kapitel|seite|punkt|schritt|phase|stufe|level|step|part|teil)[0-9]+\Z",
    re.I,
)
_ADDRESS = re.compile(
    r"(?:https?:|www\.)|[^@]{1,64}@[^@.]{1,64}\.[A-Za-z]{2,10}[.!?]?\Z|.*\.[A-Za-z]{2,5}(?:[/:?].*)?\Z", re.I
)
_COUNTED = re.compile(r"[0-9.,]+[-/]?[A-Za-z]+(?:-[A-Za-z]+)*[.!?]?\Z|[0-9]+-[A-Za-z]|[a-z]+/[a-z]+[0-9]?\Z", re.I)
_NUMBERED = re.compile(r"[A-Z]{1,6}[\-_/#]?[0-9][0-9\-/_.A-Z]*\Z|[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{24,}\Z")
_CODE_AROUND = re.compile(r"[$%&@\\={\[]\Z|(?<=\S)\(\Z")
_CALL = re.compile(r"[\])]?[({\[]")
_IDENTIFIER = re.compile(r"[$@#%]?[A-Za-z_]++[0-9]?(?:[._:][A-Za-z_]++[0-9]?)*+\Z")
_INSIDE = re.compile(r"[a-z]{2,}[0-9]{1,2}[a-z]{3,}\Z")
"""A digit between letters: "fcb4life"."""
_NAMED = re.compile(r"[A-Za-z]?[a-z]{5,}_?[0-9]\Z")
"""A word and a digit: "Nashorn9"."""
_USER = words(
    r"\b(?:user(?: ?name| ?id)?|login(?: ?name)?|benutzer(?:name|konto|kennung)?|nutzer(?:name)?|als|as|name|zahler"
    r"|zaehler|modell?|router|gerat|geraet|app|software|tarif)\b(?:[ :=]{1,3}(?:ist|is|lautet|war|was)?)[: ]{0,2}"
    r"(?:[ ](?:glaub\w*|ich|wohl|immer|noch|i|think)){0,3}[ ]?[\"']?\Z"
)
_NO_DISCLOSURE = Finder(
    r"\b(?:mindestens|at least|zum beispiel|z\.? ?b|beispiel|example|e\.g|such as|passwords? like"
    r"|(?:pass|kenn)w(?:o|oe)rter wie|hash(?:ed|es)?|gehasht|policy"
    r"|richtlinie|never use|niemals|nie)\b"
)
_POINTS_BACK = words(r"\s{0,2}(?:that|das|dies|it|so)(?:'s| is| ist| war| was)\b")
_DIGIT = re.compile("[0-9]")
"""Nothing is `unmistakable` without one."""
_SIGN = frozenset("!@#$%&*+_~^?§")


def unmistakable(token: str) -> bool:
    """Whether `token` is made as passwords are and words, names, numbers and addresses are not."""
    if len(token) < 5 or _ADDRESS.match(token) or _COUNTED.match(token) or _NUMBERED.match(token):
        return False
    if TECHNICAL.match(token) or LABEL.search(token):
        return False
    if _INSIDE.match(token):
        return True
    if _IDENTIFIER.match(token):
        return _NAMED.match(token) is not None
    letters = sum(map(str.isalpha, token))
    digits = sum(map(str.isdigit, token))
    if letters < 2 or not any(map(str.islower, token)):
        return False
    signs = any(char in _SIGN for char in token[1:-1]) or (token[-1] in _SIGN and token[-1] != "?")
    return (digits >= 2 and letters + digits >= 6) or (digits >= 1 and signs)


def near_values(text: str, start: int, end: int, done: int) -> Iterator[Value]:
    """Unmistakable passwords around the keyword at `start:end`: in its sentence, or in the one after it. What stands
    before `done` was looked at for an earlier keyword."""
    low = max(0, start - BACK, done)
    before = low
    for stop in _SENTENCE.finditer(text, low, start):
        before, low = low, stop.end()
    if _POINTS_BACK.match(text, low):
        low = before
    high = min(len(text), end + AHEAD)
    stops = [stop.end() for stop in _SENTENCE.finditer(text, end, high)]
    if len(stops) > 1:
        high = stops[1]
    if not _DIGIT.search(text, low, high) or _NO_DISCLOSURE.found(text[low:high]):
        return
    for match in _TOKEN.finditer(text, low, high):
        if start < match.end() and match.start() < end:
            continue
        stretch = match.group()
        shown = stretch.rstrip(".:*`'\"")
        at = match.start() + len(shown) - len(shown.lstrip("*`:.'\"-"))
        last = match.start() + len(shown)
        if match.start() > 0 and _CODE_AROUND.search(text, match.start() - 1, match.start()):
            continue
        if last == match.end() and last == high < len(text) and not text[last].isspace():
            continue
        if not unmistakable(text[at:last]) or _CALL.match(text, last) or UNIT_AFTER.match(text, last):
            continue
        lead = text[max(0, at - 40) : at]
        label = LABEL.search(lead[-16:])
        if _USER.search(lead) or (label is not None and label.name == "HARMLESS"):
            continue
        yield Value(at, last, ("keyword-near", "looks-random"))


_NUMBER = re.compile(
    r"(?<![0-9A-Za-z+#.,:/\-])(?<![0-9][ ])(?:[0-9]{3}[ \-][0-9]{3}|[0-9]{4,8})"
    r"(?![0-9A-Za-z%€]|[.,:/\-][0-9]|[ ][0-9]|(?<=[0-9]{5})[ ][A-Z][a-z])"
)
_GROUPED = re.compile(
    r"(?<![0-9A-Za-z\-])(?=[A-Z\-]{0,12}[0-9])(?=[0-9\-]{0,12}[A-Z])[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){1,5}(?![0-9A-Za-z\-])"
)
"""A code of groups that mix letters and digits: "RZ7P-41LM-UUQ8"."""
_YEAR = re.compile(r"(?:19|20)[0-9]{2}\Z")
_NO_CODE = words(
    r"\b(?:post|brief|stellig\w*|stellen|ziffern|zeichen|digits?|uhr|mal|nr|no|nummer|number|auftrag|ticket|rechnung"
    r"|vergangen\w*|hotline|telefon\w*|anruf\w*|liste|formular|seite|zeile|version|rufen|call|dial"
    r"|w(?:a|ae)hlen|wahl\w*|register|filiale|kasse|zimmer|raum|room|ger(?:a|ae)t\w*|ab|seit|bis|from|since|until)\b"
)


def near_codes(text: str, start: int, end: int) -> Iterator[Value]:
    """The number of four to eight digits in the sentence of the code word at `start:end`, or in the next one, where
    nothing gives it another name."""
    low = max(0, start - BACK)
    for stop in _SENTENCE.finditer(text, low, start):
        low = stop.end()
    high = min(len(text), end + BACK)
    stops = [stop.end() for stop in _SENTENCE.finditer(text, end, high)]
    high = stops[1] if len(stops) > 1 else high
    if not _DIGIT.search(text, low, high):
        return
    if _NO_DISCLOSURE.found(text[low:high]) or NEGATED.search(text, low, start):
        return
    for match in (*_NUMBER.finditer(text, low, high), *_GROUPED.finditer(text, low, high)):
        shown, at = match.group(), match.start()
        if match.end() <= start or at >= end:
            lead = text[max(0, at - 24) : at]
            label = LABEL.search(lead)
            named = label is not None and label.name not in ("CARD", "PAYMENT")
            if not (_YEAR.match(shown) or quantity(text, at, match.end()) or named or _NO_CODE.search(lead)):
                yield Value(at, match.end(), ("keyword-near", "looks-random"))
                return


_ANSWER = words(
    r"(?P<between>[^.!?\n]{0,60})[.!?]{1,2}\s{1,3}"
    r"(?P<lead>(?:(?:ja|yes|yep|okay|ok|klar|sure|gut|gerne|also|moment|nein|no|na|so|well|right|richtig|genau)\b"
    r"[\s,:;.!\-]{1,3}){0,3}(?:[A-Za-z]{1,12}[ ]?){0,3}:[ ]|(?:(?:ja|yes|yep|okay|ok|klar|sure|gut|gerne|also"
    r"|moment|so"
    r"|well|right|richtig|genau)\b[\s,:;.!\-]{1,3}){0,3})"
    r"(?P<is>(?:(?:das|die|der|es|dies|it|that|this|sie|er|meine?|my|mine|hier|here)\b[ ]?(?:(?:ist|is|war|was"
    r"|waere|ware"
    r"|lautet|heiss?t|would be|should be)\b|'s)[ ]?(?:doch|noch|immer|jetzt|nun|still|now|einfach|just)?[:\s]{0,3}"
    r"|lautet[: ]{1,3}"
    r"|(?:fr(?:u|ue)her|bisher|zuletzt|vorher|damals|jetzt|nun|aktuell)[ ](?:war|ist|lautete?)[ ](?:es|das|sie)"
    r"(?:[ ](?:mal|immer|noch|auch|nur|einfach))?[: ]{1,3})?)"
    r"[\"'`(]?(?P<at>(?=\S))"
)


def answered(text: str, end: int) -> re.Match[str] | None:
    """The sentence after the one of a keyword that ends at `end`, where it gives the value: "... PIN? Das ist 12".
    Group `is` is empty where nothing but the value stands, `at` is where it begins."""
    return _ANSWER.match(text, end, min(len(text), end + 140))

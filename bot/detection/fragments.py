"""Parts of secrets: a message that may be the rest of one, and a message that ends before the secret it announces."""

import re

from bot.detection.credential_near import unmistakable
from bot.detection.credential_words import CODE, PASSWORD
from bot.detection.credential_words import STEM as CREDENTIAL_STEM
from bot.detection.detectors import account, customer
from bot.detection.finder import Finder, words
from bot.detection.triggers import SHORT, Look, Trigger
from bot.detection.words import ACCOUNT_WORD, CARD_WORD, CUSTOMER_WORD, DATE, IBAN_WORD, UNIT_AFTER

_LONGEST_PART = 64
_TOKEN = re.compile(r"[^\s]+")
_ANNOUNCING = Finder("|".join((IBAN_WORD, ACCOUNT_WORD, CUSTOMER_WORD, CARD_WORD, PASSWORD, CODE)))
_COPULA = r"(?:ist|lautet|lauten|is|are|war|was|waere|ware|heiss?t)"
_ONLY = r"(?:die|der|das|the|jetzt|nun|now|folgende|also|diese|hier|here|neu)"
_NOTHING_AFTER = words(
    r"(?:(?:[ \t\n]{1,2}[A-Za-z(][^\s:=.!?;]{0,24}){0,7}?"
    r"(?:(?:[ ][A-Za-z(][^\s:=.!?;]{0,24}){1,4}[ ](?:es|sie|das|die|it)(?=[ ](?:lautet|heiss?t|is)\b))?"
    rf"(?:\s{{0,3}}[:=]|\s{{1,2}}{_COPULA}\b|\s{{0,2}}->)(?:\s{{1,2}}(?:{_ONLY}|[A-Za-z]{{3,20}})){{0,2}})?"
    r"[^0-9A-Za-z?!]{0,6}\Z"
)
_ENDS_WITH_DIGITS = re.compile(r"[0-9][0-9A-Za-z \t.\-/]{0,30}\Z")
_NAMES_AT_END = Finder(
    r"(?:\b(?:kt|ac[a-z]*|cc?ount|n[ro]|num|id|pan|cc|puk[ \-12]*|pw|pwd|psw[a-z]*|p[a-z4@$05]+[dtr]s?|k[a-z]+[rto]|key"
    r"|under|unter|ref[a-z]*|[a-z](?:[ .\-*][a-z])+)|iban|konto?|kto|passwd|n[umbe]+r[ns]?|nr"
    r"|kart[a-z]*|cards?|visa|amex|maestro|diners|jcb|kennung|zahl|verbindung|pins?|tans?|otp|codes?"
    r"|w[o0]r[dt7][a-z]*|phrase|satz|w(?:o|oe)rter"
    r"|zeichen|express|union(?:pay)?|discover|ziffern?|2fa|mfa|schlussel|schluessel|seeds?|frage|antwort"
    r"|question|answer|buch|bei ihnen|with you|zeigt|sagt|says|said|shows|steht|stand)[^0-9a-z]*\z"
    r"|(?:[:=>]|\b(?:ist|lauten?t?|is|are|war|was|waere|ware|heiss?t)\b)"
    r"(?:[^0-9a-z.!?]+[a-z]+)?(?:[^0-9a-z.!?]+[a-z]+)?[^0-9a-z]*\z"
)
"""What the last words are wherever `open_end` is true: a name of a secret, or one, a link and two words at most."""
_LAST_WORDS = 72
_ENDS_IN_WORD = re.compile(r"[^0-9A-Za-z?!]{0,7}[A-Za-z]")
"""Read from the end: nothing but a few signs stands behind the last word."""
_TAIL = 140
ANNOUNCING_TRIGGERS = (
    *(Trigger(stem) for stem in (account.STEM, customer.STEM, CREDENTIAL_STEM)),
    Trigger(r"\biban|kart|card|visa|amex|american express|maestro|diners|jcb|discover|unionpay|\bcc|\bpan|magic"),
)
"""One of them matches wherever `open_end` may be true."""

_LEADS = (
    r"(?:und|dann|danach|weiter|rest|der|die|das|geht|gehts|es|zweiter?|dritter?|vierter?|letzter?|erster?|teil"
    r"|haelfte|halfte|part|half|second|third|last|first|final|fourth|and|then|the|next|noch|jetzt|nun|now|hier|here|so"
    r"|also|naechste[rns]?|nachste[rns]?|fortsetzung|weitere|folgende|ok|okay|ja|yes|yep|sorry|ups|oops|mit|kommt|comes"
    r"|continued|continues|continuation|plus|dahinter|hinten|ende|end|schluss|am|zum|restliche[nrs]?|remaining"
    r"|remainder|ziffern?|zahlen|stellen|digits|nummern?|numbers?|lautet|ist|is|are|sind|it|goes|on|zwei|drei"
    r"|two|three)"
)
_GROUPS = r"(?:[a-z]{0,4}[0-9][0-9a-z]*[^0-9a-z]*|(?-i:[A-Z]{1,4})[^0-9a-z]+)*"
_PART_PATTERN = (
    rf"^[^0-9a-z]*(?:{_GROUPS}[a-z]{{1,4}}[^0-9a-z]+){{0,3}}{_GROUPS}[a-z]{{0,4}}$"
    rf"|^[^0-9a-z]*(?:(?:{_LEADS}|[1-4])[^0-9a-z]+)+[0-9a-z]*[0-9]"
)
PART_TRIGGER = Trigger(_PART_PATTERN, digits=1, look=Look.START)
"""Matches wherever `looks_like_part` may be true, and seldom elsewhere."""
_PART = Finder(_PART_PATTERN)
LEAD = re.compile(
    r"[^0-9A-Za-z]{0,6}(?:\(?[1-4][/.][ ]?[2-4]?\)?[^0-9A-Za-z]{1,3})?"
    rf"(?:(?:{_LEADS}|(?:teil|part)[ ]?[1-4](?![0-9])|[1-4]\.?[ ]?(?:teil|part))(?![0-9A-Za-z])[^0-9A-Za-z]{{0,6}})*",
    re.I,
)
"""Words that only say "here is the rest" before a part of a secret: "und weiter:", "zweiter Teil", "and then"."""
_TRAIL = re.compile(
    r"[^0-9A-Za-z]{1,6}(?:(?:und|dann|danach|and|then|der|die|rest|kommt|folgt|gleich|sofort|weiter|geht|gehts|es|noch"
    r"|moment|sekunde|the|comes|coming|follows|to|follow|more|next|so|das|wars?|fertig|ende|done|thats|that|all|it|s"
    r"|danke|bitte|ok|teil|part|eins|zwei)(?![0-9A-Za-z])[^0-9A-Za-z]{0,6}){1,6}\Z|[^0-9A-Za-z]{1,6}\Z",
    re.I,
)
_DIGIT = re.compile("[0-9]")
_LAST_DIGIT = re.compile(".*[0-9]", re.S)
_ASIDE = re.compile(
    r"[^0-9A-Za-z]*+(?:(?:ok|okay|moment|sekunde|sec|second|sekuendchen|momentchen|warte|warten|sie|kurz|mal"
    r"|bitte|einen"
    r"|eine|ein|ich|schau|schaue|guck|gucke|suche|hole|nach|kommt|gleich|sofort|so|hier|ja|also|aeh|ah|um|hm+|wait|one"
    r"|just|a|let|me|look|see|here|it|is|comes|yes|sorry|da|isse?|jetzt|now)(?![0-9A-Za-z])[^0-9A-Za-z]*+){0,7}\Z",
    re.I,
)
_LAST_NUMBER = re.compile(r"[0-9](?:[ .\-/]{0,3}[0-9]){0,30}[^0-9A-Za-z]{0,4}\Z")
_UNFINISHED = 7
_DIGITS_ONLY = re.compile(r"[0-9](?:[^0-9A-Za-z\n]{0,3}[0-9]){0,40}\Z")


def led(text: str) -> int:
    """Where folded `text` begins when words such as "und weiter:" before a digit or code are left out."""
    match = LEAD.match(text)
    return match.end() if match and match.end() < len(text) else 0


def trailed(text: str, start: int = 0) -> int:
    """Where folded `text` ends when words such as "... und der Rest" after its last digits are left out."""
    last = _LAST_DIGIT.match(text, start)
    return last.end() if last and _TRAIL.match(text, last.end()) else len(text)


def aside(text: str) -> bool:
    """Whether folded `text` only fills the time between two parts: "Moment", "ok, ich schaue kurz nach"."""
    return len(text) <= _LONGEST_PART and _ASIDE.match(text) is not None


def continues(before: str, part: str, led_in: bool) -> bool:
    """Whether `part` goes on with the number at the end of `before`: digits after digits, and either announced as the
    rest or after a number too short to be taken for complete."""
    if not _DIGITS_ONLY.match(part.strip()):
        return False
    last = _LAST_NUMBER.search(before, max(0, len(before) - _LONGEST_PART))
    if last is None:
        return False
    known = sum(map(str.isdigit, last.group()))
    return led_in or known <= _UNFINISHED


def looks_like_part(text: str) -> bool:
    """Whether folded `text` is short and nothing but digits, or codes of letters and digits, in groups; words such
    as "und weiter:" may stand before them."""
    if len(text) > SHORT or not _PART.found(text):
        return False
    start = led(text)
    body = text[start : trailed(text, start)].strip()
    if not (2 if start else 3) <= len(body) <= _LONGEST_PART or DATE.match(body):
        return False
    groups = _TOKEN.findall(body)
    if sum([len(group) for group in groups if _is_code(group)]) < 0.6 * sum([len(group) for group in groups]):
        return False
    last = _LAST_DIGIT.match(body)
    return last is not None and not UNIT_AFTER.match(body, last.end())


def _is_code(group: str) -> bool:
    return _DIGIT.search(group) is not None or (group.isupper() and len(group) <= 4)


def open_end(text: str) -> bool:
    """Whether folded `text` ends with the announcement of a secret that does not follow."""
    if not (_ENDS_IN_WORD.match(text[:-9:-1]) and _NAMES_AT_END.found(text[-_LAST_WORDS:])):
        return False
    tail = text[-_TAIL:]
    return any(_NOTHING_AFTER.match(tail, word.end) for word in _ANNOUNCING.finditer(tail))


def promised(text: str) -> bool:
    """Whether folded `text` ends by saying that a password or code comes next ("Passwort folgt")."""
    tail = text[-_TAIL:]
    return any(_COMES.match(tail, word.end) for word in _SECRET_WORD.finditer(tail))


def secret_alone(text: str) -> bool:
    """Whether `text` is one token made as passwords and codes are."""
    return 4 <= len(text) <= 40 and " " not in text and (unmistakable(text) or bool(_CODE_ALONE.fullmatch(text)))


_CODE_ALONE = re.compile(r"[0-9]{4,8}|(?=[A-Z\-]{0,20}[0-9])[A-Z0-9]{2,12}(?:-[A-Z0-9]{2,8}){0,4}")
_SECRET_WORD = Finder("|".join((PASSWORD, CODE)))
_COMES = words(
    r"[ ]{1,2}(?:ist|lautet|is|folgt|kommt|schicke? ich|sende ich|follows|coming"
    r"|comes|next|is next|will follow|in the next message)\b"
    r"(?:[ ]{1,2}(?:gleich|jetzt|sofort|sogleich|separat|extra|nun|now|next|in a sec|soon|ihnen|dir|hier|here))"
    r"{0,2}[ .:!…]{0,4}\Z"
)


def ends_with_digits(text: str) -> bool:
    """Whether folded `text` ends in a group of digits that a next message may continue."""
    return bool(_ENDS_WITH_DIGITS.search(text, max(0, len(text) - 40)))

"""Parts of secrets: a message that may be the rest of one, and a message that ends before the secret it announces."""

import re

from bot.detection.credential_near import unmistakable
from bot.detection.credential_words import CODE, PASSWORD
from bot.detection.words import ACCOUNT_WORD, CARD_WORD, CUSTOMER_WORD, DATE, IBAN_WORD, UNIT_AFTER, Finder, words

_LONGEST_PART = 64
_TOKEN = re.compile(r"[^\s]+")
_ANNOUNCING = Finder("|".join((IBAN_WORD, ACCOUNT_WORD, CUSTOMER_WORD, CARD_WORD, PASSWORD, CODE)))
_COPULA = r"(?:ist|lautet|lauten|is|are|war|was|waere|ware|heisst)"
_ONLY = r"(?:die|der|das|the|jetzt|nun|now|folgende|also|diese|hier|here|neu)"
_NOTHING_AFTER = words(
    r"(?:(?:[ \t\n]{1,2}[A-Za-z(][^\s:=.!?;]{0,24}){0,7}?"
    rf"(?:\s{{0,3}}[:=]|\s{{1,2}}{_COPULA}\b|\s{{0,2}}->)(?:\s{{1,2}}(?:{_ONLY}|[A-Za-z]{{3,20}})){{0,2}})?"
    r"[^0-9A-Za-z?!]{0,6}\Z"
)
_ENDS_WITH_DIGITS = re.compile(r"[0-9][0-9A-Za-z \t.\-/]{0,30}\Z")
_TAIL = 140


_OPEN_WORD = (
    r"(?:iban|konto|kto|\bkt\b|account|\bacct?\b|numm?er[ns]?|numbers?|\bn[ro]\b|\bnum\b|\bid\b|kundennr"
    r"|kontonr|kdnr|ktonr|vertragsnr|karten?s?\b|cards?\b"
    r"|visa|amex|maestro|diners|\bjcb|\bpan\b|\bcc\b|kennung|zahl|verbindung|pins?\b|tans?\b|\bpuk|otp\b|code"
    r"|p[a-z4@$05]{1,8}[dt]s?\b"
    r"|k[a-z]{2,6}[rt]\b|wort|\bpw|pwd|\bpsw|phrase|satz|\bkey\b|w(?:o|oe)rter|words|zeichen|express"
    r"|union(?:pay)?|discover|ziffer|2fa|mfa"
    r"|schlussel|schluessel|seeds?\b|frage|question|bei ihnen|with you|[ptkc][ .\-*][aieo][ .\-*][nsd])"
)
_NO_MORE = r"[^0-9a-z?!]{0,6}$"
OPEN_TRIGGERS = (
    rf"{_OPEN_WORD}\.?{_NO_MORE}",
    r"(?:[:=>]|\b(?:ist|lauten?t?|is|are|war|was|waere|ware|heisst)\b)"
    rf"(?:[^0-9a-z.!?]+[a-z]+)?(?:[^0-9a-z.!?]+[a-z]+)?{_NO_MORE}",
)
"""re2 patterns, one of which matches wherever `open_end` may be true."""
PART_TRIGGER = r"^[^0-9a-z]*(?:[a-z]{0,4}[0-9][0-9a-z]*[^0-9a-z]*|[a-z]{1,4}[^0-9a-z]+)*[a-z]{0,4}$"
"""re2 pattern that matches wherever `looks_like_part` may be true, and seldom elsewhere."""
_PART = Finder(PART_TRIGGER)


def looks_like_part(text: str) -> bool:
    """Whether folded `text` is short and nothing but digits, or codes of letters and digits, in groups."""
    body = text.strip()
    if not 3 <= len(body) <= _LONGEST_PART or DATE.match(body) or not _PART.found(body):
        return False
    groups = _TOKEN.findall(body)
    if sum(len(group) for group in groups if _is_code(group)) < 0.6 * sum(map(len, groups)):
        return False
    last = max(i for i, char in enumerate(body) if char.isdigit()) if any(map(str.isdigit, body)) else -1
    return last >= 0 and not UNIT_AFTER.match(body, last + 1)


def _is_code(group: str) -> bool:
    return any(map(str.isdigit, group)) or (group.isupper() and len(group) <= 4)


def open_end(text: str) -> bool:
    """Whether folded `text` ends with the announcement of a secret that does not follow."""
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

"""Whether the words around a keyword can give a credential that is a plain word, told before anything is read."""

from bot.detection.credential_aside import alone
from bot.detection.credential_phrases import BARE, OWNED, USER_GIVEN
from bot.detection.credential_words import statement
from bot.detection.words import Finder, Word

_REACH = 160
_NAMED = ("codewort", "losungswort", "geheimwort", "merkwort")
_LINKED = Finder(
    r"\b(?:ist|isch|iss|laut|heis|is\b|was\b|war|sind|are\b|wird|bleibt|will|zeigt|say|read)|[:\"'()>\n|]|--|[.!?]\s+\S"
    r"|\b(?:m(?:u|ue)sste|d(?:u|ue)rfte|sollte|k(?:o|oe)nnte|should|must|might|could)\b"
    r"|ge(?:setzt|stellt|(?:a|ae)ndert) (?:auf|zu|in|to)\b"
    r"|\b(?:auf|haben wir|hatten wir)\b"
)
"""One of these stands between a keyword and a credential that is a plain word, unless nothing does."""


def tells(text: str, word: Word) -> bool:
    """Whether anything after `word` could give a credential that is a plain word: a link, a sign, the next sentence, or
    a capital letter where whose it is stands before."""
    after = text[word.end : word.end + _REACH]
    if _LINKED.found(after):
        return True
    bare = BARE.match(text, word.end, word.end + _REACH)
    if bare is None or statement(text[bare.start("at") :].partition(" ")[0]):
        return False
    owner = OWNED.search(text, max(0, word.start - 30), word.start)
    if owner is not None and (owner["as"] or owner["net"]):
        return True
    if text[bare.start("at")].isupper() and owned(text, word):
        return True
    return alone(text, word) is not None or user_given(text, word)


def owned(text: str, word: Word) -> bool:
    """Whether `word` is said to be somebody's or something's own: "mein Passwort", "Telefonpasswort"."""
    if text[max(0, word.start - 1) : word.start].isalpha() or word.text.lower() in _NAMED:
        return True
    return OWNED.search(text, max(0, word.start - 30), word.start) is not None


def user_given(text: str, word: Word) -> bool:
    """Whether a user name was given right before `word`, or `word` is an option of a command."""
    option = text[max(0, word.start - 2) : word.start] == "--"
    return option or USER_GIVEN.search(text, max(0, word.start - 100), word.start) is not None

"""Whether the words around a keyword can give a credential that is a plain word, told before anything is read."""

import re
from bisect import bisect_left

from bot.detection.credential_aside import alone
from bot.detection.credential_phrases import BACK, BARE, OWNED, REACH, USED_AS, USED_WORD, USER_GIVEN
from bot.detection.credential_value import FAILS_NOT, PROTECTED
from bot.detection.credential_words import statement, topic
from bot.detection.finder import Finder, Word, words

_NAMED = ("codewort", "losungswort", "geheimwort", "merkwort", "safewort", "safeword")
_LINKED = Finder(
    r"\b(?:ist|isch|iss|laut|heis|is\b|was\b|war|sind|are\b|wird|bleibt|sei\b|will|zeigt|say|read)|[:\"'()>\n|]"
    r"|--|[.!?]\s+\S"
    r"|\b(?:m(?:u|ue)sste|d(?:u|ue)rfte|soll|sollte|k(?:o|oe)nnte|h(?:a|ae)tte|should|must|might|could)\b"
    r"|ge(?:setzt|stellt|(?:a|ae)ndert) (?:auf|zu|in|to)\b"
    r"|\b(?:auf|to|haben wir|hatten wir|habe? ich|hatte ich|nutze ich|verwende ich|nehme ich)\b"
)
"""One of these stands between a keyword and a credential that is a plain word, unless nothing does."""


def tells(text: str, word: Word) -> bool:
    """Whether anything after `word` could give a credential that is a plain word: a link, a sign, the next sentence, or
    a capital letter where whose it is stands before."""
    after = text[word.end : word.end + REACH]
    if _LINKED.found(after):
        return True
    if FAILS_NOT.search(after) or PROTECTED.search(after) or _used(text, word):
        return True
    bare = BARE.match(text, word.end, word.end + REACH)
    if bare is None or statement(first_word(text, bare.start("at"))):
        return False
    if said_before(text, word) or _BREAKS_OFF.match(text, bare.start("at")):
        return True
    owner = owner_before(text, word)
    if owner is not None and (owner["as"] or owner["net"] or owner["by"]):
        return True
    if text[bare.start("at")].isupper() and (owned(text, word, owner) or not topic(first_word(text, bare.start("at")))):
        return True
    return alone(text, word) is not None or user_given(text, word)


def first_word(text: str, at: int) -> str:
    """The word at `at`, with the signs at its end."""
    return text[at : at + 64].split(maxsplit=1)[0] if text[at : at + 1].strip() else ""


def said_before(text: str, word: Word) -> bool:
    """Whether the verb stands before: "seit heute heisst unser [Passwort] X"."""
    return _SAID.search(text, max(0, word.start - 40), word.start) is not None


_SAID = words(
    r"\b(?:hei(?:s?s|sz)t|lautet|hie(?:s?s|sz))[ ](?:jetzt[ ]|nun[ ])?(?:das|unser|mein|dein|der|ihr)[ ]"
    r"(?:[\w\-]{1,20}[ \-])?\Z"
)
_BREAKS_OFF = re.compile(r"[A-Za-z]{6,30}[,?!]")


def _used(text: str, word: Word) -> bool:
    """Whether somebody says before `word` what is used or typed as one."""
    before = text[max(0, word.start - BACK) : word.start]
    return USED_WORD.found(before) and USED_AS.search(before) is not None


def owner_before(text: str, word: Word) -> re.Match[str] | None:
    """Whose `word` is, by the words right before it: "mein", "WLAN-" (see `OWNED` for its groups)."""
    return OWNED.search(text, max(0, word.start - 30), word.start)


def compounded(text: str, word: Word) -> bool:
    """Whether `word` is the end of a longer one: "Telefonpasswort"."""
    return text[max(0, word.start - 1) : word.start].isalpha()


def owned(text: str, word: Word, owner: re.Match[str] | None) -> bool:
    """Whether `word` is somebody's or something's own: by its `owner`, as a part of a longer word, or by its name."""
    return owner is not None or compounded(text, word) or word.text.lower() in _NAMED


def user_given(text: str, word: Word) -> bool:
    """Whether a user name was given right before `word`, or `word` is an option of a command."""
    option = text[max(0, word.start - 2) : word.start] == "--"
    return option or USER_GIVEN.search(text, max(0, word.start - 100), word.start) is not None


NEAR = 240
"""How close the dial-in text of a meeting must be for a passcode to belong to it, in characters."""
_MINE = words(r"\b(?:mein|meine|my|unser)\b[^.!?\n]{0,16}\Z")


def in_meeting(text: str, word: Word, kind: str, meetings: tuple[int, ...]) -> bool:
    """Whether a passcode belongs to the dial-in text of a meeting nearby."""
    if kind == "TOKEN" or not meetings or _MINE.search(text, max(0, word.start - 24), word.start):
        return False
    i = bisect_left(meetings, word.start - NEAR)
    return i < len(meetings) and meetings[i] <= word.start + NEAR

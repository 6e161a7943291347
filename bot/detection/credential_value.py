"""Where a password ends and whether it can be one."""

import re

from bot.detection.credential_shape import random_looking
from bot.detection.credential_words import KEYWORD, free_word, participle, predicate, statement, topic
from bot.detection.finder import words
from bot.detection.phrases import quantity

_TOKEN = re.compile(r"[^\s<>]{1,128}")
_CLAUSE_END = re.compile(
    r"[ \t]{0,2}(?:\Z|[\n.,;:!?)\]\"'*`(]|[^\x00-\x7f]|--?|/ ?|\||(?:und|and|oder|or|aber|but|danke|thanks|bitte|please"
    r"|lol|haha|hihi|hehe|xd|btw|uebrigens|ubrigens|wenn|falls|sofern|sobald|damit|weil|denn|obwohl|when|if|because"
    r"|wie|seit|sein|gewesen|hinterlegt|eingegeben|eingetragen|genommen|gewahlt|gewaehlt|verwendet|benutzt|gesetzt"
    r"|vergeben|ein|an|zur(?:u|ue)ckgesetzt|ge(?:a|ae)ndert|umgestellt|anmelden|einloggen|then|since|glaube? ich"
    r"|merk|yesterday|today|recently|again"
    r"|in lower\w*|in klein\w*|alles (?:klein|zusammen|gro\w*)|klein ?geschrieben|zusammen\w*"
    r"|in einem wort|ohne leer\w*|mit gro\w*"
    r"|all lower\w*|written|spelled|with (?:a )?capital|all along|all the time|the whole time|until now|so far|before"
    r"|originally|die ganze zeit|bisher|bislang|vorher|fr(?:u|ue)her|damals|i think|i guess|i believe|denk ich|mein ich"
    r"|oder so|or so)\b)|[ ]{2}|\t|[ ][A-Za-z\-]{2,20}:",
    re.I,
)
_CLAUSE_END_STRICT = re.compile(
    r"[ \t]{0,2}(?:\Z|[\n.,;:!?)\]\"'*`(]|[^\x00-\x7f]|--?|/ ?|\|)|[ ]{2}|\t|[ ][A-Za-z\-]{2,20}:"
)
_MENU = re.compile(r"[ \t]{0,2}(?:→|->|>|»)")
_CLOSERS = {'"': '"', "'": "'", "`": "`", "(": ")", "[": "]", "*": "*", "<": ">"}
_PHRASE = re.compile(r"[^\s.,;:!?<>\"()]{1,40}(?:[ \t]{1,2}[^\s.,;:!?<>\"()]{1,40}){0,23}")
_PHRASE_NOT = words(
    r"\b(?:can't|cannot|remember|weiss|wei(?:ss|sz)|erinnere|nicht|kein|keine|nie|not|never|no|abgelaufen"
    r"|vergessen|forgotten|expired|falsch|wrong|lang|long|longer|langer|laenger|shorter|kurzer|kuerzer|made"
    r"|called|besteht|than)\b"
)
_PHRASE_STOP = words(
    r"[ \t](?:und die|und das|und ich|and the|and i|aber|but|bitte|please|danke|thanks|ist das|is that)\b"
)
_DIGIT = re.compile("[0-9]")
_MASKED = re.compile(r"[*•.x_\-#?…]+\Z", re.I)


class Value:
    """The credential at `start:end` and what speaks for it, without the prior."""

    __slots__ = ("end", "evidence", "start")

    def __init__(self, start: int, end: int, evidence: tuple[str, ...]) -> None:
        self.start = start
        self.end = end
        self.evidence = evidence


def trim(text: str, start: int, end: int) -> int:
    """The end without the punctuation of the sentence around; a single ! or ? may belong to the password."""
    while end > start and text[end - 1] in ".,;:)]}\"'`*":
        end -= 1
    if end - start > 2 and text[end - 1] == "?":
        end -= 1
    return end


def read_password(text: str, at: int, link: str, stop: int | None = None) -> Value | None:
    """The password that begins at `at`, or None where an ordinary word stands. `link` says how it was introduced:
    is, told ("lautet X"), colon, set, guessed, bare, asked ("Passwort? X"), owned ("mein Passwort X"),
    network ("WLAN-Passwort X"), entered ("als Passwort X genommen"), named ("Benutzer U, Passwort X"), listed,
    phrase, pair, noun ("Passwort X")."""
    if stop is None:
        if _SOURCE.match(text, at) or _BLANK.match(text, max(0, at - 1)) or text.startswith("//", at):
            return None
        if (marked := quoted(text, at, link == "phrase")) is not None:
            return marked
    if link == "phrase":
        return _read_phrase(text, at)
    if stop is None and link != "listed" and (spelt := _SPELT.match(text, at)):
        return Value(at, spelt.end(), ("keyword", "looks-random"))
    match = _TOKEN.match(text, at) if stop is None else None
    end = trim(text, at, match.end() if match else (stop or at))
    value = text[at:end]
    if suffix := _FILE.search(value):
        value = value[: suffix.start()]
        end = at + len(value)
    if len(value) < 3 or _MASKED.match(value) or value.lower().startswith(("http://", "https://", "www.")):
        return None
    signed = value[0] in "!#$%&+@=~" and value[1:2].isalpha() and link in ("is", "told", "colon")
    if signed or random_looking(value):
        if value.isdigit() and (rest := _MORE_GROUPS.match(text, end)) and len(rest[1]) == len(value):
            end = rest.end()
        if not any(map(str.isalpha, value)):
            if quantity(text, at, end) and not (link in ("is", "told") and _COMBINATION.match(text, at)):
                return None
            if link == "bare" and (len(value) < 4 or (_YEAR.match(value) and not _CLAUSE_END.match(text, end))):
                return None
        if link == "colon" and text.startswith("?", end) and text[end + 1 : end + 2] in ("", "\n"):
            end += 1  # in a list it is no question
        told = link in ("is", "told", "colon")
        if not told and "_" in value and not _DIGIT.search(value) and statement(value.partition("_")[0]):
            return None  # "Passwort_vergessen_Anleitung.pdf"
        if _DURATION.match(value) or _VARIABLE.match(value):
            return None
        if _DATE_OR_TIME.match(value) and link not in ("is", "told"):
            return None
        return Value(at, end, ("keyword", "looks-random"))
    return _read_word(text, at, end, value, link)


def quoted(text: str, at: int, phrase: bool = False) -> Value | None:
    """What stands in quotation marks or brackets that open right before `at`: a few words, or a `phrase`."""
    opener = text[at - 1 : at]
    closed = text.find(_CLOSERS[opener], at, at + (240 if phrase else 80)) if opener and opener in _CLOSERS else -1
    if closed <= at + 1 or "\n" in text[at:closed]:
        return None
    inside = text[at:closed]
    clear = opener in "\"'`" and not _PLACEHOLDER.match(inside)
    clear = clear or (opener == "[" and inside.islower() and all(map(free_word, inside.split())))
    if (
        _MASKED.match(inside)
        or not (clear or any(map(random_looking, inside.split())))
        or inside.count(" ") > (23 if phrase else 5)
    ):
        return None
    return Value(at, closed, ("keyword", "looks-random"))


def _read_phrase(text: str, at: int) -> Value | None:
    """A passphrase: the words up to the end of the clause."""
    match = _PHRASE.match(text, at)
    if match is None:
        return None
    cut = _PHRASE_STOP.search(match.group())
    end = trim(text, at, at + cut.start() if cut else match.end())
    phrase = text[at:end]
    if text[end : end + 1] == "?":
        return None
    if end - at < 5 or _PHRASE_NOT.search(phrase) or (statement(phrase.split()[0]) and phrase.count(" ") < 2):
        return None
    return Value(at, end, ("keyword",))


_MORE_GROUPS = re.compile(r"[ ]([0-9]{2,4})(?:[ ][0-9]{2,4}){0,4}(?![0-9A-Za-z]|[.,:][0-9])")
_SPELT = re.compile(r"(?:[^\s<>][ ]){4,40}[^\s<>](?!\S)(?<![.,])")
# Source text: a type, a variable, a call, a template; and what forms put where a value belongs.
_SOURCE = re.compile(
    r"(?:%[0-9.\-]{0,6}l{0,2}[sdufxm](?![A-Za-z0-9])|\$[A-Z_]+\b|\$\{|\{\{|\$\(|%\(|#\{)"
    r"|\$?[A-Za-z_][A-Za-z_.]*(?:\(|\[['\"])"
    r"|(?:\$[a-z_]+|[A-Z]+_[A-Z_]+)\s?[,);]|(?:os\.environ|process\.env"
    r"|self\.|this\.|config\.|settings\.|req\.|request\.)"
    r"|(?:str|string|bool|int|bytes|none|None|null|undefined|varchar|optional|Optional|any|char"
    r"|text)(?:\b(?=\s?[,)=|\[;?]|\s?->)|\[)"
    r"|[A-Z]{2,}(?:_[A-Z]+)+\b",
)
_BLANK = re.compile(
    r"[<\[{(]{1,2}\s?(?:geschw(?:a|ae)rzt|anonymisiert|ausgeblendet|verborgen|unkenntlich|wird|wurde|nicht|not"
    r"|ihre?|deine?|mein|your|my|hier|here|entfernt|removed"
    r"|gel(?:o|oe)scht|redacted"
    r"|masked|zensiert|von|vom|aus|siehe|bitte|per|wie|gew(?:a|ae)hlt|passwor[td]|kennwort|pin|tan|code|geheim"
    r"|secret|hidden|einf(?:u|ue)gen|insert)\b",
    re.I,
)
_FILE = re.compile(r"\.(?:txt|pdf|docx?|xlsx?|jpe?g|png|csv|rtf|odt|md|zip)\Z", re.I)
_PLACEHOLDER = re.compile(
    r"(?:pass|passwd|passwor[td]|kennwort|pin|code|ihr passwort|your password|anzeigen|vergessen|aendern|andern"
    r"|speichern)\Z",
    re.I,
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}\Z")
_COMBINATION = re.compile(r"[0-9]{2}(?:-[0-9]{2}){1,4}(?=[ ]?(?:[.!,;)\n]|\Z))")
"""What a lock is set to: "27-08-51"."""
_DURATION = re.compile(r"[0-9]{1,3}-?(?:h|x|s|min|mal|tage?|std|kb|mb|gb|kwh?)\Z", re.I)
_VARIABLE = re.compile(r"[a-z]{2,12}_?[Pp]ass(?:word|wort)[A-Z]?[a-z]*\Z|[A-Z]?[a-z]+(?:Error|Exception)\Z")
_DATE_OR_TIME = re.compile(r"[0-3]?[0-9]\.[01]?[0-9]\.(?:[0-9]{2,4})?\Z|[0-2]?[0-9]:[0-5][0-9]\Z")


def _read_word(text: str, at: int, end: int, value: str, link: str) -> Value | None:
    """A value of letters only: taken where nothing but a password can stand."""
    word = value.rstrip("!?")
    if _no_answer(text, at, end, word, link):
        return None
    link = _as_meant(text, at, end, link)
    capital = value[0].isupper() and not value.isupper()
    taken = _told_behind(text, at, end, word, link, capital)
    if taken is not None:
        return Value(at, end, ("keyword",)) if taken else None
    if link == "guessed":
        link = "owned" if value[0].isupper() or not text.startswith(" sein", end) else "is"
    if link in ("is", "told", "colon", "listed") and (more := _SECOND_WORD.match(text, end)) and word[0].isupper():
        return Value(at, trim(text, at, more.end()), ("keyword", "looks-random"))
    clause = _CLAUSE_END if link in _FREE_LINKS else _CLAUSE_END_STRICT
    ends = value != word or clause.match(text, end) is not None or _goes_on(text, at, end, word, link, capital)
    if _MENU.match(text, end) or not ends or _about(text, at, end, word, link, capital):
        return None
    return Value(at, end, ("keyword",))


_FREE_LINKS = ("is", "told", "owned", "by", "entered", "network", "named")
"""Behind these a conjunction or an adverb may end the clause of a word."""


def _no_answer(text: str, at: int, end: int, word: str, link: str) -> bool:
    """Whether the word is the first half of a compound, another keyword of a list, or what a question asks about."""
    if word.endswith("-") or (link not in ("is", "told") and _PLACEHOLDER.match(word)):
        return True  # "Gross- und Kleinschreibung", "password=password", "Kennwort, Passwort"
    if word[:1].isupper() and _IS.match(text, end) and KEYWORD.found(word):
        return True  # "Kundenportal: Das Einmalpasswort lautet ..."
    return word.islower() and text.startswith("?", end) and _ASKS.search(text, max(0, at - 20), at) is not None


def _as_meant(text: str, at: int, end: int, link: str) -> str:
    """The link, or a stronger one where the words around a new password say more than "to" or "auf"."""
    if link == "set" and SET_MINE.search(text, max(0, at - 70), at):
        return "told"  # "I set my password to X"
    if link == "set" and _RESET.match(text, end) and text[at - 4 : at].lower() == "auf ":
        return "named"  # "auf X zurueckgesetzt"
    return link


def _told_behind(text: str, at: int, end: int, word: str, link: str, capital: bool) -> bool | None:
    """Whether what follows the word, or its link alone, decides that it is a password; None: neither does."""
    if capital and link in _FOLLOWED and _FOLLOWED[link].match(text, end):
        return not (statement(word) or topic(word))
    if link in ("bare", "owned", "by") and not statement(word) and _plainly(text, at, end, word):
        return True
    if link in ("noun", "asked"):
        about = statement(word) or topic(word) or predicate(word) or _PLACEHOLDER.match(word.rstrip("s"))
        return capital and not about and _CLAUSE_END_STRICT.match(text, end) is not None
    if statement(word) or link in ("set", "bare", "pair") or not word.replace("-", "").isalpha():
        return False
    protected = link in ("owned", "by", "entered", "network") and PROTECTED.match(text, end) and not topic(word)
    return True if protected else None


def _goes_on(text: str, at: int, end: int, word: str, link: str, capital: bool) -> bool:
    """Whether the clause goes on in a way that takes the word for a name: "Passwort: X geht nicht"."""
    if topic(word):
        return False
    if link == "named" and capital:
        return True
    plain = word.islower() and len(word) >= _PLAIN and not _VERBAL.search(word)
    if link == "colon" and (plain or text[at - 1] == "=") and not predicate(word):
        return True
    named = _GOES_ON.get(link) if capital or link == "colon" else None
    return named is not None and named.match(text, end) is not None


def _about(text: str, at: int, end: int, word: str, link: str, capital: bool) -> bool:
    """Whether a word that ends its clause rather says something about the password."""
    if link == "network" and not capital:
        english = text[max(0, at - 9) : at].lower().startswith("password")
        freely = english or _BREAKS.match(text, end) is not None
        return (_VERBAL.search(word) is not None and not freely) or topic(word) or predicate(word)
    entered = link == "entered" and _ENTERED.match(text, end) is not None
    if not capital and (link == "by" or (link == "entered" and not entered)):
        return len(word) < _PLAIN or topic(word) or participle(word) or predicate(word) or word.endswith("en")
    if link in ("owned", "by", "entered", "network"):
        return not (capital or entered) or predicate(word)
    if link == "named":
        bent = participle(word) or (not capital and predicate(word))
        return bent or topic(word) or _PLACEHOLDER.match(word) is not None
    if link in ("is", "told") and not capital and predicate(word):
        return True
    # "Passwort: bitte neu vergeben"
    return link == "colon" and participle(word) and text[max(0, at - 4) : at].rstrip()[-1:].isalpha()


def _plainly(text: str, at: int, end: int, word: str) -> bool:
    """Whether a word behind "Passwort" is one by what follows: "X geht nicht", "dass mein Passwort X ist"."""
    if not word.islower() or len(word) < _PLAIN or topic(word) or participle(word) or predicate(word):
        return False
    fails = FAILS_NOT.match(text, end) is not None and not word.endswith("en")
    english = text[max(0, at - 9) : at].lower().startswith("password")
    fails = fails or (_BREAKS.match(text, end) is not None and (english or not _VERBAL.search(word)))
    fails = fails or (english and text.startswith("?", end))
    return fails or (_THAT.search(text, max(0, at - 60), at) is not None and _IS_LAST.match(text, end) is not None)


FAILS_NOT = re.compile(
    r"[ ](?:hab|habe|hatte|nutze|benutze|verwende|nehme)[ ](?:ich|wir)\b"
    r"|[ ]nicht[ ](?:sicher|geht|stimmt|passt|funktioniert|angenommen|akzeptiert|genommen)\b"
    r"|[ ](?:geht|klappt|funktioniert|stimmt|passt)[ ](?:leider[ ]|auch[ ]|hier[ ]|mehr[ ])?nicht\b",
    re.I,
)
_BREAKS = re.compile(r"[,!]")
_THAT = words(r"\b(?:dass|that)[ ](?:mein|unser|my|our)e?[ ](?:[a-z]+[ \-]){0,2}[a-z\-]*[ ]\Z")
_IS_LAST = words(r"[ ](?:ist|lautet|war|sei|is|was)[ ]?(?=[.,;!?)\n]|\Z)")
_ASKS = words(r",\s{0,2}(?:ist|war|is|was|w(?:a|ae)re)[ ](?:das|es|dies|that|this|it)[ ](?:denn[ ]|eigentlich[ ])?\Z")
SET_MINE = words(r"\b(?:set|changed?|reset|updated?)[ ](?:my|the|our)[ ][^.!?\n]{0,40}[ ]to[ ]\Z")
_IS = re.compile(r"[ ](?:lautet|ist|is)\b")
_NAMES = re.compile(r"[ ](?:lautet|heiss?t)\b")
_PLAIN = 5
_VERBAL = re.compile(r"(?:e|t|en|er|em|es|ern|eln)\Z")
"""How German verbs and what bends with a noun end: "Passwort: brauche ich"."""
_FAILS = re.compile(
    r"[ ](?:gilt|gelten|bleibt|l(?:a|ae)uft|expires|stays|remains|geht"
    r"|klappt|funktioniert|stimmt|passt|wird|works?|worked|fails|doesn't|does not|isn't|is not)\b"
)
"""After the word in "Passwort: X geht nicht": it is a name, and no verb."""
_FOR = re.compile(r"[ ](?:f(?:u|ue)rs?|for|beim?|zum|im|am)\b")
_OWN_FAILS = re.compile(_FAILS.pattern.replace("geht", "hat|sei|ist|war|is|was|geht"))
_GOES_ON = {"colon": _FAILS, "owned": _OWN_FAILS, "by": _OWN_FAILS, "is": _FOR, "told": _FOR}
"""What may follow a value in the same clause."""
_RESET = re.compile(r"[ ](?:zur(?:u|ue)ck|um)?ge(?:setzt|stellt|(?:a|ae)ndert)\b")
PROTECTED = re.compile(
    r"[ ](?:versehen|gesch(?:u|ue)tzt|gesichert|verschl(?:u|ue)sselt|registriert|angemeldet|eingeloggt|anmelden"
    r"|einloggen|nennen|sagen|angeben|bereit|erstellt|angelegt|eingerichtet|verbunden|ge(?:o|oe)ffnet|entsperrt"
    r"|entpackt|fehlgeschlagen|gescheitert|abgelehnt|created|failed|protected|secured)\b|[ ](?:an|aus|ein"
    r"|rein)(?=[ ]?[.,!?\n]|\Z)",
    re.I,
)
"""After a word in lower case: it is the password that something was protected with."""
_ENTERED = re.compile(
    r"[ ](?:ein(?:gegeben|getippt|getragen|ge?stell?t)?|genommen|gew(?:a|ae)hlt|angegeben|verwendet|benutzt|gesetzt"
    r"|hinterlegt|vergeben|ausgemacht|vereinbart|festgelegt|eingerichtet|gnumma|jenommen)\b"
    r"(?=[ ]*(?:[.,;:!?)\n]|\Z|und\b|dann\b|aber\b|and\b|hab))"
)
"""After a word in lower case: it was entered as the password."""
_FOLLOWED = {"bare": _NAMES, "owned": _NAMES, "set": _ENTERED}
"""What behind a capitalised word makes it the value: "dass das Passwort X lautet", "haben wir X vereinbart"."""
# "Sommer 2024!": a word and a number at the end of the line are one password
_SECOND_WORD = re.compile(r" (?=[^\s]{0,12}[0-9])[0-9A-Za-z!@#$%&*_\-]{1,16}(?=[ \t]*(?:\Z|[\n,;)\"']|\.(?:\s|\Z)))")

"""Plain words behind the keyword that names them, in its clause or in a later one: "mit dem Passwort X komme ich nicht
rein", "Passwort vergessen? Bei mir ist es X"."""

import re
from collections.abc import Callable

from bot.detection.credential_words import free_word, noun_like, plain_word
from bot.detection.finder import Word, words

_WORD = r"(?P<at>[A-Za-z][^\s.,;:!?\"'()]{3,39})"
_END = r"(?=[ ]?(?:[.,;!)\n]|\Z))"
_DONE = r"(?=[ ]?(?:[.!)\n]|\Z)|[ ]{2}|,?[ ](?:danke|thanks|bitte|please|lg|vg|mfg|gru(?:ss|s|sz))\b)"
"""The end of the clause, and nothing but thanks behind it."""
_FOR = (
    r"(?:[ ](?:f(?:u|ue)rs?|for|vo[nm]|of|zu[mr]?|beim?|im|am|de[rs])"
    r"(?:[ ][^\s.,;:!?\"'()]{1,24}){0,2}?[ ](?-i:[A-Z])[\w\-]{1,24}"
    r"|[ ](?:for|of)(?:[ ][a-z]{1,14}){1,3}?)?"
)
"""What it is the password for: a noun at the end."""

_FAILS = r"(?:geht|ging|funktioniert|klappt|stimmt|passt|wird|wurde|works|does|doesn't|is|isn't|was|won't|fails)"
_BETWEEN_COMMAS = words(
    r"(?:[ ]von (?:vorhin|gestern)|,?[ ](?:that |which |das |welches |die )?(?:i|we|ich|wir|you|sie)"
    r"(?:[ ][a-z]{2,12}){1,4}"
    rf"|{_FOR})?,[ ](?P<at>[A-Za-z][a-z\-]{{3,29}}),[ ](?:and|but|und|aber"
    rf"|k(?:o|oe)nnen|gell|{_FAILS})\b"
)
"""In an apposition: "my [password], X, is weak"."""
_ASIDE = words(
    r"[^\n.!?]{0,50}?,[ ](?:nur (?:so|zur info|f(?:u|ue)r (?:dich|sie|euch))|zur info|just so you know|fyi"
    rf"|for your information)[ ]?[:,]?[ ]{_WORD}{_END}"
)
_AS_EVER = words(
    r"[ ](?:wie (?:immer|gehabt|fr(?:u|ue)her|bisher|(?:u|ue)blich)|immer noch|nach wie vor|wieder|jetzt|nun"
    r"|now|again|dazu|daf(?:u|ue)r|glaube? ich|i think|as (?:always|usual|before)"
    rf"|still)[ ]{_WORD}{_END}"
)
_AFTERWARDS = words(
    r"[^\n.!?]{0,80}?(?:[.!?]\s{1,2})?(?:\bbei (?:mir|uns) (?:ist|war) (?:es|das)|\bbei (?:mir"
    r"|uns) hei(?:s?s|sz)t (?:es|das)"
    r"|, (?:jetzt|aktuell|nun|now|n(?:a|ae)mlich|also|sondern|namely|currently|komplett)"
    r"|, und (?:das|es) (?:ist|lautet|war)"
    r"|, (?:jetzt |nun |now )?(?:ist es|ist das|hei(?:s?s|sz)t es|lautet es|it's|it is)"
    r"(?: wohl| jetzt| nun| now)?"
    r"|[?] (?:na |ja |also )?(?:mit|with)|[?] (?:it's|it is|es ist|sie ist"
    r"|the (?:current|new|old) one is|das (?:aktuelle|neue"
    r"|alte) (?:ist|lautet|war))|,? und zwar|\bsag (?:ihr|ihm|ihnen|denen)|\btell (?:her|him|them))"
    rf"[ :]{{1,2}}{_WORD}{_END}"
)
"""In a later clause: "ohne [Passwort] geht nichts, und das ist X", "vergessen? Bei mir ist es X"."""
_CHOSEN = words(
    r"[ ](?:hab(?:e|en)?|nehmen?|nutzen?|verwenden?|hatten?)[ ](?:ich|wir)[ ]"
    rf"(?:(?:immer|jetzt|einfach|mal|ernsthaft)[ ]){{0,2}}{_WORD}(?:{_DONE}|[ ](?:genommen|ausgemacht"
    rf"|eingestellt|benutzt"
    r"|gew(?:a|ae)hlt|verwendet|vereinbart|gesetzt|hinterlegt|angegeben)\b)"
)
"""Behind "als [Passwort]": "hab ich X genommen"."""
_DASH = words(rf"{_FOR}(?:[ ](?:-|[^\x00-\x7f]{{1,4}})|\?{{1,3}})[ ]{_WORD}{_DONE}")
"""Behind a dash, an arrow or a question mark: "[Passwort] - X", "[Passwort]?? X"."""
_RUN_ON = words(
    rf"{_FOR}[ ](?:ist|isch|is|war|was|lautet)[ ]{_WORD}(?=[ ](?:ok|okay|gell|oder|ne|right|lol|haha|f(?:u|ue)rs?|for"
    r"|gestern|heute|warum|wieso|weshalb|wann|wo|ich|why|how|when|where|can|could|kann|k(?:o|oe)nnen|habe?|geht|klappt"
    r"|stimmt|hilfe|help)\b)"
)
"""In a sentence that goes on without any sign: "mein [Passwort] ist X warum geht das nicht"."""
_SHOULD = words(
    rf"{_FOR}[ ](?:(?:should|must|might|could|would|used to|happens to)[ ]be|turned out to be)[ ]{_WORD}{_DONE}"
)
_SET_TO = words(
    rf"{_FOR}[ ](?:auf|to|in)[ ]{_WORD}[ ](?:setzen|stellen|(?:a|ae)ndern|umstellen|festlegen|abge(?:a|ae)ndert)\b"
)
_PLACES: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (_BETWEEN_COMMAS, noun_like),
    (_ASIDE, plain_word),
    (_AS_EVER, free_word),
    (_AFTERWARDS, plain_word),
    (_DASH, free_word),
    (_RUN_ON, free_word),
    (_SHOULD, free_word),
    (_SET_TO, free_word),
    (_CHOSEN, free_word),
)
"""Each place, and which words may be a value there."""
_LATER = re.compile(r"[,.?!]\s|[ ](?:sag|tell|und|bei)[ ]", re.I)
_NEAR_PLACES = tuple(one for one in _PLACES if one[0] not in (_BETWEEN_COMMAS, _ASIDE, _AFTERWARDS))
"""Those within the clause, where nothing begins another one."""

_SETS = words(
    r"\b(?:set|reset|chang|updat|setz|gesetzt|stell|gestellt|zur(?:u|ue)ck(?:ge)?setz|(?:a|ae)nder|ge(?:a|ae)ndert)"
)
_SET_AT_LAST = words(
    rf"[^.!?\n]{{0,60}}?[ ](?:auf|to|zu):?\s{{1,4}}(?:the following:?[ ])?{_WORD}(?:{_DONE}"
    rf"|[ ](?:last|on|for|f(?:u|ue)rs?"
    r"|und|and|ein|zur(?:u|ue)ck|um|setzt|setze|gestellt|ge(?:a|ae)ndert|gesetzt|umgestellt|zur(?:u|ue)ckgesetzt)\b)"
)
"""Behind "auf", where somebody sets one: "setze mein [Passwort] auf X"."""
_OWNS = words(r"\b(?:mein|meine|meinem|unser|unserem|my|our)[ ](?:[\w\-]{1,20}+[ ])?[\w\-]{0,40}\Z")
_BRACKETED = words(rf"[ ]\({_WORD}\)")

_SINCE = r"(?:[ ](?:seit|ab|since)[ ][A-Za-z]{4,12})?"
_NEXT = re.compile(rf"{_SINCE}[ ]{_WORD}")
_NUMBER = re.compile(r"\??[ ](?P<at>(?!(?:19|20)[0-9]{2}(?![0-9]))[0-9]{4,16})(?![0-9A-Za-z]|[.,:/%\-][0-9])")
_LOW = words(rf"{_FOR}[ ](?-i:(?P<at>[a-z][^\s.,;:!?\"'()]{{3,39}})){_DONE}")
_DONE_HERE = re.compile(rf"{_DONE}|[ ]-[ ]", re.I)
_NAMED_LAST = words(rf"{_SINCE}{_FOR}[ ]{_WORD}[ ](?:lautet|lauten|hei(?:s?s|sz)t)\b")
_IS_LAST = words(r"[ ](?:ist|war|sei|is|was)[ ]?(?=[.,;!?)\n]|\Z)")
_GOES_ON = words(
    r",?[ ](?:komme?|kann|konnte|geht|ging|klappt\w*|log|melde|can|could|wird|wurde|funktioniert\w*|stimmt|sei"
    r"|nicht|noch"
    r"|bekommen|erhalten|zugeschickt|mitgeteilt|gegeben|genannt|but|still|wie|then|for|f(?:u|ue)rs?|und|and"
    r"|falls|damit|ein|an|in|auf|hat|hab|habe|warum|why|doesn't|does"
    r"|won't|isn't|is|was|mit|stopped|stops|keeps|kept|no longer|never|got|gets|expired|isnt|doesnt|wont|failed|fails"
    r"|refuses|nie|niemals|immer|bisher|leider|gilt|had|has|needs|must|should|gives|always|anymore|any more)\b"
)
"""How a clause goes on behind a password that stands right behind its name."""
_LEADS = words(
    r"(?:(?<![\s\S])|\n|[,.;:!][ ])(?:(?:mein|meine|my|das|the|hier|unser|our|neue[srn]?|new|altes|old"
    r"|aktuelles|current"
    r"|ein|user|und|wlan|wifi|router|portal|login|admin|server|mail|app|windows|ftp|online|remember|merke?|notiere?"
    r"|speichere?|save|note|dir|bitte|please)[ ]){0,3}(?:[A-Za-z][\w\-]{0,30})?\Z"
)
"""Before the keyword: nothing but whose it is and what for."""
_SUBORDINATE = words(
    r"(?:\b(?:wenn|weil|obwohl|dass|ob|falls|damit|bevor|nachdem|sobald|wer|was|wie|wo|warum|ohne|that|if|when)"
    r"|,[ ](?:der|die|das))\b"
    r"[^.!?\n]{0,80}\Z"
)
"""A clause whose verb comes last: "obwohl ich das [Passwort] kenne"."""
_WHY = words(r"\b(?:why|warum|wieso|weshalb)\b[^.!?\n]{0,80}\Z")
_IN_PATH = re.compile(r"[./\\$]\w{0,20}\Z")


def named_after(text: str, word: Word, high: int) -> tuple[int, int] | None:
    """Where the value stands that the keyword `word` names before it, up to `high`."""
    if text[word.end : word.end + 1].strip(" ,.?!-"):
        return None
    later = _LATER.search(text, word.end, high) is not None
    for place, fits in _PLACES if later else _NEAR_PLACES:
        match = place.match(text, word.end, high)
        if match is not None and fits(match["at"]):
            return match.span("at")
    if _SETS.search(text, max(0, word.start - 60), high):
        match = _SET_AT_LAST.match(text, word.end, high)
        if match is not None and free_word(match["at"]):
            return match.span("at")
    match = _BRACKETED.match(text, word.end, high)
    if match is not None and free_word(match["at"]):
        whose = _OWNS.search(text, max(0, word.start - 40), word.start)
        return match.span("at") if whose or _GOES_ON.match(text, match.end()) else None
    return _right_behind(text, word, high)


def _right_behind(text: str, word: Word, high: int) -> tuple[int, int] | None:
    """The word right behind the keyword, by how its clause goes on or ends."""
    number = _NUMBER.match(text, word.end, high)
    if number is not None and (_DONE_HERE.match(text, number.end()) or _GOES_ON.match(text, number.end())):
        return number.span("at")
    named = _NAMED_LAST.match(text, word.end, high)
    if named is not None and plain_word(named["at"]):
        return named.span("at")
    match = _NEXT.match(text, word.end, high)
    if match is None or _IN_PATH.search(text, max(0, word.start - 24), word.start):
        return None
    shown, end = match["at"], match.end()
    if not free_word(shown):
        return None
    leads = _LEADS.search(text, max(0, word.start - 60), word.start) is not None
    if leads and text[end : end + 2].strip()[:1] in (",", "("):
        return match.span("at")
    if _ends(text, end, word):
        return None if not leads and _verb(text, shown, word) else match.span("at")
    if _GOES_ON.match(text, end) and not shown.endswith(("t", "s")):
        says_i = shown.endswith("e") and text.startswith((" ich ", " wir ", " man "), end)
        return None if says_i else match.span("at")
    later = _LOW.match(text, word.end, high) if leads else None
    return later.span("at") if later is not None and free_word(later["at"]) else None


def _ends(text: str, end: int, word: Word) -> bool:
    """Whether the clause ends at `end`, with a verb or not, or the question why it does not work."""
    if _DONE_HERE.match(text, end) or _IS_LAST.match(text, end):
        return True
    return text[end : end + 1] == "?" and _WHY.search(text, max(0, word.start - 90), word.start) is not None


def _verb(text: str, shown: str, word: Word) -> bool:
    """Whether a word at the end of a clause may be its verb: "obwohl ich das [Passwort] kenne"."""
    bent = shown.islower() and shown.endswith(("e", "st", "t"))
    return bent and _SUBORDINATE.search(text, max(0, word.start - 90), word.start) is not None

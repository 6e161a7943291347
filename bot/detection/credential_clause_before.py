"""Plain words in front of the keyword that names them: "fridolin ist mein Passwort", "probier mal X als Passwort"."""

import re

from bot.detection.credential_words import free_word, plain_word
from bot.detection.finder import Word, words

_VALUE = r"(?P<word>[A-Za-z][^\s.,;:!?\"']{3,39})"
_WHOSE = r"(?:mein|meine|meines|unser|unsere|unseres|my|our)"
_ANY = rf"(?:{_WHOSE}|das|die|der|the|dein|deine|ihr|ihre|your)"
_COMPOUND = r"(?:[\w\-]{1,20}+[ ])?[\w\-]{0,40}\Z"
"""The rest of the keyword's own word, and one before it: "WLAN-", "temporary "."""
_KIND = r"(?:[\w\-']{1,20}+[ ]){0,2}[\w\-]{0,40}\Z"
_OPENS = r"(?:(?<![\s\S])|(?<=[.!?:;\n]\s)|(?<=\n))[\s>*\-\"'`]{0,4}"
"""The beginning of a sentence."""

_NAMED_FIRST = words(
    rf"{_OPENS}(?:(?P<q>[\"'`])(?P<phrase>[^\"'`\n]{{4,40}})(?P=q)[ ](?:ist|is|war|was|lautet)[ ]{_ANY}"
    rf"|{_VALUE}[ ](?:ist|is|war|was)[ ]{_WHOSE})[ ]{_KIND}"
)
"""At the beginning of a sentence: "fridolin ist mein [Passwort]"."""
_DASHED = words(
    rf"{_OPENS}(?P<phrase>[A-Za-z][^\s.,;:!?\"]{{2,39}}(?:[ ][a-z][^\s.,;:!?\"]{{1,20}}){{0,3}})[ ]?(?:-{{1,2}}"
    rf"|–|—|,)[ ]"
    rf"(?:so[ ](?:lautet|hei(?:s?s|sz)t)|das[ ]ist|das[ ]war|that's|that[ ]is|that[ ]was)[ ]{_ANY}[ ]{_KIND}"
)
"""The same with a dash: "velvet hammer - that's the [passphrase]"."""
_APPOSED = words(rf"{_OPENS}{_VALUE},[ ]{_WHOSE}[ ]{_KIND}")
_APPOSED_ENDS = words(
    r"[^.!?\n,]{0,60},[ ](?:wird|wurde|ist|war|geht|funktioniert|klappt|stimmt|passt|will|nimmt|is|was|does|doesn't"
    r"|isn't|gets|won't|works)\b"
)
"""Behind the keyword in an apposition: "Zebrastreifen, mein [Passwort] fuers Forum, geht nicht"."""
_OPENED = words(
    r"\bmit[ ](?P<word>[A-Z][^\s.,;:!?\"']{3,39})[ ][^.!?\n]{0,40},[ ](?:so|das)[ ](?:lautet|hei(?:s?s|sz)t"
    r"|ist)[ ](?:das|mein|unser)[ ]\Z"
)
_QUOTED_AS = words(r"[\"'`](?P<phrase>[^\s\"'`][^\"'`\n]{2,40})[\"'`][ ](?:als|as)[ ](?:(?:mein|das|the|my)[ ])?\Z")
_USED = words(
    r"\b(?:(?:be)?nutze?n?|verwenden?|nehm|nehmen?|nimm|hab|habe|haben|gebe?|gib|tippe?|schreibe?|probiere?"
    r"|w(?:a|ae)hle?n?|setzen?|use|try|type|enter|took|used|chose)[ ]"
    r"(?:(?:mal|einfach|immer|jetzt|nur|halt|doch|bitte|daf(?:u|ue)r|da|hier|ich|wir|sie|dann|just|always)[ ]){0,2}"
    rf"{_VALUE}[ ](?:(?:f(?:u|ue)rs?|for|im|beim?)[ ][\w\-]{{2,24}}[ ])?"
    rf"(?:als|as|for|f(?:u|ue)r)[ ](?:(?:mein|das|unser|the|my|our)[ ])?{_COMPOUND}"
)
"""What somebody uses as one: "probier mal X als [Passwort]"."""
_RIGHT_ONE = words(
    rf"\b(?:ist|is|war|was)[ ]{_VALUE}[ ](?:(?:noch|wirklich|jetzt|immer|still|really)[ ]){{0,2}}"
    rf"(?:das|mein|unser|k?ein|the|my|our|a|no)[ ](?:[a-z]{{3,14}}[ ])?{_COMPOUND}"
)
"""What a question asks to be right: "ist X noch unser gueltiges [Passwort]"."""
_TYPED = words(
    r"\b(?:gebe|tippe|gab|tippte|type|typed|enter|entered|komme?|kam)[ ]"
    rf"(?:(?:immer|ich|doch|jetzt|always|mit|with)[ ]){{0,3}}{_VALUE}[ ](?:ein"
    rf"|nicht[ ](?:mehr[ ])?(?:rein|durch|weiter))?"
    rf",[ ](?:aber|und|but|and|ist|warum)?[ ]?(?:das|mein|the|my)[ ]{_COMPOUND}"
)
"""What was typed, before the clause with the keyword: "ich gebe X ein, aber das [Passwort] ..."."""
_TAKES = words(
    rf"{_VALUE}[ ](?:nimmt|akzeptiert|will|mag|erkennt)[ ](?:er|sie|es|das)[ ](?:nicht[ ])?als[ ]{_COMPOUND}"
)
_IT_IS = words(rf"\b(?:es|das|it|that)(?: ist| lautet| war|'s| is| was)[ ]{_VALUE},[ ]{_ANY}[ ]{_KIND}")
"""In an apposition behind "es ist": "es lautet X, mein [Passwort]"."""
_PLACES = (_NAMED_FIRST, _DASHED, _OPENED, _QUOTED_AS, _USED, _IT_IS, _RIGHT_ONE, _TYPED, _TAKES)

_LINKED = re.compile(r"[ ](?:als|as|for|f(?:u|ue)r|ist|is|war|was|lautet|so|das|that|that's)[ ]|[,\-–—]", re.I)
"""Without a link or a sign nothing before the keyword is named by it."""
_AS_ONE = words(
    rf"(?P<lead>[^\s.,;:!?]{{1,30}})[ ][\"'`]?{_VALUE}[\"'`]?[ ](?:als|as)[ ]"
    rf"(?:(?:mein|das|unser|ihr|the|my|our|a|an|ein)[ ])?(?:[a-z]{{2,14}}e?[srnm]?[ ])?{_COMPOUND}"
)
"""Any word right before "als [Passwort]"."""
_ARTICLES = words(
    r"(?:der|die|das|den|dem|des|ein\w*|kein\w*|mein\w*|dein\w*|sein\w*|ihr\w*|unser\w*|eur\w*|the|an?|my|your|his|her"
    r"|our|their|no|any|some|jede\w*|diese\w*|welche\w*|[a-z]{3,}(?:es|em|er))\Z"
)
"""Before a noun: it is the name of something, and no password."""
_ADVISED = words(r"\b(?:don't|dont|never|niemals|nie|kein\w*|avoid|statt)\b[^.!?\n;]{0,80}\Z")
"""Before a word: advice what not to take: "keine Namen oder Tastaturfolgen als [Passwort]"."""
_ADDRESSED = frozenset(
    re.findall(
        r"\w+",
        """
        hallo hi hey moin servus guten danke dank bitte sorry entschuldigung hilfe achtung vorsicht mist verdammt
        super toll
        ups oops oh ach na leider uebrigens ubrigens liebe lieber herr frau mama papa leute kollegen team dear
        hello thanks
        please help damn well so also okay schade wichtig warum wieso wann grund ursache schuld ziel zweck ergebnis
        folge
        loesung losung antwort frage hinweis tipp info nachtrag thema betreff update ps schluss fazit erstens zweitens
        welches welcher which whose wessen dies dieses jenes that this it es hier there da dort nun jetzt now
            """,
    )
)
"""What begins a sentence before "mein Passwort" and is none."""


def named_before(text: str, word: Word, low: int, high: int) -> tuple[int, int] | None:
    """Where the value stands that the keyword `word` names behind it, in `text[low:high]`."""
    if text[word.end : word.end + 1] == "-":
        return None
    if _LINKED.search(text, low, word.start) is None:
        return None
    found = next((match for place in _PLACES if (match := place.search(text, low, word.start))), None)
    if found is None and _APPOSED_ENDS.match(text, word.end, high):
        found = _APPOSED.search(text, low, word.start)
    if found is None:
        found = _AS_ONE.search(text, low, word.start)
        if found is None or _ARTICLES.match(found["lead"]) or not free_word(found["word"]):
            return None
        if _ADVISED.search(text, low, found.start("word")):
            return None
    group = next(name for name in ("phrase", "word") if name in found.re.groupindex and found[name])
    first = found[group].split()[0]
    several = found[group].count(" ") >= _SEVERAL and text[found.start(group) - 1] in "\"'`"
    return found.span(group) if several or (plain_word(first) and first.lower() not in _ADDRESSED) else None


_SEVERAL = 2
"""Blanks between the words of a phrase that a quotation makes one, whatever its first word says."""

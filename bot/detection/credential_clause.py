"""Passwords that are plain words, by their place in the clause of the keyword: the last thing tried.

What is asked is where a value can stand in German and English that an ordinary word cannot: quoted behind "ist", alone
in front of "ist mein Passwort", in an apposition, or as the answer of a later clause. Nothing here depends on what the
value looks like, so every place has its own list of ordinary words that stand there too."""

import re

from bot.detection.credential_phrases import PLACE
from bot.detection.credential_value import Value
from bot.detection.credential_words import KEYWORD, NEGATED, participle, predicate, statement, topic
from bot.detection.finder import Word, words

_BACK = 100
_AHEAD = 140
_STOPS = re.compile(r"[.!?](?=\s)|\n")
_EVIDENCE = ("keyword",)

_QUOTE = r"(?:(?P<q>[\"'`]|\*\*)(?P<at>[^\s\"'`*][^\"'`*\n]{2,40})(?P=q)(?![A-Za-z0-9]))"
_IS = r"(?:ist|lautet|lauten|hei(?:s?s|sz)t|war|is|was|are|waren|were|sind)"
_LINKED_QUOTE = words(
    rf"[^\s.!?:\"'`]{{0,20}}+(?:[ ][^\s.!?:\"'`]{{1,30}}+){{0,8}}?[ ]{_IS}\b"
    rf"(?:[ ][^\s.!?:\"'`]{{1,30}}+){{0,7}}:?\s{_QUOTE}"
)
"""The keyword, "ist" and something quoted, with at most seven words before and behind the link."""
_NEXT_QUOTE = re.compile(rf"[ ]{_QUOTE}")
_NO_VALUE = words(
    r"(?:name[ns]?|benutzer(?:name)?|user(?:name)?|login|unter|in|im|auf|bei|key|by|under|on|at|via|from|not"
    r"|nicht|kein|than|als|as|like"
    r"|wie)\Z"
)
"""The word before a quotation that makes it the name of a user or of an example."""

_WHOSE = r"(?:mein|meine|meines|unser|unsere|unseres|my|our)"
_ANY = rf"(?:{_WHOSE}|das|die|der|the|dein|deine|ihr|ihre|your)"
_KIND = r"(?:[\w\-']{1,20}+[ ]){0,2}[\w\-]{0,40}\Z"
_OPENS = r"(?:(?<![\s\S])|(?<=[.!?:;\n]\s)|(?<=\n))[\s>*\-\"'`]{0,4}"
_NAMED_FIRST = words(
    rf"{_OPENS}(?:(?P<q>[\"'`])(?P<phrase>[^\"'`\n]{{4,40}})(?P=q)[ ](?:ist|is|war|was|lautet)[ ]{_ANY}"
    rf"|(?P<word>[A-Za-z][^\s.,;:!?\"']{{3,39}})[ ](?:ist|is|war|was)[ ]{_WHOSE})[ ]{_KIND}"
)
"""What the keyword names behind it, at the beginning of a sentence: "fridolin ist mein [Passwort]"."""
_DASHED = words(
    rf"{_OPENS}(?P<phrase>[A-Za-z][^\s.,;:!?\"]{{2,39}}(?:[ ][a-z][^\s.,;:!?\"]{{1,20}}){{0,3}})"
    r"[ ]?(?:-{1,2}|–|—|,)[ ]"
    rf"(?:so[ ](?:lautet|hei(?:s?s|sz)t)|das[ ]ist|das[ ]war|that's|that[ ]is|that[ ]was)[ ]{_ANY}[ ]{_KIND}"
)
"""The same with a dash: "velvet hammer - that's the [passphrase]"."""
_APPOSED = words(rf"{_OPENS}(?P<word>[A-Za-z][^\s.,;:!?\"']{{3,39}}),[ ]{_WHOSE}[ ]{_KIND}")
_APPOSED_ENDS = words(
    r"[^.!?\n,]{0,60},[ ](?:wird|wurde|ist|war|geht|funktioniert|klappt|stimmt|passt|will|nimmt|is|was|does|doesn't"
    r"|isn't|gets|won't|works)\b"
)
"""The name of a value that stands before it: "Zebrastreifen, mein [Passwort] fuers Forum, geht nicht"."""
_OPENED = words(
    r"\bmit[ ](?P<word>[A-Z][^\s.,;:!?\"']{3,39})[ ][^.!?\n]{0,40},[ ]so[ ](?:lautet|hei(?:s?s|sz)t|ist)[ ]das[ ]\Z"
)

_QUOTED_AS = words(r"[\"'`](?P<phrase>[^\s\"'`][^\"'`\n]{2,40})[\"'`][ ](?:als|as)[ ](?:(?:mein|das|the|my)[ ])?\Z")

_USED = words(
    r"\b(?:(?:be)?nutze?n?|nehm|hab|verwenden?|nimm|nehmen?|hab(?:e|en)?|gebe?|gib|tippe?|schreibe?|probiere?|w(?:a"
    r"|ae)hle?n?|setzen?|use|try"
    r"|type|enter|took|used|chose)[ ](?:(?:mal|einfach|immer|jetzt|nur|halt|doch|bitte|daf(?:u|ue)r|da|hier|ich"
    r"|wir|sie|dann|just|always)"
    r"[ ]){0,2}(?P<word>[A-Za-z][^\s.,;:!?\"']{3,39})[ ](?:als|as|for|f(?:u|ue)r)[ ](?:(?:mein|das|unser|the|my"
    r"|our)[ ])?"
    r"(?:[\w\-]{1,20}+[ ])?[\w\-]{0,40}\Z"
)
"""What somebody uses as one: "probier mal X als [Passwort]"."""
_AS_ONE = words(
    r"(?P<lead>[^\s.,;:!?]{1,30})[ ][\"'`]?(?P<word>[A-Za-z][^\s.,;:!?\"']{3,39})[\"'`]?[ ](?:als"
    r"|as)[ ](?:(?:mein|das|unser|ihr|the|my|our|a|an"
    r"|ein)[ ])?(?:[a-z]{2,14}e?[srnm]?[ ])?(?:[\w\-]{1,20}+[ ])?[\w\-]{0,40}\Z"
)
"""Any word right before "als [Passwort]" that no article or adjective makes the name of something."""
_RIGHT_ONE = words(
    r"\b(?:ist|is|war|was)[ ](?P<word>[A-Za-z][^\s.,;:!?\"']{3,39})[ ](?:(?:noch|wirklich|jetzt|immer|still"
    r"|really)[ ]){0,2}"
    r"(?:das|mein|unser|ein|the|my|our|a)[ ](?:[a-z(u|ue)]{3,14}[ ])?(?:[\w\-]{1,20}+[ ])?[\w\-]{0,40}\Z"
)
"""What a question asks to be right: "ist X noch unser gueltiges [Passwort]"."""
_TYPED = words(
    r"\b(?:gebe|tippe|gab|tippte|type|typed|enter|entered|komme?|kam)[ ](?:(?:immer|ich|doch|jetzt|always|mit"
    r"|with)[ ]){0,3}"
    r"(?P<word>[A-Za-z][^\s.,;:!?\"']{3,39})[ ](?:ein|nicht[ ](?:mehr[ ])?(?:rein|durch|weiter))?,[ ](?:aber"
    r"|und|but|and|ist|warum)?[ ]?"
    r"(?:das|mein|the|my)[ ](?:[\w\-]{1,20}+[ ])?[\w\-]{0,40}\Z"
)
_TAKES = words(
    r"(?P<word>[A-Za-z][^\s.,;:!?\"']{3,39})[ ](?:nimmt|akzeptiert|will|mag|erkennt)[ ](?:er|sie|es"
    r"|das)[ ](?:nicht[ ])?als[ ]"
    r"(?:[\w\-]{1,20}+[ ])?[\w\-]{0,40}\Z"
)
_IT_IS = words(
    rf"\b(?:es|das|it|that)(?: ist| lautet| war|'s| is"
    rf"| was)[ ](?P<word>[A-Za-z][^\s.,;:!?\"']{{3,39}}),[ ]{_ANY}[ ]{_KIND}"
)
"""The same behind "es ist": "es lautet X, mein [Passwort]"."""

_WORD = r"(?P<at>[A-Za-z][^\s.,;:!?\"'()]{3,39})"
_END = r"(?=[ ]?(?:[.,;!)\n]|\Z))"
_AFTERWARDS = words(
    rf"[^\n.!?]{{0,80}}?(?:[.!?]\s{{1,2}})?(?:\bbei (?:mir|uns) (?:ist|war) (?:es|das)|\bbei (?:mir"
    rf"|uns) hei(?:s?s|sz)t (?:es|das)"
    rf"|, (?:jetzt|aktuell|nun|now|n(?:a|ae)mlich|also|sondern|namely|currently|komplett)|[?] (?:it's|it is"
    rf"|es ist|sie ist)"
    rf"|, und (?:das|es) (?:ist|lautet|war)|,? und zwar|\bsag (?:ihr|ihm|ihnen|denen)|\btell (?:her|him"
    rf"|them))[ :]{{1,2}}{_WORD}{_END}"
)
"""A later clause that says it: "ohne [Passwort] geht nichts, und das ist X", "vergessen? Bei mir ist es X"."""
_FAILS = r"(?:geht|funktioniert|klappt|stimmt|passt|wird|works|does|doesn't|isn't|won't|fails)"
_BETWEEN_COMMAS = words(
    rf"(?:[ ]von (?:vorhin|gestern))?,[ ](?P<at>[A-Za-z][a-z\-]{{3,29}}),[ ](?:and|but|und|aber|is|was|ging"
    rf"|wurde|{_FAILS})\b"
)
_DONE = r"(?=[ ]?(?:[.!)\n]|\Z)|,?[ ](?:danke|thanks|bitte|please|lg|vg|mfg|gru(?:ss|s|sz))\b)"
_FOR = (
    r"(?:[ ](?:f(?:u|ue)rs?|for|vo[nm]|of|zu[mr]?|beim?|im|am"
    r"|de[rs])(?:[ ][^\s.,;:!?\"'()]{1,24}){0,2}?[ ](?-i:[A-Z])[\w\-]{1,24}"
    r"|[ ](?:for|of)(?:[ ][a-z]{1,14}){1,3}?)?"
)
"""What it is the password for: a noun at the end."""
_CHOSEN = words(
    rf"[ ](?:hab(?:e|en)?|nehmen?|nutzen?|verwenden?|hatten?)[ ](?:ich|wir)[ ](?:(?:immer|jetzt|einfach|mal"
    rf"|ernsthaft)[ ]){{0,2}}{_WORD}"
    rf"(?:[ ](?:genommen|ausgemacht|gew(?:a|ae)hlt|eingestellt|benutzt|verwendet|vereinbart|gesetzt|hinterlegt"
    rf"|angegeben)\b|{_DONE})"
)
"""Behind "als [Passwort]": "hab ich X genommen"."""
_DASH = words(rf"{_FOR}(?:[ ](?:-|[^\x00-\x7f]{{1,4}})|\?{{1,3}})[ ]{_WORD}{_DONE}")
"""Behind a dash or a question mark: "Passwort - X", "Passwort?? X"."""
_RUN_ON = words(
    rf"{_FOR}[ ](?:ist|isch|is|war|was|lautet)[ ]{_WORD}(?=[ ](?:ok|okay|gell|oder|ne|right|lol|haha|f(?:u"
    rf"|ue)rs?|for|gestern|heute|warum|wieso|weshalb|wann|wo|ich|why|how|when|where"
    rf"|can|could|kann"
    r"|k(?:o|oe)nnen|habe?|geht|klappt|stimmt|hilfe|help)\b)"
)
"""A sentence that goes on without any sign: "mein Passwort ist X warum geht das nicht"."""
_SHOULD = words(
    rf"{_FOR}[ ](?:(?:should|must|might|could|would|used to|happens to)[ ]be|turned out to be)[ ]{_WORD}{_DONE}"
)
_SET_TO = words(
    rf"{_FOR}[ ](?:auf|to|in)[ ]{_WORD}(?:[ ](?:setzen|stellen|(?:a|ae)ndern|umstellen|festlegen|abge(?:a|ae)ndert)\b)"
)
_NEXT = re.compile(r"(?:[ ](?:seit|ab|since)[ ][A-Za-z]{4,12})?[ ](?P<at>[A-Za-z][^\s.,;:!?\"'()]{3,39})")
_GOES_ON = words(
    r",?[ ](?:komme?|kann|konnte|geht|ging|klappt\w*|log|melde|can|could|wird|wurde|funktioniert\w*|stimmt|sei"
    r"|nicht|noch|bekommen"
    r"|erhalten|then|for|f(?:u|ue)rs?|und|and|falls|damit|ein|an|in|auf|hat|hab|habe|warum|why|doesn't|does|won't"
    r"|isn't|is|was|mit)\b"
)
"""How a clause goes on behind a password that stands right behind its name."""
_NAMES = words(r"[ ](?:lautet|lauten|hei(?:s?s|sz)t)\b")
_IS_LAST = words(r"[ ](?:ist|war|sei|is|was)[ ]?(?=[.,;!?)\n]|\Z)")
_LOW = words(rf"{_FOR}[ ](?-i:(?P<low>[a-z][^\s.,;:!?\"'()]{{3,39}})){_DONE}")
_BRACKETED = words(rf"[ ]\({_WORD}\)")
_SET_AT_LAST = words(
    rf"[^.!?\n]{{0,60}}?[ ](?:auf|to):?\s{{1,4}}(?:the following:?[ ])?{_WORD}(?:{_DONE}|[ ](?:last|on|for|f(?:u|ue)rs?"
    rf"|und|and|ein|gestellt"
    r"|ge(?:a|ae)ndert|gesetzt|umgestellt|zur(?:u|ue)ckgesetzt)\b)"
)
_SETS = words(
    r"\b(?:set|reset|chang|updat|setz|zur(?:u|ue)cksetz|zur(?:u|ue)ckgesetzt|(?:a|ae)nder|stell|gestellt"
    r"|gesetzt|ge(?:a|ae)ndert)"
)
_IN_PATH = re.compile(r"[./\\$]\w{0,20}\Z")
_SUBORDINATE = words(
    r"\b(?:wenn|weil|obwohl|dass|ob|falls|damit|bevor|nachdem|sobald|wer|was|wie|wo|warum|ohne|der|die|that|if"
    r"|when)\b[^.!?\n]{0,80}\Z"
)
"""A clause whose verb comes last: "obwohl ich das [Passwort] kenne"."""
_WHY = words(r"\b(?:why|warum|wieso|weshalb)\b[^.!?\n]{0,80}\Z")
_DONE_HERE = re.compile(_DONE, re.I)
_OWNS = words(r"\b(?:mein|meine|meinem|unser|unserem|my|our)[ ](?:[\w\-]{1,20}+[ ])?[\w\-]{0,40}\Z")
_LEADS = words(
    r"(?:(?<![\s\S])|\n|[,.;:!][ ])(?:(?:mein|meine|my|das|the|hier|unser|our|neue[srn]?|new|altes|old|aktuelles"
    r"|current|ein|user|und|wlan|wifi|router|portal|login|admin|server|mail|app|windows|ftp|online"
    r"|remember|merke?|notiere?|speichere?|save|note|dir|bitte|please)[ ]){0,3}"
    r"(?:[A-Za-z][\w\-]{0,30})?\Z"
)
"""Before the keyword: nothing but whose it is and what for."""
_DEFAULTS = frozenset(
    (
        "werkseinstellung",
        "papier",
        "zettel",
        "deutsch",
        "anfrage",
        "namen",
        "name",
        "geburtstag",
        "geburtsdatum",
        "wort",
        "zahl",
        "zahlen",
        "datum",
        "satz",
        "text",
        "begriff",
        "haustier",
        "birthday",
        "word",
        "number",
        "telefonnummer",
        "benutzername",
        "username",
        "werkseinstellungen",
        "standard",
        "default",
        "null",
        "anfang",
        "wunsch",
        "etwas",
        "what",
    )
)
_ASIDE = words(
    rf"[^\n.!?]{{0,50}}?,[ ](?:nur (?:so|zur info|f(?:u|ue)r (?:dich|sie|euch))|zur info|just so you know"
    rf"|for your information|fyi)"
    rf"[ ]?[:,]?[ ]{_WORD}{_END}"
)
_AS_EVER = words(
    rf"[ ](?:wie (?:immer|gehabt|fr(?:u|ue)her|bisher|(?:u|ue)blich)|immer noch|nach wie vor|as (?:always|usual"
    rf"|before)|still)[ ]"
    rf"{_WORD}{_END}"
)
_ADDRESSED = frozenset(
    re.findall(
        r"\w+",
        """
        hallo hi hey moin servus guten danke dank bitte sorry entschuldigung hilfe achtung vorsicht mist verdammt super
        toll ups oops oh ach na leider uebrigens ubrigens liebe lieber herr frau mama papa leute kollegen team dear
        hello
        thanks please help damn well so also okay schade wichtig warum wieso wann grund ursache schuld ziel zweck
        ergebnis
        folge loesung losung antwort frage hinweis tipp info nachtrag thema betreff update ps schluss fazit erstens
        zweitens
        welches welcher which whose wessen dies dieses jenes that this it es hier there da dort nun jetzt now
        """,
    )
)
"""What begins a sentence before "mein Passwort" and is none."""


def in_clause(text: str, word: Word) -> Value | None:
    """The password of folded `text` that the keyword `word` names by its place alone."""
    low, high = max(0, word.start - _BACK), min(len(text), word.end + _AHEAD)
    return _quoted(text, word, high) or _first(text, word, low, high) or _later(text, word, high)


def _quoted(text: str, word: Word, high: int) -> Value | None:
    """Something quoted that the keyword is linked with."""
    if not any(sign in text[word.end : high] for sign in "\"'`*"):
        return None
    match = _NEXT_QUOTE.match(text, word.end, high)
    if match is None or not _plain(match["at"]):
        match = _LINKED_QUOTE.match(text, word.end, high)
        if match is None or NEGATED.search(text, word.end, match.start("at")):
            return None
        before = text[word.end : match.start("at")].rstrip(" \"'`*:").split()
        if (before and _NO_VALUE.search(before[-1])) or PLACE.search(text, word.end, match.start("at")):
            return None
    shown = match["at"]
    return Value(*match.span("at"), _EVIDENCE) if _plain(shown.split()[0]) and shown.count(" ") < 5 else None


def _first(text: str, word: Word, low: int, high: int) -> Value | None:
    """What stands before the keyword that names it."""
    named = _NAMED_FIRST.search(text, low, word.start) or _DASHED.search(text, low, word.start)
    if named is None and _APPOSED_ENDS.match(text, word.end, high):
        named = _APPOSED.search(text, low, word.start)
    if named is None:
        named = next((found for each in _NAMED if (found := each.search(text, low, word.start))), None)
    if named is None and (one := _AS_ONE.search(text, low, word.start)):
        named = None if _ARTICLES.match(one["lead"]) or not _said(one["word"]) else one
    if named is None or text[word.end : word.end + 1] == "-":
        return None
    group = next(name for name in ("phrase", "word") if name in named.re.groupindex and named[name])
    shown = named[group].split()
    if shown[0].lower() in _ADDRESSED or not all(map(_plain, shown[:1] if len(shown) > 1 else shown)):
        return None
    return Value(*named.span(group), _EVIDENCE)


def _later(text: str, word: Word, high: int) -> Value | None:
    """What follows, in its clause or in a later one."""
    if text[word.end : word.end + 1].strip(" ,.?!-"):
        return None
    for pattern, fits in _AFTER:
        match = pattern.match(text, word.end, high)
        if match is not None and fits(match["at"]):
            return Value(*match.span("at"), _EVIDENCE)
    if _SETS.search(text, max(0, word.start - 60), high):
        match = _SET_AT_LAST.match(text, word.end, high)
        if match is not None and _said(match["at"]):
            return Value(*match.span("at"), _EVIDENCE)
    if _OWNS.search(text, max(0, word.start - 40), word.start):
        match = _BRACKETED.match(text, word.end, high)
        if match is not None and _said(match["at"]):
            return Value(*match.span("at"), _EVIDENCE)
    return _next(text, word, high)


def _next(text: str, word: Word, high: int) -> Value | None:
    """The word right behind the keyword, by how its clause goes on or ends."""
    match = _NEXT.match(text, word.end, high)
    if match is None or _IN_PATH.search(text, max(0, word.start - 24), word.start):
        return None
    shown, end = match["at"], match.end()
    if _NAMES.match(text, end):
        return Value(*match.span("at"), _EVIDENCE) if _plain(shown) and shown.lower() not in _DEFAULTS else None
    if not _said(shown):
        return None
    leads = _LEADS.search(text, max(0, word.start - 60), word.start) is not None
    if leads and text[end : end + 2].strip()[:1] in (",", "("):
        return Value(*match.span("at"), _EVIDENCE)
    low = max(0, word.start - 90)
    if (
        _DONE_HERE.match(text, end)
        or _IS_LAST.match(text, end)
        or (text[end : end + 1] == "?" and _WHY.search(text, low, word.start))
    ):
        verb = (
            not leads
            and shown.islower()
            and shown.endswith(("e", "st", "t"))
            and _SUBORDINATE.search(text, low, word.start)
        )
        return None if verb else Value(*match.span("at"), _EVIDENCE)
    if _GOES_ON.match(text, end) and not shown.endswith(("t", "s")):
        mine = shown.endswith("e") and text.startswith((" ich ", " wir ", " man "), end)
        return None if mine else Value(*match.span("at"), _EVIDENCE)
    if leads:
        match = _LOW.match(text, word.end, high)
        if match is not None and _said(match["low"]):
            return Value(*match.span("low"), _EVIDENCE)
    return None


def _noun(shown: str) -> bool:
    """Whether a word between commas is no adverb and no statement."""
    return not (statement(shown) or topic(shown) or shown.endswith(("ly", "lich", "weise", "ig", "en", "ed", "t")))


def _plain(shown: str) -> bool:
    """Whether a word can be a password as far as it goes: it says nothing about one."""
    return not (statement(shown) or topic(shown) or participle(shown) or predicate(shown) or shown.endswith("lich"))


def _said(shown: str) -> bool:
    """Whether a word where verbs and adjectives stand as well can be a password."""
    return _plain(shown) and not (shown.endswith(_BENT) or shown.lower() in _DEFAULTS or KEYWORD.found(shown))


_BENT = ("en", "ern", "eln", "ed", "ing", "ly", "al", "ic", "ent", "ant", "ary", "ory", "est")
"""How verbs and adjectives end."""
_NAMED = (_OPENED, _QUOTED_AS, _USED, _IT_IS, _RIGHT_ONE, _TYPED, _TAKES)
_ARTICLES = words(
    r"(?:der|die|das|den|dem|des|ein\w*|kein\w*|mein\w*|dein\w*|sein\w*|ihr\w*|unser\w*|eur\w*|the|an?|my|your"
    r"|his|her|our|their|no|any"
    r"|some|jede\w*|diese\w*|welche\w*|[a-z]{3,}(?:es|em|er))\Z"
)
"""Before a noun: it is the name of something, and no password."""
_AFTER = (
    (_BETWEEN_COMMAS, _noun),
    (_ASIDE, _plain),
    (_AS_EVER, _plain),
    (_AFTERWARDS, _plain),
    (_DASH, _said),
    (_RUN_ON, _said),
    (_SHOULD, _said),
    (_SET_TO, _said),
    (_CHOSEN, _said),
)

"""How a credential is introduced, in folded text: the words between the keyword and the value."""

from bot.detection.words import Finder, words

_OPEN = r"[ \t]{0,3}[\"'`*(\[<]{0,3}\s{0,2}"
_AT = rf"{_OPEN}(?P<at>(?=\S))"
_FILLER = (
    r"(?:(?:also|jetzt|nun|aktuell|derzeit|ubrigens|uebrigens|einfach|immer|noch|auch|wie folgt|folgendes|folgender"
    r"|folgt|gleich|der|die|das|ja|weiterhin|bitte|now|currently|just|simply|still|also|as follows|the following"
    r"|following|nur|only|hier|here|neu|new|geandert auf|set to|auf|zu|by the way|in short|kurz|dann|halt|eh|mal"
    r"|immer noch|naturlich|natuerlich)\b[ \t]{0,2}[:,]?[ \t]{0,2}){0,3}(?:(?:[A-Za-z]{2,20}[ ]){1,2}(?=[\"'`]))?"
)
_IS = (
    r"(?:ist|lautet|lauten|lautete|laute|heisst|heist|heiszt|is|was|war|ware|waere|sind|are|wird|bleibt|'s|will be"
    r"|zeigt|says?|reads?)"
)
_WORD = r"[^\s:=.!?;,()<>]{1,28}(?:\.[^\s:=.!?;,()<>]{1,20})?[),]?"
_PART = rf"(?:[ \t\n]{{1,3}}|[ \t]{{0,1}}[(/,&\-][ \t]{{0,2}}){_WORD}"

_COPULA = words(rf"(?P<between>(?:{_PART}){{0,7}}?)(?:,?\s{{1,3}}|(?='s)){_IS}\b\s{{0,3}}:?\s{{0,3}}{_FILLER}{_AT}")
_COLON = words(
    rf"(?P<between>(?:{_PART}){{0,6}}?)[ \t\"'`*)\]]{{0,3}}(?:\.(?:txt|docx?|pdf)\b)?(?:[:=]{{1,3}}|->|=>|--?>|→)"
    rf"[=>]?\s{{0,4}}{_FILLER}{_AT}"
)
_BARE = words(rf"(?P<between>)(?:\s{{1,4}}|[^0-9A-Za-z\s.:!?]{{1,3}}){{1,3}}{_FILLER}{_AT}")
_SET = words(
    rf"(?P<between>(?:{_PART}){{0,4}}?)\s{{1,3}}(?:auf|zu|in|to|mit|als|habe ich|hab ich|nehme ich|nutze ich"
    r"|verwende ich|i use|i have|benutze ich|with|as|by|nimm|nehmen sie|use|nutzen sie|verwenden sie)\s{1,3}"
    rf"{_FILLER}{_AT}"
)
_ASKED = words(rf"(?P<between>)[ \t]{{0,2}}\?\s{{1,3}}{_AT}")

LINKS = (
    ("is", Finder(r"\b(?:ist|laut|heis|is\b|was\b|war|sind|are\b|wird|bleibt|will|zeigt|say|read)|'s"), _COPULA),
    ("colon", Finder(r"[:=>?]|--"), _COLON),  # a question mark stands for any sign that is not ASCII
    ("set", Finder(r"\b(?:auf|zu|in|to|mit|als|hab|nehm|nutz|verwend|i|benutz|with|as|by|nimm|use)"), _SET),
    ("asked", Finder(r"\?"), _ASKED),
    ("bare", Finder(r"[^a-z0-9]"), _BARE),
)
"""Name, a cheap condition on the text after the keyword, and pattern of each way, tried in this order right after
the keyword: "Passwort [fuer das Portal] ist X", "Passwort: X", "Passwort auf X geaendert", "Passwort? X",
"Passwort X". Group `between` holds the words that must not turn it into something else, group `at` stands (empty)
where the value begins."""

_OWNER = (
    r"(?:(?:auch|jetzt|nun|also|now|das|die|der|mein|meine|meiner|meinem|unser|unsere|dein|deine|ihr|ihre|the|my|our"
    r"|your|neue|neues|new|aktuelle|aktuelles|current|ein|eine|a|an|sicheres|gutes|good|safe|strong"
    r"|secure)\s{1,2}){0,4}"
)
BEFORE = words(
    r"(?<![^\s\"'(\[>*`:,])(?P<value>[^\s\"'()<>\[\]]{3,64})[\"')\]*`,]{0,3}\s{1,3}"
    rf"(?:ist|is|war|was|lautet|=|als|as|waere|ware|(?=eine?\b|an?\b))\s{{0,3}}{_OWNER}"
)
"""What names a value after it: "X ist mein [Passwort]", "X als [Passwort]", "ist X ein sicheres [Passwort]?"."""
BEFORE_WORD = Finder(r"ist|is|war|was|lautet|=|as|als|waere|ware|eine?|an?")
"""Without one of these there is no `BEFORE`."""
CODE_FIRST = words(
    r"(?<![A-Za-z0-9])(?:[A-Z]-)?(?P<value>[0-9]{4,8})(?:[ ]|[ ]?[,\-][ ])"
    r"(?:(?:das |dies |that )?(?:is|ist|lautet|war)[ ](?:your|my|the|ihr|ihre|dein|deine|mein|meine|der|die)\b|\()"
)
"""A code before its name: "482913 is your verification [code]", "482913 ([Code])"."""
LATER = words(
    r"\b(?:das|die|der|the|mein|meine|my|es|it|ein)?[ ]?(?:neue[sr]?|alte[sr]?|jetzige[sr]?|aktuelle[sr]?|new|old"
    r"|current|jetzt|now|sondern|stattdessen|instead)(?: one)?[ ]?(?:[:=]|ist|lautet|war|heisst|is|was)\s{1,3}[\"'`]?"
)
"""A later clause about the same credential: "..., das neue ist X"."""
LATER_WORD = Finder(r"neue|alte|jetzt|jetzige|aktuelle|new|old|current|now|sondern|stattdessen|instead")
"""Without one of these there is no `LATER`."""
USER_BEFORE = words(
    r"(?:benutzer(?:name|kennung)?|user(?:name| ?id)?|login(?:name)?|nutzer(?:name)?|name|kennung|mail|account|id)"
    r"[ \t]{0,2}(?:/|\+|&|,|und|and|or|oder)[ \t]{0,2}(?:mein |das |my |the )?\Z"
)
"""Before the keyword: a user name is announced together with it, and will be given first."""
OWNED = words(
    r"\b(?:mein|meine|meines|unser|unsere|my|our|wlan|wlan-|wifi|wi-fi|wifi-|bank|das|das neue|neues|mit"
    r"|with)[ \-]?\Z"
)
"""Before the keyword: whose it is, so that a bare capitalised word after it is the value."""

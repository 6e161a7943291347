"""How a credential is introduced, in folded text: the words between the keyword and the value."""

import re

from bot.detection.finder import Finder, Vocabularies, words
from bot.detection.words import LABEL

REACH = 160
"""How far after a keyword its value is looked for, in characters."""
BACK = 110
"""How far before it."""
USER_NAMES = (
    r"user(?:[ \-]?(?:name|id))?|login(?:[ \-]?name)?|benutzer(?:name|kennung)?|nutzer(?:name|kennung)?"
    r"|anmeldename|account"
)
"""What people call a user name, as a label."""

_BLANKS = r"(?:[ \t]{0,40}+\n){0,3}+[ \t]{0,40}+"
_OPEN = r"(?:[\-*][ ])?(?:\[[biu]\])?[ \t]{0,3}[\"'`*(\[<]{0,3}\s{0,2}"
_AT = rf"{_OPEN}(?P<at>(?=\S))"
_FILLER = (
    r"(?:(?:grade|gerade|eben|jetzt|nun|aktuell|derzeit|ubrigens|uebrigens|einfach|immer|noch|auch"
    r"|wie folgt|folgendes|folgender"
    r"|folgt|gleich|der|die|das|ja|weiterhin|bitte|now|currently|just|simply|still|also|as follows|the following"
    r"|following|doch|wie immer|wie ueblich|glaube? ich|glaub|i think|i guess|namlich|naemlich|momentan|zurzeit"
    r"|zur zeit"
    r"|ganz (?:einfach|simpel|schlicht|banal|unkreativ|kreativ)|quite simply|simply"
    r"|wohl|mal|probably|actually|again|wieder|schlicht|nach wie vor|as always|as usual|nur|only|hier|here|neu"
    r"|new|geandert auf|set to|auf|zu|by the way|in short|kurz|dann|halt|eh"
    r"|immer noch|naturlich|natuerlich"
    r"|bisher|bislang|seither|bei (?:mir|uns)|fr(?:u|ue)her|zuletzt|schon immer|previously|originally|until now|so far"
    r"|(?:seit|ab|since) [A-Za-z]{4,12}|the words?|das wort|der satz|die zahl|die nummer|demnach|somit|folglich"
    r"|daher|nunmehr|dazu|dafuer|dafur|hierzu|hierfuer"
    r"|hierfur|for it|for that|heute|today|zun(?:a|ae)chst|vorerst|vorl(?:a|ae)ufig|nachher|danach"
    r"|anschlie(?:ss|s|sz)end|beide|beides|jeweils|both"
    r"|\(?(?:standardm(?:a|ae)(?:ss|s|sz)ig"
    r"|by default)\)?(?!\w))(?![0-9A-Za-z_\-])[ \t]{0,2}[:,]?[ \t]{0,2}){0,3}(?:(?:[A-Za-z]{2,20}[ ]){1,2}(?=[\"'`]))?"
)
_IS = (
    r"(?:ist|isch|iss|lautet|lauten|lautete|laute|heiss?t|heiszt|is|was|war|ware|waere|sind|are|wird"
    r"|bleibt|sei|schreibt sich|'s"
    r"|will be|would be|used to be"
    r"|zeigt|says?|reads?)"
)
# A word is taken whole or not at all (possessive): signs such as "-" and "/" stand in words and between them, and
# trying every way to cut "------" into words would take hours. What a link begins with ("'s", "->") is no part of one.
_SIGN = r"(?:[^\s:=.!?;,()<>'\-→]|'(?!s\b)|-(?!-?>))"
_WORD = rf"{_SIGN}{{1,60}}+(?:\.{_SIGN}{{1,60}}+)?[),]?"
_PART = rf"(?:[ \t\n]{{1,3}}|[ \t]{{0,1}}[(/,&\-][ \t]{{0,2}}){_WORD}"

_COPULA = words(
    rf"(?P<between>(?:{_PART}){{0,7}}?)(?:,[ ](?:die|das|der|welche[rs]?|that|which)[ ][^,.!?\n:]{{3,60}},)?"
    rf"(?:,?\s{{1,3}}|(?='s)){_IS}\b\s{{0,3}}:?{_BLANKS}{_FILLER}{_AT}"
)
_COLON = words(
    rf"(?P<between>(?:{_PART}){{0,9}}?)[ \t\"'`*)\]]{{0,3}}[ \t]{{0,20}}+\.?(?:\.(?:txt|docx?"
    rf"|pdf)\b)?(?:[:=]{{1,3}}|->|=>|--?>|→)"
    rf"[=>]?(?:[ \t]{{0,4}}\|)?{_BLANKS}{_FILLER}{_AT}"
)
BARE = words(rf"(?P<between>)[\"'`]?(?:\s{{1,4}}|[^0-9A-Za-z\s.:!?\"'`]{{1,3}}){{1,3}}(?:{_FILLER})?{_AT}")
_SET = words(
    rf"(?P<between>(?:{_PART}){{0,4}}?),?\s{{1,3}}(?:auf|zu|in|to|mit|als|habe ich|hab ich|nehme ich|nutze ich"
    r"|verwende ich"
    r"|h(?:a|ae)tte ich gerne?|m(?:o|oe)chte ich|ich nehme|ich nutze|ich verwende|haben wir|hatten wir"
    r"|i use|i have|benutze ich|with|as|by|musste|muesste|sollte|durfte|duerfte|should be|must be"
    r"|might be|could be|nimm|nehmen sie|use|nutzen sie|verwenden sie)\s{1,3}"
    rf"{_FILLER}{_AT}"
)
_SET_TO = words(
    rf"(?P<between>)[ ](?:wurde|wird|ist|has been|was|is)[ ](?:[a-z]{{2,12}}[ ]){{0,3}}?(?:auf|to)\s{_FILLER}{_AT}"
    r"(?=[^\s]{3,40}[ ](?:(?:zur(?:u|ue)ck|um)?ge(?:setzt|stellt|(?:a|ae)ndert)|festgelegt)\b)"
)
_FAR = words(
    r"(?P<between>)(?:(?![.!?]\s+(?-i:[A-Z]))[^!?\n]){1,100}?\b(?:lautet|lauten)\s{0,2}:?\s{1,3}"
    r"[\"'`]?(?P<at>(?=[0-9]))"
)
_OWN_LINE = words(
    r"(?P<between>)[^\n]{0,100}\n\s{0,24}"
    r"(?P<at>(?=(?!(?:19|20)[0-9]{2}\b)(?:[0-9]{3}[ \-][0-9]{3}|[0-9]{4,8})[ \t]*(?:\n|\Z)))"
)
_WAS = words(
    r"(?P<between>)[^.!?\n]{1,60}?\b(?:(?:ist|war|is|was) (?:es|sie|it)"
    r"|(?:es|sie|it)(?:(?: ist| war| w(?:a|ae)re| lautete?| is| was)|'s)"
    r"|(?:ich|i|wir|we) (?:enter(?:ed)?|typed?|tippe|gebe|gab|nutze|nehme|hab(?:e)?|used?|tried|put))\s{1,2}"
    r"(?:(?:die|der|das|the|immer|always|in|es)\s){0,2}[\"'`]?"
    r"(?P<at>(?=[0-9]{4,8}(?![0-9A-Za-z])))"
)
_GUESSED = words(
    rf"(?P<between>(?:{_PART}){{0,4}}?)\s{{1,3}}(?:m(?:u|ue)sste|d(?:u|ue)rfte|k(?:o|oe)nnte|might be|could be|sollt?e?"
    rf"|should be|must be)\s{{1,3}}{_FILLER}{_AT}(?=[^\s.,;!?]{{3,40}}"
    r"(?:[ ]sein\b|[ ]hei(?:s?s|sz)en\b|[ ]lauten\b|[ ]gewesen|[.,;!)]|[ ]?\n|\Z))"
)
_CHANGED = words(
    r"(?P<between>)[^.!?\n]{0,60}?\b(?:ge(?:a|ae)ndert|gesetzt|umgestellt|changed|reset|set|updated)[ ]"
    rf"(?:auf|zu|in|to)[ ]{_FILLER}{_AT}"
)
_FOR = words(
    r"(?P<between>[ ](?:(?:f(?:u|ue)rs?|for|von|vom|of|zum|zur|aus|beim?|im|am|de[rs]|(?:m|d|s)?eine[rs]|unsere[rs])"
    r"(?:[ ][A-Za-z][A-Za-z\-]{1,24}){1,4}?|[a-z]{3,20}))\s{1,2}"
    r"(?P<at>(?=(?!(?:19|20)[0-9]{2}(?![0-9]))[0-9]{4,8}(?:-[0-9]{2,4})?(?![0-9A-Za-z:/%\-]|[.,][0-9]|[ ][0-9])"
    r"|(?-i:(?=[A-Z\-]*[0-9])(?=[0-9\-]*[A-Z])(?:[A-Z0-9]{5,8}"
    r"|[A-Z0-9]{2,8}(?:-[A-Z0-9]{2,8}){1,5})(?![0-9A-Za-z\-]))))"
)
_APPOSED = words(
    rf"(?P<between>[ ](?:f(?:u|ue)rs?|for|vo[nm]|of|zu[mr]?|beim?|meine[rs]|unsere[rs]|de[rs])(?:{_PART}){{1,4}}?),[ ]"
    r"(?P<at>(?=[^\s,]{4,40}(?:[,.!?]|[ ]?\n|\Z)))"
)
_INSIDE = re.compile(
    r"(?P<between>(?:[ ][A-Za-z][A-Za-z\-]{0,24}){1,5})[ ]\((?P<at>(?=(?!(?:19|20)[0-9]{2}\))[0-9]{4,8}\)))"
)
TOLD = words(rf"(?:{_PART}){{0,5}}?,?[ ]{{1,3}}(?:lautet|heiss?t)[ ]{{1,3}}{_FILLER}(?=[A-Za-z])")
"""The password is what the word after "lautet" is, also where the sentence goes on."""
_BETWEEN_COMMAS = words(
    rf"(?P<between>[ ](?:f(?:u|ue)rs?|for|vo[nm]|of|zu[mr]?|beim?)(?:{_PART}){{1,4}}?),[ ](?P<at>(?=[a-z]{{4,30}},[ ]"
    r"(?:wird|wurde|ist|war|geht|funktioniert|klappt|stimmt|passt|will|is|was|does|doesn't|isn't|gets)\b))"
)
_ALSO = words(rf"(?P<between>)[^.!?\n]{{1,80}}?,[ ](?:also|und zwar|n(?:a|ae)mlich|namely|that is)[ ]{{1,2}}{_AT}")
_ASKED = words(rf"(?P<between>)[ \t]{{0,2}}\?\s{{1,3}}{_AT}")

_LATER = (
    r"\b(?:ist|isch|iss|laut|heis|is\b|was\b|war|sind|are\b|wird|bleibt|sei\b|schreibt|will|would|used|zeigt"
    r"|say|read)|'s",
    r"[:=>?]|--",  # a question mark stands for any sign that is not ASCII
    r"\b(?:auf|to)\b",
    r"\blauten?t?\b",
    r"\n\s*[0-9]",
    r"\b(?:es|sie|it|ich|i|wir|we)\b",
    r"\b(?:m(?:u|ue)sste|soll|d(?:u|ue)rfte|k(?:o|oe)nnte|should|must|might|could|auf|zu|in|to|mit|als|hab|hatten|nehm"
    r"|ich|nutz|verwend|i|benutz|with|as|by|nimm|use|h(?:a|ae)tte|m(?:o|oe)chte)",
    r"[?,]",
    r"[\s(][0-9]{4}|[0-9][A-Z]|[A-Z][0-9]",
)
GATES = Vocabularies(*_LATER)
_IS_SAID, _SIGN_SAID, _TO, _LAUTET, _NEW_LINE, _PERSON, _SETS, _BREAKS, _FOUR_DIGITS = range(len(_LATER))
_VERB_LAST = words(
    r"(?P<between>(?:[ ](?:f(?:u|ue)rs?|for|von|vom|of|zum|zur|beim?|im|am|de[rs]"
    r"|meine[rsm])(?:[ ][A-Za-z][\w\-]{1,24}){1,3}?)?)"
    r"[ ](?P<at>(?=[0-9]{4,8}[ ](?:ist|lautet|war|sei)[ ]?(?:[.,;!?)\n]|\Z)))"
)
LINKS = (
    ("is", _IS_SAID, _VERB_LAST),
    ("is", _IS_SAID, _COPULA),
    ("colon", _SIGN_SAID, _COLON),
    ("set", _TO, _SET_TO),
    ("far", _LAUTET, _FAR),
    ("far", _NEW_LINE, _OWN_LINE),
    ("far", _PERSON, _WAS),
    ("set", _SETS, _SET),
    ("guessed", _SETS, _GUESSED),
    ("set", _SETS, _CHANGED),
    ("told", _BREAKS, _BETWEEN_COMMAS),
    ("listed", _BREAKS, _ALSO),
    ("set", _BREAKS, _APPOSED),
    ("asked", _BREAKS, _ASKED),
    ("bare", None, BARE),
    ("for", _FOUR_DIGITS, _FOR),
    ("for", _FOUR_DIGITS, _INSIDE),
)
"""Name, number of the vocabulary in `GATES` that the text after the keyword needs (None: none), and pattern of each
way, tried in this order right after the keyword: "Passwort [fuer das Portal] ist X", "Passwort: X", "Passwort auf X
geaendert", "Passwort? X", "Passwort X". Group `between` holds the words that must not turn it into something else,
group `at` stands (empty) where the value begins."""
ANSWER_BELOW = words(r"[^\n]{0,120}\n[ \t]{0,8}(?:antwort|answer|a)[ \t]?[:=][ \t]{0,4}(?P<at>(?=\S))")
"""Below a question, the line that answers it."""

_OWNER = (
    r"(?:(?:auch|jetzt|nun|also|now|das|die|der|mein|meine|meiner|meinem|unser|unsere|dein|deine|ihr|ihre|the|my|our"
    r"|your|neue|neues|new|aktuelle|aktuelles|current|ein|eine|a|an|sicheres|gutes|good|safe|strong"
    r"|secure)\s{1,2}){0,4}"
)
BEFORE = words(
    r"(?<![^\s\"'(\[>*`:,])(?P<value>[^\s\"'()<>\[\]]{3,64})[\"')\]*`,]{0,3}\s{1,3}"
    rf"(?:(?P<is>that's|it's|ist|is|war|was|lautet|=|(?:(?:nimmt|akzeptiert|mag)\s(?:er|sie|es)\s)?als|as|waere|ware)"
    rf"|(?=eine?\b|an?\b))\s{{0,3}}{_OWNER}"
)
"""What names a value after it: "X ist mein [Passwort]", "X als [Passwort]", "ist X ein sicheres [Passwort]?"."""
ASKED_LATER = words(
    r"\b(?:ist|war|w(?:a|ae)re|is|was)\s{1,2}(?P<at>(?=\S))[^\s\"'()<>\[\],]{3,64}(?<![.?!:])\s{1,2}"
    r"(?:(?:noch|wirklich|jetzt|immer|still)\s{1,2}){0,2}(?:das|mein|the|my)\s{1,2}"
    r"(?:(?:richtige|korrekte|aktuelle|neue|right|correct|current|new)s?\s{1,2})?\Z"
)
"""What names a value in a question: "ist X das richtige [Passwort]?"."""
NAMED_LATER = words(
    r"\b(?:es|das|dies|it|that)(?: ist| lautet| war|'s| is| was)\s{1,2}(?P<at>(?=\S))[^\s\"'()<>\[\],]{3,64},\s{1,2}"
    r"(?:also |so |ja |i mean )?(?:das|die|mein|meine|the|my)\s{1,2}\Z"
)
"""What names a value in apposition: "es ist X, das [Passwort] meine ich"."""
QUOTED_BEFORE = words(
    r"\b(?:ist|is|lautet|war|was|w(?:a|ae)re)\s{1,2}[\"'`](?P<value>[^\s\"'`]{3,64})[\"'`]\s{1,2}"
    r"(?:unser|mein|dein|ihr|das|our|my|your|the)\s{1,2}\Z"
)
"""A value in quotation marks before its name: "hier ist 'X' unser [Passwort]"."""
BEFORE_WORD = Finder(r"ist|is|war|was|lautet|=|as|als|waere|ware|eine?|an?|'s")
"""Without one of these there is no `BEFORE`."""
CODE_FIRST = words(
    r"(?:(?<=\n)|(?<!.))[\"'`]?(?P<top>(?:[A-Z]-)?(?:[0-9]{3}[ \-]{1,2}[0-9]{3}|[0-9]{4,8}))[\"'`]?[ ]?[.:|\-][ ]"
    r"(?:your|my|ihre?|deine?|meine?)\b|"
    r"(?<![A-Za-z0-9])(?P<value>(?:[A-Z]-)?(?:[0-9]{3}[ \-]{1,2}[0-9]{3}|[0-9]{4,8}))[\"'`]?(?:[ ]|[ ]?[,\-][ ])"
    r"(?:(?:das |dies |that )?(?:is|ist|lautet|war)[ ](?:your|my|the|ihr|ihre|dein|deine|mein|meine|der|die)\b|\()"
)
"""A code before its name: "482913 is your verification [code]", "482913 ([Code])"."""
LATER = words(
    r"\b(?:das|die|der|the|mein|meine|my|es|it|ein)?[ ]?(?:neu(?:e[sr]?)?|alt(?:e[sr]?)?"
    r"|jetzige[sr]?"
    r"|aktuelle[sr]?|new|old|current|jetzt|now|sondern|stattdessen|instead)(?: one)?"
    r"[ ]?(?:[:=]|ist|lautet:?|war|heiss?t|is|was)\s{1,3}[\"'`]?"
)
"""A later clause about the same credential: "..., das neue ist X"."""
EARLIER = words(
    r"\b(?:das|die|der|the)?[ ]?(?:alte[sr]?|old|vorige|bisherige|previous)(?: one)?[ ]?(?:[:=]|ist|lautete?|war|was"
    r"|is)\s{1,3}[\"'`]?(?P<at>(?=\S))"
)
"""An earlier clause about the same credential: "das alte war X, das neue ..."."""
NOW = words(
    r",[ ](?:aktuell|derzeit|momentan|zurzeit|jetzt|nun|bisher|ab heute|seit heute|bei mir|bei uns|meine?r? ist"
    r"|currently|now)"
    r"(?:[ ](?:ist es|it's|it is|is))?[ ]{1,2}(?=[^\s,;]{0,40}[0-9])"
)
"""A later clause about the same credential without a verb: "..., aktuell X"."""
USED_AS = words(
    r"\b(?:(?:be)?nutze?|verwende|nehme|nimm|hab(?:e|en)?|gebe?|gib|gab|tippe?|schreibe?|use|using|typed?|typing"
    r"|entering|enter(?:ed)?)[ ]"
    r"(?:[a-z]{2,12}\s){0,3}?[\"'`]?(?P<value>[^\s\"'(),;]{4,40})[\"'`]?[ ]"
    r"(?:(?P<as>als|as|bei|for)[ ](?:(?:mein|das|dieses|the|my)[ ])?|ein\b[^.!?\n]{0,40}?\b(?:das|mein)[ ])\Z"
)
"""A value that somebody uses or types: "ich benutze X als [Passwort]", "ich gebe X ein, aber das [Passwort] ..."."""
LATER_WORD = r"neu|alt|jetzt|jetzige|aktuelle|new|old|current|now|sondern|stattdessen|instead"
"""Without one of these there is no `LATER`."""
USER_BEFORE = words(
    r"(?:benutzer(?:name|kennung)?|user(?:name| ?id)?|login(?:name)?|nutzer(?:name)?|name|kennung|mail|account|id)"
    r"[ \t]{0,2}(?:/|\+|&|,|und|and|or|oder)[ \t]{0,2}(?:mein |das |my |the )?\Z"
)
"""Before the keyword: a user name is announced together with it, and will be given first."""
OWNED = words(
    r"\b(?:mein|meine|meines|meinem|unser|unsere|unserem|my|our|(?P<net>wlan|wlan-|wifi|wi-fi|wifi-)"
    r"|bank|das|das neue|neues"
    r"|(?P<by>mit(?: dem(?: neuen)?)?|with(?: the)?)|(?P<as>als|bei|unter)|try|use)(?:[ \-]|[ ]?[\"'`])?\Z"
)
"""Before the keyword: whose it is, so that a bare capitalised word after it is the value."""
USER_GIVEN = words(
    rf"\b(?:{USER_NAMES}|bn|e?-?mail)"
    r"[ \t]{0,2}(?:[:=]|ist\b|is\b|lautet\b)?[ \t]{0,2}"
    r"(?!(?:und|and|oder|or|mit|with|name|id|ist|is|das|dem|the|ein|dein|mein|your|ohne|without|plus|per|page|screen"
    r"|braucht|hat|vergisst|needs|has|sowie|data|daten|weder|nor|as|well)\b)"
    r"[^\s,;:/|]{2,64}[ \t]{0,2}[,;/|\n&+]?[ \t]{0,2}"
    r"(?:(?:und|and|mit|with)[ ])?(?:(?:mein|das|dem|the|my)[ ])?\Z"
)
"""Before the keyword: a user name was given, so that a plain word after it is the value."""
QUOTED = words(r"(?:\A|\n)[ \t]{0,2}>[^\n?]{0,60}\Z")
QUOTED_ANSWER = words(r"[^\n?.!]{0,30}\?[ \t]{0,2}\n\s{0,2}(?P<at>[^\s>.,;:!?]{3,40})[ .!]{0,2}(?:\n|\Z)")
"""A question in a quoted message, and a single word as the answer under it."""

FROM_TO = words(
    r"[^.!?,;:\n]{0,24}?\b(?:von|from)\s(?P<old>[^\s,;]{4,40})\s(?:auf|zu|in|to|into)\s"
    r"(?P<new>[^\s,;]{4,40}?)(?=[.,;!?]?(?:\s|\Z))"
)
"""Both values of a change: "von 1111 auf 4087"."""
WAS_NOW = words(
    r"[^.!?\n0-9]{0,40}?\b(?:was|war|bisher|alt"
    r"|old)[ ](?P<old>[0-9]{4,8}),?[ ](?:now|jetzt|neu|new)(?:[ ](?:ist|is))?[ :]{1,2}"
    r"(?P<new>[0-9]{4,8})(?![0-9A-Za-z])"
)
"""The same of a code without a verb: "was 2210, now 2914"."""
USED_WORD = Finder(
    r"\b(?:(?:be)?nutz|verwend|nehme|nimm|hab|gebe?\b|gib\b|gab\b|tippe?\b|schreibe?\b|us(?:e|ing)\b|typ|enter)"
)
"""Without one of these there is no `USED_AS`."""
INSTEAD_WORD = r"\b(?:nicht|not|kein|statt|instead of)\b"
"""Without one of these there is no `INSTEAD`."""
INSTEAD = words(
    r"\b(?:nicht|not|kein|statt|instead of)(?: mehr| der| die| das)?\s{1,2}(?P<old>[^\s,;]{3,40}),?\s{1,2}"
    r"(?:sondern|but|rather)\s{1,2}(?:jetzt |nun |now |auf |to )?(?P<new>[^\s,;]{3,40}?)(?=[.,;!?]?(?:\s|\Z))"
)
"""Two values of which one holds: "nicht 1111 sondern 4087"."""
_RIGHT = (
    r"(?:still|noch|immer|wirklich|really|the|right|correct|richtige?[rn]?|aktuelle?|current|meine?r?|my|die|das|der"
    r"|neue?|alte?|new|old|your|ihre?|deine?)"
)
_LINK = (
    r"(?:(?:das|dies|this|that) (?:ist|is)|that's"
    rf"|(?:hab|habe|nehme|nutze) ich als|i (?:use|set) as|"
    r"(?:bekommen|erhalten|gekriegt|got|received),? (?:ist|war|is|was) (?:das|dies|es|that|this|it)"
    r"|(?:should|must|might|could) be|m(?:u|ue)sste|sollte|d(?:u|ue)rfte"
    rf"|als|as|ist|is|war|was|{_RIGHT})"
)
_DIGITS = r"(?P<value>[0-9](?:[ .\-]?[0-9]){3,7})(?![0-9])"
CODE_BEFORE = words(
    rf"(?<![A-Za-z0-9.,:/\-])(?<![0-9][ .]){_DIGITS}(?:[ ](?:eintippen|eingeben|tippen|dr(?:u|ue)cken))?"
    rf"(?:[ ]?[,(]|[ ]-)?[ ]{{0,2}}{_LINK}[ ](?:{_RIGHT}[ ]){{0,3}}"
    r"(?:[A-Za-z]{2,12}-)?\Z"
)
"""A PIN or TAN before its name: "9843 still the right [PIN]", "It's 3391, my [pin]", "7714 als [PIN]"."""
GLUED = words(
    r"(?<![A-Za-z])(?:meine|mein|die|my|der|das)?(?:pin|tan|puk|mtan|otp|geheimzahl|zugangscode"
    r"|pincode)(?:ist|is|lautet|war)?"
    r"(?P<code>[0-9]{4,8})(?![0-9A-Za-z])"
    r"|(?:passwort|password|kennwort)(?:lautet|ist|is)(?P<password>[A-Z0-9][^\s,;]{4,40})"
)
"""Written without a blank: "PIN4711", "meinepinist8841"."""
GLUED_WORD = (
    r"(?:pin|tan|puk|otp|zahl|code)(?:ist|is|lautet|war)?[0-9]{4}|(?:passwort|password"
    r"|kennwort)(?:lautet|ist|is)[a-z0-9]"
)
"""Without one of these there is no `GLUED`."""
ANYWHERE = Vocabularies(GLUED_WORD, INSTEAD_WORD, LATER_WORD)
HAS_GLUED, HAS_INSTEAD, HAS_LATER = range(3)
"""What a text may hold that has any of these words, by their number in `ANYWHERE`."""
IN_SOURCE = re.compile(r"[=(\[]\s?[\"']\w{0,12}\Z")
SOURCE_AFTER = re.compile(r"\w{0,12}[\"']\s?(?:[)\],>]|/>|[a-z\-]{1,20}=|\Z)")
"""Around the keyword in source text: name="password", getParameter("password")."""
_DATED_OR_USER = words(
    r"\b(?:changed|updated|created|valid|expires?|ge(?:a|ae)ndert|g(?:u|ue)ltig|l(?:a"
    r"|ae)uft ab) (?:on|at|until|am|bis)\Z"
    r"|\((?:user|benutzer|nutzer|login)\Z"
    r"|\b(?:strength|situation|status|st(?:a|ae)rke|stand|thema|issue|problem|rules?|regeln?)\Z"
)
"""Before a colon: a date or a user name follows ("Passwort zuletzt geaendert am: 9. Juli")."""
PLACE = words(
    r"(?:datei|feld|men(?:u|ue)|reiter|seite|abschnitt|ordner|button|schaltfl(?:a|ae)che|option|parameter"
    r"|spalte|tabelle"
    r"|variable|kapitel|punkt|bereich|link|eintrag|rubrik|titel|betreff|file|field|menu|folder|section|tab|page"
    r"|box|column"
    r"|table|constant)[ ][\"'`*]{1,2}\Z"
)
"""Before a quotation: what is quoted is the name of a place."""
_WHERE = words(r"\b(?:in|zu|mit)\s(?:der|dem|den|einer|einem|unserer|unserem|the)\s{1,3}\Z")
"""Before a noun: a place or a thing ("in der Filiale")."""
_BUTTON = re.compile(r"[a-z](?:en|ed|et)[\"'`]")
"""A keyword quoted with a verb is the name of a button: "Kennwort zuruecksetzen" ist grau."""
_CONJUNCTION = words(
    r"\b(?:till|until|bis|weil|because|denn|obwohl|although|damit|falls)\b"
    r"|\b(?:and|und|but|aber|so)[ ](?:[a-z]{3,5}[ ])?(?:he|she|they|we|er|wir|ich|i|you)\b"
)
_POINTS = words(r"\b(?:it|that|this|es|das)\Z")
_NUMBER = re.compile(r"[0-9\-]+(?![0-9A-Z])")
_COUNTS = words(r"\b(?:ab|seit|bis|nr|nummer|no|number|von|um|am|since|until|at|version|jahr|year|nach|vor)\Z")


def misled(text: str, link: str, match: re.Match[str]) -> bool:
    """Whether the words between keyword and value make the match of `link` one of something else: "the user's
    password" is a possessive, and in "PIN zum Auftrag 4711" the number has another name."""
    if link == "colon":
        return bool(_DATED_OR_USER.search(match["between"]))
    if link == "set":
        link_words = text[match.end("between") : match.start("at")]
        return bool(PLACE.search(link_words) or _WHERE.search(link_words))
    if link == "is":
        if _CONJUNCTION.search(match["between"]) or _BUTTON.search(match["between"]):
            return True
        return text.startswith("'s", match.end("between")) and not _POINTS.search(match["between"])
    if link != "for":
        return False
    label = LABEL.search(match["between"]) if _NUMBER.match(text, match.start("at")) else None
    return bool(_COUNTS.search(match["between"])) or (label is not None and label.name != "CARD")

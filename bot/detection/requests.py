"""Requests for a secret, as an advisor must never make them (landscape N9, R34): "Wie lautet Ihre IBAN?"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.credential_words import CODE, PASSWORD
from bot.detection.finder import Finder, words
from bot.detection.kinds import Kind
from bot.detection.triggers import Trigger
from bot.detection.words import CUSTOMER_WORD

_NOUN = Finder(
    rf"(?P<IBAN>\biban\b)|(?P<CUSTOMER_NUMBER>{CUSTOMER_WORD})"
    r"|(?P<CARD>(?:(?:kredit|debit|bank|giro|ec)[ \-]?)?karten-?(?:nummer|daten|nr)\b|kreditkarte\b"
    r"|card (?:number|details)\b)"
    rf"|(?P<CREDENTIAL>(?:\b[a-z\-]{{1,20}}-)?(?:{PASSWORD}|{CODE}|zugangsdaten|login-?daten|anmeldedaten"
    rf"|credentials\b))"
    r"|(?P<ACCOUNT>konto-?(?:nummer|nr|daten|verbindung)\b|bank(?:verbindung|daten)\b|account (?:number|details)\b"
    r"|bank (?:details|account)\b)"
)
# The possessive or article right before the noun, with at most three words between.
_YOURS = words(
    r"\b(?:ihre?[nmrs]?|deine?[nmrs]?|eure?[nmrs]?|your|welche[nrs]?|(?P<article>die|das|den|der|the|eine?n?|an?))\s"
    r"(?:\w{1,20}+(?:-++\w{1,20}+){0,2}-?[ ]){0,3}(?:\w{1,20}+-++){0,3}\w{0,20}\Z"
)
_QUESTION = Finder(
    r"\b(?:wie|was|welche[nrs]?)\b.{0,12}\b(?:lautet|lauten|ist|war|heiss?t|sind|waere|ware)\b|\bwhat(?:'s| is"
    r"| was| are)\b|\bwelche[nrs]?\b"
)
_VERB_FIRST = words(
    r"\A\W*(?:(?:und|dann|also|bitte|ok|okay|gut|danke|nun|jetzt|hallo|guten tag|and|so|please|then|hi|hello"
    r"|frau|herr)\b[\s,]{1,3}(?:[A-Z][a-z]+,\s)?){0,3}"
    r"(?:(?:konnten|koennten|konnen|koennen|wurden|wuerden|wollen|mochten|moechten|haben|hatten|haetten"
    r"|teilen|nennen|mogen|moegen) (?:sie|wir)"
    r"|(?:konntest|koenntest|kannst|wurdest|wuerdest|hast|hattest|magst) du|(?:darf|durfte|duerfte|kann"
    r"|konnte|koennte|konnten|koennten) (?:ich|wir)"
    r"|(?:may|can|could|would|might|will|do|did) (?:i|we|you))\b"
)
_GIVE = Finder(
    r"\b(?:nennen|schicken|senden|geben|verraten|sagen|schreiben|posten|tippen|ubermitteln|uebermitteln"
    r"|bestatigen|bestaetigen"
    r"|buchstabieren|diktieren|teilen|mailen|texten|hinterlassen|machen) sie\b"
    r"|\b(?:nenn|schick|send|gib|sag|schreib|post|verrat|teil|tipp|bestatig|bestaetig)e? (?:mir|uns"
    r"|bitte|doch|mal|deine?|kurz)"
    r"|\b(?:send|give|tell|share|provide|type|enter|post|write|confirm|text|message|drop|supply|state|spell"
    r"|let me (?:know|have))\b"
    r"|\b(?:ich|wir) (?:brauchen?|benotigen?|benoetigen?|brauchte|braeuchten?|brauchten|hatten?|haetten?|muss"
    r"|mussen|muessen)\b"
    r"|\b(?:i|we)(?:'d like| need| require| want| would (?:like|need)|'ll need| will need| just need)\b"
    r"|\bbitte\b|\bplease\b"
)
_ENDS_ASKING = words(r"\?\Z|\b(?:bitte|please)\b")
_EXPLAINS = Finder(
    r"\b(?:nie|niemals|nicht|kein|keine|keinen|keinesfalls|keinerlei|never|don't|dont|not|won't|cannot|andern|aendern"
    r"|zurucksetzen|zuruecksetzen|reset|change|wo finde|where|vergessen|forgot|forgotten|aufbewahren|schutzen"
    r"|schuetzen|protect"
    r"|geheim halten|fur sich|fuer sich|per post|by post|auf der rechnung|finden sie|you find|you can find"
    r"|steht auf|stehen auf"
    r"|im portal|im kundencenter|in der app|am gerat|am geraet|am automaten|auf unserer|auf der (?:seite"
    r"|webseite|website)"
    r"|im browser|on (?:our|the) (?:website|page|portal)|in the (?:app|portal)|(?:erhalten|bekommen) sie"
    r"|(?:you|will) receive"
    r"|gesperrt|sperren|block"
    r"|anlegen|einrichten|set up|wahlen sie|waehlen sie|choose)\b"
)
_BEFORE, _AFTER = 160, 100
_STOPS = re.compile(r"[.!?\n]")
_CUE = Finder(
    r"\?|bitte|please|\b(?:wie|was|welche|what|nenn|schick|send|geb|gib|sag|schreib|post|tipp|teil|verrat"
    r"|text|mail|brauch"
    r"|benot|benoet|need|tell|give|shar|provid|confirm|typ|enter|writ|messag|drop|suppl|stat|spell|let me"
    r"|ubermit|uebermit"
    r"|bestat|bestaet|buchstab|diktier|hinterlass|mach|hatte|haette|muss|mussen|muessen|konn|koenn|kann|wurd"
    r"|wuerd|woll|mocht"
    r"|moecht|hab|hast|darf|durf|duerf|may|can|could|would|might|will|do|did|mag|i'd|we'd|require|want)"
)
"""A word without which nothing is a request."""
TRIGGER = Trigger(
    r"iban|p[a-z]{0,4}w[a-z]{0,4}[rdt]|p[a-z]{3,6}or[dt]|k[a-z]{1,4}wor|kennw|pin\b|tan\b|code|konto"
    r"|bankverb|bankdat|kart|card"
    r"|account|bank d|bank a|kund|vertrag|customer|contract|zugangs|login|anmelde|credential|client|number"
    r"|nummer|\bpw\b"
    r"|phrase|geheim|schl|otp",
    also=(_CUE, _NOUN),
)
"""Where it does not match, `asked` finds nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in folded text at `start:end` (from its sentence's beginning to its end)."""

    wants: Kind
    start: int
    end: int
    evidence: tuple[str, ...]


def asked(text: str) -> Iterator[Asked]:
    """Each sentence of folded `text` that asks for a secret; explanations that one must not send any are none."""
    done = 0
    for noun in _NOUN.finditer(text):
        if noun.start < done or not noun.name:
            continue
        low = max(done, noun.start - _BEFORE)
        begin = low
        for stop in _STOPS.finditer(text, low, noun.start):
            begin = stop.end()
        stop_after = _STOPS.search(text, noun.end, noun.end + _AFTER)
        end = stop_after.end() if stop_after else min(len(text), noun.end + _AFTER)
        lead, sentence = text[begin : noun.start], text[begin:end]
        yours = _YOURS.search(lead)
        if yours is None or _EXPLAINS.found(sentence):
            continue
        evidence = _evidence(lead, sentence, bool(yours["article"]))
        if evidence:
            yield Asked(Kind(noun.name), begin, end, (evidence,))
            done = end


def _evidence(lead: str, sentence: str, article: bool) -> str:
    if _QUESTION.found(lead):
        return "question"
    if _VERB_FIRST.search(lead) and (not article or sentence.endswith("?")):
        return "question"
    if _GIVE.found(lead) and not (article and not _ENDS_ASKING.search(sentence)):
        return "demand"
    if not article and _ENDS_ASKING.search(sentence):
        return "question" if sentence.endswith("?") else "demand"
    return ""

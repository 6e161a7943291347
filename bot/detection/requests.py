"""Requests for a secret, as an advisor must never make them (landscape N9, R34): "Wie lautet Ihre IBAN?"."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.credential_words import CODE, PASSWORD
from bot.detection.kinds import Kind
from bot.detection.words import CUSTOMER_WORD, words

_SECRETS = (
    rf"(?:(?P<IBAN>\biban\b(?:[ \-]?(?:nummer|nr|number))?)|(?P<CREDENTIAL>\b[a-z\-]{{0,20}}?(?:{PASSWORD}|{CODE}|zugangsdaten|login-?daten|anmeldedaten|credentials))"
    rf"|(?P<CUSTOMER_NUMBER>{CUSTOMER_WORD})|(?P<CARD>(?:kredit|debit|bank|ec)[ \-]?karten?(?:-?nummer|-?daten|-?nr)?|card (?:number|details)|kartennummer)"
    rf"|(?P<ACCOUNT>\b(?:konto[ \-]?(?:nummer|nr|daten|verbindung)|bank(?:verbindung|daten)|account (?:number|details)|bank details|bank account)))"
)
_YOUR = r"(?:ihre?[nmrs]?|deine?[nmrs]?|eure?[nmrs]?|die|das|den|der|your|the|me your|uns ihre?[nm]?)"
_GIVE_DE = (
    r"(?:nennen|schicken|senden|geben|mitteilen|verraten|sagen|schreiben|posten|tippen|eintippen|eingeben|durchgeben"
    r"|angeben|ubermitteln|uebermitteln|bestatigen|bestaetigen|buchstabieren|diktieren|hinterlassen|teilen|nenne|schick|sende"
    r"|gib|sag|schreib|poste|verrate|nenn|schicke|schreibe|sage|teile|gebe|mailen|texten|eintragen|reinschreiben)"
)
_GIVE_EN = r"(?:send|give|tell|share|provide|type|enter|post|write|confirm|text|message|drop|let me know|let me have|supply|state|read out|spell)"
_ASKS = words(
    rf"(?:\b(?:wie|was|welche)\b[ ](?:lautet|ist|war|heisst|sind|lauten|waere|ware)[ ](?:denn |bitte |noch |nochmal |mal |eigentlich )?{_YOUR}"
    rf"|\bwelche[nrs]?\b(?= )|\bwhat(?:'s| is| was|s| are)[ ](?:your|the)|\b(?:may|can|could|would|might|will) (?:i|we|you)[^.!?\n]{{0,60}}?(?:your|the)"
    rf"|\b(?:konnten|koennten|konnen|koennen|konntest|koenntest|kannst|wurden|wuerden|wurdest|mochten|moechten|durfte|duerfte|darf|kann|konnte|koennte|mogen|wollen)\b"
    rf"[^.!?\n]{{0,60}}?{_YOUR}|\b{_GIVE_DE}\b[^.!?\n]{{0,50}}?{_YOUR}|\b{_GIVE_EN}\b[^.!?\n]{{0,40}}?\byour"
    rf"|\b(?:ich|wir) (?:brauche|brauchen|benotige|benoetige|benotigen|benoetigen|brauchte|braeuchte|hatte|haette|haetten|hatten|bitte)[^.!?\n]{{0,50}}?{_YOUR}"
    rf"|\b(?:i|we)(?:'d| would| will|'ll)? (?:need|require|like|want)[^.!?\n]{{0,30}}?your|\bhaben sie[^.!?\n]{{0,40}}?(?:ihre?[nm]?|die|eine)|\bhast du[^.!?\n]{{0,40}}?(?:deine?[nm]?|die)"
    rf"|\bdo you have[^.!?\n]{{0,30}}?your|\bteilen sie[^.!?\n]{{0,40}}?{_YOUR}|\b(?:bitte|please)\b[ ]{_YOUR}|\b(?:ihre?|deine?|your)\b(?=[ ][^.!?\n]{{0,40}}(?:\?|\bbitte\b|\bplease\b)))"
    rf"[ ](?:\w{{2,20}}[ \-]){{0,3}}?{_SECRETS}(?P<rest>[^.!?\n]{{0,80}}[.!?]?)"
)
_EXPLAINS = words(
    r"\b(?:nie|niemals|nicht|kein|keine|keinen|keinesfalls|never|don't|dont|not|do not|won't|cannot|andern|aendern|andere|aendere"
    r"|zurucksetzen|zuruecksetzen|reset|change|wo finde|where|vergessen|forgot|sicher aufbewahren|schutzen|schuetzen"
    r"|geheim halten|fur sich|fuer sich|per post|by post|auf der rechnung|finden sie|you find|you can find|steht auf)\b"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in folded text at `start:end`."""

    wants: Kind
    start: int
    end: int
    evidence: tuple[str, ...]


TRIGGERS = (
    r"(?:ihre?n?|deine?n?|your|the|die|das|den|welche[nrs]?)\b.{0,60}"
    r"(?:iban|passw|kennw|pin\b|tan\b|code|konto|bankverb|bankdat|karte|card|account|bank d|kunden|vertrag|customer|contract"
    r"|zugangs|login|anmelde|credential|client|number|nummer|\bpw\b)",
)


def asked(text: str) -> Iterator[Asked]:
    """Each sentence of folded `text` that asks for a secret; explanations that one must not send any are none."""
    for match in _ASKS.finditer(text):
        begin = max(text.rfind(stop, 0, match.start()) for stop in ".!?\n") + 1
        sentence = text[max(begin, match.start() - 120) : match.end()]
        if _EXPLAINS.search(sentence):
            continue
        wants = next(kind for kind in _ORDER if match[kind] is not None)
        yield Asked(Kind(wants), match.start(), match.end(), ("question" if "?" in match["rest"] else "demand",))


_ORDER = ("IBAN", "CREDENTIAL", "CUSTOMER_NUMBER", "CARD", "ACCOUNT")

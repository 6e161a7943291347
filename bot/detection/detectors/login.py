"""User and password pairs without the word password: "Zugangsdaten: max / Sommer24"."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.credential_value import random_looking, read_password
from bot.detection.credential_words import KEYWORD, NEGATED
from bot.detection.detector import Candidate, Detector
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.words import Finder, words

_HEAD = Finder(
    r"\b(?:zugangs-?daten|anmelde-?daten|login-?daten|log-?in|credentials|creds|(?:portal|online|kundencenter-?)?zugang"
    r"|kundencenter|kundenportal|einloggdaten|benutzer(?:name|konto)?|user(?:name| ?id)?|nutzername|anmeldung|sign-?in"
    r"|loggen? (?:mich|dich|sie sich)(?: dort| da| immer| jetzt)?|einloggen|angemeldet|log in)\b"
)
_USER = r"(?P<user>[^\s,;|:]{2,64}?)"
_AFTER = (
    words(
        r"(?P<between>[^:=\n.!?]{0,40}?)(?:[ \t]{0,2}[:=]|[ \t]{1,2}(?:ist|is|sind|are|lauten?t?|mit|with|als|as)\b)"
        rf"\s{{0,3}}{_USER}(?:[ \t]{{0,2}}[/|,;:]|[ \t]{{1,2}}-|[ \t]{{1,2}}(?:und|and|mit|with)|\s)\s{{0,3}}[\"']?"
        r"(?P<at>(?=\S))"
    ),
    words(rf"(?P<between>)[ ]{{1,2}}{_USER}[ ]?[/|:][ ]?(?P<at>(?=\S))"),
)
_BEFORE = words(
    r"(?<![^\s\"'(:])[^\s/|:]{2,64}[ ]?[/|][ ]?(?P<value>[^\s/|]{4,64})[ ](?:ist|sind|is|are)[ ](?:mein|meine|my|der"
    r"|die|the)[ ](?:login|zugang|zugangsdaten|anmeldedaten|login-?daten|credentials)\b"
)
_EVIDENCE = ("prior", "keyword-near", "looks-random")


@dataclass(frozen=True, slots=True)
class LoginDetector:
    """See the module. Only a value that mixes letters with digits or signs counts: names follow these words too."""

    name: str = "login"
    triggers: tuple[str, ...] = (
        r"zugang|anmelde|anmeldung|log-?in|credential|creds\b|benutzer|user|nutzer|einlogg|logge|sign-?in|angemeldet"
        r"|kundencenter|kundenportal",
    )

    def find(self, text: str) -> Iterator[Candidate]:
        """The second half of each pair after, or before, a word for access."""
        for head in _HEAD.finditer(text):
            for pattern in _AFTER:
                match = pattern.match(text, head.end, head.end + 260)
                if match is None or KEYWORD.found(match["user"]) or NEGATED.search(match["between"]):
                    continue
                value = read_password(text, match.start("at"), "pair")
                if value is None or KEYWORD.found(text[value.start : value.end + 12]):
                    continue
                shown = text[value.start : value.end]
                if random_looking(shown) and not shown.isdigit() and "@" not in shown:
                    yield Candidate(Kind.CREDENTIAL, value.start, value.end, _EVIDENCE, self.name)
                    break
        for match in _BEFORE.finditer(text) if "/" in text or "|" in text else ():
            if random_looking(match["value"]):
                yield Candidate(Kind.CREDENTIAL, *match.span("value"), _EVIDENCE, self.name)


def build(formats: NumberFormats) -> Detector:
    """The detector; it needs nothing of the profile."""
    return LoginDetector()

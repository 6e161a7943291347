"""What people write: harmless sentences, and secrets in the forms in which people disclose them.

Every secret has one of two cores in it, so that a search for two words finds all of them. Each text is checked
against the detection before it is used: what is tested here is what becomes of a finding, not the detection.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from bot.detection import SECRETS, AuthorWindow, Scanner
from bot.profile import load_profile

IBAN_CORE = "3704004405320"
WORD_CORE = "Quellwolke"
CORES = (IBAN_CORE, WORD_CORE)
PROFILE = Path(__file__).resolve().parents[2] / "profiles" / "stadtwerke.yaml"

CLEAN = (
    "Guten Tag zusammen, schön dass es klappt.", "Ich habe eine Frage zu meiner Abrechnung.", "Das verstehe ich.",
    "Können Sie mir den Tarif noch einmal erklären?", "Der Zähler hängt bei uns im Keller.", "Bis wann gilt das denn?",
    "Mir ist der Abschlag zu hoch geworden.", "Vielen Dank für die Auskunft heute.", "Einen Moment bitte noch.",
)  # fmt: skip


@dataclass(frozen=True)
class Text:
    """One message as it is sent. `secret`: it discloses one, alone or with the message before it."""

    text: str
    html: str | None = None
    secret: bool = False


class Writer:
    """Makes texts from a source of chance."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._scanner = Scanner(load_profile(PROFILE).number_formats())
        for text in CLEAN:
            assert not self._found([Text(text)])[0], text

    def clean(self) -> Text:
        """A harmless sentence."""
        return Text(self._rng.choice(CLEAN))

    def secret(self) -> Text:
        """A secret in one message: plain, in other words, or in the rich text only."""
        iban, word = self._iban(), self._word()
        made = self._rng.choice((
            Text(f"Meine IBAN ist {iban}", secret=True),
            Text(f"Bitte buchen Sie von {iban.replace(' ', '')} ab.", secret=True),
            Text(f"Mein Passwort ist {word}", secret=True),
            Text(f"Das Kennwort für das Kundenportal lautet: {word}", secret=True),
            Text("Siehe unten bitte.", f"<p>Die IBAN: <b>{iban[:9]}</b>{iban[9:].replace(' ', '&nbsp;')}</p>", True),
            Text(f"Mein Passwort ist {word}", f"<div>Mein <i>Passwort</i> ist {word}</div>", True),
        ))  # fmt: skip
        assert self._found([made]) == [True], made.text[:20]
        return made

    def split(self) -> list[Text]:
        """A secret in two messages that follow one another; which of them is told as a finding is the detection's."""
        iban = self._iban()
        parts = [f"Meine IBAN ist {iban[:14].strip()}", iban[14:].strip()]
        found = self._found([Text(part) for part in parts])
        assert found[1], parts[0][:12]
        return [Text(part, secret=told) for part, told in zip(parts, found, strict=True)]

    def _found(self, texts: list[Text]) -> list[bool]:
        window = AuthorWindow(self._scanner, seconds=300)
        told: set[str] = set()
        for n, text in enumerate(texts):
            heard = window.add("author", str(n), text.html or text.text, text.html is not None, float(n))
            told |= {str(n)} if any(f.kind in SECRETS for f in heard.scan.findings) else set()
            told |= {retro.message_id for retro in heard.retro}
        return [str(n) in told for n in range(len(texts))]

    def _iban(self) -> str:
        account = IBAN_CORE + f"{self._rng.randrange(10**5):05d}"
        check = 98 - int(account + "131400") % 97
        plain = f"DE{check:02d}{account}"
        return " ".join(plain[n : n + 4] for n in range(0, len(plain), 4))

    def _word(self) -> str:
        return f"{WORD_CORE}{self._rng.randrange(100, 999)}!"

"""`python -m cards.snapshots` writes cards/<kind>/snapshots/{de,en}.json anew; a test compares them."""

from __future__ import annotations

import json
from pathlib import Path

from bot.texts import LANGUAGES
from cards import KINDS, build
from cards.examples import EXAMPLES

FOLDER = Path(__file__).parent


def snapshot(kind: str, language: str) -> str:
    """The text of one snapshot file: every example of a kind in one language."""
    cards = {name: build(kind, data, language) for name, data in EXAMPLES[kind].items()}
    return json.dumps(cards, indent=1, ensure_ascii=False) + "\n"


def path(kind: str, language: str) -> Path:
    """Where it is kept."""
    return FOLDER / kind / "snapshots" / f"{language}.json"


def main() -> None:
    """Write all snapshots."""
    for kind in KINDS:
        for language in LANGUAGES:
            file = path(kind, language)
            file.parent.mkdir(exist_ok=True)
            file.write_text(snapshot(kind, language), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The tables: what must be unreadable after masking, and what must be left alone, each with its reason."""

import json
from pathlib import Path

import pytest

from tests.detection.reading import SCANNER, kinds, marked, readable, table

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "dev.jsonl"


@pytest.mark.parametrize(("reason", "row"), table("credentials") + table("numbers"))
def test_a_disclosed_secret_is_unreadable_after_masking(reason: str, row: str) -> None:
    """Each way people write or announce a secret is found, and found whole."""
    text, spans = marked(row)
    assert spans, f"the row marks no secret ({reason})"
    assert readable(text, spans) == [], reason


@pytest.mark.parametrize(("reason", "text"), table("leaves_alone"))
def test_harmless_text_is_left_alone(reason: str, text: str) -> None:
    """What is no secret raises no finding."""
    assert kinds(text) == [], reason


def test_the_development_corpus_stays_above_the_targets() -> None:
    """On the shared development corpus no harmless row raises a finding and under one row in fifty is missed."""
    if not CORPUS.exists():
        pytest.skip("../shared/corpus/dev.jsonl is not here")
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    single = [row for row in rows if "conversation" not in row]
    harmless = [row for row in single if row["kind"] == "negative"]
    alarms = [row["id"] for row in harmless if SCANNER.scan(row["text"], row["format"] == "html").findings]
    assert alarms == []
    missed = []
    for row in single:
        found = SCANNER.scan(row["text"], row["format"] == "html").findings
        missed += [row["id"] for s in row["spans"] if not any(f.start < s["end"] and s["start"] < f.end for f in found)]
    assert len(missed) * 50 <= len(single), missed

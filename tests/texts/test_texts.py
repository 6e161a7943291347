"""The texts: both languages complete and alike, plain, formal, and neither unused nor unknown."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts import LANGUAGES, keys, placeholders, text

ROOT = Path(__file__).resolve().parents[2]
EVERY = [(language, key) for language in LANGUAGES for key in sorted(keys("de"))]
LONGEST_SENTENCE = 20


def template(key: str, language: str) -> str:
    """A text with its placeholders as words."""
    return text(key, language, **{name: name for name in placeholders(key, language)})


def test_languages_have_the_same_keys() -> None:
    """Every text exists in every language."""
    assert keys("de") == keys("en")
    assert len(keys("de")) > 100


def test_no_key_is_written_twice() -> None:
    """No text silently replaces an earlier one of the same key."""
    for language in LANGUAGES:

        def pairs(found: list[tuple[str, Any]], language: str = language) -> dict[str, Any]:
            names = [name for name, _ in found]
            assert len(names) == len(set(names)), f"{language}: {sorted(n for n in names if names.count(n) > 1)}"
            return dict(found)

        raw = (ROOT / "bot" / "texts" / f"{language}.json").read_text(encoding="utf-8")
        assert json.loads(raw, object_pairs_hook=pairs)


def test_placeholders_are_plain_names_and_the_same() -> None:
    """A placeholder is a bare name (no attribute, index or format), the same set in both languages."""
    for key in keys("de"):
        assert placeholders(key, "de") == placeholders(key, "en"), key
        assert all(re.fullmatch(r"[a-z_]+", name) for name in placeholders(key)), key


def test_texts_are_plain() -> None:
    """No HTML, no address written into a text, no stray blank, no Markdown emphasis."""
    for language, key in EVERY:
        shown = template(key, language)
        assert shown == " ".join(shown.split(" ")).strip(), key
        assert not re.search(r"[<>*`\t\n]|  |https?:|www\.|&\w+;", shown), key
        assert shown.isprintable(), key


def test_sentences_are_short() -> None:
    """No sentence has more than twenty words (N20: plain language)."""
    for language, key in EVERY:
        for sentence in re.split(r"(?<=[.!?:])\s", template(key, language)):
            assert len(sentence.split()) <= LONGEST_SENTENCE, (key, sentence)


def test_german_is_formal() -> None:
    """Readers are addressed as Sie, never as du."""
    informal = re.compile(r"\b([Dd]u|[Dd]ich|[Dd]ir|[Dd]ein(e[rmns]?)?|[Ee]uch|[Ee]uer)\b")
    assert informal.search("Das ist deine Karte")
    assert [key for key in keys("de") if informal.search(template(key, "de"))] == []


def test_nobody_is_asked_for_a_secret() -> None:
    """No text asks for account or customer numbers, passwords or access data (R34, R35)."""
    asks = r"(geben sie|nennen sie|schreiben sie|enter|write|tell us|send us)\b[^.]*"
    secret = r"(kontonummer|kundennummer|passw|zugangsdaten|iban|account number|customer number|access data)"
    negated = r"\b(keine|nicht|niemals|not|never|no)\b"
    assert re.search(asks + secret, "bitte nennen sie uns ihre kundennummer")
    for language, key in EVERY:
        for sentence in re.split(r"(?<=[.!?])\s", template(key, language).lower()):
            assert not re.search(asks + secret, sentence) or re.search(negated, sentence), key


def test_unknown_language_key_and_values_are_refused() -> None:
    """A wrong call fails loudly instead of showing half a sentence."""
    with pytest.raises(ValueError, match="language"):
        text("welcome.title", "fr")
    with pytest.raises(KeyError):
        text("welcome.nothing", "de")
    with pytest.raises(TypeError, match="controller"):
        text("welcome.intro", "de")
    with pytest.raises(TypeError, match=r"welcome\.title"):
        text("welcome.title", "de", surplus="x")


@given(st.text(max_size=60))
def test_values_are_never_read_as_a_template(value: str) -> None:
    """Whatever a value holds, braces included, it stands in the text as it is."""
    assert text("welcome.links.version", "de", version=value) == f"Stand der Hinweise: {value}"


def sources() -> Iterator[Path]:
    """Every Python file that may use a text."""
    for room in ("bot", "cards", "manifest"):
        yield from (ROOT / room).rglob("*.py")


def patterns_used() -> Iterator[str]:
    """A pattern for each text key that a template or a Python file names."""
    for file in (ROOT / "cards").glob("*/template.json"):
        for key in re.findall(r"\$\{@([a-zA-Z_.]+)\}", file.read_text(encoding="utf-8")):
            yield re.escape(key)
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value)
                yield re.escape(f"advisor_status.{node.value}")
            elif isinstance(node, ast.JoinedStr):
                parts = [re.escape(p.value) if isinstance(p, ast.Constant) else "[A-Za-z_]*" for p in node.values]
                if "." in "".join(p.value for p in node.values if isinstance(p, ast.Constant)):
                    yield "".join(parts)
                    yield "advisor_status\\." + "".join(parts)


def test_no_text_is_unused() -> None:
    """Every text is named by a template or by code."""
    everything = re.compile("|".join(f"(?:{pattern})" for pattern in set(patterns_used()) if len(pattern) < 80))
    assert sorted(key for key in keys("de") if not everything.fullmatch(key)) == []


def test_no_template_names_an_unknown_text() -> None:
    """Every text a template or a plain `text("...")` call names exists."""
    named = set()
    for file in (ROOT / "cards").glob("*/template.json"):
        named |= set(re.findall(r"\$\{@([a-zA-Z_.]+)\}", file.read_text(encoding="utf-8")))
    for file in sources():
        source = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if "from bot.texts import" in source else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    named.add(str(first.value))
    assert named - keys("de") == set()

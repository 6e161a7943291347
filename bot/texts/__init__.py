"""Every word a person reads, German first. `de.json` and `en.json` hold the same keys with the same placeholders."""

from __future__ import annotations

import json
import string
from functools import cache
from importlib.resources import files
from types import MappingProxyType

LANGUAGES = ("de", "en")


@cache
def _texts(language: str) -> MappingProxyType[str, str]:
    return MappingProxyType(json.loads(files(__name__).joinpath(f"{language}.json").read_text(encoding="utf-8")))


def keys(language: str) -> frozenset[str]:
    """All keys of a language."""
    return frozenset(_texts(language))


@cache
def placeholders(key: str, language: str = "de") -> frozenset[str]:
    """The names in braces in a text. Raises KeyError for an unknown key."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(_texts(language)[key]) if name)


def text(key: str, language: str, **values: object) -> str:
    """The text of a key, its placeholders filled.

    Values are put in as they are and never read as a template again. Raises ValueError for a language that is not
    one of LANGUAGES, KeyError for an unknown key, TypeError unless `values` are exactly the text's placeholders.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no such language; one of {', '.join(LANGUAGES)} is expected")
    template = _texts(language)[key]
    if values.keys() != placeholders(key, language):
        raise TypeError(f"{key} takes {sorted(placeholders(key, language))}, not {sorted(values)}")
    return template.format(**values)

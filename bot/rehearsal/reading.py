"""Strict reading of YAML: every value knows its line, and nothing is guessed.

Works on PyYAML's node graph instead of loaded values, because loading turns ``012345`` into an octal number and
``who: no`` into ``False``. Anchors, aliases, tags and deep nesting are refused before the graph is built.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import yaml

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 12
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STR, _INT, _BOOL = (f"tag:yaml.org,2002:{name}" for name in ("str", "int", "bool"))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class ScenarioError(ValueError):
    """The file is wrong. ``line`` is 1-based, or ``None`` when the whole file is meant."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(f"line {line}: {message}" if line else message)


@dataclass(frozen=True)
class Value:
    """One node of the file and the words that say where it stands."""

    node: yaml.Node
    what: str

    @property
    def line(self) -> int:
        """The 1-based line this value starts on."""
        return int(self.node.start_mark.line) + 1

    def error(self, message: str) -> ScenarioError:
        """An error that names this value and its line."""
        return ScenarioError(f"{self.what}: {message}", self.line)

    def entries(self) -> Iterator[tuple[Value, Value]]:
        """Key and value of a mapping, in order; keys are strings and none stands twice."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("must be a mapping (key: value)")
        seen: set[str] = set()
        for key_node, value_node in self.node.value:
            key = Value(key_node, f"a key of {self.what}")
            name = key.word()
            if name in seen:
                raise key.error(f"{name!r} stands twice")
            seen.add(name)
            yield key, Value(value_node, f"{self.what}.{name}")

    def mapping(self, required: Collection[str] = (), optional: Collection[str] = ()) -> dict[str, Value]:
        """The mapping's values by key; an unknown or a missing key is an error."""
        found: dict[str, Value] = {}
        known = [*required, *optional]
        for key, value in self.entries():
            name = key.word()
            if name not in known:
                raise key.error(f"unknown key {name[:60]!r}; known: {', '.join(known) or 'none'}")
            found[name] = value
        for name in required:
            if name not in found:
                raise self.error(f"{name!r} is missing")
        return found

    def sequence(self) -> list[Value]:
        """The items of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("must be a list (- item)")
        return [Value(item, f"{self.what}[{n}]") for n, item in enumerate(self.node.value, 1)]

    def text(self) -> str:
        """A string, as written. A number, date, truth value or nothing at all is refused: it needs quotes."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("must be a text")
        if self.node.tag != _STR:
            kind = self.node.tag.rsplit(":", 1)[-1]
            raise self.error(f"YAML reads this as {kind}, not as a text; put it in quotes")
        return str(self.node.value)

    def word(self) -> str:
        """A key as spelled: YAML 1.1 reads the key ``on`` as a truth value. Nothing else but a text is one."""
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag == _BOOL:
            return str(self.node.value)
        return self.text()

    def name(self) -> str:
        """A short string without control characters or ``$``: something people or files are called."""
        text = self.text()
        if not text.strip() or len(text) > 200 or _CONTROL.search(text) or "\n" in text:
            raise self.error("must be a short text of one line")
        if "$" in text:
            raise self.error("$code and $claim stand in texts and inputs only")
        return text

    def choice(self, allowed: Collection[str]) -> str:
        """One of some words. Read as spelled: ``off`` and ``on`` are truth values to YAML 1.1."""
        spelled = self.node.value if isinstance(self.node, yaml.ScalarNode) else None
        if spelled not in allowed or self.node.tag not in (_STR, _BOOL):
            raise self.error(f"must be one of {', '.join(allowed)}")
        return str(spelled)

    def whole(self, least: int, most: int) -> int:
        """A whole number in decimal digits within the bounds."""
        spelled = self.node.value if isinstance(self.node, yaml.ScalarNode) else ""
        plain = self.node.tag == _INT and re.fullmatch(r"0|[1-9][0-9]{0,8}", str(spelled))
        if not plain or not least <= int(spelled) <= most:
            raise self.error(f"must be a whole number from {least} to {most}")
        return int(spelled)


def read_document(source: bytes | str, what: str = "the file") -> Value:
    """The root value of a YAML file of at most 1 MB.

    Raises ``ScenarioError`` for anything that is not one plain document: wrong encoding, syntax, size,
    anchors, aliases, tags, more than one document, nesting deeper than a scenario can need.
    """
    try:
        raw = source.encode() if isinstance(source, str) else source
        if len(raw) > MAX_BYTES:
            raise ScenarioError("the file is larger than 1 MB")
        text = raw.decode("utf-8-sig")
    except UnicodeError:
        raise ScenarioError("the file is not UTF-8 text") from None
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        raise ScenarioError(f"not valid YAML: {problem}", mark.line + 1 if mark else None) from None
    if node is None:
        raise ScenarioError("the file is empty")
    return Value(node, what)


def _check_events(text: str) -> None:
    """Refuse what could make a small file huge, or mean something a reader does not see."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ScenarioError("anchors and aliases (& and *) are not allowed", line)
        if getattr(event, "tag", None):
            raise ScenarioError("tags (!) are not allowed", line)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise ScenarioError("only one document to a file", line)
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ScenarioError("nested too deeply", line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1

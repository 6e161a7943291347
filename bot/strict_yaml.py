"""YAML as a person meant it: every scalar stays the text that was written, and nothing is guessed.

Plain YAML turns `012345` into an octal number and `no` into False. Here a scalar is always a string; whoever
needs a number or a truth value converts it where its meaning is known. Aliases (the "billion laughs"), explicit
tags, merge keys, a second document, duplicate keys, deep nesting and oversized files are refused, with the line.
"""

from __future__ import annotations

from typing import Any

import yaml

MAX_CHARACTERS = 64 * 1024
MAX_DEPTH = 12

Path = tuple[str | int, ...]
Lines = dict[Path, int]


class YamlError(ValueError):
    """The text is not the plain YAML described above. `line` is 1-based, or None where there is none."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


def load(text: str, *, max_characters: int = MAX_CHARACTERS) -> tuple[Any, Lines]:
    """The value of a YAML text, made of dict, list and str only, and the 1-based line of each path in it.

    The path () is the document itself; ("guard", "basis") a key in it; ("languages", 0) an entry of a list.
    Raises YamlError for anything that is not plain YAML.
    """
    if len(text) > max_characters:
        raise YamlError(f"the file has {len(text)} characters; at most {max_characters} are allowed")
    try:
        _refuse_fancy_yaml(text)
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(error.problem or "not YAML", mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:  # e.g. a control character: the reader reports a position, not a mark
        raise YamlError(f"not YAML: {getattr(error, 'reason', 'unreadable')}") from None
    if node is None:
        raise YamlError("the file is empty")
    lines: Lines = {}
    return _value(node, (), lines), lines


def _refuse_fancy_yaml(text: str) -> None:
    """Walk the events (no recursion, so depth is bounded before anything is built)."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise YamlError("a second document starts here; one is allowed", line)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlError("anchors and aliases (& and *) are not allowed", line)
        if getattr(event, "tag", None) is not None:
            raise YamlError("explicit tags (!...) are not allowed", line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise YamlError(f"nested deeper than {MAX_DEPTH} levels", line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _value(node: yaml.Node, path: Path, lines: Lines) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*path, index), lines) for index, child in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key_node, child in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlError("a key must be a plain word", line)
        key = key_node.value
        if key in found:
            raise YamlError(f"the key {key[:60]!r} is here twice", line)
        if key == "<<":
            raise YamlError("merge keys (<<) are not allowed", line)
        found[key] = _value(child, (*path, key), lines)
        lines[(*path, key)] = line
    return found

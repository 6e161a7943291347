"""A small reader of Microsoft's type system of Graph (CSDL XML) and a validator of JSON against it.

Checks names of properties, their types, members of enums (in any case: docs write `BlockAccess`, metadata
`blockAccess`), and non-null of what must not be null. Open types (identities, resourceData) take further members.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
MAIN = "microsoft.graph."


@dataclass
class Struct:
    """An entity, complex type, or the parameters of an action."""

    name: str
    base: str | None
    is_open: bool
    members: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """name -> (type, nullable)"""


@dataclass
class Enum:
    """An enum's members, in lower case."""

    members: frozenset[str]
    flags: bool


def _moment(value: str) -> None:
    datetime.fromisoformat(value)
    if not value.endswith("Z") and not re.search(r"[+-]\d\d:\d\d$", value):
        raise ValueError


def _binary(value: str) -> None:
    base64.b64decode(value, validate=True)


PRIMITIVES: dict[str, Any] = {
    "Edm.String": lambda value: None,
    "Edm.Guid": UUID,
    "Edm.DateTimeOffset": _moment,
    "Edm.Duration": lambda value: None if re.fullmatch(r"-?P[\dTDHMS.]+", value) else int("x"),
    "Edm.Binary": _binary,
}


class Csdl:
    """All types of the file, by full name (`microsoft.graph.chatMessage`)."""

    def __init__(self, path: Path) -> None:
        root = ElementTree.fromstring(gzip.decompress(path.read_bytes()))
        self.structs: dict[str, Struct] = {}
        self.enums: dict[str, Enum] = {}
        self.actions: dict[str, Struct] = {}
        for schema in root.iter(f"{EDM}Schema"):
            space = schema.get("Namespace", "")
            aliases = {"graph.": MAIN, f"{schema.get('Alias')}.": f"{space}."}
            for node in schema:
                self._add(node, space, aliases)

    def _add(self, node: ElementTree.Element, space: str, aliases: dict[str, str]) -> None:
        def full(name: str | None) -> str | None:
            if name is None:
                return None
            collection = re.fullmatch(r"Collection\((.+)\)", name)
            if collection:
                return f"Collection({full(collection[1])})"
            for alias, prefix in aliases.items():
                if name.startswith(alias):
                    return prefix + name[len(alias) :]
            return name

        name, kind = f"{space}.{node.get('Name')}", node.tag.removeprefix(EDM)
        if kind == "EnumType":
            members = frozenset(str(member.get("Name")).lower() for member in node.iter(f"{EDM}Member"))
            self.enums[name] = Enum(members, node.get("IsFlags") == "true")
        elif kind in ("EntityType", "ComplexType"):
            struct = Struct(name, full(node.get("BaseType")), node.get("OpenType") == "true")
            for tag in ("Property", "NavigationProperty"):
                for member in node.findall(EDM + tag):
                    nullable = member.get("Nullable") != "false"
                    struct.members[str(member.get("Name"))] = (full(member.get("Type")) or "", nullable)
            self.structs[name] = struct
        elif kind == "Action":
            bound, *parameters = node.findall(f"{EDM}Parameter")
            key = f"{full(bound.get('Type'))}/{node.get('Name')}"
            self.actions[key] = Struct(key, None, False)
            for member in parameters:  # metadata writes `Message`, docs and service `message`
                camel = str(member.get("Name"))
                nullable = member.get("Nullable") != "false"
                self.actions[key].members[camel[:1].lower() + camel[1:]] = (full(member.get("Type")) or "", nullable)

    def errors(self, type_name: str, value: Any) -> list[str]:
        """What is wrong with `value` as a `type_name` (short names are of microsoft.graph); [] if nothing."""
        return self._check(type_name if "." in type_name else MAIN + type_name, value, type_name)

    def action_errors(self, bound: str, action: str, value: dict[str, Any]) -> list[str]:
        """What is wrong with the parameters of an action."""
        struct = self.actions[f"{MAIN}{bound}/{action}"]
        return self._members(struct.members, False, value, action)

    def is_a(self, name: str | None, base: str) -> bool:
        """Whether `name` is `base` or derives from it."""
        while name is not None and name != base:
            name = self.structs[name].base if name in self.structs else None
        return name == base

    def _check(self, kind: str, value: Any, where: str) -> list[str]:
        if collection := re.fullmatch(r"Collection\((.+)\)", kind):
            if not isinstance(value, list):
                return [f"{where}: not a list"]
            return [e for i, item in enumerate(value) for e in self._check(collection[1], item, f"{where}[{i}]")]
        if kind in self.enums:
            return self._enum(self.enums[kind], value, where)
        if kind in self.structs:
            return self._struct(kind, value, where)
        if kind == "Edm.Boolean":
            return [] if isinstance(value, bool) else [f"{where}: not a boolean"]
        if kind in ("Edm.Int32", "Edm.Int64"):
            return [] if isinstance(value, int) and not isinstance(value, bool) else [f"{where}: not an integer"]
        if kind not in PRIMITIVES:
            return [f"{where}: unknown type {kind}"]
        try:
            if isinstance(value, str):
                PRIMITIVES[kind](value)
                return []
        except (ValueError, binascii.Error):
            pass
        return [f"{where}: not a {kind}"]

    def _enum(self, enum: Enum, value: Any, where: str) -> list[str]:
        parts = [part.strip().lower() for part in value.split(",")] if isinstance(value, str) else []
        good = parts and set(parts) <= enum.members and (enum.flags or len(parts) == 1)
        return [] if good else [f"{where}: no such member"]

    def _struct(self, kind: str, value: Any, where: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{where}: not an object"]
        named = value.get("@odata.type")
        if named is not None:
            actual = str(named).removeprefix("#")
            if not self.is_a(actual, kind):
                return [f"{where}: {named} is not a {kind}"]
            kind = actual
        members: dict[str, tuple[str, bool]] = {}
        is_open, step = False, self.structs.get(kind)
        while step is not None:
            members = step.members | members
            is_open = is_open or step.is_open
            step = self.structs.get(step.base) if step.base else None
        return self._members(members, is_open, value, where)

    def _members(
        self, members: dict[str, tuple[str, bool]], is_open: bool, value: dict[str, Any], where: str
    ) -> list[str]:
        found = []
        for name, item in value.items():
            plain, _, annotation = name.partition("@")
            if annotation:
                if plain and plain not in members:
                    found.append(f"{where}.{name}: no such property")
            elif name not in members:
                if not is_open:
                    found.append(f"{where}.{name}: no such property")
            elif item is not None:
                found += self._check(members[name][0], item, f"{where}.{name}")
            elif not members[name][1]:
                found.append(f"{where}.{name}: null")
        return found

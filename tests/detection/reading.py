"""How the tables of this folder are read: `# reason` lines, then rows; `{...}` marks a secret, `\\n` a line break."""

import re
from pathlib import Path

from bot.detection import Scanner
from bot.scan import EXAMPLE_FORMATS

SCANNER = Scanner(EXAMPLE_FORMATS)
_TABLES = Path(__file__).with_name("tables")
_MARKED = re.compile(r"\{(.*?)\}", re.S)


def table(name: str) -> list[tuple[str, str]]:
    """(reason, row) for each row of a table."""
    reason, rows = "", []
    for line in (_TABLES / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line:
            rows.append((reason, re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], line)))
    return rows


def marked(row: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and the ranges they marked."""
    spans = [(m.start() - 2 * i, m.end() - 2 - 2 * i) for i, m in enumerate(_MARKED.finditer(row))]
    return _MARKED.sub(r"\1", row), spans


def readable(text: str, spans: list[tuple[int, int]], html: bool = False) -> list[str]:
    """The secrets of which more than one letter or digit stays readable after masking (none, if all is well)."""
    covered = {i for f in SCANNER.scan(text, html).findings for i in range(f.start, f.end)}
    return [text[a:b] for a, b in spans if sum(text[i].isalnum() and i not in covered for i in range(a, b)) > 1]


def kinds(text: str, html: bool = False) -> list[str]:
    """The kinds found, in order."""
    return [finding.kind.value for finding in SCANNER.scan(text, html).findings]

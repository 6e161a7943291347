"""`python app.py scan`: the chat guard over JSON lines, one message a line.

Input rows: {"id", "text", "format" (plain or html)[, "conversation", "seq"]}; rows of one conversation are taken as
messages of one author, in order. Output rows: {"id", "spans": [{"start", "end", "type"}][, "retro": [...]]}, offsets in
code points of the given text. Only the five secret types are reported.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from bot.detection import SECRETS, AuthorWindow, CustomerNumberFormat, Finding, NumberFormats, Scanner
from bot.detection.window import Heard

LONGEST_TEXT = 200_000
"""Characters of one message; Teams itself allows about 28 KB (teams-platform.md, limits)."""
LONGEST_LINE = 13 * LONGEST_TEXT
"""Bytes of one row: the longest text fits in however its characters are escaped (two surrogates, six bytes each)."""
_CONVERSATION_SECONDS = 1e9  # rows carry no time: one conversation is one window
EXAMPLE_FORMATS = NumberFormats(
    customer_numbers=(
        CustomerNumberFormat("Kundennummer", ("Kunden-Nr.", "customer number"), "KD", (6, 8)),
        CustomerNumberFormat("Vertragskonto", ("Vertragskontonummer", "contract account"), "", (8, 12)),
    )
)


class RowError(ValueError):
    """A row that cannot be answered; the message says why and never quotes its text."""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise RowError("a key occurs twice")
    return row


def _no_constant(name: str) -> None:
    raise RowError(f"{name} is no JSON value")


def parse_row(line: bytes) -> dict[str, Any]:
    """The checked row of one input line. Raises RowError."""
    if len(line) > LONGEST_LINE:
        raise RowError(f"the line is longer than {LONGEST_LINE} bytes")
    try:
        row = json.loads(line.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise RowError("not valid UTF-8") from None
    except RowError:
        raise
    except (ValueError, RecursionError):
        raise RowError("not valid JSON") from None
    if not isinstance(row, dict):
        raise RowError("not a JSON object")
    for name in ("id", "text"):
        if not isinstance(row.get(name), str):
            raise RowError(f"{name} must be a string")
    if len(row["text"]) > LONGEST_TEXT:
        raise RowError(f"text is longer than {LONGEST_TEXT} characters")
    if any("\ud800" <= char <= "\udfff" for char in row["id"]) or not _encodable(row["text"]):
        raise RowError("a lone surrogate is no text")
    if row.get("format", "plain") not in ("plain", "html"):
        raise RowError("format must be plain or html")
    if "conversation" in row and not isinstance(row["conversation"], str):
        raise RowError("conversation must be a string")
    seq = row.get("seq", 0)
    if isinstance(seq, bool) or not isinstance(seq, int) or not 0 <= seq < 1_000_000:
        raise RowError("seq must be a whole number from 0 to 999999")
    return row


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _spans(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [{"start": f.start, "end": f.end, "type": f.kind.value} for f in findings if f.kind in SECRETS]


def answer(scanner: Scanner, window: AuthorWindow, row: dict[str, Any]) -> dict[str, Any]:
    """The output row for a checked input row; `window` keeps the conversation's earlier rows."""
    html = row.get("format") == "html"
    conversation = row.get("conversation")
    if conversation is None:
        heard = Heard(scanner.scan(row["text"], html))
    else:
        heard = window.add(conversation, row["id"], row["text"], html, float(row.get("seq", 0)))
    out: dict[str, Any] = {"id": row["id"], "spans": _spans(heard.scan.findings)}
    if heard.retro:
        out["retro"] = [
            {"id": r.message_id, **_spans([r.finding])[0]} for r in heard.retro if r.finding.kind in SECRETS
        ]
    return out


def _lines(stdin: BinaryIO) -> Iterator[bytes]:
    """Line by line, of one that is too long its beginning only: what is not answered is not held either."""
    while line := stdin.readline(LONGEST_LINE + 1):
        part = line
        while len(part) > LONGEST_LINE and not part.endswith(b"\n"):
            part = stdin.readline(LONGEST_LINE + 1)
        yield line


def run(
    stdin: BinaryIO, stdout: TextIO, stderr: TextIO, formats: NumberFormats, *, explain: str | None, score: Path | None
) -> int:
    """Scan `stdin` row by row; or explain one text; or score a labelled file. Returns the exit code: 0, or 2 where
    at least one row could not be answered (each is named on `stderr` with its number, the others are answered)."""
    scanner = Scanner(formats)
    if explain is not None:
        from bot.scan_report import explain_text

        stdout.write(explain_text(scanner, explain))
        return 0
    if score is not None:
        from bot.scan_report import score_file

        return score_file(scanner, score, stdout, stderr)
    window = AuthorWindow(scanner, seconds=_CONVERSATION_SECONDS)
    code = 0
    for number, line in enumerate(_lines(stdin), 1):
        if not line.strip():
            continue
        try:
            out = answer(scanner, window, parse_row(line))
        except RowError as error:
            stderr.write(f"row {number}: {error}\n")
            code = 2
            continue
        stdout.write(json.dumps(out, ensure_ascii=False) + "\n")
    stdout.flush()
    return code


def main(argv: list[str]) -> int:
    """`python -m bot.scan [--explain TEXT | --score FILE]` with the example formats."""
    explain = argv[1] if len(argv) == 2 and argv[0] == "--explain" else None
    score = Path(argv[1]) if len(argv) == 2 and argv[0] == "--score" else None
    if argv and explain is None and score is None:
        sys.stderr.write("usage: python -m bot.scan [--explain TEXT | --score FILE]\n")
        return 2
    return run(sys.stdin.buffer, sys.stdout, sys.stderr, EXAMPLE_FORMATS, explain=explain, score=score)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

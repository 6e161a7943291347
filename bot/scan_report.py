"""What `scan --explain` and `scan --score` print: for tuning, and for a works council that wants to see."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from bot.detection import SECRETS, AuthorWindow, Finding, Kind, Rejected, Scanner, mask
from bot.detection.evidence import POINTS, THRESHOLD

NONE = "-"


def explain_text(scanner: Scanner, text: str, html: bool = False) -> str:
    """A readable account of one text: what was found, by which evidence, and what was left alone and why."""
    scan = scanner.scan(text, html, explain=True)
    lines = [f"masked: {mask(text, scan.findings)}", f"threshold: {THRESHOLD:.2f}"]
    lines += [_line("found", text, finding) for finding in scan.findings]
    lines += [_line("recognised, no secret", text, finding) for finding in scan.identifiers]
    for request in scan.requests:
        lines.append(f"request for {request.wants} at {request.start}-{request.end} ({', '.join(request.evidence)})")
    lines += [_line("left alone", text, rejected) for rejected in scan.rejected]
    if scan.worth_history:
        lines.append("looks like a part of a secret: the author's earlier messages are worth reading")
    if len(lines) == 2:
        lines.append("nothing here that any detector looks at")
    return "\n".join(lines) + "\n"


def _line(verdict: str, text: str, it: Finding | Rejected) -> str:
    points = ", ".join(f"{name} {POINTS.get(name, 0):+.1f}" for name in it.evidence)
    return (
        f"{verdict}: {it.kind} at {it.start}-{it.end} {text[it.start : it.end]!r} "
        f"confidence {it.confidence:.2f} by {it.detector} ({points})"
    )


def score_file(scanner: Scanner, path: Path, stdout: TextIO, stderr: TextIO) -> int:
    """A confusion matrix over a labelled JSONL file (`spans` as in the output of `scan`, `optional` spans are neither
    asked for nor punished). A labelled span counts for the kind that covers at least half of it. Returns the exit
    code: 0, or 2 where the file cannot be read or a row is malformed."""
    from bot.scan import RowError, answer, parse_row

    window = AuthorWindow(scanner, seconds=1e9)
    rows: list[dict[str, Any]] = []
    found: dict[str, list[dict[str, Any]]] = {}
    code = 0
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        stderr.write(f"{path.name}: {error.strerror}\n")
        return 2
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = parse_row(line)
            _check_labels(row)
        except RowError as error:
            stderr.write(f"row {number}: {error}\n")
            code = 2
            continue
        out = answer(scanner, window, row)
        rows.append(row)
        found.setdefault(row["id"], []).extend(out["spans"])
        for late in out.get("retro", ()):
            found.setdefault(late["id"], []).append(late)
    stdout.write(confusion(rows, found))
    return code


def _check_labels(row: dict[str, Any]) -> None:
    from bot.scan import RowError

    for name in ("spans", "optional"):
        spans = row.get(name, [])
        good = isinstance(spans, list) and all(
            isinstance(span, dict)
            and isinstance(span.get("type"), str)
            and all(type(span.get(key)) is int for key in ("start", "end"))
            and 0 <= span["start"] < span["end"] <= len(row["text"])
            for span in spans
        )
        if not good:
            raise RowError(f"{name} must be a list of spans within the text")


def confusion(rows: Iterable[dict[str, Any]], found: dict[str, list[dict[str, Any]]]) -> str:
    """The table: a line for each labelled kind (and for harmless text), a column for each kind found."""
    counts: Counter[tuple[str, str]] = Counter()
    harmless = alarms = 0
    for row in rows:
        spans = found.get(row["id"], [])
        for label in row.get("spans", ()):
            hit = next((s["type"] for s in spans if _overlap(s, label) * 2 >= label["end"] - label["start"]), NONE)
            counts[label["type"], hit] += 1
        known = [*row.get("spans", ()), *row.get("optional", ())]
        extra = [s for s in spans if not any(_overlap(s, k) for k in known)]
        for span in extra:
            counts[NONE, span["type"]] += 1
        if not row.get("spans"):
            harmless += 1
            alarms += bool(extra)
    kinds = [kind.value for kind in Kind if kind in SECRETS]
    width = max(map(len, kinds)) + 2
    lines = ["".join(name.rjust(width) for name in ("labelled as", *kinds, "nothing"))]
    for label in (*kinds, NONE):
        cells = [str(counts[label, hit]) for hit in (*kinds, NONE)]
        cells[-1] = "" if label == NONE else cells[-1]
        lines.append("".join(cell.rjust(width) for cell in ("harmless" if label == NONE else label, *cells)))
    lines.append(f"false alarms: {alarms} of {harmless} harmless messages")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _overlap(a: dict[str, Any], b: dict[str, Any]) -> int:
    return max(0, min(a["end"], b["end"]) - max(a["start"], b["start"]))

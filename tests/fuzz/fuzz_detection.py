"""Coverage-guided fuzzing of the chat guard: `python tests/fuzz/fuzz_detection.py --seconds 60`.

Runs under atheris where it is installed; where it is not, says so in one line and exits 0. The target asserts what
must hold for every message: no exception, spans in order and within the text, folding that maps back, and joining
that stays within its messages.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (
    b"\x00IBAN DE89 3704 0044 0532 0130 00",
    b"\x01<p>Mein Passwort ist <b>Bergsee</b>#4</p>",
    b"\x00Kto 532013000 BLZ 37040044, Karte 4111 1111 1111 1111",
    b"\x01&#68;E89%33704&nbsp;0044<!-- x -->0532<br>0130 00",
    b"\x00PIN ist vier sieben eins eins",
    b"\x00https://portal.example.de/login?token=a8Kd93kLm2",
)


def target(data: bytes) -> None:
    """One message: the first bit chooses the format, the second cuts the text in two messages."""
    from bot.detection import AuthorWindow
    from bot.detection.view import fold

    if not data:
        return
    html = bool(data[0] & 1)
    text = data[1:].decode("utf-8", "surrogatepass" if data[0] & 2 else "replace") if _decodes(data) else ""
    findings = SCANNER.scan(text, html).findings
    bounds = [bound for finding in findings for bound in (finding.start, finding.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= f.start < f.end <= len(text) for f in findings)
    view = fold(text, html)
    if view.text:
        start, end = view.raw(0, len(view.text))
        assert 0 <= start < end <= len(text)
    half = len(text) // 2
    window = AuthorWindow(SCANNER)
    window.add("a", "1", text[:half], html, 0)
    heard = window.add("a", "2", text[half:], html, 1)
    assert all(0 <= r.finding.start < r.finding.end <= half for r in heard.retro)


def _decodes(data: bytes) -> bool:
    try:
        data[1:].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return not data[0] & 2
    return True


def main() -> int:
    """Fuzz for --seconds; 0 where nothing broke or atheris is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1, help="where the random walk begins; the same one repeats it")
    given = parser.parse_args()
    try:
        import atheris
    except ImportError:
        sys.stdout.write("fuzzing left out: atheris is not installed (pip install -r tests/fuzz/requirements.txt)\n")
        return 0
    global SCANNER
    with atheris.instrument_imports(include=["bot.detection"]):
        from bot.detection import Scanner
        from bot.scan import EXAMPLE_FORMATS
    SCANNER = Scanner(EXAMPLE_FORMATS)
    corpus = ROOT / "build" / "fuzz-corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(SEEDS):
        (corpus / f"seed{i}").write_bytes(seed)
    os.chdir(corpus.parent)
    options = [
        f"-max_total_time={given.seconds}",
        f"-seed={given.seed}",
        "-max_len=400",
        "-timeout=20",
        "-print_final_stats=1",
        str(corpus),
    ]
    atheris.Setup([sys.argv[0], *options], target)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())

"""The chat guard beside Presidio, on the same messages, in the same run: `python tests/benchmarks/detection.py`.

Presidio lives in an environment of its own (build/peers). Each round of each is a process of its own, in turn; it
looks at all messages twice, and the CPU time of the second pass counts, the best of the rounds. (A fresh process of
ours builds the states of its automata: the first pass takes almost five times as long.) Ours is the compiled one where
there is one (`make compiled`).

Users run Presidio through its AnalyzerEngine, by default with a language model of spaCy, which is left out here since
it would only make it slower: with spaCy's tokeniser alone, which gives the recognisers the words around a match, and
with the NoOpNlpEngine, which gives them none. Calling its recognisers one by one without any engine is the fastest
they can be, and no way anybody runs them.

Two mixes, both 95 % harmless, from the development corpus where ../shared/corpus is there: in "chat" the harmless
messages are what people wrote elsewhere (public chat, news, questions to assistants), in "hard" they are all that the
corpus has, of which more than half are made to look like secrets. Without the corpus there is one mix, of our own
tables. The growth table doubles the worst inputs known from 1 kB to 100 kB.
"""

import argparse
import json
import math
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
PEERS = ROOT / "build" / "peers"
CORPUS = ROOT.parent / "shared" / "corpus" / "dev.jsonl"
SIZES = (1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 100_000)
ROUNDS = 5


def say(line: str) -> None:
    """One line on standard output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


Messages = list[tuple[str, bool]]
"""Text, and whether it is HTML."""


def mixes(count: int) -> dict[str, Messages]:
    """`count` messages of each mix, 95 % harmless, always the same."""
    from tests.detection.reading import marked, table

    if CORPUS.exists():
        rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
        secret = [(r["text"], r["format"] == "html") for r in rows if r["kind"] != "negative"]
        harmless = [r for r in rows if r["kind"] == "negative"]
        sources = {
            "chat": [(r["text"], r["format"] == "html") for r in harmless if not r.get("note")],
            "hard": [(r["text"], r["format"] == "html") for r in harmless],
        }
    else:
        secret = [(marked(row)[0], False) for _, row in table("credentials") + table("numbers")]
        sources = {"own tables": [(row, False) for _, row in table("leaves_alone")]}
    found = {}
    for name, texts in sources.items():
        rng = random.Random(20261122)
        found[name] = [rng.choice(secret if rng.random() >= 0.95 else texts) for _ in range(count)]
    return found


def ours(messages: Messages) -> float:
    """CPU seconds of our scanner for all messages, when it has met them before."""
    from tests.detection.reading import SCANNER

    seconds = 0.0
    for _ in range(2):
        start = time.process_time()
        for text, html in messages:
            SCANNER.scan(text, html)
        seconds = time.process_time() - start
    return seconds


def one_round(name: str, messages: str) -> float:
    """CPU seconds of one round, in a process of its own, with `messages` as JSON; `name` is a key of `TITLES`."""
    peer = [str(PEERS / "bin" / "python"), str(HERE / "detection_peer.py"), name]
    command = [sys.executable, __file__, "--round"] if name == "ours" else peer
    done = subprocess.run(command, input=messages, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["seconds"])


def install_peers() -> str:
    """Make the peers' environment where it is missing; the reason why not, or nothing."""
    if (PEERS / "bin" / "python").exists():
        return ""
    try:
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True, capture_output=True)
        pip = [str(PEERS / "bin" / "pip"), "install", "-q", "-r", str(HERE / "requirements.txt")]
        subprocess.run(pip, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"Presidio left out: its environment could not be made ({type(error).__name__})"
    return ""


TITLES = {
    "ours": "ours",
    "engine": "Presidio, IBAN and card, AnalyzerEngine with a tokeniser",
    "engine-german": "Presidio, and its German recognisers, AnalyzerEngine with a tokeniser",
    "noop": "Presidio, IBAN and card, AnalyzerEngine with NoOpNlpEngine",
    "noop-german": "Presidio, and its German recognisers, AnalyzerEngine with NoOpNlpEngine",
    "base": "Presidio, IBAN and card, its recognisers called directly",
    "german": "Presidio, and its German recognisers, called directly",
}


def throughput(count: int) -> None:
    """Print the table of messages per second, one for each mix."""
    missing = install_peers()
    names = ["ours"] if missing else list(TITLES)
    for mix, messages in mixes(count).items():
        texts = json.dumps([text for text, _ in messages])
        whole = json.dumps(messages)
        best = dict.fromkeys(names, float("inf"))
        for _ in range(ROUNDS):
            for name in names:
                best[name] = min(best[name], one_round(name, whole if name == "ours" else texts))
        say(f"{count} messages, 95 % harmless, mix: {mix}, one core")
        say(f"| {'detector':<71} | messages/s | us/message | ours is |")
        say(f"|{'-' * 73}|-----------:|-----------:|--------:|")
        for name in names:
            each = best[name] / count
            factor = "" if name == "ours" else f"{best[name] / best['ours']:.1f}x"
            say(f"| {TITLES[name]:<71} | {1 / each:>10,.0f} | {each * 1e6:>10.1f} | {factor:>7} |")
        say("")
    if missing:
        say(missing)


def growth() -> None:
    """Print how the time of the worst inputs grows when they double."""
    from tests.detection.reading import SCANNER
    from tests.detection.test_scanner import WORST

    say("\n| adversarial input | " + " | ".join(f"{s // 1000} kB" for s in SIZES) + " | mean growth per doubling |")
    say("|---|" + "---:|" * (len(SIZES) + 1))
    rows = []
    for unit in WORST:
        for html in (False, True):
            times = []
            for size in SIZES:
                text = unit * (size // len(unit))
                rounds = []
                for _ in range(3):
                    start = time.process_time()
                    SCANNER.scan(text, html)
                    rounds.append(time.process_time() - start)
                times.append(min(rounds))
            doublings = math.log2(SIZES[-1] / SIZES[0])
            rows.append(((times[-1] / max(times[0], 1e-5)) ** (1 / doublings), times, f"{unit!r}{' html' * html}"))
    for mean, times, name in sorted(rows, reverse=True, key=lambda row: row[1][-1])[:12]:
        say(f"| `{name}` | " + " | ".join(f"{t * 1e3:.1f} ms" for t in times) + f" | {mean:.2f} |")
    say(f"worst mean growth of all {len(rows)} inputs: {max(row[0] for row in rows):.2f}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from bot.compiled import in_use

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--no-growth", action="store_true")
    parser.add_argument("--round", action="store_true", help="one round of ours, messages as JSON on standard input")
    chosen = parser.parse_args()
    if chosen.round:
        say(json.dumps({"seconds": ours(json.load(sys.stdin))}))
        sys.exit()
    say(f"detection {'compiled' if in_use() else 'interpreted'}")
    throughput(chosen.messages)
    if not chosen.no_growth:
        growth()

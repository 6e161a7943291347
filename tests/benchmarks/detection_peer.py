"""Runs inside the peers' environment: one round of Presidio over the messages on standard input, as JSON.

Its recognisers are called directly, without a language model, which is the fastest way Presidio can be used.
"""

import json
import sys
import time

from presidio_analyzer import predefined_recognizers as known


def recognizers(which: str) -> list:
    """The recognisers of a set: `base` has IBAN and card, `german` adds all that Presidio has for Germany."""
    names = ["IbanRecognizer", "CreditCardRecognizer"]
    if which == "german":
        names += sorted(name for name in dir(known) if name.startswith("De") and name.endswith("Recognizer"))
    return [getattr(known, name)() for name in names]


def one_round(texts: list[str], which: str) -> dict[str, float]:
    """Seconds for all texts, and in how many something was found (scores above 0)."""
    chosen = recognizers(which)
    wanted = [(one, one.supported_entities) for one in chosen]
    for text in texts[:50]:
        for one, entities in wanted:
            one.analyze(text, entities)
    hits = 0
    start = time.perf_counter()
    for text in texts:
        found = False
        for one, entities in wanted:
            found |= any(result.score > 0 for result in one.analyze(text, entities) or ())
        hits += found
    return {"seconds": time.perf_counter() - start, "hits": hits}


if __name__ == "__main__":
    json.dump(one_round(json.load(sys.stdin), sys.argv[1]), sys.stdout)

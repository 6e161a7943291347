"""Evidence and confidence: what speaks for and against a candidate, in points that add up.

Points are log-odds by judgement, not by training: `confidence` is their logistic sum. A secret that stays readable
costs more than a message masked for nothing (the author can write again, a published password cannot be taken
back): with a leak counted four times a false alarm, acting is right from a probability of 1 / (1 + 4) upwards.
"""

import math
from functools import lru_cache

COST_OF_LEAK = 4.0
COST_OF_FALSE_ALARM = 1.0
THRESHOLD = COST_OF_FALSE_ALARM / (COST_OF_FALSE_ALARM + COST_OF_LEAK)
"""A candidate of at least this confidence is a finding."""

POINTS: dict[str, float] = {
    # for
    "keyword": 5.0,  # the text says what it is: "IBAN", "Kontonummer", "mein Passwort ist"
    "keyword-near": 2.5,  # such a word stands in the same sentence
    "checksum": 4.0,  # mod 97 or Luhn holds
    "bank-code": 3.0,  # the German bank code exists (Bundesbank list, through schwifty)
    "structure": 1.0,  # letters and digits stand where the country's registry entry puts them
    "issuer": 1.0,  # the number begins like a card network's
    "grouping": 1.5,  # written in the usual groups
    "alone": 1.0,  # nothing else in the message, or set apart by line breaks
    "format": 4.0,  # a format of the operator profile with a prefix of its own
    "token-format": 6.0,  # published prefix of an API token or key
    "link": 5.0,  # a link parameter that signs in
    "looks-random": 1.5,  # mixes letters with digits or signs, as passwords do
    "repeated": 0.0,  # the same text was found elsewhere in the message
    "joined": 0.0,  # completed by an earlier message of the same author
    # against
    "prior": -3.0,  # most numbers and words are no secrets
    "checksum-wrong": -1.0,
    "look-alike": -0.5,  # O for 0 and the like had to be read as digits
    "strange-separators": -0.5,
    "longer-run": -4.0,  # more digits follow without a break
    "other-label": -6.0,  # the text calls it something harmless: order, parcel, telephone ...
    "unit": -6.0,  # a price, a date, a quantity
    "plain-word": -4.0,  # an ordinary word where a secret would stand
    "meeting": -8.0,  # the dial-in text of an online meeting
}


@lru_cache(maxsize=4096)
def confidence(evidence: tuple[str, ...]) -> float:
    """The probability-like sum of the evidence, between 0 and 1. Raises KeyError on an unknown name."""
    return 1.0 / (1.0 + math.exp(-sum(POINTS[name] for name in evidence)))

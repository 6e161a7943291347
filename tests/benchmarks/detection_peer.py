"""Runs inside the peers' environment: one round of Presidio over the messages on standard input, as JSON.

`base` and `german` call its recognisers directly, without any engine, which is the fastest way Presidio can be used;
`noop` and `noop-german` go through its AnalyzerEngine with the NoOpNlpEngine it ships, which gives the recognisers no
words around a match; `engine` and `engine-german` give it those words, by spaCy's tokeniser without a model.
"""

import json
import sys
import time

import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer import predefined_recognizers as known
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from presidio_analyzer.nlp_engine.no_op_nlp_engine import NoOpNlpEngine


class NoModel(NlpEngine):
    """The engine's tokeniser only: no model is loaded."""

    def __init__(self) -> None:
        self.nlp = spacy.blank("en")

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        """Always."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Tokens without entities or lemmas."""
        doc = self.nlp(text)
        words = [token.text for token in doc]
        return NlpArtifacts([], doc, [token.idx for token in doc], words, self, language, words)

    def process_batch(self, texts, language: str, **options):
        """Each text in turn."""
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word: str, language: str) -> bool:
        """No vocabulary."""
        return False

    def is_punct(self, word: str, language: str) -> bool:
        """No vocabulary."""
        return False

    def get_supported_entities(self) -> list[str]:
        """None of its own."""
        return []

    def get_supported_languages(self) -> list[str]:
        """The one that the recognisers are made for."""
        return ["en"]


def recognizers(which: str) -> list:
    """The recognisers of a set: IBAN and card, and for `german` all that Presidio has for Germany."""
    names = ["IbanRecognizer", "CreditCardRecognizer"]
    if which.endswith("german"):
        names += sorted(name for name in dir(known) if name.startswith("De") and name.endswith("Recognizer"))
    return [getattr(known, name)(supported_language="en") for name in names]  # an engine leaves out other languages


def analyzer(which: str):
    """A function from a text to whether something was found in it."""
    chosen = recognizers(which)
    if which.startswith(("engine", "noop")):
        words = NoModel() if which.startswith("engine") else NoOpNlpEngine([{"lang_code": "en", "model_name": ""}])
        words.load()
        engine = AnalyzerEngine(
            RecognizerRegistry(chosen, supported_languages=["en"]), words, supported_languages=["en"]
        )
        return lambda text: bool(engine.analyze(text, "en"))
    wanted = [(one, one.supported_entities) for one in chosen]
    return lambda text: any([one.analyze(text, entities) for one, entities in wanted])


def one_round(texts: list[str], which: str) -> dict[str, float]:
    """CPU seconds for all texts when they were met before, and in how many something was found."""
    found = analyzer(which)
    seconds, hits = 0.0, 0
    for _ in range(2):
        start = time.process_time()
        hits = sum(found(text) for text in texts)
        seconds = time.process_time() - start
    return {"seconds": seconds, "hits": hits}


if __name__ == "__main__":
    json.dump(one_round(json.load(sys.stdin), sys.argv[1]), sys.stdout)

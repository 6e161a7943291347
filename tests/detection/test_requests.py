"""Requests for secrets (landscape N9): questions and demands count, explanations do not."""

import pytest

from tests.detection.reading import SCANNER

ASKS = [
    ("Wie lautet Ihre IBAN?", "IBAN"),
    ("Schicken Sie mir bitte Ihr Passwort in den Chat", "CREDENTIAL"),
    ("What's your customer number?", "CUSTOMER_NUMBER"),
    ("Nennen Sie mir bitte Ihre Kundennummer.", "CUSTOMER_NUMBER"),
    ("Können Sie mir Ihre Kontonummer geben?", "ACCOUNT"),
    ("Könnten Sie mir bitte die PIN nennen?", "CREDENTIAL"),
    ("Ihre Kundennummer bitte", "CUSTOMER_NUMBER"),
    ("Und Ihre Vertragsnummer?", "CUSTOMER_NUMBER"),
    ("Ich bräuchte noch Ihre Bankverbindung.", "ACCOUNT"),
    ("Teilen Sie mir Ihre Kreditkartennummer mit.", "CARD"),
    ("Geben Sie mir Ihr Kennwort", "CREDENTIAL"),
    ("Welche Kundennummer haben Sie?", "CUSTOMER_NUMBER"),
    ("Gib mir mal dein Passwort", "CREDENTIAL"),
    ("Haben Sie Ihre Kundennummer zur Hand?", "CUSTOMER_NUMBER"),
    ("Could you tell me your account number, please?", "ACCOUNT"),
    ("Please send me your password", "CREDENTIAL"),
    ("I need your card number.", "CARD"),
    ("May I have your IBAN?", "IBAN"),
    ("Wie lautet der Code, den Sie bekommen haben?", "CREDENTIAL"),
]
EXPLAINS = [
    "Bitte geben Sie niemals Ihr Passwort in den Chat ein.",
    "Unsere Mitarbeiter werden Sie nie nach Ihrer PIN fragen.",
    "Schreiben Sie bitte keine Kontonummern in den Chat.",
    "Ihre Kundennummer finden Sie auf der Rechnung.",
    "Möchten Sie Ihr Passwort ändern?",
    "Haben Sie Ihr Passwort vergessen?",
    "Ihre PIN erhalten Sie per Post.",
    "Bitte geben Sie Ihre Zugangsdaten nur im Portal ein.",
    "Never share your PIN with anyone.",
    "Please do not send your password here.",
    "Wie lautet meine Kundennummer?",
    "Wie lautet Ihre Frage zur Rechnung?",
    "Welchen Tarif haben Sie?",
    "Wie hoch ist Ihr Verbrauch?",
    "Ihr Passwort ist sicher.",
]


@pytest.mark.parametrize(("text", "wants"), ASKS)
def test_a_request_for_a_secret_is_a_finding_of_its_own(text: str, wants: str) -> None:
    """The request is reported with what it asks for, and is no disclosure."""
    scan = SCANNER.scan(text)
    assert [request.wants.value for request in scan.requests] == [wants]
    assert scan.findings == ()


@pytest.mark.parametrize("text", EXPLAINS)
def test_an_explanation_is_no_request(text: str) -> None:
    """Saying that, where or why not one should give a secret asks for none."""
    assert SCANNER.scan(text).requests == ()


def test_the_span_of_a_request_maps_back_into_html() -> None:
    """The range holds the sentence that asks, in the raw message."""
    text = "<p>Guten Tag.</p><p>Wie lautet <b>Ihre</b> IBAN?</p>"
    (request,) = SCANNER.scan(text, html=True).requests
    assert text[request.start : request.end].startswith("Wie lautet <b>Ihre")
    assert text[request.start : request.end].endswith("IBAN?")

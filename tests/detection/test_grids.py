"""Every word in every frame with every value: a rule that knows its examples only fails here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detection.reading import kinds, readable

ACCOUNT_WORDS = (
    "Kontonummer;Konto-Nr.;Kto.;Kto;Kto-Nr.;Konto;Konto Nr.;Girokonto;Sparkonto;Bankkonto;Gehaltskonto;Bankverbindung;"
    "account number;account no.;acct no;Acct#;A/C No.;checking account;Tagesgeldkonto;Postbankkonto;Spendenkonto;"
    "Postgirokonto;Kontonumer;Depotnummer;Depot-Nr.;Kreditkonto;Darlehenskonto;Zielkonto;Treuhandkonto;Mietkautionskonto"
).split(";")
ACCOUNT_NUMBERS = (
    "532013000;0532013000;12345678;1234567;648 489 890;53 20 13 000;4711 0815;648.489.890;6489-8901".split(";")
)
CUSTOMER_WORDS = (
    "Kundennummer;Kunden-Nr.;Kd.-Nr.;KdNr;Kunden-ID;Kundenkonto;Vertragsnummer;Vertrags-Nr.;Vertragskonto;VK-Nr.;"
    "Geschäftspartnernummer;GP-Nummer;Debitorennummer;Mitgliedsnummer;Mitgl.-Nr.;Versicherungsnummer;Policennummer;"
    "Polizzennummer;Abonummer;Abonnementnummer;Teilnehmernummer;Patientennummer;Beitragsnummer;Rundfunkbeitragsnummer;"
    "Mieternummer;Lieferantennummer;Händlernummer;Darlehensnummer;Kundenkartennummer;Payback-Nummer;Kassenzeichen;"
    "customer number;customer ID;client number;membership number;member ID;policy number;contract number;loyalty number;"
    "insurance number;agreement number;Kundennumer;Kundenummer;Kunden Nr;Netzkundennummer;Bürgernummer;Klientennummer"
).split(";")
CUSTOMER_NUMBERS = (
    "10482271;KD-20481;V-2024-0063;K2023/0091;10.482.271;0012 3456 78;MB1234567;1-234-567-89;8812-AX;47 11 08 15"
).split(";")
NUMBER_FRAMES = (
    "{k} {v};{k}: {v};mein {k} ist {v};Die {k} lautet {v}.;{k} = {v};{k}\n{v};{k} - {v};({k} {v});neue {k} {v} ab sofort;"
    "| {k} | {v} |;bitte {k} {v} angeben;my {k} is {v};{k}/{v};Hier die {k}: {v}"
).split(";")

PASSWORD_WORDS = (
    "Passwort;Kennwort;WLAN-Passwort;PW;pwd;Zugangspasswort;Onlinepasswort;Portal-Passwort;Initialpasswort;Telefonpasswort;"
    "Masterpasswort;WLAN-Schlüssel;Netzwerkschlüssel;password;passwd;wifi password;login password;Router-Passwort;Pasword;"
    "Passwrot;Kenwort;App-Passwort;Kundenkennwort;Server-PW"
).split(";")
PASSWORDS = "Sommer2024!;hunter2;sonnenblume;Sonnenblume;S0nne&Mond;Maria1975;xK9#vLq2;katze;qwertz;ilovepizza".split(
    ";"
)
PASSWORD_FRAMES = (
    "{k}: {v};{k} {v};mein {k} ist {v};Das {k} lautet {v}.;{k} = {v};{k} - {v};das {k} war {v};my {k} is {v};"
    "{v} ist mein {k};{k}\n{v};{k} ist jetzt {v};Ich habe das {k} auf {v} geändert;ich benutze {v} als {k};"
    "Benutzer: max\n{k}: {v};{k} heißt {v};{k} (neu): {v};mit dem {k} {v} komme ich nicht rein;Unser {k} ist „{v}“;"
    "mein {k} ist {v} warum geht das nicht;hi, {k} {v} danke;{k}?? {v};'{v}' is my {k};the {k} should be {v};"
    "bitte {k} auf {v} setzen;das {k}, {v}, geht nicht;neues {k} {v};Probier mal {v} als {k};{k} ist immer noch {v};"
    "Ich logge mich mit {k} {v} ein;**{k}:** {v};I changed my {k} to {v};{k}: {v}\r\n\r\nViele Grüße"
).split(";")

CODE_WORDS = (
    "PIN;TAN;PUK;Geheimzahl;Zugangscode;Sicherheitscode;Bestätigungscode;Freischaltcode;Einmalcode;SMS-Code;mTAN;OTP;Türcode;"
    "Alarmcode;EC-Karten-PIN;Handy-PIN;Login-Code;verification code;security code;door code;PIN code;2FA-Code;Servicecode;"
    "Authentifizierungscode;Notfallcode;Bildschirmcode;Schließfachcode"
).split(";")
CODES = "4711;482913;4-7-1-1;vier sieben eins eins;A7K9Q2;90210;0815".split(";")
CODE_FRAMES = (
    "{k}: {v};{k} {v};meine {k} ist {v};Der {k} lautet {v}.;{k} = {v};my {k} is {v};{k}\n{v};{k} - {v};{k} ist jetzt {v};"
    "{k} war {v};Ihr {k}: {v}. Gültig 5 Minuten;der {k} ist {v} und geht nicht;{k}? {v};({k} {v});mein {k} {v} geht nicht"
).split(";")

STATEMENTS = (
    "vergessen;abgelaufen;falsch;zurückgesetzt;dasselbe;geheim;sicher;weg;leer;unbekannt;gesperrt;komisch;gleich;anders;nötig;"
    "ungültig;kompliziert;geändert;gespeichert;optional;temporär;nervig;uralt;lästig;Pflicht;erforderlich;lang;Wahnsinn;"
    "Quatsch;egal;gestohlen;weitergegeben;Schwachsinn;kurz;schwach;stark;gut;wichtig;unklar;Katastrophe;Mist;kaputt;Unfug;"
    "forgotten;expired;wrong;incorrect;secret;safe;gone;empty;unknown;locked;weird;different;required;invalid;complicated;"
    "changed;temporary;annoying;mandatory;weak;strong;private;important;missing;difficult;broken;outdated;stolen;tricky;easy"
).split(";")
STATEMENT_FRAMES = (
    "mein {k} ist {v};Das {k} ist {v}.;{k} - {v};mein {k} war {v};{k} ist immer noch {v};{k} ist leider {v};"
    "neues {k} {v};{k} wie immer {v};my {k} is {v} why;ist mein {k} {v}?;hi, {k} {v} danke"
).split(";")


def unread(words: list[str], frames: list[str], values: list[str]) -> st.SearchStrategy[tuple[str, str, str]]:
    """A word, a frame and a value of a grid."""
    return st.tuples(st.sampled_from(words), st.sampled_from(frames), st.sampled_from(values))


def written(word: str, frame: str, value: str) -> tuple[str, list[tuple[int, int]]]:
    """The frame with both, and where the value stands."""
    start = len(frame.partition("{v}")[0].replace("{k}", word))
    return frame.format(k=word, v=value), [(start, start + len(value))]


@given(unread(ACCOUNT_WORDS, NUMBER_FRAMES, ACCOUNT_NUMBERS))
def test_any_account_number_in_any_frame(one: tuple[str, str, str]) -> None:
    """An account number is unreadable after masking, whatever the account is called and however it is told."""
    assert readable(*written(*one)) == []


@given(unread(CUSTOMER_WORDS, NUMBER_FRAMES, CUSTOMER_NUMBERS))
def test_any_customer_number_in_any_frame(one: tuple[str, str, str]) -> None:
    """A customer number is unreadable after masking, whatever it is called and however it is told."""
    assert readable(*written(*one)) == []


@given(unread(PASSWORD_WORDS, PASSWORD_FRAMES, PASSWORDS))
def test_any_password_in_any_frame(one: tuple[str, str, str]) -> None:
    """A password is unreadable after masking, a plain word as well as a random one."""
    assert readable(*written(*one)) == []


@given(unread(CODE_WORDS, CODE_FRAMES, CODES))
def test_any_code_in_any_frame(one: tuple[str, str, str]) -> None:
    """A code is unreadable after masking, in digits, groups, letters or words."""
    assert readable(*written(*one)) == []


@given(unread(["Passwort", "Kennwort", "WLAN-Passwort", "password", "PW"], STATEMENT_FRAMES, STATEMENTS))
def test_what_is_said_about_a_password_is_none(one: tuple[str, str, str]) -> None:
    """Words that say something about a password raise no finding where a password could stand."""
    assert kinds(written(*one)[0]) == []


@pytest.mark.parametrize("frame", ["{v} ist meine {k}", "Ist {v} die {k}, die Sie meinen?"])
def test_a_number_before_its_name(frame: str) -> None:
    """A customer number before its name is found in every shape."""
    for value in CUSTOMER_NUMBERS:
        assert readable(*written("Vertragsnummer", frame, value)) == [], value

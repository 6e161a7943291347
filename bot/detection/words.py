"""The vocabulary that announces a number, in folded text (ä is a or ae, ß is s): what is a secret, what is harmless."""

import itertools
import re

from bot.detection.finder import Finder, words


def misspelt(word: str) -> str:
    """A pattern for `word` and every slip of one key: a letter left out, doubled, swapped or, after the first,
    replaced."""
    found = {word}
    for i in range(len(word)):
        found.add(word[:i] + word[i + 1 :])
        found.add(word[:i] + word[i] + word[i:])
        found.add(word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :])
    replaced = [f"{word[:i]}[a-z]{word[i + 1 :]}" for i in range(1, len(word))]
    return "|".join([*sorted(found, key=lambda slip: (-len(slip), slip)), *replaced])  # the same in every process


def spaced(word: str) -> str:
    """A pattern for `word` with a sign or space between each two letters: "P a s s w o r t", "P.I.N"."""
    return r"\b" + r"[ .\-*]".join(word) + r"\b"


def drawn(word: str) -> str:
    """A pattern for `word` with letters drawn out: "Passwoooort"."""
    return r"\b" + "".join(f"{letter}+" for letter in word)


def drawn_out(word: str) -> str:
    """A pattern for `word` with any letter repeated ("Kooonto", "Kundennnummer") or none of a double one."""
    return "".join(f"{letter}+" for letter, _ in itertools.groupby(word))


# Number keywords: a stem, perhaps a joint, a word for number: "Kunden-Nr", "Kd. Nr.", "Konto Nummer" are one word each.
# A digit at the end is the number's own, glued to its word ("Kto104917"): phrases.announced takes it back.
_NO = (
    rf"(?:(?:nu?m{{1,3}}e?rn?|nr|numbers?|nummber|numbr|nubmer|{misspelt('nummer')}|kennung)"
    r"|(?:no|num|nbr|id|zahl)(?:\b|[0-9]))\.?"
)
_J = r"[ .\-_/]{0,3}"
_OF = (
    r"(?:[a-z]{0,16}bank|giro|depot|kredit|spenden|post(?:giro)?|darlehens|ziel|quell|treuhand|(?:miet)?kautions|gegen"
    r"|baufinanzierungs|wertpapier|anlage|sammel|unter|partner|ehe|jugend|kinder|taschengeld|studenten|basis|schul"
    r"|vereins|klassen|haus(?:geld)?|renten|nebenkosten|gesch(?:a|ae)ftsgiro|privatgiro|online-?giro|einlagen"
    r"|anderkonto"
    r"|flex|zinsplus|direkt|netto|spar[a-z]{0,8}|bauspar|kassen|verein[a-z]{0,3}|stiftungs|r(?:u|ue)cklagen"
    r"|urlaubs|spar(?:kassen)?|gehalts|lohn|referenz|privat|gesch(?:a|ae)fts|firmen"
    r"|gemeinschafts|tagesgeld|festgeld"
    r"|abbuchungs|lastschrift|haupt|zweit|verrechnungs|zahlungs|volksbank|haushalts|erstattungs|auszahlungs"
    r"|empf(?:a|ae)nger)"
)
_ACCOUNT_STEM = f"depot|{drawn_out('konto')}|kto|kt|ktn|kont|knto|{misspelt('konto')}"
_ACCOUNT_STEM_EN = rf"account|acct|acc|accnt|acnt|a/c|{misspelt('account')}"
ACCOUNT_WORD = (
    rf"(?:\b(?:{_OF}{_J})?(?:{_ACCOUNT_STEM}|{_ACCOUNT_STEM_EN}){_J}(?:{_NO}|\#)"
    rf"|{_OF}?(?:konto|kto|kontokorrent){_J}{_NO}"
    rf"|\b(?:{_OF}{_J})?(?:kontos?|kto|kt|kooo*nto+)\b\.?|\Bkonto\b"
    r"|\b(?:tagesgeld|festgeld|kontokorrent|giro)\b|\b(?:kontostand|saldo|balance) (?:f(?:u|ue)r|for)\b"
    rf"|\b(?:bank{_J})?(?:{misspelt('account')}|acct|acc|accnt|a/c)\b\.?|\b(?:{_OF}{_J})?(?:konto|kto|account"
    rf"|acct)[0-9]"
    rf"|\bspar(?:kassen)?buch(?:{_J}{_NO})?|bankverbindung|kontoverbindung|{spaced('kontonummer')}|{spaced('konto')}"
    rf"|\bk[. ]?t[. ]?o[. ]?n[. ]?r\b)"
)
_CUSTOMER_STEM = (
    rf"kunden?|kudnen|kund|knd|kdn?|ku?|vertragskonto|vertragskto|vertr?|vtrg?|vkto|v(?:k|n|tr)?|kundenkonto|kundenkto"
    rf"|{misspelt('kunden')}|{drawn_out('kunden')}|{misspelt('vertrags')}|vertrags?"
    r"|gesch(?:a|ae)ftspartner|ges(?:ch)?\.?[ ]?partner|gp|mitglieds?|mitgl|(?:kranken)?versich(?:erten|erungs)"
    r"|vers|krankenkassen"
    rf"|abo(?:nn?ements?|nn?enten)?|partner|teilnehmer|policen?|polizzen?|debitoren|{misspelt('versicherungs')}"
    r"|patienten|mieter|miet(?:er)?vertrags|darlehens?|kredit(?:vertrags)?|bauspar(?:vertrags)?|leasing|lieferanten"
    r"|h(?:a|ae)ndler|(?:kunden|bonus|club|vorteils|payback|treue)-?karten|payback|abnahmestellen?|b(?:u|ue)rger"
    r"|nutzer|klienten|stamm|personenkonto|auftraggeber|zugangs|rundfunkbeitrags|beitragszahler|gesellschafter"
    r"|versicherungsnehmer|leistungsempf(?:a|ae)nger|hausverwaltungs|p(?:a|ae)chter|spender|kursteilnehmer"
    r"|verbrauchsstellen|buchungskonto|abnehmer|mandats|mandanten|versicherungsschein|beitrags(?:konto)?|kundenstamm"
)
_CUSTOMER_STEM_EN = (
    rf"{misspelt('customer')}|costumers?|{drawn_out('customer')}|customers?'?s?|cust|cstmr|clients?"
    rf"|{misspelt('contract')}|contr|policy"
    r"|member|membership|subscriber|insurance|insured|patient|tenant|loan|agreement|loyalty|account[ ]holder|cardholder"
    r"|policy ?holder|supplier|business partner|consumer|taxpayer|beneficiary|donor|reference account"
)
CUSTOMER_WORD = (
    rf"(?:(?:\b(?:{_CUSTOMER_STEM}|{_CUSTOMER_STEM_EN})|kunden|vertrags?|vertragskonto|kundenkonto)\.?{_J}(?:{_NO}|\#)"
    r"|\b(?:nr\.?|nummer) (?:meiner|der|ihrer) kundenkarte\b"
    r"|\bnummer (?:meines|des|vom|zum|unseres) (?:kunden)?(?:vertrag(?:e?s)?|kontrakts)\b"
    r"|[a-z]{0,20}vertrag (?:hat|mit|lauft|laeuft|ist)(?: die| der| bei ihnen)? (?:nummer|nr|unter)\b"
    r"|\bbei ihnen unter\b"
    r"|[a-z]{0,24}(?:vertrage?s?|police|versicherung|mitgliedschaft)[ ]?[( ,]?(?:mit der |unter der )?"
    r"(?:nr|nummer|no)\b\.?"
    r"|\bkvnr\b|\bvkont\b|\bf(?:u|ue)hren (?:mich|uns) unter\b"
    r"|\bkund(?:e|in), (?:nummer|nr|no)\b\.?|\bkund(?:e|in) mit der (?:nummer|nr)\b\.?|\bcontract with you\b"
    rf"|\b(?:{_CUSTOMER_STEM_EN})\.?{_J}(?:ref(?:erence)?|code)\b\.?(?:{_J}{_NO})?|\bpersonenkonto\b"
    rf"|\b(?:kunden?|vertrags?|mitglieds?){_J}(?:ref(?:erenz)?|code)\b\.?(?:{_J}{_NO})?"
    rf"|\bmeine nummer bei (?:ihnen|euch)\b|\bmy number with you\b|vertragsk(?:onto|to)(?:\b\.?|[0-9])"
    r"|\bbeitragskonto\b|kundenk(?:onto|to)\b\.?"
    rf"|\bkund(?:e|in)\b(?: (?:bei ihnen|bin ich|ich|bei euch|registriert|gef(?:u|ue)hrt)){{0,2}} unter\b"
    rf"|\b(?:customer|client) under\b"
    r"|\b(?:customer|client|member|mitglied|kund(?:e|in))s? (?:with|mit)(?: the| der)? (?:id|nr|no|nummer|number)\b\.?"
    rf"|buchungskonto|kassenzeichen|kundenkennzeichen|\bcust(?:omer)?{_J}a(?:ccount|cct)(?:{_J}{_NO})?"
    rf"|\bcontract{_J}a(?:ccount|cct)(?:{_J}{_NO})?|{spaced('kundennummer')}|{spaced('kundennr')}"
    rf"|{spaced('vertragsnummer')}"
    rf"|{spaced('kunden')})"
)
CARD_WORD = (
    r"(?:kredit|debit|bank|giro|master|ec|visa)?[ \-]?(?:karten?|card)s?(?:\b|[ \-]?(?:nummer|nr|number|no)\b)"
    r"|\b(?:visa|amex|american express|mastercard|maestro|diners|jcb|discover|unionpay|cc|pan)\b"
)
IBAN_WORD = r"\biban"
BLZ_WORD = r"\b(?:blz|bankleitzahl|bank ?code|sort ?code)\b"
BANK_CONTEXT = (
    r"\biban|konto|\bkto|\baccount|\bbank|uberweis|ueberweis|\btransfer|\bdeposit|\bbic\b|\bswift|sepa|lastschrift"
    r"|gutschrift|erstatt|\brefund|abbuch|\bdebit\b|einzug|zahlung|payment"
)

HARMLESS_WORD = (
    r"adress|anschrift|bestell|auftrag|\border|sendung|track|paket|packet|parcel|shipment|shipping|liefer|consignment|waybill"
    r"|\bticket|vorgang"
    r"|aktenzeichen|\baz\b|rechnung|invoice|beleg|zahler|zaehler|\bmeter|zahlpunkt|zaehlpunkt|marktlokation|\bmalo"
    r"|\bmelo|messlokation|\bstand|ablesung|reading|\bisbn|\bean\b|\bgtin|\bimei|\btel\b|telefon|handy|mobil|phone"
    r"|\bfax|hotline|rufnummer|anruf|\banrufen|erreich|\bcall\b|durchwahl|whatsapp|besprechung|meeting|konferenz"
    r"|conference|\bzoom|webex|uuid|request|\bbuild\b|version|artikel|serien|serial|\bplz\b|postleitzahl|\bcase\b"
    r"|\bfall\b|fallnummer|referenz|\bref\b|reservierung|buchung|booking|\bgerat|\bgeraet|modell|\bmodel\b"
    r"|\bsku|katalog|gutschein|coupon|voucher|rabatt|vorwahl|\bmac\b|\bip\b|aktenz|personalausweis|steuer"
    r"|wohnung|hausnummer|zimmer|room\b|kennzeichen|flug|flight|\bzug\b|protokoll|fehler"
    r"|\berror|\bhash|commit|\bisin|\bwkn|\bmeldung|schaden|claim|incident|dhl|hermes|\bups\b|fedex|usps"
    r"|\bdpd|\bgls\b"
    r"|umsatzsteuer|\bust|vat\b|handelsregister|\bhrb|zertifikat|lieferschein|angebot|quote\b|verbrauch|leistung"
)
LABEL = Finder(
    rf"(?P<IBAN>{IBAN_WORD})|(?P<BLZ>{BLZ_WORD})|(?P<CUSTOMER_NUMBER>{CUSTOMER_WORD})|(?P<ACCOUNT>{ACCOUNT_WORD})"
    rf"|(?P<CARD>{CARD_WORD})|(?P<PAYMENT>abbuchung|umbuchung|einbuchung|dauerauftr|standing order)"
    rf"|(?P<HARMLESS>{HARMLESS_WORD})",
)
"""The words that say what a number is; the name of the matched group is what they say."""

UNIT_AFTER = words(
    r"[ \t]{0,2}(?:€|\$|£|%|°|euros?\b|eur\b|btu\b|usd\b|chf\b|dollars?\b|cents?\b|kwh|mwh|kw\b|wh\b|m3|m2|qm|km\b|kg\b"
    r"|uhr\b|h\b|am\b(?! )|pm\b|mal\b|x\b(?! )|tage?n?\b|days?\b|wochen?\b|weeks?\b|monate?n?\b|months?\b|jahre?n?\b"
    r"|years?\b|stunden?\b|hours?\b|minuten?\b|minutes?\b|stellen\b|stellig|ziffern?\b|zeichen\b|digits?\b"
    r"|characters?|nummern|numbers|eintr(?:a|ae)gen?|entries|st(?:u|ue)ck"
    r"|chars?\b|buchstaben|versuche?n?\b|attempts?|times\b|prozent|percent|grad\b|volt|watt|ampere|liter|bar\b)"
    r"|[.,][0-9]{2}[ \t]{0,2}(?:€|euro\b|eur\b)",
)
"""A quantity: what follows the number measures something."""
# It begins with the class of last characters, which the engine seeks fastest; what ends with them is asked behind it.
PRICE_BEFORE = re.compile(r"[€$£RrOoDd](?:(?<=[€$£])|(?<=\b(?i:eur|usd))|(?<=\b(?i:euro)))[ \t]{0,2}\Z")
DATE = re.compile(
    r"(?:[0-3]?[0-9][./\-][01]?[0-9][./\-](?:19|20)?[0-9]{2}|(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9])(?![0-9])"
)
MEETING = Finder(
    r"besprechungs?-?id|meeting[ -]?id|teams\.microsoft\.com|teams\.live\.com|telefonkonferenz|konferenz-?id"
    r"|conference id|microsoft teams|zoom\.us|\bzoom[ -]?(?:meeting|id|link)|webex|kenncode|dial.?in|besprechungskenn"
    r"|an der besprechung|meeting(?:s)? (?:passcode|password)|meeting beitreten|meetup-join|join the meeting"
    r"|(?:zum|das|dem|unser|this|our|the) (?:meeting|zoom|besprechung)"
)
"""The dial-in text of an online meeting: its id and passcode are meant to be read."""

BACK = 60
"""How far before a number its label is looked for, in characters."""


def label_before(text: str, at: int, back: int = BACK) -> tuple[str, int]:
    """What the nearest labelling word before `at` calls what follows, and where that word ends ("", -1: none)."""
    start = max(0, at - back)
    word = LABEL.last(text[start:at])
    if word is None:
        return "", -1
    if word.name == "HARMLESS" and (whose := _OBJECT.search(text, start, start + word.start)):
        named = LABEL.last(text[start : whose.start()])
        if named is not None and named.name != "HARMLESS" and start + named.end >= whose.start() - 1:
            return named.name, start + named.end
    return word.name, start + word.end


_OBJECT = words(r"\.?[ ](?:f(?:u|ue)rs?|for|of|zu[rm]?|de[rs])[ ](?:[a-z]{2,10}[ ]){0,2}[a-z\-]{0,16}\Z")
"""Before a harmless word: it is only what something else is for ("Kartennummer fuer die Buchung")."""


def sentence_between(text: str, start: int, end: int) -> bool:
    """Whether a sentence ends between the two positions."""
    return bool(_SENTENCE_END.search(text, start, end))


_SENTENCE_END = re.compile(
    r"[.!?](?=\s)(?<!nr\.)(?<!\blt\.)(?<!\bgem\.)(?<!\bca\.)(?<!ggf\.)(?<!bzw\.)(?<!inkl\.)(?<!evtl\.)(?<!str\.)(?<!kto\.)(?<!no\.)|\n\s*\n",
    re.I,
)

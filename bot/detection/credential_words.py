"""The vocabulary of credentials in folded text, and the ordinary words that stand where a password could."""

import re

from bot.detection.finder import Finder, words
from bot.detection.words import drawn, misspelt, spaced

_MISSPELT = "|".join(
    [
        misspelt("passwort").replace("pass[a-z]ort", "pass[a-oq-z]ort"),  # a passport is none
        *map(misspelt, ("password", "kennwort")),
        *map(spaced, ("passwort", "password", "kennwort")),
        r"p[a4@][s$5]{2}[ \-]?w(?:[o0]|oe)r[dt7]",
        r"k[e3]n{1,2}w[o0]r[t7]",
        *map(drawn, ("passwort", "password", "kennwort")),
        r"\bpa?ss?w[o0]?r?[dt]\b",
        r"\bps+w[o0]?r?[dt]\b",
    ]
)
PASSWORD = (
    rf"(?:{_MISSPELT}|passw(?:o|oe)rter|kennw(?:o|oe)rter"
    rf"|passwd|\bpassw\b\.?|\bkennw\b\.?|\bp[ ./\-]w\b|\bpswd\b|\bpwrd\b|\bpw[td]\b|\bpass ?wort"
    r"|\bpwor[td]|\bpwd|\bpw|\bpsw"
    rf"|\bpasw|pass[ \-]?phrase|\bseeds?\b(?:[ \-]?(?:phrase|words?))?|(?:recovery|mnemonic|backup|wiederherstellungs"
    rf"|secret)[ \-]?(?:phrase|words|worter|woerter)"
    r"|passsatz|pass-?satz|merksatz|kennsatz|kennwort|kennphrase|losungswort"
    r"|(?:secret|memorable|magic) word|zugangsphrase|geheimwort|merkwort|zugangswort|passcode|passkey|kenncode"
    r"|codewort|\bparole|sicherheitswort|kenntwort|geheime antwort|secret answer"
    r"|code ?words?|security words?|\bkw\."
    r"|safewort|safeword|kontrollfrage|sicherheitsfrage|security question|sicherheitsantwort|security answer"
    r"|passwor[dt]{2})(?:e?s)?\b"
)
_CODE_OF = (
    r"(?:zugangs|zutritts|sicherheits|bestatigungs|bestaetigungs|freischalt|freigabe|aktivierungs|einmal"
    r"|verifizierungs"
    r"|verifikations|[a-z]{4,20}(?:ierungs?|isations?|ications?)|verifications?|anmelde|einlade|einladungs"
    r"|login|sign[ \-]?in|sms|auth|authentifizierungs"
    r"|entsperr"
    r"|tur|tuer"
    r"|safe|tresor|geheim|super|access|security|verification|confirmation|activation|one[ \-]?time|authentication"
    r"|entry|door|gate|2fa|mfa|unlock|recovery|backup|secret|alarm|portal|online|telefon|kunden|zugriffs|login"
    r"|registrierungs|registration|sperr|gerate|geraete|device|pin|alarmanlagen?|authenticator"
    r"|authentifikations|kopplungs"
    r"|pairing|einlass|haustur|haustuer|app|e?mail|push|ipad|iphone|tablet|laptop|pc|legitimations"
    r"|identifikations|ident|start"
    r"|initial|temp"
    r"|display|entriegelungs|wallbox|reset|wiederherstellungs|ruecksetz|rucksetz|aktivier|lock|enrol?lment|invite"
    r"|account|mailbox|voicemail|schliess|schloss|garagen|keller|pass|garage|phone|sperrungs|gaste?|gaeste|guest|zahlen"
    r"|pr(?:u|ue)f|kontroll|einrichtungs|setup|master|benutzer|user|schl(?:u|ue)ssel(?:box|kasten|tresor)"
    r"|key(?:box|pad)|lockbox|kasten|fach|notfall|handy|smartphone|bankomat(?:karten)?|karten"
    r"|besucher|visitor|haus|tor|schrank|spind|locker|tages|wlan|wifi|hotspot|bildschirm|service|support"
    r"|fernwartungs|fernzugriffs|sitzungs|session|schlie(?:ss|s|sz)fach|koffer|fahrrad|signatur|rueckruf|ruckruf)"
)
_SPACED_CODES = "|".join(map(spaced, ("pin", "tan", "code")))
CODE = (
    rf"(?:{_SPACED_CODES}|{_CODE_OF}[ \-]?(?:codes?|kennung|schlussel|schluessel|zahl|ziffern?|password|passcode)\b"
    r"|\b(?:[a-z]{1,24}-){0,2}pins?\b|[a-z]{0,20}(?:karten?|standard|initial|default|sicherheits|benutzer|konto"
    r"|banking|handy|sim|geheim|login|zugangs|bank|signatur|transport|telefon|service"
    r"|kunden|geraete|gerate|app|ausweis|portal|start|wunsch|entsperr|display|safe|tresor|tuer|tur|online)-?pin\b"
    r"|\b(?:i|m|e|push|sms|photo|chip|qr)?-?tan[1-9]?\b|\bpuk(?:[ \-]?[12])?\b|\bt?otp\b|\bgeheimzahl"
    r"|\bge?h[a-z]{1,3}mzah?l|\bgeheimnummer"
    r"|\bpin(?:nummer|code|zahl)\b|\b(?:safe|tresor|schloss|schlie(?:ss|s|sz)fach|koffer|lock(?:er)?|spind"
    r"|zahlen|vault|door)[ \-]?[kc]ombination\b"
    r"|\bmpin\b|\bepin\b|\bp(?:[i1!]{2,}|[1!])n+\b|\bt(?:a{2,}|4)n+\b|\bsms (?:steht|stand|sagt|says|said|zeigt"
    r"|shows)\b"
    rf"|\bauthenticator(?: app|-app)? (?:zeigt|sagt|says"
    rf"|shows)\b|{spaced('geheimzahl')}|{spaced('zugangscode')}|\bpin[12]\b|\bzahlenschloss\b|\bcodeschloss\b"
    r"|\b(?:kombination|combination|combo)\b|\bcodes?\b"
    r"(?: (?:haust(?:u|ue)r|t(?:u|ue)r|tor|garage|keller|tresor|safe|anmeldung)\b)?|\b2fa\b"
    rf"|\bmfa\b)(?:[ \-]?(?:nr|nummer|no|number)\b\.?)?"
)
KEY = (
    r"(?:\b(?:(?:api|access|auth|bearer|secret|private|refresh|session|zugriffs|personal access|client)[ \-_]?)?"
    r"(?:tokens?|secret|key|schlussel|schluessel)\b|\b[a-z]{3,24}token\b|\b(?:netzwerk|wlan|wifi|wpa2?|wep"
    r"|(?:netzwerk)?sicherheits|freischalt"
    r"|lizenz)[ \-]?(?:schlussel|schluessel|key)\b|\bbearer\b)"
)
_DRAWN_OUT = r"\bp+a{2,}s+\b|\bp[ .\-_*]a[ .\-_*]s[ .\-_*]s\b"
KEYWORD = Finder(rf"(?P<PASSWORD>{PASSWORD})|(?P<CODE>{CODE})|(?P<TOKEN>{KEY})|(?P<PASS>\bpass\b|{_DRAWN_OUT})")

STEM = (
    r"passow|pass[ \-]?(?:wor|wd|phrase|code|key|satz|w\b)|p[a-z]{1,3}w[a-z]{0,4}[rdt]|\bpa?[a-z]{2,6}or[dt]"
    r"|p[a4@][s$5]{2}[ w]|_pass|\bpass(?:\b|_)|\bp+[ .\-/_*]+a+[ .\-_*]+s|\bp+aa+s|\bpp+a+s|\bp[ .\-/]w"
    r"|p+a+s+w|asswor|k+e+n+w|memorable|\bkw\b"
    r"|parole|k[a-z]{1,4}wor|kenn[a-z]{0,3}[rt]|kenw|kennw|kennsatz|merksatz|seed|recovery|mnemonic|wiederherstellung"
    r"|sicherheits(?:frage|antw)|security [qa]|kennphrase|\bpw|pwd|\bpsw|\bpwor"
    r"|(?:code|losungs|geheim|merk|safe|zugangs|heits)wort|security w"
    r"|_pw|\bpasw|backup|secret"
    r"|\b[ptkc][ .\-*][aieo][ .\-*][nsd]|\bg[ .\-*]e[ .\-*]h|(?:pin|tan"
    r"|puk)(?:ist|is|lautet)?[0-9]|\bsms (?:s[aht]|ze)|\bp(?:[i1!][i1!]+|[1!])n|\bt(?:a[a4]+|4+)n|authenticator"
    r"|pin(?:nummer|code|zahl|s?\b)|_pin|pin_|tans?\b|_tan|tan_|\bpuk|otp|geheim|imzah?l|code|schlussel|schluessel"
    r"|kennung|2fa|mfa"
    r"|(?:zugangs|safe|super|access|security)(?:zahl|ziffer)"
    r"|(?:safe|tresor|schloss|fach|koffer|lock|locker|spind|zahlen|vault|door)[ \-]?[kc]ombination"
    r"|\b(?:kombination|combination|combo)\b|zahlenschloss"
    r"|token|\bapi[ _\-]?key|\bkey\b|[_ -]key|key_|bearer|wifikey|wlankey"
)
"""Every word of a credential has one of these in it."""
NETWORK_KEY = words(
    r"(?:netzwerk)?sicherheits[ \-]?schl(?:u|ue)ssel|(?:netzwerk|wlan|wi-?fi|wpa2?|wep|router)[ \-]?(?:schl(?:u|ue)ssel"
    r"|key|code)"
)
"""The password of a network, whatever it is called."""
NAMED_KEY = words(
    r"(?:api|access|auth|bearer|secret|private|refresh|session|zugriffs|personal access|client)[ \-_]?\w+|\w+token"
)
"""A key or token that no other word is needed for to know what it is."""

HARMLESS_CODE = words(
    r"(?:qr|bar|zip|post|postal|area|country|landes|source|quell|error|fehler|promo|rabatt|gutschein|discount|farb"
    r"|colou?r|dress|status|exit|swift|bic|sort|bank|branch|artikel|product|produkt|hs|iban|vorwahl|tracking|morse"
    r"|genetic|voucher|coupon|ean|strich|plz|http|rgb|hex|reason|building|booking|buchungs|referral|steuer|tax"
    r"|status|response|antwort|tarif|filial|sprach|language|currency|wahrungs|waehrungs|airport|flight|iata)"
    r"[ \-]?\Z"
)
"""What before "code" makes it an ordinary code."""

# Words that say something about a password instead of being one. Suffixes cover most adjectives and participles.
_STATEMENTS = frozenset(
    re.findall(
        r"\S+",
        """
        pflicht chefsache mist pech quatsch unsinn bloedsinn blodsinn absicht standard thema voraussetzung sache problem
        probleme vorschrift mull muell schrott zufall gluck glueck privatsache vertrauenssache frage fragen
        pflichtangabe geschichte tabu teil bestandteil liste typisch weird job kram fehler error geschmackssache
        ansichtssache nicht kein keine keinen keiner nie niemals noch nun mehr sehr zu so sicher unsicher falsch richtig
        korrekt gut schlecht lang kurz stark schwach einfach kompliziert leicht schwer neu alt gleich anders weg da hier
        dort bekannt unbekannt abgelaufen vergessen gesperrt verloren gestohlen geandert geaendert zuruckgesetzt
        zurueckgesetzt notig noetig erforderlich gultig gueltig ungultig ungueltig leer verschlusselt verschluesselt
        wichtig geheim privat offen das der die den dem des ein eine einen einem einer und oder aber wie was wo wer wann
        warum wieso weshalb welche welches ich du er sie es wir ihr mein dein sein unser euer ihre meine mir mich dir
        dich uns ihnen man jemand niemand bitte danke ja nein ok okay siehe folgt kommt per via auf an in im am bei mit
        von vom fur fuer aus nach uber ueber unter muss kann darf soll sollte wird werden wurde haben habe hat hatte ist
        sind war waren sei ware waere bin bist geht funktioniert stimmt passt fehlt lautet heisst heist erneut wieder
        immer moment sekunde augenblick sek weis gros spas blos scheise scheis gemas zeitgemas
        auch nur schon doch mal eben leider gerade jetzt bald spater spaeter morgen heute gestern vorhin dann damit
        daher dass ob weil wenn als bis seit ohne wegen manager reset vergabe eingabe anderung aenderung richtlinie
        richtlinien sicherheit schutz hinweis hilfe feld link eingeben andern aendern zurucksetzen zuruecksetzen
        wechseln speichern anzeigen anfordern abfragen mitteilen nennen verraten weitergeben schicken senden geben sagen
        teilen notieren brauchen merken wahlen waehlen erstellen setzen einstellungen konto server benutzername anmelden
        anmeldung login registrieren bestatigen bestaetigen wiederholen pflichtfeld optional mindestens maximal zeichen
        ziffern buchstaben gross klein zahlen sonderzeichen beliebig dasselbe derselbe identisch verschieden ahnlich
        aehnlich unverandert unveraendert aktuell vorhanden gespeichert klar egal weiss peinlich schade fertig fix not
        no none never wrong right correct incorrect invalid valid expired forgotten lost stolen changed required needed
        missing empty secure insecure safe unsafe weak strong long short too very still now already again also only the
        a this that these those my your our his her their its it i you he she we they me him us them and or but how what
        where who when why which is are were be been being has have had do does did can could should would will may
        might must shall to for of on at by with from as if because until since without about please thanks yes here
        there same different known unknown available working broken accepted rejected locked blocked protected encrypted
        hidden private secret confidential public fine good bad simple easy hard complex new old unchanged number
        numbers policy field hint help change changing reminder recovery protection stuck blank wonky off down up gone
        out back kaputt tot wurscht wurst laut gemaess gemass doof dumm bloed blod mega einmal zweimal dreimal mehrmals
        nochmal nochmals manuell haendisch handisch vollstaendig genau exakt zuerst danach trotzdem selbst separat
        getrennt direkt unten oben links rechts komplex individuell unique random trivial riesig mies nervend banal
        generell momentan derzeit wunsch anraten verdacht eigentlich offenbar anscheinend wohl vielleicht eventuell
        angeblich definitiv eh halt sowieso gibt fehlanzeige irgendwo irgendwie irgendwas irgendwann nirgends nirgendwo
        zuhause daheim ueberall uberall drin dran durch kaum fast ganz ziemlich total voll echt absolut jedenfalls
        deshalb deswegen darum bereits laengst langst seitdem mittlerweile inzwischen endlich somewhere somehow really
        always almost quite rather pretty just kinda englisch deutsch steht stehen erscheint gilt maybe perhaps bisher
        bislang seither zuletzt frueher fruher vorher damals previously originally formerly before nerven nervt rubbish
        trash garbage crap terrible awful great useless raus futsch schlimm something anything nothing another one
        zuruck zurueck los bleibt bleiben stays remains aktiv inaktiv bereit unterwegs verfugbar verfuegbar auswendig
        sofort parat griffbereit fehlerfrei dauernd ofter oefter andauernd zeitnah umgehend vorab hinterher gemeinsam
        blind doppelt twice instead anymore yourself first once often either though together denn jemals stets
        tatsachlich tatsaechlich keinesfalls bestenfalls allerdings hingegen jedoch dennoch eingebe eintippe nutze
        benutze verwende nehme vergebe speichere rein hinein hinaus nimmer asap allein alleine keins dito ditto perdu
        nee noe nope nah tbc like speak ask ever entfallt entfaellt pathetic grim pillepalle bloss blosz lieber besser
        schlimmer anbei beigefugt beigefuegt nachgereicht ausstehend offline online hochgeheim adresse wahnsinn
        schwachsinn katastrophe notwendigkeit murks arger aerger theater temporar temporaer usus uralt kindergarten
        stress unfug nonsens vergangenheit witz scherz frechheit zumutung albtraum alptraum geduldsprobe chaos ding
        desaster kinderspiel geheimnis ratsel raetsel hurde huerde formsache gewohnheit selbstverstandlichkeit zwang
        graus horror drama show spass vorteil nachteil hindernis schikane schande skandal blamage farce plage qual
        zeitverschwendung ehrensache routine nebensache hauptsache bedingung auflage norm regel ausnahme grundlage basis
        bullshit scheisse scheiss kacke dreck bockmist kase kaese humbug mumpitz larifari komisch seltsam merkwurdig
        merkwuerdig eigenartig unklar klasse prima spitze super toll genial krass heftig cool okey passabel annehmbar
        brauchbar nutzlos sinnlos wertlos zwecklos hoffnungslos problemlos mittelmassig veraltet antiquiert modern
        zeitgemass zeitgemaess sperrig umstandlich umstaendlich nervig lastig laestig anstrengend ermudend ermuedend
        frustrierend verwirrend erschreckend entscheidend ausreichend zutreffend passend fehlend folgend abweichend
        lautend durcheinander vermutlich angepasst hinterlegt uberfallig ueberfaellig weitergegeben mitgeteilt
        nachgeschaut vorgegeben festgelegt festgeschrieben bereitgestellt zusammengesetzt wiederhergestellt
        unterschiedlich unbrauchbar unsichtbar unverstandlich unverstaendlich unnotig unnoetig unvollstandig
        unvollstaendig unzulassig unzulaessig unwichtig unbedingt jedesmal jederzeit immerhin sozusagen beliebt
        unbeliebt legendar legendaer ominos omin mysterios mysterioes dubios prekar prekaer primar primaer sekundar
        sekundaer universal global lokal zentral digital analog speziell personell original final legal illegal optimal
        minimal normal formal real konstant relevant interessant brisant elegant transparent permanent dezent konsequent
        kompetent effizient robust bewusst gewiss knapp locker fest lose rar selten haufig haeufig oft manchmal ofters
        oefters mehrfach zweifach dreifach heikel dunkel hell bunt simpel nobel flexibel sensibel kompatibel
        inkompatibel variabel disaster tricky lengthy faulty crappy stupid ready sticky risky messy dodgy silly fiddly
        lousy dirty rusty funny scary crazy lazy handy iffy sketchy shady wacky quirky lovely friendly unlikely likely
        temporary mandatory identical personal important difficult unclear complicated annoying nonsense obsolete
        outdated obvious generic default typical special specific similar sensitive insensitive compromised leaked
        hacked shared stored saved written noted printed attached pending active inactive enabled disabled suspended
        deactivated elsewhere nowhere everywhere anywhere someplace awkward odd strange common uncommon popular
        unpopular rare current recent ancient legacy compulsory obligatory essential crucial vital critical urgent
        useful helpful harmless pointless meaningless worthless hopeless endless nightmare mess pain hassle joke
        gibberish overkill yours ours theirs hers nobody's everyone's set done over due late early soon later today
        tomorrow yesterday apparently obviously unfortunately sadly luckily probably possibly surely clearly literally
        basically actually honestly supposedly reportedly allegedly generator see sent enclosed following below above
        tba tbd null n/a na xxx hello hi
        """,
    )
)
_BENT = (
    r"(?:hinter|u(?:e)?ber|unter|wieder|weiter|fest|bereit|mit|nach|vor|los|durch|voll|raus|rein|dazu|nieder"
    r"|her|hin|zu|bei|dar"
    r"|zusammen|vorbei|nachge|vorge)(?:ge[a-z]{2,16}(?:t|en)|(?:legt|setzt|stellt|geben|nommen|lassen|tragen"
    r"|zogen|schrieben"
    r"|holt|halten|teilt|kommen|gangen|standen|bunden|sehen|sagt|macht|lesen|schickt|leitet|pruft|prueft"
    r"|arbeitet|langt|weist))"
)
_PARTICIPLE = re.compile(
    rf"{_BENT}\Z|(?:ge|ver|be|er|ent|zer|ab|an|auf|aus|ein|zuruck|zurueck|um)[a-z]{{2,20}}(?:t|en)\Z"
)
_ABOUT = re.compile(
    r"(?:(?:ge|ver|be|er|ent|zer|ab|an|auf|aus|ein|zuruck|zurueck|um|weg|miss)[a-z]{2,20}(?:t|en)"
    r"|(?:gleich|selb|falsch|richtig|alt|neu|sicher|einfach|kurz|lang|schlecht|stark|schwach|aktuell|bekannt"
    r"|normal|letzt"
    r"|ander)e|un[a-z]{3,20}|[a-z]{3,16}(?:heit|keit|sinn|sache|zwang|(?:[tlrdn]i|u)oe?s|[uinr]ell|selig|artig|wertig"
    r"|maessig|massig)|[a-z]{3,20}(?:ig|lich|isch|bar|los|sam|haft|iert|ierte|igt|ungs?|ieren))"
    r"e?[nrsm]?\Z|[a-z]{3,20}(?:able|ible|ful|less|ous|ing|ed|ive)\Z"
)


def statement(word: str) -> bool:
    """Whether a word of letters only, standing alone, rather says something about a password than is one."""
    return word.strip(".,;:!?").lower() in _STATEMENTS


_TOPIC = words(
    r"(?:\w*(?:problem|frage|hilfe|wechsel|verlust|anfrage|sperre|eingabe|schutz|regel|feld|portal|konto|liste|pflicht"
    r"|daten|mail|brief|seite|service|support|system|server|router|kriterium|kriterien|laenge|lange|safe|tresor|stress"
    r"|thema|sache|chaos|reset|rucksetzung|ruecksetzung|ablauf|abfrage|formular|fenster|maske|zeile|datei|karte|zettel"
    r"|vergabe|sicherheit|starke|staerke|hash|check|test|tipp|info|zugang|zugriff|wort|code|center|app|token"
    r"|[a-z]{3}(?:ung|tion|sion|ment|itaet|itat|ity))e?[nsr]{0,2}"
    r"|(?:problem|question|issue|help|prompt|screen|page|box|form|dialog|entry|file|list|hash|reuse|update|rule|length"
    r"|strength|support|security|requirement|email|account|button|storage|vault|leak|breach|attempt|input|character"
    r"|response|option|setting|store|app|trouble|woe|mess|drama|blues|loss|expiry|rotation|sharing|nonsense"
    r"|hell|fail|text|string|value|token|mismatch|corrupt(?:ed)?|inaktiv|inactive|aktiv|active)s?)\Z"
)


def topic(word: str) -> bool:
    """Whether a noun after "Passwort" rather says what about it ("Passwort Problem", "password prompt")."""
    return bool(_TOPIC.match(word.strip(".,;:!?").lower()))


_NOUNS = ("bling", "hling", "terling", "zwilling", "neuling", "sperling", "ferling", "lehrling", "sesam", "sesame")
"""How German nouns end that are no English participle: "Schmetterling"."""


def predicate(word: str) -> bool:
    """Whether a lower-case word after "ist" reads as an adjective or participle ("abgelaufen", "expired")."""
    last = word.lower().rpartition("-")[2]
    return _ABOUT.match(last) is not None and not last.endswith(_NOUNS)


def participle(word: str) -> bool:
    """Whether a lower-case word reads as a German participle or infinitive ("vergeben", "geaendert")."""
    return bool(_PARTICIPLE.match(word))


def says(word: str) -> bool:
    """Whether a word rather says something about a password than is one, wherever it stands."""
    return statement(word) or topic(word) or participle(word) or predicate(word)


def plain_word(word: str) -> bool:
    """Whether a word can be a password as far as it goes: it says nothing about one."""
    return not (says(word) or word.endswith("lich"))


def noun_like(word: str) -> bool:
    """Whether a word between commas is no adverb and no statement."""
    return not (statement(word) or topic(word) or word.endswith(("ly", "lich", "weise", "ig", "en", "ed", "t")))


def free_word(word: str) -> bool:
    """Whether a word where verbs, adjectives and the names of things stand as well can be a password."""
    named = word[0].isupper() and word[1:].islower()  # German writes nouns so
    bent = not named and word.endswith(_BENT_ENDS) and not word.endswith("fly")
    return plain_word(word) and not (bent or word.lower() in _THINGS or KEYWORD.found(word))


_BENT_ENDS = ("en", "ern", "eln", "ed", "ing", "ly", "al", "ic", "ent", "ant", "ary", "ory", "est")
"""How verbs and adjectives end."""
_THINGS = frozenset(
    re.findall(
        r"\w+",
        """
        werkseinstellung werkseinstellungen standard default null anfang wunsch etwas what papier zettel deutsch anfrage
        namen name geburtstag geburtsdatum wort zahl zahlen datum satz text begriff haustier birthday word number
        telefonnummer benutzername username hause
        """,
    )
)
"""What a password is made of, kept on or set to."""


NEGATED = words(
    r"\b(?:nicht|kein|keine[nsrm]?|nie|niemals|not|never|don't|dont|doesn't|isn't|can't|cannot|muss|mussen"
    r"|muessen|soll"
    r"|sollte|sollten|darf|durfen|duerfen|must|should|may|how|wie(?! folgt)|warum|why|wo finde|where|what|besteht"
    r"|brauche|brauchen|(?<!you )need|vergessen|forgot|forgotten|mindestens|at least|wurde|falsch|wrong|sicheres"
    r"|starkes"
    r"|manager|generator|limit|anzahl|count|budget|verbrauch|usage|richtlinien?|policy|hinweis|hint|vergabe"
    r"|reset|wechsel|anderung"
    r"|aenderung|feld|field|lange|laenge"
    r"|length|verfahren|eingabe|hash|format|regeln?|rules?|hashed|encrypted|stored|verschlusselt|verschluesselt"
    r"|gehasht)\b"
)
"""Between keyword and value these turn a disclosure into a statement or a question."""

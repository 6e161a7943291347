"""How people announce a number: "Kontonummer: 12", "meine Kundennummer bei der Kasse lautet 12", "12 ist meine PIN"."""

import re
import string
from collections.abc import Iterable, Iterator

from bot.detection.finder import Finder, Vocabularies, Word, words
from bot.detection.numbers import Run, run_of
from bot.detection.words import DATE, LABEL, PRICE_BEFORE, UNIT_AFTER, label_before, sentence_between

REACH = 72
"""How far after its keyword a number may stand, in characters."""
COPULA = (
    r"(?:ist|lautet|lautete|war|waere|ware|is|was|are|'s|sind|heiss?t|heiszt|be|reads?|equals|habe ich|hab ich"
    r"|gleich|hier|folgende|folgendes|as follows|wie folgt|nun|jetzt|now|neu)"
)
_IS = words(rf"(?:\b{COPULA}\b|[:=>])[^0-9A-Za-z]{{0,8}}(?:(?:also|die|der|das|the|so|jetzt|nun|number|nummer|nr)\b"
                 rf"[^0-9A-Za-z]{{0,4}}){{0,3}}\Z")  # fmt: skip
_FILLER = words(
    rf"(?:[^0-9A-Za-z]|\b(?:{COPULA}|die|der|das|meine?r?|my|the|nummer|number|nr|no|also|bei|ihnen|von|mir|des"
    r"|auf|an|for|und|and|bitte|please|ja|mal|so|dann|code|id|gerne|natuerlich|naturlich)\b){0,40}+\Z",
)
_POINTS = words(
    r"\A(?:[ ][a-z]{2,20}){0,4},?[ ](?:steht [^.!?0-9\n]{0,40}[,;:\-][ ]"
    r"(?:(?:das|sie|die|es|hier)[ ](?:ist|lautet|w(?:a|ae)re)(?: die)?[ :]{1,2})?"
    r"|is on [^.!?0-9\n]{0,40}[,;:\-][ ](?:(?:it|that|this)(?:'s| is)[ :]{1,2})?)(?:[A-Z]{1,4}[\-/ ]?)?\Z"
)
"""Where the number stands is said first, then the number: "... steht auf der Rechnung, das ist die 12"."""
_ASKED = words(
    r"(?:[ ](?:f(?:u|ue)rs?|beim?|vom|zum|for|of)(?:[ ][\w\-]{2,24}){1,3})?(?:[ ](?:vergessen|n(?:o|oe)tig"
    r"|unbekannt|nicht|zur|da|hand|parat|gerade|forgotten))*[ ]?[?!]{1,3}\s{1,2}(?:-{1,2}\s)?"
    r"(?:[A-Za-z]{2,12}:[ ])?"
    r"(?:(?:moment|bei|mir|uns|sie|sekunde|warte|ja|klar|gern|gerne|sicher|also|hm+|aeh|ok|hier|yes|sure|one sec|it's"
    r"|es|das|die|ist|w(?:a|ae)re|lautet|is|it|that|ach|ah|ich (?:glaube?|meine?|denke?|habe?|nutze)|i (?:think|mean"
    r"|guess|have|believe)|m(?:u|ue)sste|sein|be|should|um|von|wohl|genau|richtig|stimmt|the|my|meine?|unsere?|nr"
    r"|no|nummer|number)\b[\s.,:!\-]{0,4}){0,6}[\"'`]?(?:[A-Z]{1,5}[\-/ ]?)?\Z"
)
"""The question is taken up by the one who answers it: "Kundennummer? Moment ... 12"."""
_MEANT = words(
    r"[^.!?\n]{0,70}\?\s{1,2}(?:ich (?:meine?|rede von)|es geht um|gemeint ist|i mean|it's about"
    r"|(?:mine|ours) is|(?:meine|meins|unseres?) (?:ist|lautet|w(?:a|ae)re))"
    r"(?:[ ](?:die|das|den|der|the))?[ ]\Z"
)
"""The same, with what is meant: "Welches Konto soll es sein? Ich meine die 12"."""
_THEN = words(
    r"[^\n0-9]{0,70}?[.,!;\-]\s{1,2}(?P<clause>(?:(?:also|hier|sorry|ja|ach)\b[\s,:]{1,2}){0,2}"
    r"(?:(?:sie|die|das|es|it|that|this|the (?:new|old|right|correct) one"
    r"|(?:die|das) (?:alte|neue|richtige|aktuelle))[ ]"
    r"(?:ist|war|bleibt|lautete?|hei(?:s?s|sz)t|w(?:a|ae)re|is|was|remains|stays|reads)|that's|it's)[ :]{1,2}"
    r"(?:(?:auch|immer|noch|weiterhin|also|still|die|der|das|the)[ ]){0,2})(?:[A-Z]{1,4}[\-/ ]?)?\Z"
)
"""The number is said in a later clause: "Kundennummer habe ich gefunden! Das ist die 12"."""
_CLAUSE = 8
"""So many characters are too few for another clause."""
_HAS_NUMBER = words(
    r"[ ](?:hat|has|mit|with|unter|under)[ ](?:(?:die|der|the)[ ])?(?:nummer|nr\.?|number|no\.?)[ :]{1,2}\Z"
)
_IN_COLUMN = re.compile(r"[ |*]*\n(?:[|:\- ]{3,80}\n)?(?:\|?[^|\n0-9]{1,40}\|[ ]?){1,4}\Z")
"""The number stands in the last column of the table whose last heading is the keyword."""
_IN_CELL = words(
    r"(?:[ ](?!(?:steht|fehlt|siehe|see|folgt|follows|oben|unten|above|below|wird|is|ist)\b)[A-Za-z.]{2,20}){1,3}"
    r"[ \t]*[\n|][ \t\n|>*]*(?:[A-Z]{1,4}[ \-/]?)?\Z"
)
"""The number stands in the cell or line below or beside its name: "Kundennummer Wasser | 440182"."""
_DATE_AT = words(
    r"[0-9]{1,2}(?:\.[ ]?(?:[0-9]{1,2}\.(?:(?:19|20)?[0-9]{2}\b)?|[a-z]{3,9}\b)|(?:st|nd|rd|th)?[ ][a-z]{3,9}\b)"
    r"(?:[ ](?:19|20)[0-9]{2}\b)?"
)
_DATED = words(r"\b(?:vom|am|of|on|dated|from)[ ]\Z")
"""Before the date of a letter: "Kundennummer laut Schreiben vom 3. Mai: 12"."""
_PLACE = words(
    r"\b(?:auf|in|aus|laut|gem(?:a|ae)ss|on|from|per)[ ](?:(?:de[rmn]|(?:m|d|s)?eine[rmn]|ihre[rmn]|unsere[rmn]|letzten"
    r"|aktuellen|the|my|our|your|last)[ ]){0,2}(?:[a-z]{0,16}rechnung|brief|schreiben|vertrag|invoice|bill"
    r"|letter|statement|contract)\b(?=[ ](?:ist|lautet|war|is|was|reads)\b)"
    r"|\b(?:laut|lt\.?|gem(?:a|ae)(?:ss|s|sz)|siehe)[ ](?:[a-z]{2,10}[ ])?(?:[a-z]{0,16}rechnung"
    r"|brief|schreiben|vertrag)\b"
)
"""Where the number is printed is no name of it: "Kundennummer auf der Rechnung ist 12"."""
_NEGATION = Finder(
    r"\b(?:nicht|kein|keine|keinen|nie|niemals|not|no longer|never|don't|endet|endend|endung|ending|ends|letzten?"
    r"|last|ersten?|first|ohne|without|seit|since|statt|mindestens|maximal|besteht|hat \d+|vergessen|forgot)\b",
)
_DIGIT = re.compile("[0-9]")
_LAID_OUT = re.compile(r"[.:=]{0,2}[ \t\n|>*\-]+(?:[A-Z]{1,4}[ \-/]?)?")
"""Nothing but table and list layout between a keyword and its number."""
# It begins with the class of characters, which the engine seeks fastest.
_FIRST_DIGIT = re.compile(r"[0-9OoIl](?:(?<=[0-9])|(?<![A-Za-z0-9].)(?=[0-9]))")
_BACKWARD = (
    r"(?:(?:[ ](?:ab|ein|aus|an|zu))?[\"'`)]?[?.,!]\s{1,2}(?:(?:das|dies|that|this|it)\s(?:ist|is|war|was|w(?:a|ae)re)"
    r"|that's|it's|also|n(?:a|ae)mlich)\s{1,2}"
    r"|(?:(?:[ ,.!?;:]|[ ]-[ ])[^0-9.!?\n]{0,50}?)?[.,;!?\-]\s{1,2}(?:(?:sorry|ja|also)\b,?\s)?"
    r"(?:das|dies|that|this|it)\s(?:ist|war|is|was|w(?:a|ae)re)\s{1,2}(?:(?:doch|ja|auch|aber|dann|now)\s{1,2})?"
    r"|[\"'`)]?\s(?=(?:die|meine|the|my|das|ihre|deine)\s)|[\"')\]\s,.*-]{0,4}\s?(?:ist|lautet|is|war|waere"
    r"|ware|=|-|als|as|\(|sind|(?:m(?:u|ue)sste|d(?:u|ue)rfte|sollte|should be|must be|might be)\s)\s{0,2})"
)
_OWNER = (
    r"(?:(?:auch|also|jetzt|nun|now|hier|die|das|der|dem|meine?[mnrs]?|unsere?[mnrs]?|the|my|our|ihre?|neue?"
    r"|new)\s{1,2}){0,3}"
)


class Announced:
    """A number that a keyword announces: where it may start, and the evidence of the words between."""

    __slots__ = ("digit", "evidence", "keyword")

    def __init__(self, keyword: tuple[int, int], digit: int, evidence: tuple[str, ...]) -> None:
        self.keyword = keyword
        self.digit = digit
        self.evidence = evidence


def claims_on(keyword: str) -> Vocabularies:
    """What may take the number behind the keyword (a pattern) from it: the keyword again, another name, a negation."""
    return Vocabularies(keyword, LABEL.pattern, _NEGATION.pattern)


_KEYWORD, _LABEL, _NEGATED = range(3)


def announced(text: str, claims: Vocabularies, called: Iterable[Word]) -> Iterator[Announced]:
    """For each place `called` where a keyword stands, the first digit after it, unless other words claim that
    number (`claims_on` the keyword)."""
    for match in called:
        if text[match.end - 1].isdigit():
            match = Word(match.start, match.end - 1, match.name, match.text)
        number = _number_from(text, match.end)
        if number is None:
            continue
        at, between = number
        if _answered(between):
            yield Announced((match.start, match.end), at, ("keyword",))
            continue
        claimed = claims.found(_without_prefix(between))
        if _KEYWORD in claimed:
            continue
        apart = sentence_between(between, 0, len(between))
        if _LABEL in claimed:
            between = _PLACE.sub(" ", between)
            claimed = claims.found(_without_prefix(between))
            if _LABEL in claimed:
                continue
        cell = _in_cell(between)
        if not (_NEGATED in claimed or (apart and not (_LAID_OUT.fullmatch(between) or cell))):
            strong = cell or _FILLER.match(between) or _IS.search(between) or _IN_COLUMN.match(between)
            yield Announced((match.start, match.end), at, ("keyword" if strong else "keyword-near",))


def _without_prefix(between: str) -> str:
    """`between` without the capitals that a number begins with: "CC" of "CC766867" is no word for a card."""
    return _PREFIX.sub("", between) if between[-1:].isupper() else between


_PREFIX = re.compile(r"(?<![A-Za-z])[A-Z]{1,4}\Z")


def _number_from(text: str, start: int) -> tuple[int, str] | None:
    """Where the first number behind `start` begins, and the words before it but for the date of a letter."""
    digit = _FIRST_DIGIT.search(text, start, start + REACH)
    if digit is None:
        return None
    at = digit.start()
    if not _DATED.search(text, max(start, at - 6), at) or (date := _DATE_AT.match(text, at)) is None:
        return at, text[start:at]
    digit = _FIRST_DIGIT.search(text, date.end(), start + REACH)
    return None if digit is None else (digit.start(), text[start:at] + text[date.end() : digit.start()])


def _answered(between: str) -> bool:
    """Whether the words between name and number lead to it by a clause of its own: an answer, or where it stands."""
    then = _THEN.match(between) if len(between) > _CLAUSE else None
    if then is not None and not _NEGATION.found(then["clause"]):
        return True
    if ("?" in between or "!" in between) and (_ASKED.match(between) or _MEANT.match(between)):
        return True
    return bool(_POINTS.search(between) or _HAS_NUMBER.match(between))


def _in_cell(between: str) -> bool:
    return ("\n" in between or "|" in between) and _IN_CELL.match(between) is not None


def filler(between: str) -> bool:
    """Whether `between` says nothing of its own: signs, "ist", "lautet", "bei Ihnen"."""
    return _FILLER.match(between) is not None


def follows_digit(text: str, called: list[Word]) -> bool:
    """Whether any word of `called` (in order) stands somewhere behind a digit of `text`."""
    return bool(called) and _DIGIT.search(text, 0, called[-1].start) is not None


_CODE = r"(?=(?:[A-Za-z\-/.]{0,8}[0-9]){3})[A-Za-z0-9]{1,12}+(?:[\-/.][A-Za-z0-9]{1,12}+){0,4}+"
"""A number of letters and digits: "8812-AX", "ab12cd34"."""


def named_after(keyword: str) -> re.Pattern[str]:
    """A pattern for a number followed by the words that name it: "12 ist meine Kundennummer"; group 1 is the number."""
    return words(
        rf"(?<![0-9A-Za-z])((?:[A-Za-z]{{1,4}}-?"
        rf"|(?-i:[A-Z]{{1,4}})[ ])?[0-9](?:[ .\-/]{{0,2}}[0-9]){{3,17}}+(?![0-9A-Za-z])|{_CODE})"
        rf"{_BACKWARD}{_OWNER}(?:[a-z]{{2,16}}[ \-]?)?(?:{keyword})"
    )


def named_before(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Each number of folded `text` that the words behind it name (`pattern` as of `named_after`)."""
    for match in _from_numbers(text, pattern):
        if _SEASON.fullmatch(match[1]) or _YEAR.fullmatch(match[1]) or _DAY.fullmatch(match[1]):
            continue
        linked = _VERB.search(text, match.end(1), match.end())
        if (
            text[match.end(1) : match.end()].lstrip(" \n\"'`)")[:1].isalpha()
            and not linked
            and not _ASKS.search(text, max(0, match.start() - 12), match.start())
        ):
            continue
        if (linked or not _OWN_NUMBER.match(text, match.end())) and label_before(text, match.start(1), 30)[
            0
        ] != "HARMLESS":
            yield match.span(1)


def _from_numbers(text: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """The matches of `pattern`, which begins with a number: tried only where one may begin, so many letters and signs
    before a digit."""
    at = 0
    while (digits := _DIGITS.search(text, at)) is not None:
        at, after = max(at, digits.start() - _LETTERS_BEFORE), digits.end()
        while at <= digits.start():
            if (at == 0 or text[at - 1] not in _ALNUM) and (match := pattern.match(text, at)) is not None:
                yield match
                after = match.end()
                break
            at += 1
        at = after


_DIGITS = re.compile("[0-9]+")
_LETTERS_BEFORE = 8
_ALNUM = frozenset(string.ascii_letters + string.digits)
_VERB = words(r"\b(?:ist|lautet|is|war|w(?:a|ae)re|als|as|sind|m(?:u|ue)sste|d(?:u|ue)rfte|sollte|be)\b|[=(]")
_ASKS = words(r"\b(?:ist|war|is|was|w(?:a|ae)re|stimmt)\s[\"'`]?\Z")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_DAY = re.compile(r"[0-3]?[0-9]\.[01]?[0-9]")
_SEASON = re.compile(r"(?:19|20)[0-9]{2}/(?:[0-9]{2}){1,2}")
_OWN_NUMBER = re.compile(r"[ :.#]{0,4}[0-9]")
_ENDS_NUMBER = re.compile(r"[,;]\s|\.\s(?=\S)|\n|\)|\(|\s[\-/|]\s(?=[0-9]{8}\b)")


def cut(text: str, start: int, low: int, high: int) -> Run | None:
    """The number that begins at `start`: the groups up to `high` digits, ended by a comma, a full stop or a line
    break once it has `low` digits; None where no reading has between `low` and `high` digits."""
    match = _DIGITS_FROM.match(text, start)
    if match is None:
        return None
    run = run_of(text, start, match.end())
    last = len(run.digits)
    for i in run.groups[1:]:
        gap = text[run.at(i - 1) + 1 : run.at(i)]
        if i > high or (i >= low and _ENDS_NUMBER.search(gap) and not _goes_on(text, run, i, high)):
            last = i
            break
    while last > high:
        earlier = [group for group in run.groups if 0 < group < last]
        if not earlier:
            return None
        last = earlier[-1]
    if last < low:
        return None
    return run if last == len(run.digits) else run_of(text, start, run.at(last - 1) + 1)


def _goes_on(text: str, run: Run, index: int, high: int) -> bool:
    """Whether the number goes on behind the doubtful gap before digit `index`: in one pattern, after its first digits
    in brackets, or on the next line."""
    if _same_shape(run, index):
        return True
    gap = text[run.at(index - 1) + 1 : run.at(index)]
    if gap.strip() == ")" and index <= _IN_BRACKETS and text[max(0, run.start - 1) : run.start] == "(":
        return True
    if "\n" not in gap or gap.strip(" \t\n>|*-"):
        return False
    return whole_line(text, run.at(index)) and index <= _UNFINISHED and len(run.digits) <= min(high, _LONGEST_BROKEN)


def whole_line(text: str, at: int) -> bool:
    """Whether the digits at `at`, the beginning of a line, can only be the rest of a number."""
    line = _LINE.match(text, at)
    return line is not None and not UNIT_AFTER.match(text, line.end()) and not DATE.match(text, at)


_IN_BRACKETS = 6
_UNFINISHED = 9
_LONGEST_BROKEN = 13
_LINE = re.compile(
    r"[0-9](?:[ .\-]?[0-9])*(?=[ \t]*(?:\Z|[\n,;.:)!?|(\"]|[a-z]))|(?![0-9]{5}(?![0-9]))[0-9]{2,13}(?=[ \t]+[A-Z])"
)
"""The rest of a number on the next line; five digits and a capital letter are a postcode and its town."""


def _same_shape(run: Run, index: int) -> bool:
    """Whether the groups on both sides of a doubtful gap are single digits or one regular pattern of groups."""
    bounds = (*run.groups, len(run.digits))
    i = bounds.index(index)
    return bounds[i] - bounds[i - 1] <= 2 and bounds[i + 1] - bounds[i] <= 2


_DIGITS_FROM = re.compile(r"[0-9OoIl](?:(?:[^0-9A-Za-z@+%€$£]{0,4}|\+)(?:[0-9]|[OoIl](?![A-HJ-NP-Za-km-np-z]))){0,40}")


_LISTED = 5
# "448201 und 448202", "alt 100293, neu 200293", "2201938, fuer meine Frau 2201939"
_NEXT = words(
    r"(?:[ ]?\([^()0-9\n]{1,24}\))?(?:[ ]?[,;/&]|[ ]\((?=alt|neu|old|new|fr)|[ ](?:und|and|oder|or|sowie|bzw\.?))"
    r"[ ]{0,2}(?<=[ (])(?:(?:und|and|aber)[ ])?"
    r"(?:(?P<other>neu|alt|jetzt|fr(?:u|ue)her|new|old|now|die (?:neue|alte)(?: ist| lautete?| war)?|jetzt ist"
    r"|the (?:new|old) one (?:is|was)|vorher(?: war es)?(?: die)?"
    r"|(?:f(?:u|ue)r|for)(?: [a-z]{2,12}){1,2})[: ]{1,2}"
    r"|(?P<own>ich hab(?:e)?|ich bin|bei mir|meine(?: ist| lautet)?|i have|mine is)[ ]{1,2}(?:die |the )?)?(?=[0-9])"
)


def listed(text: str, run: Run, plural: bool = False) -> Iterator[Run]:
    """The numbers that follow the one at `run` as a list or a change: of the same length, unless the words before
    them said that there are several (`plural`), or whose the next one is."""
    while len(run.digits) >= _LISTED and (gap := _NEXT.match(text, run.end)):
        alike = not plural and gap["own"] is None and gap["other"] is None
        more = cut(text, gap.end(), *((len(run.digits),) * 2 if alike else (_LISTED, 16)))
        if more is None or more.start != gap.end() or text[more.end : more.end + 1].isalnum():
            return
        if quantity(text, more.start, more.end):
            return
        yield more
        run = more


_NO_AMOUNT = 7
_NO_PRICE = 10
"""Unbroken digits that are no amount of anything any more."""
_NEXT_AMOUNT = re.compile(r"[ ](?:EUR|USD|CHF|GBP|€)[ ][-+]?[0-9]", re.I)
"""A currency that belongs to the number behind it."""
_DECIMAL = re.compile(r"[0-9]+,[0-9]{2}|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{2}")


def quantity(text: str, start: int, end: int) -> bool:
    """Whether the number at `start:end` is a price, a date or an amount of something."""
    digits = sum(map(str.isdigit, text[start:end]))
    if (digits >= _NO_AMOUNT and _NEXT_AMOUNT.match(text, end)) or (digits == end - start >= _NO_PRICE):
        return bool(DATE.match(text, start))
    return bool(
        _DECIMAL.fullmatch(text, start, end)
        or UNIT_AFTER.match(text, end)
        or DATE.match(text, start)
        or PRICE_BEFORE.search(text[max(0, start - 5) : start])
    )

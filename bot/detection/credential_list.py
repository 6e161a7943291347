"""Further credentials of a list: "Passwoerter: a, b und c"."""

import re

from bot.detection.credential_value import Value, read_password


def more_values(text: str, at: int, plural: bool) -> list[Value]:
    """The further items of a list that goes on at `at` ("a, b und c"): words too where the keyword was plural."""
    found: list[Value] = []
    while len(found) < 12 and (gap := _NEXT_ITEM.match(text, at)):
        value = read_password(text, gap.end(), "listed" if plural else "pair")
        if value is None or (value.evidence != ("keyword",) and "looks-random" not in value.evidence):
            break
        if not plural and not (gap["or"] or gap["or2"]):
            break
        found.append(value)
        at = value.end
    return found


_NEXT_ITEM = re.compile(
    r"[\"'`*)\].!]{0,2}[ \t]{0,2}(?:[,;:/"
    r"|\n]{1,3}[ \t]{0,2}(?:(?<=\n)(?:[\-*]|[0-9]{1,2}[.)])[ ])?(?:(?P<or>oder|or|bzw\.?|und|and)[ ])?"
    r"|[ ](?:und|and|(?P<or2>oder|or|bzw\.?))[ ])(?:(?:das |mein )?(?:neue[snr]?|alte[snr]?|new|old) )?[\"'`*(]{0,2}"
)

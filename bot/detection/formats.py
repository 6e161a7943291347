"""What the operator profile tells the guard: how the operator's own numbers look."""

import re
from dataclasses import dataclass

from bot.detection.kinds import SECRETS, Kind


@dataclass(frozen=True, slots=True)
class CustomerNumberFormat:
    """One number format of the operator.

    `name` is shown to the operator ("Kundennummer"); `keywords` are further words that announce such a number;
    `prefix` letters every number begins with ("KD"), `digits` the smallest and largest number of digits after it.
    A format with a prefix of two or more letters is recognised without any keyword.
    """

    name: str
    keywords: tuple[str, ...] = ()
    prefix: str = ""
    digits: tuple[int, int] = (6, 10)

    def __post_init__(self) -> None:
        low, high = self.digits
        if not 3 <= low <= high <= 18:
            raise ValueError(f"{self.name}: digits must be a range within 3 and 18")
        if self.prefix and not re.fullmatch(r"[A-Za-z]{1,6}", self.prefix):
            raise ValueError(f"{self.name}: prefix must be 1 to 6 letters")
        if any(not re.fullmatch(r"[\w .\-]{3,40}", keyword) for keyword in self.keywords):
            raise ValueError(f"{self.name}: a keyword is 3 to 40 letters, digits, spaces, dots or hyphens")


@dataclass(frozen=True, slots=True)
class NumberFormats:
    """The operator's number formats. `secret_identifiers` names kinds (`Kind` values such as METER) that this
    operator counts as secrets; `own_code_length` is the length of the one-time codes the product sends."""

    customer_numbers: tuple[CustomerNumberFormat, ...] = ()
    secret_identifiers: frozenset[str] = frozenset()
    own_code_length: int = 6

    def __post_init__(self) -> None:
        allowed = {kind.value for kind in Kind} - {kind.value for kind in SECRETS} - {Kind.CODE_SHAPE.value}
        if unknown := sorted(self.secret_identifiers - allowed):
            raise ValueError(f"unknown identifier kinds {unknown}; known are {sorted(allowed)}")
        if not 4 <= self.own_code_length <= 12:
            raise ValueError("own_code_length must be between 4 and 12")

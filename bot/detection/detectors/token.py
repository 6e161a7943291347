"""API tokens and keys by their published prefixes, and links that sign somebody in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.detector import Candidate, Detector
from bot.detection.finder import Finder
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.triggers import Trigger

# Prefixes as their issuers document them (GitHub, GitLab, OpenAI, Stripe, AWS, Slack, Google, npm, PyPI, SendGrid,
# Telegram, Azure SAS, JWT of RFC 7519, PEM of RFC 7468).
_FORMATS = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{16,255}|github_pat_[A-Za-z0-9_]{20,255}|glpat-[A-Za-z0-9_\-]{16,64}"
    r"|sk-[A-Za-z0-9_\-]{16,200}|[srp]k_(?:live|test)_[A-Za-z0-9]{10,200}|(?:AKIA|ASIA)[A-Z0-9]{12,20}"
    r"|xox[abprs]-[A-Za-z0-9\-]{10,200}|AIza[A-Za-z0-9_\-]{30,40}|npm_[A-Za-z0-9]{30,40}|pypi-[A-Za-z0-9_\-]{30,250}"
    r"|[0-9]{8,10}:AA[A-Za-z0-9_\-]{30,40}|SG\.[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{16,64}"
    r"|eyJ[A-Za-z0-9_\-]{10,2000}\.eyJ[A-Za-z0-9_\-]{8,4000}(?:\.[A-Za-z0-9_\-]{0,1000})?)"
)  # fmt: skip
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[A-Za-z0-9+/=\s]{0,8000}")
_URL = re.compile(r"\b(?:https?|ftp|sftp|ssh|postgres(?:ql)?|mysql|mongodb|redis|amqp)://[^\s<>\"]{4,2000}", re.I)
_USERINFO = re.compile(r"://[^/\s:@]{0,64}:([^/\s@]{2,128})@")
_SECRET_PARAMETER = re.compile(
    r"[?&#;](?:[a-z]{0,12}[_\-]?(?:token|secret|passwor[dt]|passwd|pwd|apikey|api[_\-]key|otp|ticket|nonce|magic|sig"
    r"|signature|session|sessionid|sid|auth|code|key|pin|tan|kennwort|jwt|hash|verify|login|invite|reset|credential))"
    r"=([^&#\s]{4,2000})"
    r"|[?&][tkcx]=((?=[A-Za-z_\-.]{0,40}[0-9])[A-Za-z0-9_\-.]{20,2000})",
    re.I,
)
_COMMAND = re.compile(r"(?<!\S)(?:-u|--user)[ =][\"']?[^\s:]{1,64}:((?![$%{<])[^\s\"']{3,128})")
_COMMANDS = (
    re.compile(r"\bsshpass[ ]{1,3}-p[ ]{0,3}[\"']?((?![$%{<])[^\s\"']{3,128})"),
    re.compile(
        r"\b(?:mysql|mariadb)[a-z]{0,6}(?:[ ]{1,3}(?!-p)[^\s]{1,64}){0,8}[ ]{1,3}-p[\"']?((?![$%{<])[^\s\"'=]{3,128})"
    ),
    re.compile(r"(?<!\S)(?:-u|--user)[ =][^\s]{1,64}[ ]{1,3}-p[ ]{1,3}[\"']?((?![$%{<\-])[^\s\"']{3,128})"),
)
"""Passwords on a command line: sshpass -p X, mysql -u U -pX, docker login -u U -p X."""
_SECRET_PATH = re.compile(
    r"/(?:reset|reset-password|password-reset|passwort-reset|passwort-zuruecksetzen|magic|magic-link|verify|confirm"
    r"|activate|aktivierung|aktivieren|bestaetigen|login|signin|sign-in|auth|token|einladung|invite|sso|onetime|otl)"
    r"/((?=[A-Za-z0-9_\-.~]{0,200}[0-9])[A-Za-z0-9_\-.~]{12,200})",
    re.I,
)
_MEETING_LINK = re.compile(
    r"https?://[a-z0-9.\-]{0,40}(?:teams\.(?:microsoft|live)\.com|zoom\.us|webex\.com|meet\.google)", re.I
)
_HARMLESS_VALUE = re.compile(r"(?:[a-z]{2}(?:[_-][A-Za-z]{2})?|true|false|null|[0-9]{1,3}|utf-?8|[a-z]{1,7})\Z", re.I)


@dataclass(frozen=True, slots=True)
class TokenDetector:
    """See the module."""

    name: str = "token"
    triggers: tuple[Trigger, ...] = (
        Trigger(
            r"(?:gh[pousr]_|github_pat_|glpat-|\bsk-|[srp]k_(?:live|test)_|akia|asia|xox[abprs]-|aiza|npm_|pypi-"
            r"|sg\.|eyj)[a-z0-9_\-]|[0-9]:aa[a-z0-9]"
        ),
        Trigger("private key-----"),
        Trigger("-u(?:ser)?[ =]", (Finder(":"),)),
        Trigger("sshpass|mysql|mariadb|docker login"),
        Trigger("[a-z]://", (Finder("[=@/][a-z0-9_.~]"),)),
    )

    def find(self, text: str) -> Iterator[Candidate]:
        """Tokens and keys anywhere, and in every link the parameter, path or user part that signs in."""
        for pattern in (_FORMATS, _PRIVATE_KEY):
            for match in pattern.finditer(text):
                yield Candidate(Kind.CREDENTIAL, *match.span(), ("prior", "token-format"), self.name)
        for match in _COMMAND.finditer(text) if "-u" in text else ():
            yield Candidate(Kind.CREDENTIAL, *match.span(1), ("prior", "token-format"), self.name)
        for pattern in _COMMANDS if "-p" in text else ():
            for match in pattern.finditer(text):
                yield Candidate(Kind.CREDENTIAL, *match.span(1), ("prior", "token-format"), self.name)
        for link in _URL.finditer(text):
            meeting = bool(_MEETING_LINK.match(link.group()))
            for pattern in (_USERINFO, _SECRET_PARAMETER, _SECRET_PATH):
                for match in pattern.finditer(text, link.start(), link.end()):
                    evidence = ["prior", "link"]
                    if meeting:
                        evidence.append("meeting")
                    value = match[match.lastindex or 1]
                    if pattern is _SECRET_PARAMETER and _HARMLESS_VALUE.match(value):
                        evidence.append("plain-word")
                    start, end = match.span(match.lastindex or 1)
                    end -= len(value) - len(value.rstrip(".,;:!?)'\""))
                    if end > start:
                        yield Candidate(Kind.CREDENTIAL, start, end, tuple(evidence), self.name)


def build(formats: NumberFormats) -> Detector:
    """The detector; it needs nothing of the profile."""
    return TokenDetector()

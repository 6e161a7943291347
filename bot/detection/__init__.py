"""The chat guard's detection: pure functions from a message to findings. See docs/detection.md."""

from bot.detection.formats import CustomerNumberFormat, NumberFormats
from bot.detection.kinds import SECRETS, Finding, Kind, Rejected, Request, Scan
from bot.detection.mask import mask
from bot.detection.scanner import Scanner
from bot.detection.window import AuthorWindow, Heard, Retro

__all__ = [
    "SECRETS",
    "AuthorWindow",
    "CustomerNumberFormat",
    "Finding",
    "Heard",
    "Kind",
    "NumberFormats",
    "Rejected",
    "Request",
    "Retro",
    "Scan",
    "Scanner",
    "mask",
]

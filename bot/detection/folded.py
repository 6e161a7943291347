"""A folded text beside its bytes. In a module of its own because mypyc compiles no subclass of `str`
(`deploy/compile_detection.py` leaves this one out)."""


class Folded(str):
    """Folded text that keeps its bytes, because many vocabularies are asked about it."""

    __slots__ = ("data",)
    data: bytes

    def __new__(cls, text: str) -> "Folded":
        """`text` with its bytes."""
        self = super().__new__(cls, text)
        self.data = in_bytes(text)
        return self


def in_bytes(text: str) -> bytes:
    """One byte for each code point of folded `text`, which keeps the offsets; the vocabularies are ASCII, so nothing is
    lost. An underscore ends a word."""
    return text.encode("ascii", "replace").replace(b"_", b" ")

"""Which service URLs are believed, and therefore sent a token: the SDK has no such list (teams-platform 9.2)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from yarl import URL


class ServiceUrls:
    """The allow-list of connector addresses: https and a listed host, on the standard port.

    `hosts` are host names; `*.example.org` admits every host below example.org. `rehearsal_origin` (such as
    `http://127.0.0.1:4000`, rehearsal settings only) admits exactly that origin besides.
    """

    def __init__(self, hosts: Iterable[str], rehearsal_origin: str | None = None) -> None:
        names = {host.strip().lower() for host in hosts} - {""}
        self._hosts = frozenset(name for name in names if not name.startswith("*."))
        self._suffixes = tuple(name[1:] for name in names if name.startswith("*."))
        self._origin = URL(rehearsal_origin).origin() if rehearsal_origin else None
        self.allowed = lru_cache(maxsize=256)(self._allowed)

    def _allowed(self, url: str) -> bool:
        """True if activities may name `url` and tokens may go there."""
        # Read by the parser that also sends (yarl), so that no second opinion about the host is possible.
        if len(url) > 512 or not url.isascii() or not url.isprintable() or any(c in url for c in "\\ %?#@"):
            return False
        try:
            parsed = URL(url)
            if not parsed.host or parsed.port is None:
                return False
            if self._origin is not None and parsed.origin() == self._origin:
                return True
        except ValueError:
            return False
        host = parsed.host.lower()
        return (
            parsed.scheme == "https"
            and parsed.port == 443
            and (host in self._hosts or (bool(self._suffixes) and host.endswith(self._suffixes)))
        )

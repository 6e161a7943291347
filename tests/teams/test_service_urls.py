"""The allow-list of service URLs (architecture decision 1)."""

from __future__ import annotations

import pytest

from bot.teams.service_urls import ServiceUrls

HOSTS = ["smba.trafficmanager.net", " *.Botframework.com ", ""]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("https://smba.trafficmanager.net/emea/aaaaaaaa-0000/", True),
        ("https://SMBA.trafficmanager.net/emea/", True),
        ("https://smba.trafficmanager.net:443/", True),
        ("https://europe.botframework.com/", True),
        ("https://botframework.com/", False),
        ("http://smba.trafficmanager.net/emea/", False),
        ("https://user@smba.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net./", False),
        ("http://127.0.0.1:4000/connector/", False),
    ],
)
def test_only_https_on_a_listed_host(url: str, allowed: bool) -> None:
    """Scheme, host and port decide; loopback is not there by default."""
    assert ServiceUrls(HOSTS).allowed(url) is allowed


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:4000/connector/", True),
        ("http://127.0.0.1:4000", True),
        ("http://127.0.0.1:4001/connector/", False),
        ("https://127.0.0.1:4000/connector/", False),
        ("http://localhost:4000/connector/", False),
        ("http://127.0.0.1:4000@example.org/", False),
        ("https://smba.trafficmanager.net/emea/", True),
    ],
)
def test_the_rehearsal_adds_exactly_its_origin(url: str, allowed: bool) -> None:
    """Scheme, host and port of the stand-in, nothing near it."""
    assert ServiceUrls(HOSTS, "http://127.0.0.1:4000/").allowed(url) is allowed


def test_an_empty_list_allows_nothing() -> None:
    """No hosts, no address."""
    assert not ServiceUrls([]).allowed("https://smba.trafficmanager.net/")

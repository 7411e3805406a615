import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.storage.signed_urls import SignedLinks
from tests.clock import Clock

TOKEN = "424242:a-bot-token"
KEY = "images/2026/11/22/abc-1.png"
BASE = "https://example.org"
OF_AN_EARLIER_VERSION = (
    "MTA2MCBpbWFnZXMvMjAyNi8xMS8yMi9hYmMtMS5wbmc.4bpiU5hoyNNyjbk3C6swLWtCMCM1r97zxgkewgnZqdg"
)


def token_of(links: SignedLinks, key: str = KEY, seconds: float = 60) -> str:
    return links.url(key, seconds).removeprefix(f"{BASE}/files/")


def test_link_is_valid_until_it_expires() -> None:
    """A moment after its expiry a link is refused."""
    clock = Clock()
    links = SignedLinks(TOKEN, BASE, clock)
    token = token_of(links)
    clock.advance(59)
    assert links.key(token) == KEY
    clock.advance(1)
    assert links.key(token) is None


def test_link_of_an_earlier_version_is_valid_until_it_expires() -> None:
    """A link in a chat survives an upgrade: this one was signed by the version without itsdangerous."""
    clock = Clock(1_000.0)
    token = OF_AN_EARLIER_VERSION
    assert SignedLinks(TOKEN, BASE, clock).key(token) == KEY
    assert token_of(SignedLinks(TOKEN, BASE, clock)) == token
    clock.advance(60)
    assert SignedLinks(TOKEN, BASE, clock).key(token) is None


def test_link_of_another_bot_is_refused() -> None:
    """The bot's token is the secret; it cannot be read from a link."""
    token = token_of(SignedLinks("424242:another-token", BASE))
    assert SignedLinks(TOKEN, BASE).key(token) is None
    assert "another" not in token


@pytest.mark.parametrize("key", ["secrets.txt", "../etc/passwd", "probe-1", "imagesx/a.png", ""])
def test_only_results_and_inputs_are_served(key: str) -> None:
    """Other files in the storage are not served, although their path was signed."""
    links = SignedLinks(TOKEN, BASE)
    assert links.key(token_of(links, key)) is None


@given(st.integers(0, 200), st.integers(1, 255))
def test_forged_link_is_refused(place: int, change: int) -> None:
    """Any changed byte of the payload or of the signature is refused."""
    links = SignedLinks(TOKEN, BASE)
    parts = [bytearray(base64.urlsafe_b64decode(p + "==")) for p in token_of(links).split(".")]
    part = parts[place % 2]
    part[place % len(part)] ^= change
    forged = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    assert links.key(forged) is None


@given(st.text())
def test_any_text_is_parsed_without_an_error(text: str) -> None:
    """Any text in the URL is handled."""
    assert SignedLinks(TOKEN, BASE).key(text) is None

import pytest

from tests.clock import Clock
from webhook_app.page.sessions import SECONDS, Sessions

_TOKEN = "Xr3Lq9-vT0bZ_s7Wd2Nf8Kp5Yh1Jm4Gc6Ae"


def test_a_session_lasts_half_a_day() -> None:
    """Who has shown the token need not show it until the evening, and not for ever."""
    clock = Clock(1000.0)
    sessions = Sessions(_TOKEN, clock)
    value = sessions.begin()
    assert sessions.is_valid(value)
    clock.now += SECONDS
    assert not sessions.is_valid(value)


@pytest.mark.parametrize("forged", ["", ".", "9999999999.", "9999999999.abc", "ж.ж", "x" * 5000])
def test_what_was_not_given_out_is_no_session(forged: str) -> None:
    """Nothing that a stranger sends is one, or a fault."""
    assert not Sessions(_TOKEN, Clock(1000.0)).is_valid(forged)


def test_a_new_token_ends_every_session() -> None:
    """Whoever has to shut somebody out changes it."""
    clock = Clock(1000.0)
    assert not Sessions(_TOKEN + "2", clock).is_valid(Sessions(_TOKEN, clock).begin())

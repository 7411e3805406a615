import pytest

from infra.sandbox.telegram.rates import RateLimits, Rates
from infra.sandbox.telegram.refusals import ApiError


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_chat_accepts_a_burst_and_then_one_a_second() -> None:
    """After the burst a message is refused with the seconds to wait, after which it passes."""
    clock = Clock()
    rates = Rates(RateLimits(chat_burst=3), clock)
    for _ in range(3):
        rates.spend(1)
    with pytest.raises(ApiError) as refusal:
        rates.spend(1)
    assert refusal.value.answer() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    clock.now += 1
    rates.spend(1)


def test_refused_message_costs_nothing() -> None:
    """An early attempt does not delay the next message."""
    clock = Clock()
    rates = Rates(RateLimits(chat_burst=1), clock)
    rates.spend(1)
    for _ in range(5):
        with pytest.raises(ApiError):
            rates.spend(1)
    clock.now += 1
    rates.spend(1)


def test_album_counts_as_its_messages() -> None:
    """Ten photos count as ten messages."""
    rates = Rates(RateLimits(chat_burst=10), Clock())
    rates.spend(1, 9)
    with pytest.raises(ApiError):
        rates.spend(1, 2)


def test_group_accepts_twenty_in_any_minute() -> None:
    """The twenty-first message into a group waits until the first is a minute old."""
    clock = Clock()
    rates = Rates(RateLimits(chat_burst=20), clock)
    rates.spend(-5)
    clock.now += 10
    for _ in range(19):
        rates.spend(-5)
    clock.now += 30
    with pytest.raises(ApiError) as refusal:
        rates.spend(-5)
    assert refusal.value.retry_after == 20
    clock.now += 20
    rates.spend(-5)
    with pytest.raises(ApiError) as refusal:
        rates.spend(-5)
    assert refusal.value.retry_after == 10


def test_group_has_the_rate_of_each_chat_too() -> None:
    """A burst into a group is as short as in other chats."""
    rates = Rates(RateLimits(), Clock())
    for _ in range(8):
        rates.spend(-5)
    with pytest.raises(ApiError) as refusal:
        rates.spend(-5)
    assert refusal.value.retry_after == 1


def test_all_chats_together_accept_thirty_a_second() -> None:
    """The bot has to wait above that rate, for any chat."""
    rates = Rates(RateLimits(), Clock())
    for chat_id in range(1, 31):
        rates.spend(chat_id)
    with pytest.raises(ApiError):
        rates.spend(31)


def test_set_webhook_is_limited_to_one_a_second() -> None:
    """A second setWebhook in the same second is refused."""
    rates = Rates(RateLimits(), Clock())
    rates.spend_webhook_change()
    with pytest.raises(ApiError):
        rates.spend_webhook_change()

"""Errors of Telegram's Bot API; separate from its client, which is slow to load."""

from infra.errors import DarkroomError


class TelegramError(DarkroomError):
    """Telegram refused a call. `code` is its error code, `retry_after` is seconds."""

    def __init__(self, method: str, code: int, description: str, retry_after: float | None) -> None:
        super().__init__(f"Telegram refused {method}: {code} {description}")
        self.code = code
        self.retry_after = retry_after


class TelegramUnreachable(DarkroomError):  # noqa: N818 - named after the state
    """Telegram did not answer."""


class AnswerTooLarge(TelegramUnreachable):
    """A response exceeds the size limit."""

    def __init__(self, method: str, max_bytes: int) -> None:
        super().__init__(f"Telegram answers {method} with more than {max_bytes} bytes.")

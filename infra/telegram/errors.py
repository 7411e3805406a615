"""What can go wrong with Telegram's Bot API; apart from its client, which is slow to load."""

from infra.errors import DarkroomError


class TelegramError(DarkroomError):
    """Telegram answered no. `code` is its error code, `retry_after` the seconds that it asks for."""

    def __init__(self, method: str, code: int, description: str, retry_after: float | None) -> None:
        super().__init__(f"Telegram refused {method}: {code} {description}")
        self.code = code
        self.retry_after = retry_after


class TelegramUnreachable(DarkroomError):  # noqa: N818 - the name says how it stands
    """No answer of Telegram's came back."""


class AnswerTooLarge(TelegramUnreachable):
    """An answer of more bytes than are taken."""

    def __init__(self, method: str, max_bytes: int) -> None:
        super().__init__(f"Telegram answers {method} with more than {max_bytes} bytes.")

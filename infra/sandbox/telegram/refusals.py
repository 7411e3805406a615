"""The Bot API's errors, with the texts of Telegram's own server.

https://core.telegram.org/bots/api#making-requests; the texts are those of
https://github.com/tdlib/telegram-bot-api and https://github.com/tdlib/td.
"""

from infra.sandbox.telegram.wire import Json

REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
}

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
WRONG_FILE = "wrong remote file identifier specified: can't unserialize it"
POLLING_REPLACED = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
POLLING_STOPPED = "terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)


class ApiError(Exception):
    """An answer with `ok: false`; `retry_after` is in whole seconds.

    https://core.telegram.org/bots/api#responseparameters
    """

    def __init__(
        self,
        code: int,
        detail: str = "",
        *,
        retry_after: int | None = None,
        migrate_to_chat_id: int | None = None,
    ) -> None:
        reason = REASONS.get(code, "Error")
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.code = code
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id

    def answer(self) -> Json:
        """Return the response body."""
        body: Json = {"ok": False, "error_code": self.code, "description": str(self)}
        told = {"retry_after": self.retry_after, "migrate_to_chat_id": self.migrate_to_chat_id}
        if parameters := {name: value for name, value in told.items() if value is not None}:
            body["parameters"] = parameters
        return body


class ProcessingError(ApiError):
    """A file that Telegram accepted and cannot process; in an album the error names its number."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, reason)
        self.reason = reason


def bad_request(detail: str) -> ApiError:
    return ApiError(400, detail)


def too_many_requests(retry_after: int) -> ApiError:
    return ApiError(429, f"retry after {retry_after}", retry_after=retry_after)

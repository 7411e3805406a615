"""Which of the page's languages a visitor reads."""

from webhook_app.state import Request

_LANGUAGES = ("ru", "en")


def preferred_language(request: Request) -> str:
    """Whichever the browser's Accept-Language names first; Russian when it names neither."""
    for part in request.headers.get("Accept-Language", "").split(","):
        code = part.partition(";")[0].strip().partition("-")[0].lower()
        if code in _LANGUAGES:
            return code
    return _LANGUAGES[0]

"""Length of a text as Telegram counts it."""


def length(text: str) -> int:
    """Return the UTF-16 units, the strictest way in which Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2

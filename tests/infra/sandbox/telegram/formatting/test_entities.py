import pytest

from infra.sandbox.telegram.formatting.entities import detect
from infra.sandbox.telegram.formatting.text import FormattedText, units


def found(text: str) -> list[tuple[str, str]]:
    """Return kind and text of the detected entities."""
    encoded = text.encode("utf-16-le")
    return [
        (
            entity["type"],
            encoded[entity["offset"] * 2 :][: entity["length"] * 2].decode("utf-16-le"),
        )
        for entity in detect(FormattedText(text)).entities
    ]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("🖼 /image a red apple", [("bot_command", "/image")]),
        ("/ping@darkroom_bot now", [("bot_command", "/ping@darkroom_bot")]),
        ("see https://example.org/a?b=1, please", [("url", "https://example.org/a?b=1")]),
        ("@anya: #закат!", [("mention", "@anya"), ("hashtag", "#закат")]),
        ("to me@example.org", [("email", "me@example.org")]),
        ("1/2 and a/b, #1", []),
    ],
)
def test_entities_are_detected(text: str, entities: list[tuple[str, str]]) -> None:
    """Commands, links, mentions, hashtags and addresses are detected."""
    assert found(text) == entities


def test_nothing_is_detected_in_code() -> None:
    """Nothing is detected inside code."""
    code = {"type": "code", "offset": 0, "length": units("/status")}
    assert detect(FormattedText("/status", [code])).entities == [code]

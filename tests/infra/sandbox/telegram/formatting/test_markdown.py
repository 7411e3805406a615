import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.sandbox.telegram.formatting.markdown import MarkdownParser
from infra.sandbox.telegram.formatting.text import FormattedText, tidy
from infra.sandbox.telegram.refusals import ApiError


def parse(source: str) -> FormattedText:
    return tidy(MarkdownParser(source).parse())


def entity(kind: str, offset: int, length: int, **details: str) -> dict[str, object]:
    return {"type": kind, "offset": offset, "length": length, **details}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*b* _i_", "b i", [entity("bold", 0, 1), entity("italic", 2, 1)]),
        ("__u__ ~s~", "u s", [entity("underline", 0, 1), entity("strikethrough", 2, 1)]),
        ("||x||", "x", [entity("spoiler", 0, 1)]),
        ("`a*b`", "a*b", [entity("code", 0, 3)]),
        ("```python\nx\n```", "x", [entity("pre", 0, 1, language="python")]),
        ("[🖼](https://example.org/)", "🖼", [entity("text_link", 0, 2, url="https://example.org/")]),
        (">a\n>b\nc", "a\nb\nc", [entity("blockquote", 0, 4)]),
        ("**>long\n>quote||", "long\nquote", [entity("expandable_blockquote", 0, 10)]),
        (r"1\.5 \- 2", "1.5 - 2", []),
        ("*a _b_*", "a b", [entity("bold", 0, 3), entity("italic", 2, 1)]),
    ],
)
def test_marks_become_entities(source: str, text: str, entities: list[dict[str, object]]) -> None:
    """MarkdownV2's marks give the same entities as HTML's tags."""
    assert parse(source) == FormattedText(text, entities)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1.5", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("*b", "Can't find end of Bold entity at byte offset 0"),
        ("я `x", "Can't find end of Code entity at byte offset 3"),
        ("```x", "Can't find end of Pre entity at byte offset 0"),
        ("[x", "Can't find end of TextUrl entity at byte offset 0"),
        ("[x](", "Can't find end of a URL at byte offset 4"),
    ],
)
def test_invalid_markdown_is_refused(source: str, reason: str) -> None:
    """Unescaped reserved characters and unclosed marks are refused."""
    with pytest.raises(ApiError) as refusal:
        parse(source)
    assert reason in str(refusal.value)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30))
def test_escaped_text_round_trips(text: str) -> None:
    """A backslash before each reserved character makes it plain."""
    escaped = re.sub(r"([\\_*\[\]()~`>#+\-=|{}.!])", r"\\\1", text)
    assert parse(escaped) == FormattedText(text.strip(), [])


@given(st.text(st.sampled_from("*_~|`[]()>\\\n ax🖼"), max_size=30))
def test_any_source_is_parsed_or_refused(source: str) -> None:
    """No text makes the parser raise anything else."""
    with suppress(ApiError):
        parse(source)

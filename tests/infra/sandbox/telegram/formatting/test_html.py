import html
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infra.sandbox.telegram.formatting.html import HtmlParser
from infra.sandbox.telegram.formatting.text import FormattedText, tidy, units
from infra.sandbox.telegram.refusals import ApiError

TAGS = ("b", "i", "u", "s", "tg-spoiler", "code", "blockquote")
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("🖼🎬<>&\"'\n"), max_size=20
)
MARKED = st.recursive(
    TEXTS.map(html.escape),
    lambda inner: st.builds(
        lambda tag, first, second: f"<{tag}>{first}</{tag}>{second}",
        st.sampled_from(TAGS),
        inner,
        inner,
    ),
    max_leaves=6,
)


def parse(source: str) -> FormattedText:
    return tidy(HtmlParser(source).parse())


def link(url: str, length: int = 1) -> dict[str, object]:
    return {"type": "text_link", "offset": 0, "length": length, "url": url}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>🖼 a</b>b", "🖼 ab", [{"type": "bold", "offset": 0, "length": 4}]),
        ("🎬<i>x</i>", "🎬x", [{"type": "italic", "offset": 2, "length": 1}]),
        ("&lt;b&gt; &amp; &quot;&#33;", '<b> & "!', []),
        (
            '<a href="https://example.org?a=1&amp;b=2">x</a>',
            "x",
            [{"type": "text_link", "offset": 0, "length": 1, "url": "https://example.org?a=1&b=2"}],
        ),
        (
            "<blockquote expandable>long</blockquote>",
            "long",
            [{"type": "expandable_blockquote", "offset": 0, "length": 4}],
        ),
        (
            '<pre><code class="language-python">x</code></pre>',
            "x",
            [{"type": "pre", "offset": 0, "length": 1, "language": "python"}],
        ),
        (
            '<span class="tg-spoiler">x</span>',
            "x",
            [{"type": "spoiler", "offset": 0, "length": 1}],
        ),
        (
            "<b>a<i>b</i></b>",
            "ab",
            [
                {"type": "bold", "offset": 0, "length": 2},
                {"type": "italic", "offset": 1, "length": 1},
            ],
        ),
        (
            "<b>a<code>b</code>c</b>",
            "abc",
            [
                {"type": "bold", "offset": 0, "length": 1},
                {"type": "code", "offset": 1, "length": 1},
                {"type": "bold", "offset": 2, "length": 1},
            ],
        ),
        ("  <b> x </b>\n", "x", [{"type": "bold", "offset": 0, "length": 1}]),
        ("a<b></b>", "a", []),
        ("<a href='http://['>a</a>", "a", []),
        ("<a href=example.org>a</a>", "a", [link("http://example.org/")]),
        ("<a>example.org</a>", "example.org", [link("http://example.org/", 11)]),
    ],
)
def test_tags_become_entities(source: str, text: str, entities: list[dict[str, object]]) -> None:
    """Each tag becomes an entity with its position in UTF-16 units of the remaining text."""
    assert parse(source) == FormattedText(text, entities)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("я<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<<b>x", 'Unsupported start tag "<b" at byte offset 0'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_invalid_html_is_refused(source: str, reason: str) -> None:
    """Invalid HTML is refused with the reason and the byte offset."""
    with pytest.raises(ApiError) as refusal:
        parse(source)
    assert str(refusal.value) == f"Bad Request: can't parse entities: {reason}"


@given(TEXTS)
def test_escaped_text_round_trips(text: str) -> None:
    """Escaped text stays text and makes no tag."""
    assert parse(html.escape(text)) == FormattedText(text.strip(), [])


@given(MARKED)
@example("<b><blockquote><code>0</code>0</blockquote>0</b>")
def test_entities_are_within_the_text_and_nest(source: str) -> None:
    """Every entity is inside the text, not empty, and inside or outside any other."""
    parsed = parse(source)
    spans = [(each["offset"], each["offset"] + each["length"]) for each in parsed.entities]
    length = units(parsed.text)
    assert all(0 <= first < last <= length for first, last in spans)
    assert spans == sorted(spans, key=lambda span: (span[0], -span[1]))
    for first, last in spans:
        for begin, end in spans:
            apart = last <= begin or end <= first
            nested = (begin <= first and last <= end) or (first <= begin and end <= last)
            assert apart or nested


@given(st.text(st.sampled_from("<>/bia &;\"'=[я🖼"), max_size=30))
def test_any_source_is_parsed_or_refused(source: str) -> None:
    """No text makes the parser raise anything else."""
    with suppress(ApiError):
        parse(source)

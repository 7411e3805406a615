"""https://core.telegram.org/bots/api#html-style"""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from infra.sandbox.telegram.formatting.text import FormattedText, units
from infra.sandbox.telegram.refusals import ApiError, bad_request
from infra.sandbox.telegram.wire import Json

STYLES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
NAME_END = re.compile(r"[\s>]")
ATTRIBUTE = re.compile(r"\s+([^\s=>]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9.-]+))?")
CHARACTER = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")


@dataclass(frozen=True)
class OpenTag:
    name: str
    attributes: dict[str, str]
    offset: int


class HtmlParser:
    """One pass over the source; byte offsets in error texts refer to its UTF-8 form."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._position = 0
        self._text: list[str] = []
        self._offset = 0
        self._open: list[OpenTag] = []
        self._entities: list[Json] = []

    def parse(self) -> FormattedText:
        while self._position < len(self._source):
            if self._source[self._position] != "<":
                self._read_text()
            elif self._source.startswith("</", self._position):
                self._close_tag()
            else:
                self._open_tag()
        if self._open:
            raise _refusal(
                f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"'
            )
        return FormattedText("".join(self._text), self._entities)

    def _read_text(self) -> None:
        end = self._source.find("<", self._position)
        end = len(self._source) if end < 0 else end
        source = self._source[self._position : end]
        text = CHARACTER.sub(lambda found: unescape(found[0]), source)
        self._text.append(text)
        self._offset += units(text)
        self._position = end

    def _open_tag(self) -> None:
        begin, name = self._tag_name()
        if name not in STYLES:
            raise _refusal(f'Unsupported start tag "{name}" at byte offset {self._bytes(begin)}')
        attributes = self._attributes()
        if not self._source.startswith(">", self._position):
            raise _refusal(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        if name == "span" and attributes.get("class") != "tg-spoiler":
            where = self._bytes(begin)
            raise _refusal(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        self._position += 1
        self._open.append(OpenTag(name, attributes, self._offset))

    def _close_tag(self) -> None:
        begin, name = self._tag_name()
        where = self._bytes(begin)
        if not self._open:
            raise _refusal(f"Unexpected end tag at byte offset {where}")
        if not self._source.startswith(">", self._skip_space()):
            raise _refusal(f"Unclosed end tag at byte offset {where}")
        tag = self._open.pop()
        if name not in ("", tag.name):
            raise _refusal(
                f'Unmatched end tag at byte offset {where}, expected "</{tag.name}>",'
                f' found "</{name}>"'
            )
        self._position += 1
        self._add_entity(tag)

    def _tag_name(self) -> tuple[int, str]:
        begin = self._position
        start = begin + len("</" if self._source.startswith("</", begin) else "<")
        name = NAME_END.split(self._source[start:], maxsplit=1)[0]
        self._position = start + len(name)
        return begin, name.lower()

    def _attributes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while match := ATTRIBUTE.match(self._source, self._position):
            value = match[2] or ""
            quoted = value.startswith(("'", '"'))
            found[match[1].lower()] = unescape(value[1:-1] if quoted else value)
            self._position = match.end()
        self._skip_space()
        return found

    def _skip_space(self) -> int:
        while self._source[self._position : self._position + 1].isspace():
            self._position += 1
        return self._position

    def _add_entity(self, tag: OpenTag) -> None:
        length = self._offset - tag.offset
        details = self._details(tag)
        if not length or details is None:
            return
        entity = {"type": STYLES[tag.name], "offset": tag.offset, "length": length, **details}
        if tag.name == "pre" and self._language_inside(entity):
            entity["language"] = self._entities.pop()["language"]
        self._entities.append(entity)

    def _language_inside(self, pre: Json) -> bool:
        last = self._entities[-1] if self._entities else {}
        same = [last.get(name) == pre[name] for name in ("offset", "length")]
        return all(same) and "language" in last

    def _details(self, tag: OpenTag) -> Json | None:
        """Return the entity's extra fields; None when the tag makes no entity."""
        if tag.name == "a":
            return self._link(tag)
        if tag.name == "tg-emoji":
            return {"custom_emoji_id": tag.attributes.get("emoji-id", "")}
        if tag.name == "blockquote" and "expandable" in tag.attributes:
            return {"type": "expandable_blockquote"}
        language = tag.attributes.get("class", "").removeprefix("language-")
        if tag.name == "code" and language and self._stands_in_pre():
            return {"language": language}
        return {}

    def _stands_in_pre(self) -> bool:
        return bool(self._open) and self._open[-1].name == "pre"

    def _link(self, tag: OpenTag) -> Json | None:
        text = "".join(self._text).encode("utf-16-le")[tag.offset * 2 :].decode("utf-16-le")
        url = tag.attributes.get("href") or text
        if "://" not in url:
            url = f"http://{url}"
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if parts.scheme not in {"http", "https", "tg", "ton"} or not parts.netloc:
            return None
        return {"url": url if parts.path or parts.query else f"{url}/"}

    def _bytes(self, position: int) -> int:
        return len(self._source[:position].encode())


def _refusal(detail: str) -> ApiError:
    return bad_request(f"can't parse entities: {detail}")

"""https://core.telegram.org/bots/api#markdownv2-style"""

import re
from dataclasses import dataclass

from infra.sandbox.telegram.formatting.text import FormattedText, units
from infra.sandbox.telegram.refusals import ApiError, bad_request
from infra.sandbox.telegram.wire import Json

RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
MARKS = {"__": "underline", "||": "spoiler", "*": "bold", "_": "italic", "~": "strikethrough"}
FENCE = re.compile(r"```(?:([\w+#.-]+)\n|\n)?((?:\\.|[^\\`]|`(?!``))*)```", re.DOTALL)
CODE = re.compile(r"`((?:\\.|[^\\`])*)`", re.DOTALL)
LINK_END = re.compile(r"\]\(((?:\\.|[^\\)])*)\)", re.DOTALL)
EXPANDABLE = re.compile(r"\|\|(?=\n|$)")
QUOTE = re.compile(r"(?:^|(?<=\n))(?:\*\*)?>")


@dataclass(frozen=True)
class OpenMark:
    mark: str
    offset: int
    begin: int


class MarkdownParser:
    """MarkdownV2 in one pass; byte offsets in error texts refer to the source's UTF-8 form."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._position = 0
        self._text: list[str] = []
        self._offset = 0
        self._open: list[OpenMark] = []
        self._entities: list[Json] = []
        self._quote: int | None = None

    def parse(self) -> FormattedText:
        while self._position < len(self._source):
            if not (self._read_escape() or self._read_verbatim() or self._read_quote()):
                self._read_mark() or self._read_link() or self._read_character()
        if self._open:
            raise self._unclosed(self._open[-1])
        self._end_quote()
        return FormattedText("".join(self._text), self._entities)

    def _append(self, text: str) -> None:
        self._text.append(text)
        self._offset += units(text)

    def _add(self, kind: str, offset: int, **details: str) -> None:
        length = self._offset - offset
        if length:
            self._entities.append({"type": kind, "offset": offset, "length": length, **details})

    def _read_escape(self) -> bool:
        match = ESCAPED.match(self._source, self._position)
        if match and ord(match[1]) < 127:
            self._append(match[1])
            self._position = match.end()
            return True
        return False

    def _read_verbatim(self) -> bool:
        if not self._source.startswith("`", self._position):
            return False
        fenced = self._source.startswith("```", self._position)
        match = (FENCE if fenced else CODE).match(self._source, self._position)
        if not match:
            name = "Pre" if fenced else "Code"
            raise _refusal(f"Can't find end of {name} entity at byte offset {self._bytes()}")
        offset = self._offset
        self._append(ESCAPED.sub(r"\1", match[match.lastindex or 0]))
        language = {"language": match[1]} if fenced and match[1] else {}
        self._add("pre" if fenced else "code", offset, **language)
        self._position = match.end()
        return True

    def _read_quote(self) -> bool:
        match = QUOTE.match(self._source, self._position)
        if match:
            if match[0].startswith("**"):
                self._end_quote()
            self._quote = self._offset if self._quote is None else self._quote
            self._position = match.end()
            return True
        if self._source.startswith("\n", self._position):
            self._append("\n")
            self._position += 1
            if not QUOTE.match(self._source, self._position):
                self._end_quote()
            return True
        return False

    def _end_quote(self, kind: str = "blockquote") -> None:
        if self._quote is not None:
            self._add(kind, self._quote)
            self._quote = None

    def _read_mark(self) -> bool:
        if self._quote is not None and EXPANDABLE.match(self._source, self._position):
            self._end_quote("expandable_blockquote")
            self._position += len("||")
            return True
        for mark, kind in MARKS.items():
            if self._source.startswith(mark, self._position):
                self._toggle(mark, kind)
                return True
        return False

    def _toggle(self, mark: str, kind: str) -> None:
        if self._open and self._open[-1].mark == mark:
            self._add(kind, self._open.pop().offset)
        elif any(other.mark == mark for other in self._open):
            raise self._unclosed(self._open[-1])
        else:
            self._open.append(OpenMark(mark, self._offset, self._position))
        self._position += len(mark)

    def _read_link(self) -> bool:
        if self._source.startswith("[", self._position):
            self._open.append(OpenMark("[", self._offset, self._position))
            self._position += 1
            return True
        if not (self._open and self._open[-1].mark == "["):
            return False
        if not self._source.startswith("](", self._position):
            return False
        match = LINK_END.match(self._source, self._position)
        if match is None:
            raise _refusal(f"Can't find end of a URL at byte offset {self._bytes() + 2}")
        self._add("text_link", self._open.pop().offset, url=ESCAPED.sub(r"\1", match[1]))
        self._position = match.end()
        return True

    def _read_character(self) -> bool:
        character = self._source[self._position]
        if character in RESERVED:
            raise _refusal(
                f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
            )
        self._append(character)
        self._position += 1
        return True

    def _unclosed(self, opened: OpenMark) -> ApiError:
        kind = "TextUrl" if opened.mark == "[" else MARKS[opened.mark].capitalize()
        where = len(self._source[: opened.begin].encode())
        return _refusal(f"Can't find end of {kind} entity at byte offset {where}")

    def _bytes(self) -> int:
        return len(self._source[: self._position].encode())


def _refusal(detail: str) -> ApiError:
    return bad_request(f"can't parse entities: {detail}")

"""Text with entities, counted in UTF-16 units as by Telegram.

https://core.telegram.org/api/entities#entity-length
"""

from dataclasses import dataclass, field
from itertools import pairwise

from infra.sandbox.telegram.wire import Json

VERBATIM = {"code", "pre"}
STYLES = {"bold", "italic", "underline", "strikethrough", "spoiler"}


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units: characters beyond U+FFFF, such as emoji, count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True)
class FormattedText:
    text: str
    entities: list[Json] = field(default_factory=list)

    def fields(self, text_name: str, entities_name: str) -> Json:
        """Return the fields of a message: `text` and `entities`, or `caption` and `caption_entities`."""
        shown: Json = {text_name: self.text} if self.text else {}
        return shown | ({entities_name: self.entities} if self.entities else {})


def tidy(formatted: FormattedText) -> FormattedText:
    """Strip surrounding white space, clip entities to the remaining text, and sort them."""
    stripped = formatted.text.strip()
    cut = units(formatted.text) - units(formatted.text.lstrip())
    end = units(stripped)
    entities = [_moved(entity, cut, end) for entity in formatted.entities]
    kept = _split_around_verbatim([entity for entity in entities if entity["length"] > 0])
    return FormattedText(stripped, sorted(_split_where_crossed(kept), key=order))


def order(entity: Json) -> tuple[int, int]:
    """Sort key that puts outer entities before inner ones."""
    return entity["offset"], -entity["length"]


def _moved(entity: Json, cut: int, end: int) -> Json:
    first = min(max(entity["offset"] - cut, 0), end)
    last = min(max(entity["offset"] + entity["length"] - cut, 0), end)
    return entity | {"offset": first, "length": last - first}


def _split_around_verbatim(entities: list[Json]) -> list[Json]:
    """Split styles around code, as Telegram does: code contains no other entity and no style covers it."""
    verbatim = [entity for entity in entities if entity["type"] in VERBATIM]
    kept = list(verbatim)
    for entity in entities:
        if entity["type"] not in VERBATIM:
            kept += _without(entity, verbatim)
    return kept


def _split_where_crossed(entities: list[Json]) -> list[Json]:
    """Split a style that crosses the edge of another entity: Telegram's entities nest."""
    split = []
    for entity in entities:
        first, last = entity["offset"], entity["offset"] + entity["length"]
        cuts = {first, last}
        if entity["type"] in STYLES:
            for other in entities:
                begin, end = other["offset"], other["offset"] + other["length"]
                if begin < first < end < last:
                    cuts.add(end)
                if first < begin < last < end:
                    cuts.add(begin)
        edges = sorted(cuts)
        split += [
            entity | {"offset": begin, "length": end - begin} for begin, end in pairwise(edges)
        ]
    return split


def _without(entity: Json, verbatim: list[Json]) -> list[Json]:
    pieces = [entity]
    for block in verbatim:
        splits = entity["type"] in STYLES or _is_inside(entity, block)
        if splits:
            pieces = [left for piece in pieces for left in _subtract(piece, block)]
    return pieces


def _is_inside(entity: Json, block: Json) -> bool:
    return bool(
        block["offset"] <= entity["offset"]
        and entity["offset"] + entity["length"] <= block["offset"] + block["length"]
        and entity["length"] < block["length"]
    )


def _subtract(entity: Json, block: Json) -> list[Json]:
    first, last = entity["offset"], entity["offset"] + entity["length"]
    start, end = block["offset"], block["offset"] + block["length"]
    ranges = ((first, min(last, start)), (max(first, end), last))
    return [
        entity | {"offset": begin, "length": finish - begin}
        for begin, finish in ranges
        if finish > begin
    ]

from infra.sandbox.telegram.formatting.entities import detect
from infra.sandbox.telegram.formatting.html import HtmlParser
from infra.sandbox.telegram.formatting.markdown import MarkdownParser
from infra.sandbox.telegram.formatting.text import FormattedText, tidy
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import bad_request
from infra.sandbox.telegram.wire import Json

TEXT_LENGTH = 4096
CAPTION_LENGTH = 1024
SOURCE_BYTES = 2**15


def read_text(parameters: Parameters) -> FormattedText:
    """Parse `text` with `parse_mode` or `entities`: 1 to 4096 characters once parsed."""
    formatted = _read(parameters, "text", "entities")
    if not formatted.text:
        raise bad_request("message text is empty")
    if len(formatted.text) > TEXT_LENGTH:
        raise bad_request("message is too long")
    return formatted


def read_caption(parameters: Parameters) -> FormattedText:
    """Parse `caption` with `parse_mode` or `caption_entities`: up to 1024 characters once parsed."""
    formatted = _read(parameters, "caption", "caption_entities")
    if len(formatted.text) > CAPTION_LENGTH:
        raise bad_request("message caption is too long")
    return formatted


def _read(parameters: Parameters, text_name: str, entities_name: str) -> FormattedText:
    source = parameters.text(text_name)
    if len(source.encode()) > SOURCE_BYTES:
        raise bad_request("text is too long")
    entities = parameters.json_array(entities_name, "MessageEntity")
    if not all(map(_is_entity, entities)):
        raise bad_request("can't parse MessageEntity: a type, an offset and a length are needed")
    return detect(tidy(_parse(source, parameters.text("parse_mode").lower(), entities)))


def _is_entity(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return False
    return all(type(value.get(name)) is int for name in ("offset", "length"))


def _parse(source: str, parse_mode: str, entities: list[Json]) -> FormattedText:
    if parse_mode in ("", "none"):
        return FormattedText(source, entities)
    if parse_mode == "html":
        return HtmlParser(source).parse()
    if parse_mode == "markdownv2":
        return MarkdownParser(source).parse()
    raise bad_request("unsupported parse_mode")
